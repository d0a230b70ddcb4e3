"""How good the check is, measured by people who did not know which cases were drawn."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from antifake.cases.desk_pages import StaffOnly
from antifake.cases.models import AuditSample
from antifake.cases.queries import audits
from antifake.cases.rules.policy import Ground
from marketplace.shops.models import Shop

GROUNDS = {
    Ground.CONFIRMED_FAKE: _("Verified copy of a confirmed fake"),
    Ground.BRAND: _("Protected brand, no authorisation, two kinds of evidence"),
}


@admin.register(AuditSample)
class AuditSampleAdmin(StaffOnly):
    """Figures above, the answered samples below. Unanswered ones are shown to nobody."""

    list_display = ["id", "population", "case", "listing", "shop", "chance_permille", "at"]
    list_filter = ["population"]
    change_list_template = "admin/cases/audit_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditSample]:  # noqa: ARG002
        """Return what people have ruled on."""
        return audits.answered()

    @admin.display
    def listing(self, sample: AuditSample) -> object:
        """Name the listing."""
        return sample.case.listing

    @admin.display
    def shop(self, sample: AuditSample) -> Shop:
        """Name the shop."""
        return sample.case.listing.shop

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the figures above the list."""
        figures = audits.figures(at=timezone.now())
        grounds = [(GROUNDS[Ground(row.ground)], row) for row in figures.grounds]
        title = _("Audits of the check")
        context = {"figures": figures, "grounds": grounds, "title": title, **(extra_context or {})}
        return super().changelist_view(request, context)
