"""The desk's pages about one case: look, decide, take back, pass on, ask, compare.

Thin: every button calls one service, and an expected refusal becomes a message.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from antifake.cases import queries, rules, services
from antifake.cases.desk_pages import StaffOnly, leave, next_page, person, refused
from antifake.cases.forms import RulingForm
from antifake.cases.models import Case, SecondLook
from antifake.cases.queries import difference, dossier, evidence
from antifake.cases.queue_admin import QueuePages
from antifake.cases.services import second_looks
from antifake.cases.services.seconds import NeedsSecond
from antifake.cases.together_admin import TogetherPages
from marketplace.errors import MarketplaceError
from marketplace.shops.models import Shop


@admin.register(Case)
class CaseAdmin(QueuePages, TogetherPages, StaffOnly):
    """Listings under review, the most urgent first."""

    list_display = ["id", "kind", "state", "place", "due_at", "listing", "shop", "claimed_by"]
    list_filter = ["state", "kind"]
    search_fields = ["listing__title", "listing__shop__name"]
    change_list_template = "admin/cases/case_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:  # noqa: ARG002
        """Order as the desk works."""
        return queries.desk()

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:  # noqa: ARG002
        """Keep the desk's order."""
        return queries.DESK_ORDER

    @admin.display(description=gettext_lazy("risk for the queue"), ordering="risk_permille")
    def place(self, case: Case) -> int:
        """Say how likely it looked; of a blind audit, a drawn figure."""
        return case.risk_permille

    @admin.display
    def shop(self, case: Case) -> Shop:
        """Name the shop."""
        return case.listing.shop

    def get_urls(self) -> list[URLPattern]:
        """Add the buttons and the pictures."""
        picture = self.admin_site.admin_view(require_safe(self.difference))
        own = [
            path("<int:case_id>/claim/", self.button(self.claim), name="cases_claim"),
            path("<int:case_id>/keep/", self.button(self.keep), name="cases_keep"),
            path("<int:case_id>/unclaim/", self.button(self.unclaim), name="cases_unclaim"),
            path("<int:case_id>/decide/", self.button(self.decide), name="cases_decide"),
            path("<int:case_id>/undo/", self.button(self.undo), name="cases_undo"),
            path("<int:case_id>/ask/", self.button(self.ask), name="cases_ask"),
            path("<int:case_id>/pass-on/", self.button(self.escalate), name="cases_escalate"),
            path("difference/<int:finding_id>/", picture, name="cases_difference"),
        ]
        return own + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """Show the review page; a case one holds is kept a while longer."""
        case = self.get_object(request, object_id)
        if case is None:
            raise Http404
        services.keep(
            case_id=case.pk, by_id=person(request), at=timezone.now(), lasts=rules.CLAIM_LASTS
        )
        return self.review(request, case, None)

    def claim(self, request: HttpRequest, case_id: int) -> HttpResponse:
        """Take this case."""
        return self._do(request, services.claim, case_id)

    def unclaim(self, request: HttpRequest, case_id: int) -> HttpResponse:
        """Put this case back."""
        leave(request, case_id)
        return redirect("admin:cases_case_change", case_id)

    def keep(self, request: HttpRequest, case_id: int) -> HttpResponse:
        """An open page says that somebody still looks; 409 when it is another's by now."""
        at = timezone.now()
        held = services.keep(
            case_id=case_id, by_id=person(request), at=at, lasts=rules.HEARTBEAT_LASTS
        )
        return HttpResponse(status=204 if held or self._look(request, case_id, at) else 409)

    def decide(self, request: HttpRequest, case_id: int) -> HttpResponse:
        """Rule on this case and load the next one; a refused form keeps its words."""
        case = get_object_or_404(queries.desk(), pk=case_id)
        at = timezone.now()
        form = RulingForm(request.POST)
        if form.is_valid():
            ruling = form.ruling(language=case.listing.shop.owner.language)
            try:
                self._rule(request, case, ruling, at)
            except NeedsSecond as error:
                messages.warning(request, error.reason)
                return self.together(request, case_id)
            except MarketplaceError as error:
                refused(form, error)
        if form.errors:
            return self.review(request, case, form, status=422)
        messages.success(
            request, _("Decided. The seller is told of whatever changes, with the reasons.")
        )
        return next_page(request, at=at)

    def undo(self, request: HttpRequest, case_id: int) -> HttpResponse:
        """Take one's last ruling on this case back; a bulk decision is taken back whole."""
        case = get_object_or_404(Case, pk=case_id)
        at = timezone.now()
        try:
            if self._look(request, case_id, at):
                second_looks.take_back(case_id=case_id, by_id=person(request), at=at)
            else:
                ids = dossier.decided_together(case)
                services.undo_all(case_ids=ids, by_id=person(request), at=at)
        except MarketplaceError as error:
            messages.error(request, error.reason)
        else:
            messages.success(request, _("Taken back. Nobody was mailed; the case is yours again."))
        return redirect("admin:cases_case_change", case_id)

    def ask(self, request: HttpRequest, case_id: int) -> HttpResponse:
        """Ask the seller for evidence; the case rests meanwhile."""
        words = request.POST.get("note", "") or _(
            "Please send a document that shows that you may sell these goods or use these photos."
        )

        def asked(at: datetime) -> None:
            services.ask_evidence(case_id=case_id, by_id=person(request), words=words, at=at)

        return self._pass(request, case_id, asked, _("Asked. The case rests until the answer."))

    def escalate(self, request: HttpRequest, case_id: int) -> HttpResponse:
        """Pass the case on to somebody else."""

        def passed(at: datetime) -> None:
            note = request.POST.get("note", "")
            services.escalate(case_id=case_id, by_id=person(request), note=note, at=at)

        return self._pass(request, case_id, passed, _("Passed on. Somebody else decides."))

    def difference(self, request: HttpRequest, finding_id: int) -> HttpResponse:  # noqa: ARG002
        """Draw where the two photos of a finding differ."""
        files = evidence.files_of(finding_id)
        if files is None:
            raise Http404
        try:
            drawn = difference.difference(*files)
        except FileNotFoundError as error:
            raise Http404 from error
        answer = HttpResponse(drawn, content_type="image/png")
        patch_cache_control(answer, private=True, max_age=3600)
        return answer

    def review(
        self, request: HttpRequest, case: Case, form: RulingForm | None, status: int = 200
    ) -> HttpResponse:
        """Return the page of a case, as it waits or as it was decided."""
        at = timezone.now()
        look = self._look(request, case.pk, at)
        facts = dossier.of_case(case, look=look, user_id=person(request), at=at)
        page = self.page(
            request,
            "admin/cases/review.html",
            _("Case %(number)d: %(title)s") % {"number": case.pk, "title": case.listing.title},
            form=form or RulingForm(initial={"reason": facts["suggested"]}),
            kinds=request.GET.get("kinds", request.POST.get("kinds", "")),
            **facts,
        )
        page.status_code = status
        return page

    def _rule(self, request: HttpRequest, case: Case, ruling: dict[str, str], at: datetime) -> None:
        if self._look(request, case.pk, at):
            words = {name: ruling[name] for name in ("verdict", "policy", "note")}
            second_looks.answer(case_id=case.pk, by_id=person(request), **words, at=at)
        else:
            services.decide(
                case_id=case.pk,
                verdict=ruling["verdict"],
                policy=ruling["policy"],
                act=ruling["act"],
                note=ruling["note"],
                by_id=person(request),
                at=at,
            )

    def _look(self, request: HttpRequest, case_id: int, at: datetime) -> SecondLook | None:
        return second_looks.look_at(case_id=case_id, by_id=person(request), at=at)

    def _pass(
        self,
        request: HttpRequest,
        case_id: int,
        service: Callable[[datetime], None],
        told: str,
    ) -> HttpResponse:
        get_object_or_404(Case, pk=case_id)
        at = timezone.now()
        if self._look(request, case_id, at):
            second_looks.pass_over(case_id=case_id, by_id=person(request))
        else:
            try:
                service(at)
            except MarketplaceError as error:
                messages.error(request, error.reason)
                return redirect("admin:cases_case_change", case_id)
        messages.success(request, told)
        return next_page(request, at=at)

    def _do(
        self, request: HttpRequest, service: Callable[..., object], case_id: int
    ) -> HttpResponse:
        get_object_or_404(Case, pk=case_id)
        try:
            service(case_id=case_id, by_id=person(request), at=timezone.now())
        except MarketplaceError as error:
            messages.error(request, error.reason)
        return redirect("admin:cases_case_change", case_id)
