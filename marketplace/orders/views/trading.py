"""An order's own page, for buyer and seller, and what either may do there."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from marketplace.errors import MarketplaceError
from marketplace.orders import queries
from marketplace.orders.forms import CancelForm, ShipForm
from marketplace.orders.models import Order, OrderState
from marketplace.orders.services import escrow, refund, shipment
from marketplace.shops.queries import acts_of, shops_where
from marketplace.shops.rules import Act


@require_safe
@login_required
def detail(request: HttpRequest, order_id: int) -> HttpResponse:
    """The order's path with dates, the clock, and the buttons of whoever looks."""
    order = _visible(request, order_id)
    now = timezone.now()
    is_buyer = order.buyer_id == request.user.pk
    on_its_way = order.state in (OrderState.SHIPPED, OrderState.DELIVERED)
    late = order.state == OrderState.PAID_HELD and bool(order.ship_by and order.ship_by < now)
    acts = acts_of(user_id=request.user.pk, shop_id=order.shop_id)
    may_call_off = is_buyer or Act.CANCEL_ORDERS in acts
    context = {
        "order": order,
        "is_buyer": is_buyer,
        "steps": queries.steps(order),
        "countdown": queries.countdown(order, at=now),
        "refund_open": queries.refund_open(order),
        "may_pay": is_buyer and order.state == OrderState.AWAITING_PAYMENT,
        "may_confirm": is_buyer and on_its_way,
        "may_ship": Act.SHIP in acts and order.state == OrderState.PAID_HELD,
        "may_cancel": may_call_off and queries.may_cancel(order, is_buyer=is_buyer, late=late),
        "shows_money": is_buyer or Act.SEE_MONEY in acts,
        "shows_address": is_buyer or (Act.SEE_DELIVERY in acts and order.paid_at is not None),
        "late": late,
        "ship_form": ShipForm(),
        "cancel_form": CancelForm(),
    }
    return render(request, "orders/detail.html", context)


@require_POST
@login_required
def ship(request: HttpRequest, order_id: int) -> HttpResponse:
    """The seller has sent it."""
    order = _visible(request, order_id)
    form = ShipForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("This tracking number is too long."))
        return redirect("orders:detail", order_id=order.pk)
    tracking = form.cleaned_data["tracking"]
    return _act(
        request,
        order,
        lambda: shipment.ship(
            order_id=order.pk, by_id=_user_id(request), tracking=tracking, at=timezone.now()
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


@require_safe
@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """The seller's orders: what to send first, then the rest."""
    orders = list(queries.sold_by(_user_id(request))[:200])
    to_ship = [order for order in orders if order.state == OrderState.PAID_HELD]
    to_ship.sort(key=lambda order: (order.ship_by is None, order.ship_by, order.pk))
    others = [order for order in orders if order.state != OrderState.PAID_HELD]
    books, packed = (
        set(shops_where(request.user, act).values_list("pk", flat=True))
        for act in (Act.SEE_MONEY, Act.SHIP)
    )
    context = {
        "to_ship": to_ship,
        "others": others,
        "now": timezone.now(),
        "books": books,
        "packed": packed,
    }
    return render(request, "orders/desk.html", context)


@require_safe
@login_required
def figures(request: HttpRequest, shop_id: int) -> HttpResponse:
    """What waits in one shop today, and its money; a fragment of the shop's desk."""
    shop = get_object_or_404(shops_where(request.user, Act.SEE_ORDERS), pk=shop_id)
    acts = acts_of(user_id=request.user.pk, shop_id=shop.pk)
    context = {
        "waiting": queries.waiting(shop.pk, at=timezone.now()),
        "book": queries.money_of(shop, limit=0) if Act.SEE_MONEY in acts else None,
    }
    return render(request, "orders/partials/figures.html", context)


@require_safe
@login_required
def money(request: HttpRequest) -> HttpResponse:
    """The seller's money: held, due, paid out, each line with its order."""
    shops = shops_where(request.user, Act.SEE_MONEY)
    books = [queries.money_of(shop) for shop in shops]
    return render(request, "orders/money.html", {"books": books})


def _act(request: HttpRequest, order: Order, act: Callable[[], object], done: str) -> HttpResponse:
    """Call one service, say how it went, and show the order again."""
    try:
        act()
    except MarketplaceError as error:
        messages.error(request, error.reason)
    else:
        messages.success(request, done)
    return redirect("orders:detail", order_id=order.pk)


def _visible(request: HttpRequest, order_id: int) -> Order:
    return get_object_or_404(queries.visible_to(_user_id(request)), pk=order_id)


def _user_id(request: HttpRequest) -> int:
    return int(request.user.pk or 0)
