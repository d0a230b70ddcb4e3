"""A borrower's loans: the schedule, what came in, paying by hand, more time, the wallet."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from credit.loans import forms, words
from credit.loans.models import OWED, RUNNING, Loan
from credit.loans.queries import borrowing, watching
from credit.loans.services import repaying, reviewing, trouble, wallet
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import MarketplaceError
from marketplace.shops.models import Shop
from marketplace.shops.rules import Act


@require_safe
@login_required
def mine(request: SignedInRequest) -> HttpResponse:
    """Every shop for which the person may borrow: its wallet, loans and applications."""
    shops = borrowing.shops_of(request.user)
    shown = [
        {
            "shop": shop,
            "wallet_minor": borrowing.wallet_minor(shop),
            "loans": [(loan, words.TONES.get(loan.state, "")) for loan in _loans(shop)],
        }
        for shop in shops
    ]
    refused = borrowing.applications_of(request.user).filter(outcome="refused")[:10]
    cuts = watching.cuts_of(request.user)[:10]
    return render(request, "loans/mine.html", {"shown": shown, "refused": refused, "cuts": cuts})


def _loans(shop: Shop) -> list[Loan]:
    return borrowing.loans_of_shop(shop.pk)


def _found(request: SignedInRequest, loan_id: int) -> Loan:
    return get_object_or_404(borrowing.loans_of(request.user), pk=loan_id)


@require_safe
@login_required
def loan(request: SignedInRequest, loan_id: int) -> HttpResponse:
    """One loan: what is owed, when what is due, what came in."""
    return _page(request, _found(request, loan_id))


def _page(
    request: SignedInRequest,
    found: Loan,
    *,
    repay: forms.AmountForm | None = None,
    more: forms.MoreTimeForm | None = None,
) -> HttpResponse:
    now = timezone.now()
    stands = borrowing.stands(found, at=now)
    may_replan = found.state in RUNNING and found.plan == 1
    given = (repay is not None and repay.errors) or (more is not None and more.errors)
    context = {
        "loan": found,
        "shop": found.shop,
        "tone": words.TONES.get(found.state, ""),
        "told": words.KINDS_TOLD[found.kind],
        "stands": stands,
        "rate_percent": f"{found.rate_bp / 100:.2f}",
        "cost_percent": f"{found.cost_bp / 100:.1f}",
        "share_percent": f"{found.share_bp / 100:g}",
        "schedule": borrowing.schedule_of(found, at=now),
        "repayments": borrowing.repayments_of(found)[:50],
        "wallet_minor": borrowing.wallet_minor(found.shop),
        "repay": repay
        or (forms.AmountForm(currency=found.currency) if found.state in OWED else None),
        "more": more
        or (
            forms.MoreTimeForm(initial={"plan": found.plan, "parts": found.parts + 3})
            if may_replan
            else None
        ),
    }
    return render(request, "loans/loan.html", context, status=422 if given else 200)


@require_safe
@login_required
def contract(request: SignedInRequest, loan_id: int) -> HttpResponse:
    """What was agreed, to be printed."""
    found = _found(request, loan_id)
    plan = borrowing.quote(
        amount_minor=found.principal_minor,
        rate_bp=found.rate_bp,
        parts=found.application.parts,
        kind=found.kind,
        at=found.signed_at or found.offered_at,
    )
    context = {
        "loan": found,
        "shop": found.shop,
        "quote": plan,
        "told": words.KINDS_TOLD[found.kind],
        "share_percent": f"{found.share_bp / 100:g}",
    }
    return render(request, "loans/contract.html", context)


@require_POST
@login_required
def sign(request: SignedInRequest, loan_id: int) -> HttpResponse:
    """Sign what was offered."""
    found = _found(request, loan_id)
    try:
        reviewing.sign(loan_id=found.pk, by_id=request.user.pk, at=timezone.now())
    except MarketplaceError as error:
        messages.error(request, error.reason)
    else:
        messages.success(request, _("Signed. The money is in your wallet."))
    return redirect("loans:loan", found.pk)


@require_POST
@login_required
def repay(request: SignedInRequest, loan_id: int) -> HttpResponse:
    """Pay back by hand, from the wallet."""
    found = _found(request, loan_id)
    form = forms.AmountForm(request.POST, currency=found.currency)
    if form.is_valid():
        try:
            repaying.repay(
                loan_id=found.pk,
                by_id=request.user.pk,
                key=form.cleaned_data["key"],
                amount_minor=form.cleaned_data["amount"],
                at=timezone.now(),
            )
        except MarketplaceError as error:
            form.add_error(None, error.reason)
    if form.errors:
        return _page(request, found, repay=form)
    messages.success(request, _("Paid."))
    return redirect("loans:loan", found.pk)


@require_POST
@login_required
def more_time(request: SignedInRequest, loan_id: int) -> HttpResponse:
    """Spread what is left over more months, once, at no further cost."""
    found = _found(request, loan_id)
    form = forms.MoreTimeForm(request.POST)
    if not form.carried_out(
        trouble.ask_for_time, loan_id=found.pk, by_id=request.user.pk, at=timezone.now()
    ):
        return _page(request, found, more=form)
    messages.success(request, _("You have more time. The new days stand below."))
    return redirect("loans:loan", found.pk)


def _shop(request: SignedInRequest, shop_id: int) -> Shop:
    return get_object_or_404(Shop.objects.where_may(request.user.pk, Act.BORROW), pk=shop_id)


@require_safe
@login_required
def wallet_page(request: SignedInRequest, shop_id: int) -> HttpResponse:
    """What lies in a shop's wallet, and how it gets out and in."""
    return _wallet(request, _shop(request, shop_id))


def _wallet(
    request: SignedInRequest,
    shop: Shop,
    *,
    out: forms.AmountForm | None = None,
    card: forms.CardForm | None = None,
) -> HttpResponse:
    given = (out is not None and out.errors) or (card is not None and card.errors)
    context = {
        "shop": shop,
        "wallet_minor": borrowing.wallet_minor(shop),
        "on_its_way_minor": borrowing.on_its_way_minor(shop),
        "moves": borrowing.moves_of(shop),
        "out": out or forms.AmountForm(currency=shop.currency, auto_id="out-%s"),
        "card": card or forms.CardForm(currency=shop.currency, auto_id="in-%s"),
    }
    return render(request, "loans/wallet.html", context, status=422 if given else 200)


@require_POST
@login_required
def take_out(request: SignedInRequest, shop_id: int) -> HttpResponse:
    """Send money to the payout account."""
    shop = _shop(request, shop_id)
    form = forms.AmountForm(request.POST, currency=shop.currency, auto_id="out-%s")
    given: dict[str, object] = {}
    moved = _move(request, shop, form, given, wallet.take_out)
    return moved or _wallet(request, shop, out=form)


@require_POST
@login_required
def bring_in(request: SignedInRequest, shop_id: int) -> HttpResponse:
    """Charge a card for the wallet."""
    shop = _shop(request, shop_id)
    form = forms.CardForm(request.POST, currency=shop.currency, auto_id="in-%s")
    given: dict[str, object] = {}
    if form.is_valid():
        given["card"] = form.cleaned_data["card"]
    moved = _move(request, shop, form, given, wallet.bring_in)
    return moved or _wallet(request, shop, card=form)


def _move(
    request: SignedInRequest,
    shop: Shop,
    form: forms.AmountForm,
    given: dict[str, object],
    verb: Callable[..., object],
) -> HttpResponse | None:
    if not form.is_valid():
        return None
    try:
        verb(
            shop_id=shop.pk,
            by_id=request.user.pk,
            key=form.cleaned_data["key"],
            amount_minor=form.cleaned_data["amount"],
            at=timezone.now(),
            **given,
        )
    except MarketplaceError as error:
        form.add_error(None, error.reason)
        return None
    messages.success(request, _("Done. Below is how it stands."))
    return redirect("loans:wallet", shop.pk)
