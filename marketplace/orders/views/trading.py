"""An order's own page, for buyer and seller, and what either may do there."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from marketplace.errors import MarketplaceError
from marketplace.orders import queries
from marketplace.orders.forms import CallOffForm, CancelForm, GiveBackForm, KeyForm, ShipForm
from marketplace.orders.models import Order
from marketplace.orders.queries import order_page, parcels
from marketplace.orders.services import escrow, refund, shipment
from marketplace.shops.queries import acts_of
from marketplace.shops.rules import Act


@require_safe
@login_required
def detail(request: HttpRequest, order_id: int) -> HttpResponse:
    """The order's path with dates, its parcels, the clock, and the forms of whoever looks."""
    return _page(request, order_id)


@require_POST
@login_required
def ship(request: HttpRequest, order_id: int) -> HttpResponse:
    """The seller has sent it, or a part of it."""
    order = _visible(request, order_id)
    form = ShipForm(request.POST, lines=order.lines.all(), auto_id="ship-%s")
    if not form.is_valid():
        return _page(request, order_id, ship_form=form)
    parcel = form.cleaned_data
    return _act(
        request,
        order,
        lambda: shipment.ship(
            order_id=order.pk,
            by_id=_user_id(request),
            carrier=parcel["carrier"],
            tracking=parcel["tracking"],
            quantities=form.quantities(),
            key=parcel["key"],
            at=timezone.now(),
        ),
        _("Marked as sent. The buyer has been told."),
    )


@require_POST
@login_required
def confirm(request: HttpRequest, order_id: int) -> HttpResponse:
    """The buyer has it: the money goes to the seller."""
    order = _visible(request, order_id)
    return _act(
        request,
        order,
        lambda: escrow.confirm(order_id=order.pk, by_id=_user_id(request), at=timezone.now()),
        _("Thank you. The money goes to the seller."),
    )


@require_POST
@login_required
def extend(request: HttpRequest, order_id: int) -> HttpResponse:
    """More time to look before the money goes."""
    order = _visible(request, order_id)
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _incomplete(request, order)
    return _act(
        request,
        order,
        lambda: escrow.extend(
            order_id=order.pk,
            by_id=_user_id(request),
            key=_own_key(request, order, form),
            at=timezone.now(),
        ),
        _("The money stays held for longer."),
    )


@require_POST
@login_required
def call_off_lines(request: HttpRequest, order_id: int) -> HttpResponse:
    """Some goods are not sent: their price goes back."""
    order = _visible(request, order_id)
    form = CallOffForm(request.POST, lines=order.lines.all(), auto_id="off-%s")
    if not form.is_valid():
        return _page(request, order_id, call_off_form=form)
    if not form.cleaned_data["key"]:
        return _incomplete(request, order)
    return _act(
        request,
        order,
        lambda: refund.cancel_lines(
            order_id=order.pk,
            by_id=_user_id(request),
            key=_own_key(request, order, form),
            quantities=form.quantities() or {},
            reason=form.cleaned_data["reason"],
            at=timezone.now(),
        ),
        _("Called off. The price of these goods goes back to the buyer."),
    )


@require_POST
@login_required
def give_back(request: HttpRequest, order_id: int) -> HttpResponse:
    """The shop gives some money back."""
    order = _visible(request, order_id)
    form = GiveBackForm(request.POST, order=order, auto_id="back-%s")
    if not form.is_valid():
        return _page(request, order_id, give_back_form=form)
    wanted = form.cleaned_data
    return _act(
        request,
        order,
        lambda: refund.give_back(
            order_id=order.pk,
            by_id=_user_id(request),
            key=_own_key(request, order, form),
            goods_minor=wanted["goods"] or 0,
            shipping_minor=wanted["shipping"] or 0,
            reason=wanted["reason"],
            at=timezone.now(),
        ),
        _("The money is on its way back to the buyer."),
    )


@require_POST
@login_required
def cancel(request: HttpRequest, order_id: int) -> HttpResponse:
    """Call an order off."""
    order = _visible(request, order_id)
    form = CancelForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    return _act(
        request,
        order,
        lambda: refund.cancel(
            order_id=order.pk, by_id=_user_id(request), reason=reason, at=timezone.now()
        ),
        _("The order is called off."),
    )


def _page(request: HttpRequest, order_id: int, **bound: forms.Form) -> HttpResponse:
    """Show the order; `bound` holds the form that was sent and could not be read."""
    order = get_object_or_404(order_page.visible_to(_user_id(request)), pk=order_id)
    now = timezone.now()
    is_buyer = order.buyer_id == request.user.pk
    acts = acts_of(user_id=request.user.pk, shop_id=order.shop_id)
    offers = order_page.offers(order, is_buyer=is_buyer, acts=acts, at=now)
    sees_delivery = Act.SEE_DELIVERY in acts and order.paid_at is not None
    context = {
        "order": order,
        "is_buyer": is_buyer,
        "offers": offers,
        "stops": order_page.timeline(order),
        "parcels": parcels.parcels_of(order),
        "countdown": order_page.countdown(order, at=now),
        "refund_open": queries.refund_open(order),
        "shows_money": is_buyer or Act.SEE_MONEY in acts,
        "shows_address": is_buyer or sees_delivery,
        "late": order_page.is_late(order, at=now),
        "abroad": order.group.country != order.shop.country,
        **_forms(order, is_buyer=is_buyer),
        **bound,
    }
    return render(request, "orders/detail.html", context, status=422 if bound else 200)


def _forms(order: Order, *, is_buyer: bool) -> dict[str, forms.Form]:
    keys, left = order_page.form_keys(order), order_page.open_lines(order)
    one = len(left) == 1 and left[0].open_quantity == 1  # nothing to choose then
    ship_lines = [] if one else left
    return {
        "ship_form": ShipForm(lines=ship_lines, key=keys.ship, auto_id="ship-%s"),
        "extend_form": KeyForm(initial={"key": keys.extend}, auto_id="more-%s"),
        "call_off_form": CallOffForm(
            lines=left, key=keys.refund, preset=is_buyer, auto_id="off-%s"
        ),
        "give_back_form": GiveBackForm(order=order, key=keys.refund, auto_id="back-%s"),
        "cancel_form": CancelForm(),
    }


def _act(request: HttpRequest, order: Order, act: Callable[[], object], done: str) -> HttpResponse:
    """Call one service, say how it went, and show the order again."""
    try:
        act()
    except MarketplaceError as error:
        messages.error(request, error.reason)
    else:
        messages.success(request, done)
    return redirect("orders:detail", order_id=order.pk)


def _incomplete(request: HttpRequest, order: Order) -> HttpResponse:
    messages.error(request, _("This form was not whole. Please send it again."))
    return redirect("orders:detail", order_id=order.pk)


def _own_key(request: HttpRequest, order: Order, form: forms.Form) -> str:
    """Return a form's key as it is stored: no form of another order or of the other side has it.

    The keys on the pages are counters, so whoever shared one could use up the other's next click.
    """
    side = "buyer" if order.buyer_id == _user_id(request) else "shop"
    return f"{order.ref}:{side}:{form.cleaned_data['key']}"


def _visible(request: HttpRequest, order_id: int) -> Order:
    return get_object_or_404(queries.visible_to(_user_id(request)), pk=order_id)


def _user_id(request: HttpRequest) -> int:
    return int(request.user.pk or 0)
