"""Staff see which model decides, which one looks on, and consent where recall would fall."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from antifake.cases.desk_pages import StaffOnly, person
from antifake.cases.learning.model import FOUNDING, from_json
from antifake.cases.models import ModelVersion, Scan
from antifake.cases.services import refits
from marketplace.errors import MarketplaceError

# More lost fakes than a person reads at once; the count says how many there are.
SHOWN = 200


@admin.register(ModelVersion)
class ModelVersionAdmin(StaffOnly):
    """Trained models, the latest first."""

    list_display = ["id", "state", "trained_at", "verdicts", "caught_before", "caught_now"]
    list_filter = ["state"]
    ordering = ["-pk"]

    def get_urls(self) -> list[URLPattern]:
        """Add the buttons."""
        own = [
            path("<int:version_id>/consent/", self.button(self.consent), name="cases_consent"),
            path("<int:version_id>/dismiss/", self.button(self.dismiss), name="cases_dismiss"),
        ]
        return own + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """Show a model: its figures, its weights, and the fakes it would let pass."""
        version = self.get_object(request, object_id)
        if version is None:
            raise Http404
        return self._show(request, version)

    def _show(self, request: HttpRequest, version: ModelVersion) -> HttpResponse:
        return self.page(
            request,
            "admin/cases/model.html",
            _("Model %(name)s") % {"name": version.sha256[:12]},
            version=version,
            seen=refits.list_shown(version=version),
            weights=_weights(version),
            figures=[
                (_("in use at that time"), version.figures.get("champion")),
                (_("this model"), version.figures.get("challenger")),
            ],
            lost=Scan.objects.filter(pk__in=version.lost[:SHOWN]).select_related(
                "listing__shop", "case"
            ),
            lost_count=len(version.lost),
        )

    def consent(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """Let it take over although it loses some."""
        get_object_or_404(ModelVersion, pk=version_id)
        try:
            refits.consent(
                version_id=version_id,
                by_id=person(request),
                seen=request.POST.get("seen", ""),
                at=timezone.now(),
            )
        except MarketplaceError as error:
            messages.error(request, error.reason)
        else:
            messages.success(request, _("It is in use from the next scan on."))
        return redirect("admin:cases_modelversion_change", version_id)

    def dismiss(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """Retire it; the next night trains another."""
        get_object_or_404(ModelVersion, pk=version_id)
        try:
            refits.dismiss(version_id=version_id, by_id=person(request), at=timezone.now())
        except MarketplaceError as error:
            messages.error(request, error.reason)
        else:
            messages.success(request, _("Retired. The model in use stays."))
        return redirect("admin:cases_modelversion_change", version_id)


def _weights(version: ModelVersion) -> list[tuple[str, float, float]]:
    """Return kind, offset and slope of each kind the verdicts moved away from the hand-set."""
    model = from_json(version.body)
    rows = [(kind, weight.offset, weight.slope) for kind, weight in sorted(model.weights.items())]
    hand = FOUNDING.others
    return [row for row in rows if (row[1], row[2]) != (hand.offset, hand.slope)]
