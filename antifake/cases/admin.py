"""The review desk: appeals, and lists of what was found and decided; cases: case_admin.

Thin: every button calls one service, and an expected refusal becomes a message.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from antifake.cases import asking_admin as _asking  # noqa: F401 - registers its desks
from antifake.cases import audit_admin as _audits  # noqa: F401 - registers its page
from antifake.cases import case_admin as _cases  # noqa: F401 - registers its desk
from antifake.cases import queries, services
from antifake.cases import rescan_admin as _rescans  # noqa: F401 - registers its desk
from antifake.cases import second_look_admin as _looks  # noqa: F401 - registers its page
from antifake.cases.desk_pages import StaffOnly, person, refused
from antifake.cases.forms import AnswerForm
from antifake.cases.learning import admin as _learning  # noqa: F401 - registers its desk
from antifake.cases.models import Appeal, AppealState, Decision, Scan
from antifake.cases.queries import dossier
from marketplace.errors import MarketplaceError
from marketplace.trust.models import Policy


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
                    by_id=person(request),
                    won=form.cleaned_data["outcome"] == "won",
                    answer=form.cleaned_data["answer"],
                    at=timezone.now(),
                )
            except MarketplaceError as error:
                refused(form, error)
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
            evidence_files=appeal.evidence.select_related("document").order_by("pk"),
            form=form,
            is_open=appeal.state == AppealState.OPEN,
            is_first_decider=appeal.decision.by_id == request.user.pk,
            **dossier.appealed(case, at=timezone.now()),
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
