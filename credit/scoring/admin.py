"""The score in the admin: scores and cards to read, disputed facts to decide."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from credit.scoring import queries, services, words
from credit.scoring.forms import DecisionForm
from credit.scoring.models import FactDispute, KeptCard, Score
from marketplace.admin_pages import StaffReadOnlyAdmin
from marketplace.errors import MarketplaceError


@admin.register(Score)
class ScoreAdmin(StaffReadOnlyAdmin):
    """Every score there ever was, with all that was looked at."""

    list_display = ["id", "shop", "points", "band", "cause", "at"]
    list_filter = ["band"]
    list_select_related = ["shop"]
    search_fields = ["=shop__pk", "shop__name"]
    exclude = ["codes"]


@admin.register(KeptCard)
class KeptCardAdmin(StaffReadOnlyAdmin):
    """The cards that scores were made with."""

    list_display = ["hash", "at"]


@admin.register(FactDispute)
class FactDisputeAdmin(StaffReadOnlyAdmin):
    """Disputed facts, those whose time runs out first on top."""

    list_display = ["id", "state", "due_at", "key", "shop", "order", "at"]
    list_filter = ["state"]
    list_select_related = ["shop", "order"]
    search_fields = ["=shop__pk", "shop__name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[FactDispute]:  # noqa: ARG002
        """Order as the desk works: open ones by their deadline."""
        return FactDispute.objects.order_by("-state", "due_at", "pk")

    def get_urls(self) -> list[URLPattern]:
        """Add the button."""
        button = self.admin_site.admin_view(require_POST(self.decide))
        own = [path("<int:dispute_id>/decide/", button, name="scoring_factdispute_decide")]
        return own + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """Show what the seller says, the fact, and the form."""
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        return self._case(request, found, DecisionForm())

    def decide(self, request: HttpRequest, dispute_id: int) -> HttpResponse:
        """Decide; a refused form keeps its words."""
        found = get_object_or_404(FactDispute, pk=dispute_id)
        form = DecisionForm(request.POST)
        if form.is_valid():
            try:
                services.decide_dispute(
                    dispute_id=found.pk,
                    right=form.cleaned_data["right"],
                    answer=form.cleaned_data["answer"],
                    by_id=int(str(request.user.pk)),
                    at=timezone.now(),
                )
            except MarketplaceError as error:
                form.add_error(None, error.reason)
        if form.errors:
            return self._case(request, found, form, status=422)
        messages.success(request, _("Decided. The score was computed anew."))
        return redirect("admin:scoring_factdispute_change", found.pk)

    def _case(
        self, request: HttpRequest, found: FactDispute, form: DecisionForm, *, status: int = 200
    ) -> TemplateResponse:
        kept = queries.current(found.shop_id)
        facts = kept.features if kept else {}
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{words.row_label(found.key)}: {found.shop.name}",
            "found": found,
            "value": words.value(found.key, facts.get(found.key)),
            "form": form,
        }
        page = TemplateResponse(request, "admin/scoring/fact_dispute.html", context)
        page.status_code = status
        return page
