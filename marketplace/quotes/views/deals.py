"""One quote as both sides see it: its versions, words, no, and yes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.accounts import services as accounts
from marketplace.accounts.models import Address
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import BadInput, MarketplaceError, WrongState
from marketplace.orders.models import OrderGroup
from marketplace.orders.services import payment as payments
from marketplace.quotes import forms, queries, rules
from marketplace.quotes.models import (
    Deal,
    Quote,
    QuoteState,
    QuoteVersion,
    RequestState,
    Side,
)
from marketplace.quotes.services import accepting, quoting
from marketplace.rulebook import queries as rulebook


@require_safe
@login_required
def detail(request: SignedInRequest, quote_id: int) -> HttpResponse:
    """One quote with all its versions and what was said."""
    return _page(request, _found(request, quote_id))


@require_POST
@login_required
def decline(request: SignedInRequest, quote_id: int) -> HttpResponse:
    """The buyer says no, and why."""
    found = _bought(request, quote_id)
    form = forms.DeclineForm(request.POST, auto_id="decline-%s")
    if form.is_valid():
        try:
            quoting.decline(
                quote_id=found.pk, by_id=request.user.pk, at=timezone.now(), **form.cleaned_data
            )
        except MarketplaceError as error:
            form.add_error(None, error.reason)
    if form.errors:
        return _page(request, found, status=422, decline_form=form)
    messages.success(request, _("The shop has been told. It may come back with another offer."))
    return redirect("quotes:detail", found.pk)


@require_POST
@login_required
def say(request: SignedInRequest, quote_id: int) -> HttpResponse:
    """A question or an answer."""
    found = _found(request, quote_id)
    form = forms.SayForm(request.POST, auto_id="say-%s")
    if form.is_valid():
        try:
            quoting.say(
                quote_id=found.pk, by_id=request.user.pk, at=timezone.now(), **form.cleaned_data
            )
        except MarketplaceError as error:
            form.add_error(None, error.reason)
    if form.errors:
        return _page(request, found, status=422, say_form=form)
    messages.success(request, _("Sent."))
    return redirect("quotes:detail", found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def accept(request: SignedInRequest, deal_id: int) -> HttpResponse:
    """One page: what is agreed, where it goes, the card. Sent twice, it is one order."""
    deals = Deal.objects.filter(version__quote__request__buyer_id=request.user.pk)
    deal = get_object_or_404(deals.select_related("version__variant"), pk=deal_id)
    quote = _bought(request, deal.version.quote_id)
    addresses = list(Address.objects.filter(user_id=request.user.pk).order_by("-pk"))
    kwargs: dict[str, Any] = {"request_row": quote.request, "addresses": addresses}
    if request.method == "POST":
        form = forms.AcceptForm(request.POST, **kwargs)
        if form.is_valid():
            return _accepted(request, form, quote, deal)
        return _accept_page(request, form, quote, deal)
    if quote.order is not None and quote.state == QuoteState.ACCEPTED and not deal.sample:
        return redirect("orders:group", quote.order.group_id)
    try:
        accepting.refuse_over(quote=quote, deal=deal, at=timezone.now())
    except WrongState as error:
        messages.error(request, error.reason)
        return redirect("quotes:detail", quote.pk)
    form = forms.AcceptForm(initial={"country": quote.request.country}, **kwargs)
    return _accept_page(request, form, quote, deal)


def _accept_page(
    request: SignedInRequest, form: forms.AcceptForm, quote: Quote, deal: Deal
) -> HttpResponse:
    hours = rulebook.value("quotes.pay_hours", at=timezone.now())
    context = {
        "form": form,
        "quote": quote,
        "deal": deal,
        "version": deal.version,
        "abroad": quote.shop.country != quote.request.country,
        "hours": hours,
    }
    return render(request, "quotes/accept.html", context, status=422 if form.errors else 200)


def _accepted(
    request: SignedInRequest, form: forms.AcceptForm, quote: Quote, deal: Deal
) -> HttpResponse:
    data, now = form.cleaned_data, timezone.now()
    try:
        group = accepting.accept(
            deal_id=deal.pk,
            by_id=request.user.pk,
            recipient=data["recipient"],
            address=data["lines"],
            at=now,
        )
    except BadInput as error:
        form.add_error(None, error.reason)
        return _accept_page(request, form, quote, deal)
    except MarketplaceError as error:
        messages.error(request, error.reason)
        return redirect("quotes:detail", quote.pk)
    if data["keep"] and group.placed_at == now:  # not again when the form comes twice
        accounts.add_address(
            user_id=request.user.pk,
            recipient=data["recipient"],
            lines=data["lines"],
            country=data["country"],
            at=now,
        )
    if "later" not in request.POST:
        _pay(request, group, data["card"])
    return redirect("orders:group", group_id=group.pk)


def _pay(request: SignedInRequest, group: OrderGroup, card: str) -> None:
    try:
        payments.pay(group_id=group.pk, card=card, at=timezone.now())
    except MarketplaceError as error:
        messages.error(request, error.reason)


@require_safe
@login_required
def agreed(request: SignedInRequest, ref: str) -> HttpResponse:
    """Lead from an order to the quote in which its price was agreed (`quote:12:3`)."""
    quote_id = ref.removeprefix("quote:").partition(":")[0]
    number = int(quote_id) if quote_id.isascii() and quote_id.isdigit() else 0
    return redirect("quotes:detail", _found(request, number).pk)


def _page(
    request: SignedInRequest, found: Quote, *, status: int = 200, **given: Any
) -> HttpResponse:
    side = queries.side_of(found, request.user.pk)
    version: QuoteVersion = found.latest()
    waits = found.state == QuoteState.SENT and timezone.now() < found.due_at
    open_request = found.request.state == RequestState.OPEN
    context = {
        "quote": found,
        "wish": found.request,
        "version": version,
        "older": [one for one in found.versions.all() if one.number != found.current],
        "words": found.words.all(),
        "is_buyer": side == Side.BUYER,
        "abroad": found.shop.country != found.request.country,
        "may_accept": waits and found.request.state in (RequestState.OPEN, RequestState.EXPIRED),
        "may_revise": open_request and found.state in rules.REVISABLE,
        "may_say": found.request.state != RequestState.CLOSED,
        "decline_form": forms.DeclineForm(auto_id="decline-%s"),
        "say_form": forms.SayForm(auto_id="say-%s"),
    }
    return render(request, "quotes/detail.html", {**context, **given}, status=status)


def _found(request: SignedInRequest, quote_id: int) -> Quote:
    return get_object_or_404(queries.visible_quotes(request.user.pk), pk=quote_id)


def _bought(request: SignedInRequest, quote_id: int) -> Quote:
    """Return a quote that the person asked for."""
    asked_for = queries.visible_quotes(request.user.pk).filter(request__buyer_id=request.user.pk)
    return get_object_or_404(asked_for, pk=quote_id)
