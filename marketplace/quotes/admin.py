"""Requests and quotes, for staff to read; they change through services alone.

The lists show no words of people; who opens a request or a quote is written down.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from marketplace.admin_pages import ReadOnly, StaffReadOnlyAdmin
from marketplace.quotes.models import Quote, QuoteRequest, QuoteVersion
from marketplace.quotes.services import looks


class _Looked(StaffReadOnlyAdmin):
    """Rows that are opened one by one, each look written down first."""

    def change_view(
        self, request: HttpRequest, object_id: str, *asked: Any, **named: Any
    ) -> HttpResponse:
        """Write down the look, then show the row."""
        row = self.get_object(request, object_id)
        if row is not None and request.user.pk is not None and self.has_view_permission(request):
            looks.look_at(row=row, by_id=request.user.pk, at=timezone.now())
        return super().change_view(request, object_id, *asked, **named)


class VersionInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """What a shop offered, version by version."""

    model = QuoteVersion
    extra = 0


@admin.register(QuoteRequest)
class QuoteRequestAdmin(_Looked):
    """Requests by state and category."""

    list_display = ("id", "category", "country", "state", "made_at", "due_at")
    list_filter = ("state", "category")
    list_select_related = ("category",)
    search_fields = ("=id",)


@admin.register(Quote)
class QuoteAdmin(_Looked):
    """Quotes by state and shop."""

    list_display = ("id", "request", "shop", "state", "current", "made_at", "due_at")
    list_filter = ("state",)
    list_select_related = ("request", "shop")
    search_fields = ("=id", "shop__name")
    inlines = [VersionInline]
