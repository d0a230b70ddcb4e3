"""Deciding that money goes back: counted against the order and set aside in the ledger at once.

Whoever may decide (cancelling, a shop's goodwill, a ruling, a bank) ends here. The provider is
asked afterwards, by a job: see refund.send and refund.finish.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext as _

from marketplace.errors import BadInput, KeyReused, WrongState
from marketplace.ledger import queries as balances
from marketplace.ledger import services as ledger
from marketplace.money import currency_digits
from marketplace.orders import rules
from marketplace.orders.models import (
    Advance,
    Chargeback,
    Escrow,
    EscrowState,
    Order,
    OrderLine,
    Refund,
    RefundKind,
    RefundLine,
    RefundState,
)
from marketplace.orders.services import accounts, locks, shares
from marketplace.outbox import services as outbox
from marketplace.rulebook import queries as rulebook
from marketplace.shops.models import Shop, ShopState

REFUND_JOB = "orders.refund"


@dataclass(frozen=True, slots=True)
class LinePart:
    """What of one line goes back: an amount in minor units, and how many units it is for.

    `quantity` 0 is a part of the price, for goods that the buyer keeps.
    """

    line_id: int
    amount_minor: int
    quantity: int = 0


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one refund is to be; minor units."""

    key: str
    kind: RefundKind
    goods_minor: int
    shipping_minor: int
    reason: str
    chargeback: Chargeback | None
    advanced: bool


def owe(
    *,
    order: Order,
    key: str,
    kind: RefundKind,
    goods_minor: int,
    shipping_minor: int,
    lines: Sequence[LinePart] = (),
    reason: str = "",
    actor: str,
    at: datetime,
    chargeback: Chargeback | None = None,
    advanced: bool = False,
) -> Refund:
    """Owe the buyer of a locked, paid order a part of what was paid; once per `key`.

    From the escrow while it is open. Afterwards the shop pays: its balance first, the rest
    becomes its debt; the platform gives up its fee on the goods. `advanced`: the platform pays
    first, and `advances` settles later who bears it. A chargeback has left the provider
    already, so it is done at once. Raises BadInput for more than is left, KeyReused
    for a known key with other amounts, WrongState for an order that was never paid and for
    goodwill that would leave the shop in too much debt.
    """
    known = Refund.objects.filter(key=key).first()
    if known is not None:
        if (known.order_id, known.goods_minor, known.shipping_minor) != (
            order.pk,
            goods_minor,
            shipping_minor,
        ):
            raise KeyReused(_("This refund was already made with another amount."))
        return known
    escrow = Escrow.objects.select_for_update(no_key=True, of=("self",)).filter(order=order).first()
    if escrow is None:
        raise WrongState(_("This order was never paid, so nothing can go back."))
    _check_room(order, goods_minor, shipping_minor, lines)
    asked = _Asked(key, kind, goods_minor, shipping_minor, reason, chargeback, advanced)
    refund = _write(order, escrow, asked, at)
    _count(order, refund, lines)
    if escrow.state == EscrowState.OPEN:
        _take_from_escrow(order, escrow, refund, actor, at)
    elif refund.advance:
        _pay_first(order, refund, actor, at)
    else:
        _take_from_shop(order, refund, actor, at)
    if chargeback is None:
        queue(refund=refund, at=at)
    data = {"order_id": order.pk, "shop_id": order.shop_id, "refund_id": refund.pk}
    data["amount_minor"] = refund.amount_minor
    outbox.record(action="refund.owed", actor=actor, subject=order.ref, data=data, at=at)
    outbox.emit(name="refund.owed", subject=order.ref, data=data, at=at)
    return refund


def owe_rest(
    *, order: Order, key: str, kind: RefundKind, reason: str = "", actor: str, at: datetime
) -> Refund | None:
    """Owe the buyer all that is left of a locked order; None when nothing is left."""
    goods = order.goods_minor - order.refunded_goods_minor
    shipping = order.shipping_minor - order.refunded_shipping_minor
    known = Refund.objects.filter(key=key).first()
    if known is not None or not goods + shipping:
        return known
    lines = [
        LinePart(line.pk, left, line.quantity - line.refunded_quantity)
        for line in order.lines.all()
        if (left := line.line_total_minor - line.refunded_minor)
    ]
    return owe(
        order=order,
        key=key,
        kind=kind,
        goods_minor=goods,
        shipping_minor=shipping,
        # Parts of the price may have gone back without naming goods.
        lines=lines if sum(part.amount_minor for part in lines) == goods else (),
        reason=reason,
        actor=actor,
        at=at,
    )


def queue(*, refund: Refund, at: datetime) -> None:
    """Have the provider asked for a refund, after the commit."""
    outbox.enqueue(
        kind=REFUND_JOB,
        key=f"{REFUND_JOB}:{refund.pk}",
        payload={"refund_id": refund.pk, "at": at.isoformat()},
        run_at=refund.order.placed_at,  # past: at once, also when a simulated clock lies ahead
        queue="checkout",
    )


def _check_room(
    order: Order, goods_minor: int, shipping_minor: int, lines: Sequence[LinePart]
) -> None:
    """The database holds the same caps; this gives them a sentence."""
    goods_left = order.goods_minor - order.refunded_goods_minor
    shipping_left = order.shipping_minor - order.refunded_shipping_minor
    if goods_minor < 0 or shipping_minor < 0 or not goods_minor + shipping_minor:
        raise BadInput(_("Say how much goes back."), "amount")
    if goods_minor > goods_left or shipping_minor > shipping_left:
        raise BadInput(_("That is more than is left of what was paid."), "amount")
    if lines and sum(part.amount_minor for part in lines) != goods_minor:
        raise BadInput(_("The parts of the lines do not add up to the goods."), "amount")
    mine: Mapping[int, OrderLine] = {line.pk: line for line in order.lines.all()}
    for part in lines:
        line = mine.get(part.line_id)
        if line is None:
            raise BadInput(_("These goods belong to another order."))
        too_much = part.amount_minor > line.line_total_minor - line.refunded_minor
        if too_much or part.quantity > line.quantity - line.refunded_quantity:
            raise BadInput(_("That is more than is left of %(goods)s.") % {"goods": line.title})


def _write(order: Order, escrow: Escrow, asked: _Asked, at: datetime) -> Refund:
    goods_tax = rules.part_of(
        order.tax_minor - order.shipping_tax_minor,
        before=order.refunded_goods_minor,
        more=asked.goods_minor,
        whole=order.goods_minor,
    )
    shipping_tax = rules.part_of(
        order.shipping_tax_minor,
        before=order.refunded_shipping_minor,
        more=asked.shipping_minor,
        whole=order.shipping_minor,
    )
    return Refund.objects.create(
        order=order,
        key=asked.key,
        kind=asked.kind,
        goods_minor=asked.goods_minor,
        shipping_minor=asked.shipping_minor,
        amount_minor=asked.goods_minor + asked.shipping_minor,
        tax_minor=goods_tax + shipping_tax,
        commission_minor=rules.commission_given_up(
            goods_minor=order.goods_minor,
            refunded_minor=order.refunded_goods_minor,
            more_minor=asked.goods_minor,
            rate_bp=order.commission_bp,
        ),
        from_escrow=escrow.state == EscrowState.OPEN,
        chargeback=asked.chargeback,
        advance=Advance.OPEN
        if asked.advanced and escrow.state != EscrowState.OPEN
        else Advance.NONE,
        state=RefundState.OWED if asked.chargeback is None else RefundState.DONE,
        reason=asked.reason,
        created_at=at,
        done_at=None if asked.chargeback is None else at,
    )


def _count(order: Order, refund: Refund, lines: Sequence[LinePart]) -> None:
    order.refunded_goods_minor += refund.goods_minor
    order.refunded_shipping_minor += refund.shipping_minor
    order.returned_commission_minor += refund.commission_minor
    order.save(
        update_fields=[
            "refunded_goods_minor",
            "refunded_shipping_minor",
            "returned_commission_minor",
        ]
    )
    count_units(parts=lines)
    for part in lines:
        RefundLine.objects.create(
            refund=refund,
            line_id=part.line_id,
            quantity=part.quantity,
            amount_minor=part.amount_minor,
        )


def count_units(*, parts: Sequence[LinePart]) -> None:
    """Count what goes back against the lines of a locked order."""
    for part in sorted(parts, key=lambda part: part.line_id):
        OrderLine.objects.filter(pk=part.line_id).update(
            refunded_minor=F("refunded_minor") + part.amount_minor,
            refunded_quantity=F("refunded_quantity") + part.quantity,
        )


def _set_aside(order: Order, refund: Refund, at: datetime) -> int:
    """Return the account that takes the money: the provider's own for a chargeback."""
    if refund.chargeback_id is not None:
        return accounts.provider(currency=order.currency, at=at)
    return accounts.refund(refund=refund, currency=order.currency, at=at)


def _take_from_escrow(
    order: Order, escrow: Escrow, refund: Refund, actor: str, at: datetime
) -> None:
    held = accounts.escrow(order=order, at=at)
    # Emptied by a bank it stays open: the bank may give the money back before the order ends.
    emptied = order.kept_minor == 0 and refund.chargeback_id is None
    ledger.post(
        key=f"{refund.ref}:owed",
        kind="refund_owed",
        entries={
            held: -refund.amount_minor,
            _set_aside(order, refund, at): refund.amount_minor,
        },
        ref=order.ref,
        actor=actor,
        at=at,
        close=[held] if emptied else [],
    )
    if emptied:
        escrow.state, escrow.closed_at, escrow.frozen_by = EscrowState.REFUNDED, at, ""
        escrow.save(update_fields=["state", "closed_at", "frozen_by"])


def _take_from_shop(order: Order, refund: Refund, actor: str, at: datetime) -> None:
    """Clawback: the shop's balance first, then its people's shares in this order (`shares`); the
    rest is the shop's debt. The fee comes from the platform.
    """
    shop = locks.shop(shop_id=order.shop_id)
    owed = accounts.payable(shop=shop, currency=order.currency, at=at)
    if refund.kind == RefundKind.GOODWILL:
        balance = balances.balance_minor(account_id=owed)
        debt = accounts.debt(shop=shop, currency=order.currency, at=at)
        short = refund.net_minor - balance - balances.balance_minor(account_id=debt)
        _refuse_goodwill_on_credit(order, shop, short, at)
    entries = {
        **collect(order=order, shop=shop, refund=refund, at=at),
        accounts.fees(currency=order.currency, at=at): -refund.commission_minor,
        _set_aside(order, refund, at): refund.amount_minor,
    }
    ledger.post(
        key=f"{refund.ref}:owed",
        kind="clawback",
        entries={account: amount for account, amount in entries.items() if amount},
        ref=order.ref,
        actor=actor,
        at=at,
    )


def collect(*, order: Order, shop: Shop, refund: Refund, at: datetime) -> dict[int, int]:
    """Return what a locked shop and its people give for a refund, by ledger account: negative.

    In all the refund less the commission: from the balance first, then from people's shares in
    this order, then as debt. The shares count it.
    """
    owed = accounts.payable(shop=shop, currency=order.currency, at=at)
    from_balance = min(balances.balance_minor(account_id=owed), refund.net_minor)
    # What a shop gives of its own will, it gives alone.
    short_minor = 0 if refund.kind == RefundKind.GOODWILL else refund.net_minor - from_balance
    members = shares.take_back(
        order=order,
        shop=shop,
        goods_minor=refund.goods_minor - refund.commission_minor,
        short_minor=short_minor,
        at=at,
    )
    debt = accounts.debt(shop=shop, currency=order.currency, at=at)
    return {
        **{account: -amount for account, amount in members.items()},
        owed: -from_balance,
        debt: from_balance - refund.net_minor + sum(members.values()),
    }


def _pay_first(order: Order, refund: Refund, actor: str, at: datetime) -> None:
    """The platform's money goes to the buyer; the shop owes it until `advances` settles that."""
    entries = {
        accounts.advances(currency=order.currency, at=at): -refund.net_minor,
        accounts.fees(currency=order.currency, at=at): -refund.commission_minor,
        _set_aside(order, refund, at): refund.amount_minor,
    }
    ledger.post(
        key=f"{refund.ref}:owed",
        kind="advance",
        entries={account: amount for account, amount in entries.items() if amount},
        ref=order.ref,
        actor=actor,
        at=at,
    )


def _refuse_goodwill_on_credit(order: Order, shop: Shop, short_minor: int, at: datetime) -> None:
    """What a shop gives of its own will and cannot pay, the platform lends it: not without end."""
    if short_minor <= 0:
        return
    if shop.state not in (ShopState.APPROVED, ShopState.CLOSING):
        raise WrongState(_("The shop is not open and has no balance from which to give it back."))
    ruled = rulebook.values(["dispute.after_release_days", "refunds.goodwill_debt"], at=at)
    days = timedelta(days=ruled["dispute.after_release_days"])
    if order.completed_at is not None and at > order.completed_at + days:
        raise WrongState(_("The sale is too long ago, and the shop's balance does not cover it."))
    if short_minor > ruled["refunds.goodwill_debt"] * 10 ** currency_digits(order.currency):
        raise WrongState(_("The shop's balance does not cover so much."))
