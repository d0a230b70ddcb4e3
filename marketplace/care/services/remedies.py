"""Doing what was agreed, ruled, or granted by the clock: money back, goods back, a replacement."""

from __future__ import annotations

from datetime import datetime, timedelta

from marketplace.care import queries, rules
from marketplace.care.models import Dispute, DisputeState, Remedy, ReturnParcel, Side
from marketplace.care.services import steps
from marketplace.care.services.steps import Hand
from marketplace.money import spread
from marketplace.orders.models import OrderLine, OrderState, Refund, RefundKind
from marketplace.orders.services import owing
from marketplace.orders.services.owing import LinePart
from marketplace.rulebook import queries as rulebook


def pay_back(
    *, dispute: Dispute, share: rules.Share, kind: RefundKind, key: str, actor: str, at: datetime
) -> Refund | None:
    """Owe the buyer a share through a locked dispute, once per `key`; None when nothing is left.

    Never more than is left by now: the shop may have given money back by itself, or the
    buyer's bank may have taken it.
    """
    order = dispute.order
    full_key = f"{dispute.ref}:{key}"
    known = Refund.objects.filter(key=full_key).first()
    if known is not None:
        return known
    left = queries.left_of(order=order, line=dispute.line)
    goods = min(share.goods_minor, left.goods_minor)
    shipping = min(share.shipping_minor, left.shipping_minor)
    if not goods + shipping:
        return None
    return owing.owe(
        order=order,
        key=full_key,
        kind=kind,
        goods_minor=goods,
        shipping_minor=shipping,
        lines=_parts(dispute, goods, came_back=kind == RefundKind.RETURN),
        reason=dispute.get_reason_display(),
        actor=actor,
        at=at,
    )


def _parts(dispute: Dispute, goods: int, *, came_back: bool) -> list[LinePart]:
    """Say what of each line goes back; empty when parts of the price went back unnamed before."""
    order = dispute.order
    lines = [dispute.line] if dispute.line else queries.undecided_lines(order)
    left = [line.line_total_minor - line.refunded_minor for line in lines]
    if not goods or goods > sum(left):
        return []
    parts = zip(lines, spread(goods, left), strict=True)
    return [
        LinePart(line.pk, amount, _units(dispute, line, amount, came_back))
        for line, amount in parts
        if amount
    ]


def _units(dispute: Dispute, line: OrderLine, amount: int, came_back: bool) -> int:
    """Count units as given back only when their whole price goes and the buyer has none of them."""
    whole = amount == line.line_total_minor - line.refunded_minor
    gone = came_back or dispute.reason == "not_arrived"
    if not whole or not gone:
        return 0
    left = line.quantity - line.refunded_quantity
    if dispute.order.state == OrderState.PAID_HELD:  # what was sent stays sent
        return max(0, left - line.shipped_quantity)
    return left


def settle(
    *, dispute: Dispute, kind: Remedy, share: rules.Share, key: str, hand: Hand, at: datetime
) -> None:
    """Do what both sides agreed on. `key` names the offer."""
    if kind == Remedy.RETURN:
        expect_goods(dispute=dispute, share=share, key=key, at=at)
        return
    if kind == Remedy.MONEY:
        pay_back(
            dispute=dispute,
            share=share,
            kind=RefundKind.DISPUTE,
            key=key,
            actor=hand.actor,
            at=at,
        )
    look = _travel(at) if kind == Remedy.REPLACE else None
    steps.end(dispute=dispute, to=DisputeState.SETTLED, look=look, actor=hand.actor, at=at)


def _travel(at: datetime) -> timedelta:
    """Return the time that a replacement has to be sent and to travel before the money goes."""
    keys = ("orders.ship_days", "orders.confirm_days")
    return timedelta(days=sum(rulebook.value(key, at=at) for key in keys))


def expect_goods(*, dispute: Dispute, share: rules.Share, key: str, at: datetime) -> ReturnParcel:
    """Let the goods go back first. The shop says where to; silent, it loses them."""
    parcel, _made = ReturnParcel.objects.update_or_create(
        dispute=dispute,
        defaults={
            "key": key,
            "goods_minor": share.goods_minor,
            "shipping_minor": share.shipping_minor,
            "agreed_at": at,
        },
    )
    steps.lapse(dispute=dispute, at=at)
    awaits, key = Side.SELLER, "seller_days"
    if parcel.address_sealed:  # known from an earlier attempt
        awaits, key = Side.BUYER, "return_days"
    due_at = at + steps.days(key=key, at=at)
    steps.move(dispute=dispute, to=DisputeState.RETURNING, awaits=awaits, due_at=due_at)
    dispute.parcel = parcel
    return parcel


def goods_are_back(*, dispute: Dispute, parcel: ReturnParcel, actor: str, at: datetime) -> None:
    """Give the money for goods that came back (or that the shop did not want) and end it."""
    pay_back(
        dispute=dispute,
        share=rules.Share(parcel.goods_minor, parcel.shipping_minor),
        kind=RefundKind.RETURN if parcel.sent_at else RefundKind.DISPUTE,
        key=parcel.key,
        actor=actor,
        at=at,
    )
    if parcel.key.startswith("ruling:"):
        steps.end(dispute=dispute, to=DisputeState.RULED, won_by=Side.BUYER, actor=actor, at=at)
    else:
        steps.end(dispute=dispute, to=DisputeState.SETTLED, actor=actor, at=at)
