"""Parcels: sent by the shop, all at once or in parts. What carriers say of them: tracking.py."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from marketplace.errors import BadInput, KeyReused, NotAllowed, WrongState
from marketplace.orders.models import (
    Order,
    OrderLine,
    OrderState,
    Shipment,
    ShipmentLine,
)
from marketplace.orders.services import locks, moves, news
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
    send. Safe to repeat: by `key` (of the form), and without one once all is sent.
    Raises NotAllowed for people who do not pack for the shop, WrongState when it is not waiting
    to be sent, BadInput for units that are not there to send, KeyReused for another parcel.
    """
    order = locks.order_alone(order_id=order_id)
    shops.require(user_id=by_id, shop_id=order.shop_id, act=Act.SHIP)
    own_key = f"{order.ref}:{key or 'all'}"
    known = order.shipments.filter(key=own_key).first()
    if known is not None:
        _refuse_another(known, quantities)
        return order
    if order.state in _AFTER_SHIPPING and not key:
        return order
    if order.state != OrderState.PAID_HELD:
        raise WrongState(_("This order is not waiting to be sent."))
    tracking = tracking.strip()[:60]
    label = {"carrier": carrier.strip()[:40], "tracking": tracking, "key": own_key}
    parcel = _pack(order, quantities, label, at)
    data = {"order_id": order.pk, "shipment_id": parcel.pk}
    outbox.record(action="parcel.sent", actor=f"user:{by_id}", subject=order.ref, data=data, at=at)
    if not finish_sending(order=order, actor=f"user:{by_id}", at=at):
        news.part_shipped(order=order, parcel=parcel, at=at)
    return order


def finish_sending(*, order: Order, actor: str, at: datetime) -> bool:
    """Start the clock of a locked order of which nothing is left to send; return whether it did.

    For the last parcel, and for whoever calls off the rest of an order that was sent in part.
    """
    parcel = order.shipments.order_by("-pk").first()
    if order.state != OrderState.PAID_HELD or parcel is None or not _all_sent(order):
        return False
    days = rulebook.value("orders.confirm_days", at=at)
    moves.move(
        order=order,
        to=OrderState.SHIPPED,
        actor=actor,
        at=at,
        shipped_at=at,
        # A way of sending that takes longer gives the buyer longer.
        due_at=at + timedelta(days=days + (order.transit_days or 0)),
        tracking=parcel.tracking,
    )
    news.shipped(order=order, at=at)
    arrive(order=order, at=at)
    return True


def _refuse_another(known: Shipment, quantities: Mapping[int, int] | None) -> None:
    """A form that comes back with other contents is not a repeat: two people packed at once."""
    packed = dict(known.lines.values_list("line_id", "quantity"))
    if quantities is not None and {pk: n for pk, n in quantities.items() if n} != packed:
        raise KeyReused(_("Another parcel was sent meanwhile. Look at what is left."))


def _pack(
    order: Order, quantities: Mapping[int, int] | None, label: Mapping[str, str], at: datetime
) -> Shipment:
    lines = list(order.lines.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    left = {line.pk: line.open_quantity for line in lines}
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
    # A parcel with a number is asked for by the clock; without one nobody can know.
    ask_at = at if label["tracking"] else None
    parcel = Shipment.objects.create(order=order, shipped_at=at, ask_at=ask_at, **label)
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


def arrive(*, order: Order, at: datetime) -> None:
    """Take a locked order that was sent to delivered, once all of its parcels are. May be early."""
    if order.state != OrderState.SHIPPED or order.shipments.filter(delivered_at=None).exists():
        return
    mark_delivered(order_id=order.pk, at=at, actor="carrier")
    order.refresh_from_db(fields=["state", "delivered_at", "due_at"])


@transaction.atomic
def mark_delivered(*, order_id: int, at: datetime, actor: str = "system") -> Order:
    """Note a reported delivery; the clock runs on from it with its own, shorter time.

    Safe to repeat. For carriers and staff: a shop may not shorten its buyer's time itself.
    Raises WrongState when the order is not on its way.
    """
    order = locks.order_alone(order_id=order_id)
    if order.state in _AFTER_SHIPPING[1:]:
        return order
    days = rulebook.value("orders.delivered_confirm_days", at=at)
    # Time that was added on the way, or promised in a dispute, stays the buyer's.
    due_at = at + timedelta(days=days + order.extended_days)
    moves.move(
        order=order,
        to=OrderState.DELIVERED,
        actor=actor,
        at=at,
        delivered_at=at,
        due_at=max(due_at, order.look_until or due_at),
    )
    news.delivered(order=order, at=at)
    return order


@transaction.atomic
def prove_delivered(*, order_id: int, by_id: int, at: datetime) -> Order:
    """Staff note a delivery that a carrier has proved, as `mark_delivered`.

    Raises NotAllowed for whoever bought the order or works in its shop, WrongState.
    """
    order = locks.order_alone(order_id=order_id)
    if order.buyer_id == by_id or shops.gains_from(user_id=by_id, shop_id=order.shop_id):
        raise NotAllowed(_("Nobody decides about himself. Ask a colleague."))
    return mark_delivered(order_id=order_id, actor=f"user:{by_id}", at=at)
