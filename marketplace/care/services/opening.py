"""Opening a dispute: the money is frozen at once, and the seller's time begins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.care import queries, rules
from marketplace.care.models import Dispute, EntryKind, Reason, Remedy, Side
from marketplace.care.services import evidence, steps
from marketplace.care.services.steps import Hand
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.orders.models import Order, OrderLine
from marketplace.orders.services import escrow, locks
from marketplace.outbox import services as outbox


def open_dispute(
    *,
    order_id: int,
    by_id: int,
    key: str,
    line_id: int | None = None,
    reason: str,
    wants: str,
    amount_minor: int | None = None,
    text: str,
    photos: Sequence[bytes] = (),
    at: datetime,
) -> Dispute:
    """Dispute an order, or one of its lines; once per `key` (of the form).

    `amount_minor` is asked back, goods first, then shipping; None is all that is left. An
    open escrow is frozen; after the release a remedy is taken back from the shop.
    Raises NotAllowed for others than the buyer, WrongState when no dispute is possible,
    BadInput.
    """
    known = Dispute.objects.filter(key=key, order_id=order_id).first()
    if known is not None:
        return known
    if not Order.objects.filter(pk=order_id, buyer_id=by_id).exists():
        raise NotAllowed(_("Only the buyer can open a dispute."))
    with evidence.EVIDENCE.kept(uploads=photos) as kept, transaction.atomic():
        order = locks.order_with_payment(order_id=order_id)
        known = Dispute.objects.filter(key=key, order_id=order_id).first()
        if known is not None:
            return known
        refusal = queries.why_no_dispute(order, at=at)
        if refusal:
            raise WrongState(refusal)
        line = _line(order, line_id)
        share = _asked(order, line, amount_minor)
        _check_words(reason, wants)
        hand = Hand(Side.BUYER, by_id)
        dispute = Dispute(order=order, line=line, key=key, reason=reason, wants=wants, opened_at=at)
        dispute.goods_minor, dispute.shipping_minor = share.goods_minor, share.shipping_minor
        dispute.talk_until = at + steps.days(key="talk_days", at=at)
        dispute.due_at = at + steps.days(key="seller_days", at=at)
        _freeze(dispute, at)
        text = steps.words(text=text)
        steps.note(
            dispute=dispute,
            kind=EntryKind.OPENED,
            hand=hand,
            key="opened",
            text=text,
            photos=kept,
            at=at,
        )
        return dispute


def _freeze(dispute: Dispute, at: datetime) -> None:
    dispute.after_release = False
    dispute.save()
    frozen = escrow.freeze(order_id=dispute.order_id, by_ref=dispute.ref, at=at)
    if not frozen:
        dispute.after_release = True
        dispute.save(update_fields=["after_release"])
    data = {
        "dispute_id": dispute.pk,
        "order_id": dispute.order_id,
        "shop_id": dispute.order.shop_id,
        "reason": str(dispute.reason),
        "after_release": dispute.after_release,
    }
    outbox.emit("dispute.opened", subject=dispute.ref, data=data, at=at)


def _line(order: Order, line_id: int | None) -> OrderLine | None:
    if line_id is None:
        return None
    for line in queries.complain_lines(order):
        if line.pk == line_id:
            return line
    raise BadInput(_("There is nothing to dispute about these goods any more."), "line")


def _asked(order: Order, line: OrderLine | None, amount_minor: int | None) -> rules.Share:
    left = queries.left_of(order=order, line=line)
    if amount_minor is None:
        shipping = left.shipping_minor if line is None else 0
        share = rules.Share(left.goods_minor, shipping)
    else:
        share = rules.share(
            amount_minor, goods_left=left.goods_minor, shipping_left=left.shipping_minor
        )
        if share.amount_minor != amount_minor:
            raise BadInput(_("That is more than is left of what you paid."), "amount")
    if share.amount_minor <= 0:
        raise BadInput(_("Say how much should go back."), "amount")
    return share


def _check_words(reason: str, wants: str) -> None:
    if reason not in Reason.values:
        raise BadInput(_("Choose what is wrong."), "reason")
    if wants not in (Remedy.RETURN, Remedy.MONEY, Remedy.REPLACE):
        raise BadInput(_("Choose what you ask for."), "wants")
    if reason == Reason.NOT_ARRIVED and wants == Remedy.RETURN:
        raise BadInput(_("What did not arrive cannot go back. Ask for the money alone."), "wants")
