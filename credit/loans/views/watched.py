"""A borrower's statement, and what was taken of the limit: why, and how to appeal."""

from __future__ import annotations

import csv

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from credit.loans import forms
from credit.loans.models import CutState, LimitCut, Loan
from credit.loans.queries import borrowing, watching
from credit.loans.queries.statement import statement as entries_of
from credit.loans.services import cutting
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import MarketplaceError
from marketplace.money import currency_digits, scaled


def _loan(request: SignedInRequest, loan_id: int) -> Loan:
    return get_object_or_404(borrowing.loans_of(request.user), pk=loan_id)


@require_safe
@login_required
def statement(request: SignedInRequest, loan_id: int) -> HttpResponse:
    """Every move of a loan's money, to be printed."""
    found = _loan(request, loan_id)
    now = timezone.now()
    context = {
        "loan": found,
        "shop": found.shop,
        "entries": entries_of(found),
        "stands": borrowing.stands(found, at=now),
        "now": now,
    }
    return render(request, "loans/statement.html", context)


@require_safe
@login_required
def statement_file(request: SignedInRequest, loan_id: int) -> HttpResponse:
    """The same as a file: amounts in whole units of the currency, times in UTC."""
    found = _loan(request, loan_id)
    digits = currency_digits(found.currency)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="loan-{found.pk}.csv"'
    writer = csv.writer(answer)
    heads = (_("When (UTC)"), _("What"), _("Lent"), _("Paid"), _("Principal"), _("Interest"))
    writer.writerow([*heads, _("Left"), _("Currency")])
    for one in entries_of(found):
        amounts = (one.lent_minor, one.paid_minor, one.principal_minor, one.interest_minor)
        plain = [str(scaled(amount, digits)) for amount in (*amounts, one.left_minor)]
        writer.writerow([one.at.isoformat(), one.told, *plain, found.currency])
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def cut(request: SignedInRequest, cut_id: int) -> HttpResponse:
    """A cut of the limit: its reasons, how long, and the appeal."""
    found = get_object_or_404(watching.cuts_of(request.user), pk=cut_id)
    form = forms.AskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _appeal(request, found, form)
        except MarketplaceError as error:
            form.add_error(None, error.reason)
        else:
            messages.success(request, _("A person will look, and answer with reasons."))
            return redirect("loans:cut", found.pk)
    context = {
        "cut": found,
        "shop": found.shop,
        "left": f"{found.permille / 10:g}",
        "form": form if found.state == CutState.STANDS else None,
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "loans/cut.html", context, status=status)


def _appeal(request: SignedInRequest, found: LimitCut, form: forms.AskForm) -> None:
    cutting.appeal(
        cut_id=found.pk,
        by_id=request.user.pk,
        said=form.cleaned_data["said"],
        at=timezone.now(),
    )
