"""The risk desk: for risk officers alone."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from credit.loans import forms, words
from credit.loans.models import Application, Loan, Review, ReviewState
from credit.loans.queries import borrowing, watching
from credit.loans.queries import desk as queries
from credit.loans.queries.refusing import in_words, reason_label
from credit.loans.services import reviewing, trouble
from credit.loans.views.door import officers
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import MarketplaceError

PAGE = 30


@require_safe
@login_required
@officers
def portfolio(request: SignedInRequest) -> HttpResponse:
    """The book at one look."""
    now = timezone.now()
    context = {
        "book": queries.book(),
        "ages": queries.ages(at=now),
        "vintages": queries.vintages(),
        "calibration": queries.calibration(),
        "stability": queries.stability(at=now),
        "reasons": [(reason_label(code), count) for code, count in queries.reasons(at=now)],
        "waiting": queries.waiting_count(),
        "appeals": watching.appeals_waiting(),
        "running": queries.running()[:PAGE],
        "now": now,
    }
    return render(request, "loans/desk/portfolio.html", context)


@require_safe
@login_required
@officers
def reviews(request: SignedInRequest) -> HttpResponse:
    """Whoever waits for a person."""
    page = Paginator(queries.waiting(), PAGE).get_page(request.GET.get("page"))
    return render(request, "loans/desk/reviews.html", {"page_obj": page})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@officers
def review(request: SignedInRequest, review_id: int) -> HttpResponse:
    """One refusal that a person looks at."""
    found = get_object_or_404(queries.waiting(), pk=review_id)
    currency = found.application.currency
    form = forms.DecideForm(request.POST or None, currency=currency)
    if request.method == "POST" and form.is_valid():
        try:
            _answer(request, found, form)
        except MarketplaceError as error:
            form.add_error(None, error.reason)
        else:
            messages.success(request, _("Decided. The applicant has been told, with the reasons."))
            return redirect("loans:desk_review", found.pk)
    application = found.application
    context = {
        "review": found,
        "form": form if found.state == ReviewState.WAITING else None,
        **_dossier(application),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "loans/desk/review.html", context, status=status)


def _answer(request: SignedInRequest, found: Review, form: forms.DecideForm) -> None:
    given = form.cleaned_data
    common = {
        "review_id": found.pk,
        "by_id": request.user.pk,
        "reasons": given["reasons"],
        "at": timezone.now(),
    }
    if given["answer"] == "approve":
        reviewing.approve(amount_minor=given["amount"] or 0, **common)
    else:
        reviewing.uphold(**common)


def _dossier(application: Application) -> dict[str, object]:
    return {
        "application": application,
        "shop": application.shop,
        "replay": queries.replay(application),
        "reasons": in_words(application.reasons, application.score, application.currency),
        "facts": sorted(application.facts.items()),
        "terms": sorted(application.terms.items()),
        "others": borrowing.loans_of_shop(application.shop_id),
    }


@require_safe
@login_required
@officers
def applications(request: SignedInRequest) -> HttpResponse:
    """Every decision."""
    page = Paginator(queries.applications(), PAGE).get_page(request.GET.get("page"))
    return render(request, "loans/desk/applications.html", {"page_obj": page})


@require_safe
@login_required
@officers
def application(request: SignedInRequest, application_id: int) -> HttpResponse:
    """One decision, made once more from what was stored."""
    found = get_object_or_404(queries.applications(), pk=application_id)
    return render(request, "loans/desk/application.html", _dossier(found))


@require_safe
@login_required
@officers
def loan(request: SignedInRequest, loan_id: int) -> HttpResponse:
    """One loan."""
    return _loan(request, get_object_or_404(queries.loans(), pk=loan_id))


def _loan(
    request: SignedInRequest, found: Loan, form: forms.MoreTimeForm | None = None
) -> HttpResponse:
    now = timezone.now()
    context = {
        "loan": found,
        "shop": found.shop,
        "tone": words.TONES.get(found.state, ""),
        "stands": borrowing.stands(found, at=now),
        "schedule": borrowing.schedule_of(found, at=now),
        "repayments": borrowing.repayments_of(found)[:50],
        "form": form or forms.MoreTimeForm(initial={"plan": found.plan, "parts": found.parts}),
        "runs": found.state in ("active", "late"),
    }
    return render(request, "loans/desk/loan.html", context, status=422 if form else 200)


@require_POST
@login_required
@officers
def write_off(request: SignedInRequest, loan_id: int) -> HttpResponse:
    """Count a loan as lost."""
    found = get_object_or_404(queries.loans(), pk=loan_id)
    try:
        trouble.write_off(loan_id=found.pk, by_id=request.user.pk, at=timezone.now())
    except MarketplaceError as error:
        messages.error(request, error.reason)
    else:
        messages.success(request, _("Written off. It can still be paid back."))
    return redirect("loans:desk_loan", found.pk)


@require_POST
@login_required
@officers
def plan(request: SignedInRequest, loan_id: int) -> HttpResponse:
    """Give a borrower in hardship more time."""
    found = get_object_or_404(queries.loans(), pk=loan_id)
    form = forms.MoreTimeForm(request.POST)
    if not form.carried_out(
        trouble.replan, loan_id=found.pk, by_id=request.user.pk, at=timezone.now()
    ):
        return _loan(request, found, form)
    messages.success(request, _("The new plan stands, and the borrower has been told."))
    return redirect("loans:desk_loan", found.pk)
