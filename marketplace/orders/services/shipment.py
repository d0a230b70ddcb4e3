"""The parcel: sent by the shop, delivered by a carrier."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from marketplace.orders.models import Order, OrderState
from marketplace.orders.services import moves, news
from marketplace.rulebook import queries as rulebook
from marketplace.shops import queries as shops
from marketplace.shops.rules import Act

_AFTER_SHIPPING = (
    OrderState.SHIPPED,
    OrderState.DELIVERED,
    OrderState.COMPLETED,
    OrderState.SETTLED,
)


@transaction.atomic
def ship(*, order_id: int, by_id: int, tracking: str, at: datetime) -> Order:
    """Mark a paid order as sent; the completion clock starts. Safe to repeat.

    Raises NotAllowed for people who do not pack for the shop, WrongState when it is not paid.
    """
    order = _locked(order_id)
    shops.require(user_id=by_id, shop_id=order.shop_id, act=Act.SHIP)
    if order.state in _AFTER_SHIPPING:
        return order
    moves.move(
        order=order,
        to=OrderState.SHIPPED,
        actor=f"user:{by_id}",
        at=at,
        shipped_at=at,
        due_at=at + timedelta(days=rulebook.value("orders.confirm_days", at=at)),
        tracking=tracking.strip()[:60],
    )
    news.shipped(order=order, at=at)
    return order


@transaction.atomic
def mark_delivered(*, order_id: int, at: datetime, actor: str = "system") -> Order:
    """Note a reported delivery; the clock runs on from it with its own, shorter time.

    Safe to repeat. For carriers and staff: a shop may not shorten its buyer's time itself.
    Raises WrongState when the order is not on its way.
    """
    order = _locked(order_id)
    if order.state in _AFTER_SHIPPING[1:]:
        return order
    days = rulebook.value("orders.delivered_confirm_days", at=at)
    moves.move(
        order=order,
        to=OrderState.DELIVERED,
        actor=actor,
        at=at,
        delivered_at=at,
        due_at=at + timedelta(days=days),
    )
    return order


def _locked(order_id: int) -> Order:
    orders = Order.objects.select_for_update(of=("self",), no_key=True)
    return orders.select_related("shop__owner", "buyer").get(pk=order_id)
