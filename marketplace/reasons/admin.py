"""Statements of reasons in the admin: to read, never to change."""

from __future__ import annotations

from django.contrib import admin

from marketplace.admin_pages import ReadOnlyAdmin
from marketplace.reasons.models import StatementOfReasons


@admin.register(StatementOfReasons)
class StatementAdmin(ReadOnlyAdmin):
    """What was told to somebody stays as it was told."""

    list_display = ("puid", "subject", "category", "automated_decision", "created_at")
    list_filter = ("category", "source_type", "automated_decision")
    search_fields = ("=subject", "=puid")
    ordering = ("-pk",)
