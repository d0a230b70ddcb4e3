"""The seller's side: decisions about one's listings, and appeals."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from antifake.cases import queries, services
from antifake.cases.forms import AppealForm
from antifake.cases.models import Appeal, Decision, Verdict
from marketplace.accounts.models import User
from marketplace.errors import BadInput, MarketplaceError
from marketplace.reasons.rules import stated_until
from marketplace.shops.queries import may
from marketplace.shops.rules import Act
from marketplace.trust.rules import POLICY_TEXTS

PER_PAGE = 20


@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """List what waits for a person and what was decided about one's listings."""
    user = cast(User, request.user)
    pages = Paginator(queries.decisions_about(user), PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    waiting = queries.waiting_about(user)
    return render(request, "cases/mine.html", {"page_obj": page, "waiting": waiting})


@require_safe
@login_required
def decision(request: HttpRequest, decision_id: int) -> HttpResponse:
    """Show one decision: what happened, what was found, the rule, the way back."""
    found = _decision(request, decision_id)
    return render(request, "cases/decision.html", _page(request, found, AppealForm()))


@require_POST
@login_required
def appeal(request: HttpRequest, decision_id: int) -> HttpResponse:
    """Take the seller's appeal; a form that fails keeps its words."""
    found = _decision(request, decision_id)
    form = AppealForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            services.appeal(
                decision_id=found.pk,
                by_id=cast(int, request.user.pk),
                text=form.cleaned_data["text"],
                uploads=form.uploads(),
                at=timezone.now(),
            )
        except MarketplaceError as error:
            field = error.field if isinstance(error, BadInput) else ""
            # A service speaks of the document; the form has one field for them all.
            form.add_error("proofs" if field in {"document", "proofs"} else None, error.reason)
    if form.errors:
        return render(request, "cases/decision.html", _page(request, found, form), status=422)
    messages.success(request, _("We received your appeal. Another person will answer it."))
    return redirect("cases:decision", found.pk)


def _decision(request: HttpRequest, decision_id: int) -> Decision:
    return get_object_or_404(queries.decisions_for(cast(User, request.user)), pk=decision_id)


def _page(request: HttpRequest, found: Decision, form: AppealForm) -> dict[str, object]:
    listing = found.case.listing
    first = found.overrides or found
    filed = Appeal.objects.filter(decision=first).first()
    until = queries.appealable_until(first)
    may_appeal = may(user_id=request.user.pk, shop_id=listing.shop_id, act=Act.APPEAL)
    over = timezone.now() > until
    open_to_appeal = found.verdict == Verdict.REMOVE and filed is None and not over
    return {
        "decision": found,
        "listing": listing,
        "evidence": queries.evidence_of(found.case.scan_id),
        "policy": POLICY_TEXTS.get(found.policy),
        "appeal": filed,
        "appeal_until": stated_until(until),
        "files": filed.evidence.count() if filed else 0,
        "appeal_over": over,
        "form": form if open_to_appeal and may_appeal else None,
    }
