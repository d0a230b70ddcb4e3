"""See what it costs, sign, be paid; or read why not, and what leads to yes."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from credit.loans import forms, words
from credit.loans.models import Application, Outcome
from credit.loans.queries import borrowing, refusing
from credit.loans.services import applying, reviewing
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import MarketplaceError
from marketplace.shops.models import Shop
from marketplace.shops.rules import Act


def _shop(request: SignedInRequest, shop_id: int) -> Shop:
    return get_object_or_404(Shop.objects.where_may(request.user.pk, Act.BORROW), pk=shop_id)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def apply(request: SignedInRequest, shop_id: int) -> HttpResponse:
    """One page: how much, what it costs, sign. What is signed is what was shown."""
    if request.method == "POST":
        return _signed(request, shop_id)
    return _page(request, _shop(request, shop_id))


def _page(request: SignedInRequest, shop: Shop, error: str = "") -> HttpResponse:
    now = timezone.now()
    verdict = borrowing.verdict(shop, at=now)
    context: dict[str, object] = {"shop": shop, "verdict": verdict, "error": error}
    if verdict.approved:
        least, most = verdict.least_minor, verdict.limit_minor
        step = borrowing.slider_step(least, most)
        form = forms.WishForm(
            request.GET or None, currency=shop.currency, least=least, most=most, step=step
        )
        amount, parts, kind = form.chosen() if request.GET else (most, 3, "even")
        amount = max(least, min(amount, most))
        quote = borrowing.quote(
            amount_minor=amount, rate_bp=verdict.rate_bp, parts=parts, kind=kind, at=now
        )
        form.initial = {"slider": amount, "parts": parts, "kind": kind}
        context |= {
            "form": form,
            "quote": quote,
            "kind": kind,
            "parts": parts,
            "step": step,
            "kinds": [(name, label, words.KINDS_TOLD[name]) for name, label in words.KINDS],
            "numbers": words.numbers(),
            "share_percent": applying.share_bp(kind=kind, at=now) / 100,
            "bound_by": words.BOUND_BY[verdict.bound_by],
            "sign": forms.ApplyForm(initial={"amount_minor": amount, "parts": parts, "kind": kind}),
        }
    else:
        # Asked for properly, a refusal is a decision with a record, and can be looked at again.
        context |= {
            "sign": forms.ApplyForm(
                initial={"amount_minor": max(verdict.least_minor, 1), "parts": 3, "kind": "even"}
            ),
            "reasons": refusing.in_words(
                list(verdict.reasons), borrowing.score_of(shop), shop.currency
            ),
        }
    return render(request, "loans/apply.html", context, status=422 if error else 200)


def _signed(request: SignedInRequest, shop_id: int) -> HttpResponse:
    form = forms.ApplyForm(request.POST)
    if not form.is_valid():
        again = _("Please choose again and sign what is shown.")
        return _page(request, _shop(request, shop_id), again)
    given = form.cleaned_data
    wish = applying.Wish(given["amount_minor"], given["parts"], given["kind"])
    try:
        made = applying.apply(
            shop_id=shop_id, by_id=request.user.pk, key=given["key"], wish=wish, at=timezone.now()
        )
    except MarketplaceError as error:
        # To whoever may not borrow for this shop, the page does not exist.
        return _page(request, _shop(request, shop_id), error.reason)
    if made.outcome == Outcome.APPROVED:
        messages.success(request, _("Signed. The money is in your wallet."))
        return redirect("loans:loan", made.loan.pk)
    return redirect("loans:application", made.pk)


def _application(request: SignedInRequest, application_id: int) -> Application:
    return get_object_or_404(borrowing.applications_of(request.user), pk=application_id)


@require_safe
@login_required
def application(request: SignedInRequest, application_id: int) -> HttpResponse:
    """A decision: its true reasons, the cheapest ways to yes, a person on request."""
    return _decision(request, _application(request, application_id), forms.AskForm())


def _decision(
    request: SignedInRequest, found: Application, form: forms.AskForm, status: int = 200
) -> HttpResponse:
    context = {
        "application": found,
        "shop": found.shop,
        "review": getattr(found, "review", None),
        "loan": getattr(found, "loan", None),
        "reasons": refusing.in_words(found.reasons, found.score, found.currency),
        "ways": refusing.ways_to_yes(found),
        "lot": refusing.lot_told(found),
        "form": form,
    }
    return render(request, "loans/application.html", context, status=status)


@require_safe
@login_required
def notice(request: SignedInRequest, application_id: int) -> HttpResponse:
    """The decision as a letter, to be printed."""
    found = _application(request, application_id)
    context = {
        "application": found,
        "shop": found.shop,
        "reasons": refusing.in_words(found.reasons, found.score, found.currency),
        "review": getattr(found, "review", None),
        "lot": refusing.lot_told(found),
    }
    return render(request, "loans/notice.html", context)


@require_POST
@login_required
def ask(request: SignedInRequest, application_id: int) -> HttpResponse:
    """Ask for a person."""
    found = _application(request, application_id)
    form = forms.AskForm(request.POST)
    if form.is_valid():
        try:
            reviewing.ask(
                application_id=found.pk,
                by_id=request.user.pk,
                said=form.cleaned_data["said"],
                at=timezone.now(),
            )
        except MarketplaceError as error:
            form.add_error(None, error.reason)
    if form.errors:
        return _decision(request, found, form, status=422)
    messages.success(request, _("A person will look, and answer with reasons."))
    return redirect("loans:application", found.pk)
