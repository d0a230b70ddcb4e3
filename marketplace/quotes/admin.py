"""Requests and quotes, for staff to read; they change through services alone."""

from __future__ import annotations

from django.contrib import admin

from marketplace.admin_pages import ReadOnly, StaffReadOnlyAdmin
from marketplace.quotes.models import Quote, QuoteRequest, QuoteVersion


class VersionInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """What a shop offered, version by version."""

    model = QuoteVersion
    extra = 0


@admin.register(QuoteRequest)
class QuoteRequestAdmin(StaffReadOnlyAdmin):
    """Requests by state and category."""

    list_display = ("id", "title", "category", "country", "state", "made_at", "due_at")
    list_filter = ("state", "category")
    list_select_related = ("category",)
    search_fields = ("=id", "title")


@admin.register(Quote)
class QuoteAdmin(StaffReadOnlyAdmin):
    """Quotes by state and shop."""

    list_display = ("id", "request", "shop", "state", "current", "made_at", "due_at")
    list_filter = ("state",)
    list_select_related = ("request", "shop")
    search_fields = ("=id", "shop__name")
    inlines = [VersionInline]
