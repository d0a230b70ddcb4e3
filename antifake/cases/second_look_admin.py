"""How far reviewers agree with known answers; for leads alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from antifake.cases.models import SecondLook
from antifake.cases.queries import reviewers
from marketplace.admin_pages import ReadOnlyAdmin


class ReviewerFilter(admin.RelatedOnlyFieldListFilter):
    """Those who looked again. Django's own filter would name everybody who has an account."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.title = _("reviewer")


@admin.register(SecondLook)
class SecondLookAdmin(ReadOnlyAdmin):
    """Figures above, the answers below. Leads have the permission `lead_reviewers`.

    A look that was not answered yet is shown to nobody, so that nobody can be told.
    """

    list_display = ["case", "by", "verdict", "known", "answered_at"]
    list_filter = [("by", ReviewerFilter)]
    list_select_related = ["case", "by"]
    change_list_template = "admin/cases/second_looks.html"

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show it to leads."""
        return request.user.has_perm("cases.lead_reviewers")

    def has_view_permission(self, request: HttpRequest, *_asked: Any, **_named: Any) -> bool:
        """Let leads read."""
        return self.has_module_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SecondLook]:  # noqa: ARG002
        """Return what was answered, the latest first."""
        return SecondLook.objects.filter(answered_at__isnull=False).order_by("-answered_at")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the figures above the list."""
        at = timezone.now()
        context = {
            "title": _("Agreement of reviewers"),
            "reviewers": reviewers.reviewers(at=at),
            "together": reviewers.together(at=at),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)
