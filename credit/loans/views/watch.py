"""The risk desk's watch: how groups fare, what another card says, what lots bring, limits cut."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from credit.loans import forms
from credit.loans.models import CutState, LoanState
from credit.loans.queries import facts, watching
from credit.loans.queries.fairness import fair
from credit.loans.rules.fairness import SHOWN_FROM
from credit.loans.services import cutting
from credit.loans.views.door import officers
from credit.scoring import queries as scoring
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import MarketplaceError

PAGE = 30


@require_safe
@login_required
@officers
def watch(request: SignedInRequest) -> HttpResponse:
    """Groups, the card in shadow, lots."""
    now = timezone.now()
    found = scoring.challenger()
    lots = watching.lots()
    rules = facts.in_force(at=now)
    context = {
        "kinds": fair(at=now),
        "shown_from": SHOWN_FROM,
        "challenger": found and found[0],
        "shadows": watching.shadows(found[1].hash) if found else [],
        "lots": [(LoanState(state).label, count) for state, count in sorted(lots.items())],
        "sample_points": rules["sample_points"],
        "sample_percent": f"{rules['sample_permille'] / 10:g}",
        "sample_max": rules["sample_max"],
    }
    return render(request, "loans/desk/watch.html", context)


@require_safe
@login_required
@officers
def cuts(request: SignedInRequest) -> HttpResponse:
    """Every limit that was cut, appeals that wait on top."""
    page = Paginator(watching.cuts(), PAGE).get_page(request.GET.get("page"))
    return render(request, "loans/desk/cuts.html", {"page_obj": page})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@officers
def cut(request: SignedInRequest, cut_id: int) -> HttpResponse:
    """One cut, and the answer to its appeal."""
    found = get_object_or_404(watching.cuts(), pk=cut_id)
    form = forms.AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            cutting.decide(
                cut_id=found.pk,
                by_id=request.user.pk,
                lift=form.cleaned_data["verdict"] == "lift",
                answer=form.cleaned_data["answer"],
                at=timezone.now(),
            )
        except MarketplaceError as error:
            form.add_error(None, error.reason)
        else:
            messages.success(request, _("Decided. The borrower has been told, with the reasons."))
            return redirect("loans:desk_cut", found.pk)
    context = {
        "cut": found,
        "shop": found.shop,
        "left": f"{found.permille / 10:g}",
        "form": form if found.state == CutState.APPEALED else None,
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "loans/desk/cut.html", context, status=status)
