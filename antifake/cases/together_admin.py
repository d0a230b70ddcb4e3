"""Deciding a match cluster as one, and what takes two people: preview, then exactly that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from antifake.cases import queries
from antifake.cases.desk_pages import StaffOnly, next_page, person, refused
from antifake.cases.forms import RulingForm
from antifake.cases.models import Case, Proposal, ProposalState
from antifake.cases.queries import clusters, dossier, reviewers
from antifake.cases.queries.effects import Effects
from antifake.cases.services import bulk
from antifake.cases.services.seconds import NeedsSecond
from marketplace.errors import MarketplaceError, WrongState

if TYPE_CHECKING:
    Base = StaffOnly
else:  # mixed into an admin class
    Base = object


class TogetherPages(Base):
    """The pages of a cluster, inside the admin of cases."""

    def get_urls(self) -> list[URLPattern]:
        """Add them."""
        together = self.paper(self.together)
        own = [path("<int:case_id>/together/", together, name="cases_together")]
        return own + super().get_urls()

    def together(self, request: HttpRequest, case_id: int) -> HttpResponse:
        """Choose a ruling for a cluster, read what it would do, and do exactly that."""
        case = get_object_or_404(queries.desk(), pk=case_id)
        if request.method != "POST":
            return self._cluster(request, case, RulingForm(initial={"reason": 1}), None)
        form = RulingForm(request.POST)
        shown: Effects | None = None
        if form.is_valid():
            ruling = bulk.Ruling(**form.ruling(language=case.listing.shop.owner.language))
            try:
                if "expected" in request.POST:
                    return self._carry_out(request, case, ruling)
                shown = bulk.preview(
                    case_ids=_chosen(request, case),
                    ruling=ruling,
                    by_id=person(request),
                    at=timezone.now(),
                )
            except bulk.Changed as error:
                messages.warning(request, error.reason)
                shown = error.effects
            except MarketplaceError as error:
                refused(form, error)
        return self._cluster(request, case, form, shown)

    def _carry_out(self, request: HttpRequest, case: Case, ruling: bulk.Ruling) -> HttpResponse:
        facts: dict[str, Any] = {
            "case_ids": _chosen(request, case),
            "ruling": ruling,
            "expected": _expected(request),
            "by_id": person(request),
            "at": timezone.now(),
        }
        try:
            bulk.decide_all(**facts)
        except NeedsSecond:
            row = bulk.propose(case_id=case.pk, **facts)
            messages.success(request, _("Proposed. A second person carries it out, or refuses."))
            return redirect("admin:cases_proposal_change", row.pk)
        messages.success(request, _("Decided together, exactly as shown."))
        return next_page(request, at=facts["at"])

    def _cluster(
        self, request: HttpRequest, case: Case, form: RulingForm, shown: Effects | None
    ) -> HttpResponse:
        at = timezone.now()
        rows = list(clusters.cluster_of(case, user_id=person(request), at=at))
        chosen = set(_chosen(request, case)) if request.method == "POST" else {c.pk for c in rows}
        ruling = (
            bulk.Ruling(**form.ruling(language=case.listing.shop.owner.language))
            if shown is not None
            else None
        )
        page = self.page(
            request,
            "admin/cases/together.html",
            _("Decide together: what matches case %(number)d") % {"number": case.pk},
            case=case,
            members=clusters.members(rows),
            blurred=reviewers.working_of(person(request)).blur,
            chosen=chosen,
            form=form,
            reasons=dossier.reasons(at=at),
            shown=shown,
            ruling=ruling,
            expected=json.dumps(shown.as_json()) if shown else "",
            needs_second=shown is not None
            and ruling is not None
            and bulk.needs_second(ruling=ruling, shown=shown, listings=len(chosen), at=at),
        )
        page.status_code = 422 if form.errors else 200
        return page


@admin.register(Proposal)
class ProposalAdmin(StaffOnly):
    """Decisions that wait for a second person, those first."""

    list_display = ["id", "kind", "state", "case", "verdict", "policy", "by", "at", "answered_by"]
    list_filter = ["state", "kind"]
    list_select_related = ["case", "by", "answered_by"]

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:  # noqa: ARG002
        """Put what waits first."""
        return ("answered_at", "-pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Proposal]:  # noqa: ARG002
        """Return all of them."""
        return Proposal.objects.select_related("case__listing__shop", "by", "answered_by")

    def get_urls(self) -> list[URLPattern]:
        """Add the buttons."""
        answer = self.button(self.answer)
        own = [path("<int:proposal_id>/answer/", answer, name="cases_proposal_answer")]
        return own + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """Show what was proposed, and what it would do now."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return self._show(request, row)

    def answer(self, request: HttpRequest, proposal_id: int) -> HttpResponse:
        """Carry it out, or refuse it."""
        get_object_or_404(Proposal, pk=proposal_id)
        try:
            bulk.answer_proposal(
                proposal_id=proposal_id,
                by_id=person(request),
                agreed=request.POST.get("outcome") == "agree",
                expected=_expected(request),
                at=timezone.now(),
            )
        except MarketplaceError as error:
            messages.error(request, error.reason)
        else:
            messages.success(request, _("Answered."))
        return redirect("admin:cases_proposal_change", proposal_id)

    def _show(self, request: HttpRequest, row: Proposal) -> HttpResponse:
        shown, trouble = None, ""
        if row.state == ProposalState.OPEN:
            try:
                shown = bulk.preview(
                    case_ids=row.case_ids,
                    ruling=bulk.ruling_of(row=row),
                    by_id=row.by_id,
                    at=timezone.now(),
                )
            except MarketplaceError as error:
                trouble = error.reason
        cases = queries.desk().filter(pk__in=row.case_ids).order_by("pk")
        return self.page(
            request,
            "admin/cases/proposal.html",
            _("Proposal %(number)d") % {"number": row.pk},
            proposal=row,
            members=clusters.members(list(cases)),
            blurred=reviewers.working_of(person(request)).blur,
            shown=shown,
            trouble=trouble,
            expected=json.dumps(shown.as_json()) if shown else "",
            is_mine=row.by_id == request.user.pk,
            waits=row.state == ProposalState.OPEN,
        )


def _chosen(request: HttpRequest, case: Case) -> list[int]:
    """Return the cases of the cluster that were ticked; the case itself when none was."""
    ticked = [int(value) for value in request.POST.getlist("case") if value.isdigit()]
    return sorted(set(ticked)) or [case.pk]


def _expected(request: HttpRequest) -> Effects:
    """Return the effects that the form showed. Raises WrongState when they are not legible."""
    try:
        facts = json.loads(request.POST.get("expected", ""))
        held = tuple((int(amount), str(code)) for amount, code in facts.pop("held"))
        return Effects(**facts, held=held)
    except (KeyError, TypeError, ValueError) as error:
        raise WrongState(_("Look at the effects first.")) from error
