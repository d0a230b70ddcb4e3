"""The review desk: cases and appeals, each with everything a person needs to decide.

Thin: every button calls one service, and an expected refusal becomes a message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from antifake.cases import queries, services
from antifake.cases.forms import AnswerForm, RulingForm
from antifake.cases.models import Appeal, AppealState, Case, CaseState, Decision, Scan
from marketplace.admin_pages import StaffReadOnlyAdmin
from marketplace.errors import MarketplaceError
from marketplace.shops.models import Shop
from marketplace.trust.models import Policy
from marketplace.trust.queries import live_strikes, strikes_of_shop
from marketplace.trust.rules import POLICY_TEXTS


class StaffOnly(StaffReadOnlyAdmin):
    """Staff read; what changes, changes through the buttons."""

    def button(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """Return `view` for staff and POST alone, inside the admin."""
        return self.admin_site.admin_view(require_POST(view))

    def page(
        self, request: HttpRequest, template: str, title: str, **context: Any
    ) -> TemplateResponse:
        """Return an admin page."""
        around = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(request, template, {**around, **context})


@admin.register(Case)
class CaseAdmin(StaffOnly):
    """Listings under review, the most urgent first."""

    list_display = ["id", "state", "risk_permille", "due_at", "listing", "shop", "claimed_by"]
    list_filter = ["state"]
    search_fields = ["listing__title", "listing__shop__name"]
    change_list_template = "admin/cases/case_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:  # noqa: ARG002
        """Order as the desk works."""
        return queries.desk()

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:  # noqa: ARG002
        """Keep the desk's order."""
        return queries.DESK_ORDER

    @admin.display
    def shop(self, case: Case) -> Shop:
        """Name the shop."""
        return case.listing.shop

    def get_urls(self) -> list[URLPattern]:
        """Add the buttons."""
        own = [
            path("next/", self.button(self.claim_next), name="cases_next"),
            path("<int:case_id>/claim/", self.button(self.claim), name="cases_claim"),
            path("<int:case_id>/unclaim/", self.button(self.unclaim), name="cases_unclaim"),
            path("<int:case_id>/decide/", self.button(self.decide), name="cases_decide"),
        ]
        return own + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """Show the review page."""
        case = self.get_object(request, object_id)
        if case is None:
            raise Http404
        return self._review(request, case, RulingForm())

    def claim_next(self, request: HttpRequest) -> HttpResponse:
        """Take the most urgent free case."""
        case = services.claim_next(by_id=_person(request), at=timezone.now())
        if case is None:
            messages.info(request, _("No case waits. Well done."))
            return redirect("admin:cases_case_changelist")
        return redirect("admin:cases_case_change", case.pk)

    def claim(self, request: HttpRequest, case_id: int) -> HttpResponse:
        """Take this case."""
        return self._do(request, services.claim, case_id)

    def unclaim(self, request: HttpRequest, case_id: int) -> HttpResponse:
        """Put this case back."""
        return self._do(request, services.unclaim, case_id)

    def decide(self, request: HttpRequest, case_id: int) -> HttpResponse:
        """Rule on this case; a refused form keeps its words."""
        case = get_object_or_404(queries.desk(), pk=case_id)
        form = RulingForm(request.POST)
        if form.is_valid():
            try:
                services.decide(
                    case_id=case_id,
                    by_id=_person(request),
                    at=timezone.now(),
                    **form.cleaned_data,
                )
            except MarketplaceError as error:
                _refused(form, error)
        if form.errors:
            return self._review(request, case, form, status=422)
        messages.success(request, _("Decided. The seller has been told, with the reasons."))
        return redirect("admin:cases_case_change", case_id)

    def _do(
        self, request: HttpRequest, service: Callable[..., object], case_id: int
    ) -> HttpResponse:
        get_object_or_404(Case, pk=case_id)
        try:
            service(case_id=case_id, by_id=_person(request), at=timezone.now())
        except MarketplaceError as error:
            messages.error(request, error.reason)
        return redirect("admin:cases_case_change", case_id)

    def _review(
        self, request: HttpRequest, case: Case, form: RulingForm, status: int = 200
    ) -> HttpResponse:
        page = self.page(
            request,
            "admin/cases/review.html",
            _("Case %(number)d: %(title)s") % {"number": case.pk, "title": case.listing.title},
            form=form,
            policies=[(label, POLICY_TEXTS[value]) for value, label in Policy.choices],
            undecided=case.state in (CaseState.OPEN, CaseState.CLAIMED),
            mine=case.claimed_by_id == request.user.pk,
            **_dossier(case),
        )
        page.status_code = status
        return page


@admin.register(Appeal)
class AppealAdmin(StaffOnly):
    """Sellers' appeals, the open ones first."""

    list_display = ["id", "state", "due_at", "decision", "first_decider", "by", "decided_by"]
    list_filter = ["state"]
    search_fields = ["decision__case__listing__title"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appeal]:  # noqa: ARG002
        """Order by what is due."""
        return queries.appeals()

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:  # noqa: ARG002
        """Keep that order."""
        return ("done", "due_at", "pk")

    @admin.display
    def first_decider(self, appeal: Appeal) -> object:
        """Name who may not answer it."""
        return appeal.decision.by or "-"

    def get_urls(self) -> list[URLPattern]:
        """Add the button."""
        answer = self.button(self.answer)
        own = [path("<int:appeal_id>/answer/", answer, name="cases_answer")]
        return own + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """Show the appeal with the whole case."""
        appeal = self.get_object(request, object_id)
        if appeal is None:
            raise Http404
        return self._show(request, appeal, AnswerForm())

    def answer(self, request: HttpRequest, appeal_id: int) -> HttpResponse:
        """Answer the appeal; a refused form keeps its words."""
        appeal = get_object_or_404(Appeal, pk=appeal_id)
        form = AnswerForm(request.POST)
        if form.is_valid():
            try:
                services.decide_appeal(
                    appeal_id=appeal_id,
                    by_id=_person(request),
                    won=form.cleaned_data["outcome"] == "won",
                    answer=form.cleaned_data["answer"],
                    at=timezone.now(),
                )
            except MarketplaceError as error:
                _refused(form, error)
        if form.errors:
            return self._show(request, appeal, form, status=422)
        messages.success(request, _("Answered. The seller has been told."))
        return redirect("admin:cases_appeal_change", appeal_id)

    def _show(
        self, request: HttpRequest, appeal: Appeal, form: AnswerForm, status: int = 200
    ) -> HttpResponse:
        case = get_object_or_404(queries.desk(), pk=appeal.decision.case_id)
        page = self.page(
            request,
            "admin/cases/appeal.html",
            _("Appeal %(number)d: %(title)s") % {"number": appeal.pk, "title": case.listing.title},
            appeal=appeal,
            form=form,
            is_open=appeal.state == AppealState.OPEN,
            is_first_decider=appeal.decision.by_id == request.user.pk,
            **_dossier(case),
        )
        page.status_code = status
        return page


@admin.register(Scan)
class ScanAdmin(StaffOnly):
    """Every look at a listing."""

    list_display = ["id", "listing", "content_version", "risk_permille", "done_at"]
    list_select_related = ["listing"]
    search_fields = ["listing__title"]
    ordering = ["-id"]


class PolicyFilter(admin.SimpleListFilter):
    """Decisions by the rule they rest on; what was allowed rests on none."""

    title = gettext_lazy("rule")
    parameter_name = "policy"

    def lookups(self, *_: Any) -> list[tuple[str, str]]:
        """Offer the rules."""
        return [(value, str(words)) for value, words in Policy.choices]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what rests on the chosen rule."""
        return queryset.filter(policy=self.value()) if self.value() else queryset


@admin.register(Decision)
class DecisionAdmin(StaffOnly):
    """Every ruling."""

    list_display = ["id", "case", "verdict", "policy", "by", "overrides", "at"]
    list_select_related = ["case", "by", "overrides"]
    list_filter = ["verdict", PolicyFilter]
    ordering = ["-id"]


def _person(request: HttpRequest) -> int:
    return cast(int, request.user.pk)


def _refused(form: Form, error: MarketplaceError) -> None:
    field = getattr(error, "field", "")
    form.add_error(field if field in form.fields else None, error.reason)


def _dossier(case: Case) -> dict[str, object]:
    shop = case.listing.shop
    return {
        "case": case,
        "listing": case.listing,
        "shop": shop,
        "photos": list(case.listing.photos.all()),
        "evidence": queries.evidence_of(case.scan_id),
        "decisions": case.decisions.select_related("by", "statement").order_by("pk"),
        "earlier": queries.earlier_decisions(case)[:10],
        "live_points": sum(strike.severity for strike in live_strikes(shop.pk, timezone.now())),
        "strikes": strikes_of_shop(shop.pk)[:10],
    }
