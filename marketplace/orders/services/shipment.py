"""Parcels: sent by the shop, all at once or in parts; followed and delivered by carriers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from marketplace.errors import BadInput, WrongState
from marketplace.orders.models import (
    Order,
    OrderLine,
    OrderState,
    Shipment,
    ShipmentLine,
    TrackingEvent,
    TrackingStatus,
)
from marketplace.orders.services import moves, news
from marketplace.outbox import services as outbox
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
def ship(
    *,
    order_id: int,
    by_id: int,
    tracking: str,
    at: datetime,
    carrier: str = "",
    quantities: Mapping[int, int] | None = None,
    key: str = "",
) -> Order:
    """Send a parcel of a paid order: all that is left, or `quantities` of some lines.

    `quantities` maps line ids to units. The completion clock starts when nothing is left to
    send. Safe to repeat: by `key` (of the form), and once all is sent.
    Raises NotAllowed for people who do not pack for the shop, WrongState when it is not paid,
    BadInput for units that are not there to send.
    """
    order = _locked(order_id)
    shops.require(user_id=by_id, shop_id=order.shop_id, act=Act.SHIP)
    key = key or f"{order.ref}:all"
    if order.state in _AFTER_SHIPPING or order.shipments.filter(key=key).exists():
        return order
    if order.state != OrderState.PAID_HELD:
        raise WrongState(_("This order is not waiting to be sent."))
    label = {"carrier": carrier.strip()[:40], "tracking": tracking.strip()[:60], "key": key}
    parcel = _pack(order, quantities, label, at)
    if _all_sent(order):
        _go(order, by_id, tracking, at)
    else:
        data = {"order_id": order.pk, "shipment_id": parcel.pk}
        actor = f"user:{by_id}"
        outbox.record(action="parcel.sent", actor=actor, subject=order.ref, data=data, at=at)
        news.part_shipped(order=order, parcel=parcel, at=at)
    return order


def _go(order: Order, by_id: int, tracking: str, at: datetime) -> None:
    days = rulebook.value("orders.confirm_days", at=at)
    moves.move(
        order=order,
        to=OrderState.SHIPPED,
        actor=f"user:{by_id}",
        at=at,
        shipped_at=at,
        # A way of sending that takes longer gives the buyer longer.
        due_at=at + timedelta(days=days + (order.transit_days or 0)),
        tracking=tracking.strip()[:60],
    )
    news.shipped(order=order, at=at)


def _pack(
    order: Order, quantities: Mapping[int, int] | None, label: Mapping[str, str], at: datetime
) -> Shipment:
    lines = list(order.lines.select_for_update(of=("self",)).order_by("pk"))
    left = {
        line.pk: line.quantity - line.shipped_quantity - line.refunded_quantity for line in lines
    }
    wanted = {pk: n for pk, n in (left if quantities is None else quantities).items() if n}
    if not wanted or set(wanted) - set(left):
        raise BadInput(_("Say which goods are in the parcel."), "quantity")
    for line in lines:
        if not 0 <= wanted.get(line.pk, 0) <= left[line.pk]:
            raise BadInput(
                _("Only %(left)s of %(goods)s are still to be sent.")
                % {"left": left[line.pk], "goods": line.title},
                "quantity",
            )
    parcel = Shipment.objects.create(order=order, shipped_at=at, **label)
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=parcel, line_id=pk, quantity=count)
        for pk, count in sorted(wanted.items())
    )
    for pk, count in sorted(wanted.items()):
        OrderLine.objects.filter(pk=pk).update(shipped_quantity=F("shipped_quantity") + count)
    return parcel


def _all_sent(order: Order) -> bool:
    open_lines = order.lines.filter(quantity__gt=F("shipped_quantity") + F("refunded_quantity"))
    return not open_lines.exists()


@transaction.atomic
def hear(
    *, shipment_id: int, event_id: str, status: str, place: str, happened_at: datetime, at: datetime
) -> bool:
    """Store what a carrier reports of a parcel; False when this event was known already.

    When every parcel of a sent order is delivered, the order is. Events come in any order.
    """
    order_id = Shipment.objects.values_list("order_id", flat=True).get(pk=shipment_id)
    order = _locked(order_id)
    parcel = Shipment.objects.select_for_update(of=("self",)).get(pk=shipment_id)
    _event, is_new = TrackingEvent.objects.get_or_create(
        event_id=event_id,
        defaults={
            "shipment": parcel,
            "status": TrackingStatus(status),
            "place": place[:80],
            "happened_at": happened_at,
            "received_at": at,
        },
    )
    if not is_new:
        return False
    if status == TrackingStatus.DELIVERED and parcel.delivered_at is None:
        parcel.delivered_at = happened_at
        parcel.save(update_fields=["delivered_at"])
    elif status in (TrackingStatus.FAILED, TrackingStatus.RETURNED):
        news.parcel_trouble(order=order, parcel=parcel, status=TrackingStatus(status), at=at)
    waiting = order.shipments.filter(delivered_at=None).exists()
    if order.state == OrderState.SHIPPED and not waiting:
        mark_delivered(order_id=order.pk, at=at, actor="carrier")
    return True


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
