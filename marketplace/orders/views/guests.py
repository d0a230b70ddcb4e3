"""Checkout without an account, on one page; and a new link for a guest who lost his."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from marketplace.accounts import safety, terms, throttles, tries
from marketplace.accounts.entering import sign_in_guest
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import BadInput, MarketplaceError, WrongState
from marketplace.orders import visitors
from marketplace.orders.forms import sendings
from marketplace.orders.guest_forms import GuestForm
from marketplace.orders.models import OrderGroup
from marketplace.orders.queries import baskets
from marketplace.orders.services import guests
from marketplace.orders.services import payment as payments
from marketplace.rulebook import queries as rulebook


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """One page: name, contact, address, ways of sending, card. `refresh` only prices anew.

    The same form sent twice leads to the same guest and the same orders.
    """
    if request.user.is_authenticated:
        return redirect("orders:checkout")
    if request.method != "POST" or "refresh" in request.POST:
        return _page(request, GuestForm(initial=request.POST.dict()))
    form = GuestForm(request.POST)
    return _order(request, form) if form.is_valid() else _page(request, form)


@require_POST
@login_required
def renew(request: SignedInRequest) -> HttpResponse:
    """Send a guest a new link; the old one and all other browsers are out."""
    at = timezone.now()
    try:
        guests.renew_link(user_id=request.user.pk, at=at)
    except MarketplaceError as error:
        messages.error(request, error.reason)
        return redirect("accounts:me")
    here = request.session.session_key
    safety.start_over(user_id=request.user.pk, reason="guest_link_renewed", keep=here, at=at)
    messages.success(request, _("A new link is on its way to you. The old one is void."))
    return redirect("accounts:guest")


def _order(request: HttpRequest, form: GuestForm) -> HttpResponse:
    if tries.take(request, throttles.GUEST, at=timezone.now()) is None:
        form.add_error(None, _("Too many orders were tried from here. Please wait an hour."))
        return _page(request, form, status=429)
    try:
        group = _placed(request, form.cleaned_data)
    except (BadInput, WrongState) as error:
        form.add_error(_field(form, error), error.reason)
        return _page(request, form)
    except MarketplaceError as error:
        messages.error(request, error.reason)
        return redirect("orders:cart")
    return _enter_and_pay(request, group, form.cleaned_data["card"])


def _placed(request: HttpRequest, data: dict[str, Any]) -> OrderGroup:
    return guests.place(
        token=visitors.owner(request).get("token", ""),
        key=str(data["key"]),
        contact=data["contact"],
        recipient=data["recipient"],
        address=data["lines"],
        country=data["country"],
        language=get_language() or "en",
        terms_version=data["terms"],
        seen=data["seen"],
        choices=sendings(request.POST),
        at=timezone.now(),
    )


def _field(form: GuestForm, error: MarketplaceError) -> str | None:
    if not isinstance(error, BadInput):
        return None
    named = {"address": "lines"}.get(error.field, error.field)
    return named if named in form.fields else None


def _enter_and_pay(request: HttpRequest, group: OrderGroup, card: str) -> HttpResponse:
    """Sign the browser in as the guest, so that the order's pages open, and charge the card."""
    sign_in_guest(request, group.buyer)
    try:
        payments.pay(group_id=group.pk, card=card, at=timezone.now())
    except MarketplaceError as error:
        messages.error(request, error.reason)
    return redirect("orders:group", group_id=group.pk)


def _page(request: HttpRequest, form: GuestForm, status: int = 0) -> HttpResponse:
    """Show what it costs now, for the country and the ways of sending that are chosen."""
    at, mine = timezone.now(), visitors.open_cart(request)
    country = form.destination()
    basket = (
        baskets.shown(cart_id=mine.pk, country=country, choices=sendings(request.POST), at=at)
        if mine
        else baskets.Basket([])
    )
    if not basket.parts:
        messages.info(request, _("Your cart is empty."))
        return redirect("orders:cart")
    form.showing(seen=basket.seen, key=str(uuid4()), terms=terms.in_force().version)
    context = {
        "form": form,
        "basket": basket,
        "country": country,
        "minutes": rulebook.value("orders.payment_minutes", at=at),
    }
    status = status or (422 if form.errors else 200)
    return render(request, "orders/guest_checkout.html", context, status=status)
