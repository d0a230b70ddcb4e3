"""Strikes and sanctions in the admin: to read; they follow from decisions."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from marketplace.trust.models import Sanction, Strike


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Staff see everything and change nothing by hand."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the room to staff."""
        return bool(request.user.is_active and request.user.is_staff)

    def has_view_permission(self, request: HttpRequest, *_: Any, **__: Any) -> bool:
        """Let staff read."""
        return self.has_module_permission(request)

    def has_add_permission(self, *_: Any, **__: Any) -> bool:
        """Only a decision makes one."""
        return False

    def has_change_permission(self, *_: Any, **__: Any) -> bool:
        """Only a decision changes one."""
        return False

    def has_delete_permission(self, *_: Any, **__: Any) -> bool:
        """Voided, never deleted."""
        return False


@admin.register(Strike)
class StrikeAdmin(ReadOnly):
    """Adjudicated breaches."""

    list_display = ["id", "shop", "policy", "severity", "decision_ref", "at", "due_at", "voided_at"]
    list_filter = ["policy", "severity"]
    list_select_related = ["shop"]
    search_fields = ["=decision_ref", "shop__name"]
    ordering = ["-id"]


@admin.register(Sanction)
class SanctionAdmin(ReadOnly):
    """What strikes added up to."""

    list_display = ["id", "shop", "level", "cause", "since", "due_at", "lifted_at"]
    list_filter = ["level"]
    list_select_related = ["shop", "cause"]
    search_fields = ["shop__name"]
    ordering = ["-id"]
