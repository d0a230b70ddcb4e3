"""Goods were found to be fakes: their money stops, and goes back to who bought them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from marketplace.orders.models import (
    CancelledBy,
    Escrow,
    EscrowState,
    Order,
    OrderLine,
    OrderState,
    Refund,
    RefundKind,
)
from marketplace.orders.services import escrow, locks, moves, news, owing, shipment
from marketplace.outbox import services as outbox

PAID = (
    OrderState.PAID_HELD,
    OrderState.SHIPPED,
    OrderState.DELIVERED,
    OrderState.COMPLETED,
    OrderState.SETTLED,
)


@transaction.atomic
def stop_money(*, listing_id: int, by_ref: str, at: datetime) -> int:
    """Let no escrow with these goods be released until `recall` was here; return how many.

    Waits for nobody: an escrow that is being released at this very moment is left to `recall`,
    which gives its money back after the release. One that a dispute froze stays frozen by it.
    """
    holding = Escrow.objects.filter(
        order__lines__variant__listing_id=listing_id, state=EscrowState.OPEN, frozen_by=""
    )
    rows = Escrow.objects.filter(pk__in=holding.values("pk")).order_by("pk")
    ids = list(
        rows.select_for_update(no_key=True, skip_locked=True, of=("self",)).values_list(
            "pk", flat=True
        )
    )
    count = Escrow.objects.filter(pk__in=ids).update(frozen_by=by_ref)
    if count:
        outbox.record(
            action="escrows.stopped",
            actor=by_ref,
            subject=f"listing:{listing_id}",
            data={"escrows": count},
            at=at,
        )
    return count


def let_go(*, order_id: int, by_ref: str, at: datetime) -> None:
    """Let an escrow that `stop_money` stopped go on: the decision was undone. Safe to repeat."""
    escrow.unfreeze(order_id=order_id, by_ref=by_ref, due_at=None, at=at)


@transaction.atomic
def recall(
    *, order_id: int, listing_id: int, key: str, by_ref: str, reason: str, at: datetime
) -> Refund | None:
    """Give the buyer of a paid order back what is left of these goods' price; once per `key`.

    From the escrow while it is open, else advanced by the platform. With all goods of the order
    the shipping goes back too; an order of which nothing was sent is called off. None when
    nothing is left.
    """
    order = locks.order_with_payment(order_id=order_id)
    known = Refund.objects.filter(key=key).first()
    if known is not None:
        return known
    let_go(order_id=order_id, by_ref=by_ref, at=at)
    if order.state not in PAID:
        return None
    lines = list(order.lines.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    fakes = [line for line in lines if line.variant.listing_id == listing_id]
    whole = len(fakes) == len(lines)
    unsent = order.state == OrderState.PAID_HELD
    refund = _owe(order, fakes, whole=whole, key=key, reason=reason, actor=by_ref, at=at)
    if refund is not None:
        news.recalled(order=order, refund=refund, at=at)
    if unsent and not order.shipments.exists() and not order.kept_minor:
        by = CancelledBy.PLATFORM
        moves.cancel(order=order, by=by, reason=reason, actor=by_ref, at=at)
    elif unsent:
        shipment.finish_sending(order=order, actor=by_ref, at=at)
    if not order.kept_minor:
        escrow.complete_by_ruling(order_id=order_id, actor=by_ref, at=at)
        order.refresh_from_db()
    return refund


def lock(*, order_id: int) -> None:
    """Lock an order as its money is locked; for rooms above that keep rows about it."""
    locks.order_with_payment(order_id=order_id)


def stopped_by(*, by_ref: str) -> list[int]:
    """Return the orders whose money a decision stopped, in primary-key order."""
    stopped = Escrow.objects.filter(frozen_by=by_ref, state=EscrowState.OPEN)
    return list(stopped.order_by("order_id").values_list("order_id", flat=True))


def orders_with(*, listing_id: int, since: datetime) -> list[int]:
    """Return the paid orders with these goods, by when they were paid, in primary-key order."""
    lines = OrderLine.objects.filter(variant__listing_id=listing_id)
    paid = Q(state__in=PAID, paid_at__gte=since)
    found = Order.objects.filter(paid, pk__in=lines.values("order_id")).order_by("pk")
    return list(found.values_list("pk", flat=True))


def _owe(
    order: Order,
    fakes: list[OrderLine],
    *,
    whole: bool,
    key: str,
    reason: str,
    actor: str,
    at: datetime,
) -> Refund | None:
    left = order.goods_minor - order.refunded_goods_minor
    parts = [
        owing.LinePart(
            line.pk,
            line.line_total_minor - line.refunded_minor,
            # What waits to be sent is not sent any more; what was sent, the buyer has.
            line.open_quantity if order.state == OrderState.PAID_HELD else 0,
        )
        for line in fakes
    ]
    parts = [part for part in parts if part.amount_minor or part.quantity]
    named = sum(part.amount_minor for part in parts)
    goods = left if whole else min(named, left)
    shipping = order.shipping_minor - order.refunded_shipping_minor if whole else 0
    if not goods + shipping:
        owing.count_units(parts=parts)
        return None
    return owing.owe(
        order=order,
        key=key,
        kind=RefundKind.RECALL,
        goods_minor=goods,
        shipping_minor=shipping,
        # Parts of the price may have gone back without naming goods.
        lines=parts if named == goods else (),
        reason=reason,
        actor=actor,
        at=at,
        advanced=True,
    )
