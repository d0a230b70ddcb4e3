"""Strikes and sanctions in the admin: to read; they follow from decisions."""

from __future__ import annotations

from django.contrib import admin

from marketplace.admin_pages import StaffReadOnlyAdmin
from marketplace.trust.models import Sanction, Strike


@admin.register(Strike)
class StrikeAdmin(StaffReadOnlyAdmin):
    """Adjudicated breaches."""

    list_display = ["id", "shop", "policy", "severity", "decision_ref", "at", "due_at", "voided_at"]
    list_filter = ["policy", "severity"]
    list_select_related = ["shop"]
    search_fields = ["=decision_ref", "shop__name"]
    ordering = ["-id"]


@admin.register(Sanction)
class SanctionAdmin(StaffReadOnlyAdmin):
    """What strikes added up to."""

    list_display = ["id", "shop", "level", "cause", "since", "due_at", "lifted_at"]
    list_filter = ["level"]
    list_select_related = ["shop", "cause"]
    search_fields = ["shop__name"]
    ordering = ["-id"]
