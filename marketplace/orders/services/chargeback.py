"""A buyer's bank takes a charge back, and perhaps gives it back later.

The provider has moved the money when it tells us, so we book what happened: from the escrow
while it is open, else from the shop (balance, then debt); what is more than all that was left,
the platform bears. Events may come late, twice or in any order: each case is one row.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.errors import KeyReused, WrongState
from marketplace.ledger import services as ledger
from marketplace.money import spread
from marketplace.orders import rules
from marketplace.orders.models import (
    CancelledBy,
    Chargeback,
    ChargebackState,
    Escrow,
    EscrowState,
    Order,
    OrderState,
    Payment,
    Refund,
    RefundKind,
    RefundState,
)
from marketplace.orders.services import accounts, escrow, locks, moves, news, owing, shares
from marketplace.outbox import services as outbox

_SYSTEM = "system"


@transaction.atomic
def opened(*, payment_id: int, provider_case: str, amount_minor: int, at: datetime) -> Chargeback:
    """Book that the bank took `amount_minor` of a charge back. Safe to repeat.

    Orders that were not sent are called off: their buyer has the money back. Raises
    WrongState when the charge itself was never booked, KeyReused for a known case with another
    charge or amount.
    """
    payment = Payment.objects.select_for_update(no_key=True, of=("self",)).get(pk=payment_id)
    known = Chargeback.objects.filter(provider_case=provider_case).first()
    if known is not None:
        if (known.payment_id, known.amount_minor) != (payment_id, amount_minor):
            raise KeyReused(_("This case was already told with another amount."))
        return known
    if payment.paid_at is None:
        raise WrongState(_("This charge is not booked yet."))
    orders = _locked_orders(payment)
    left = [order.kept_minor for order in orders]
    covered = min(amount_minor, sum(left))
    case = Chargeback.objects.create(
        payment=payment,
        provider_case=provider_case,
        amount_minor=amount_minor,
        loss_minor=amount_minor - covered,
        opened_at=at,
    )
    parts = spread(covered, left) if covered else [0] * len(orders)
    for order, part in zip(orders, parts, strict=True):
        if part:
            _take(case, order, part, at)
    _bear(case, at)
    data = {"chargeback_id": case.pk, "amount_minor": amount_minor}
    outbox.emit(name="chargeback.opened", subject=f"payment:{payment.pk}", data=data, at=at)
    return case


@transaction.atomic
def won(*, provider_case: str, at: datetime) -> Chargeback:
    """The bank gave the money back: it goes to the shop, or to the buyer of goods never sent.

    Safe to repeat. Raises WrongState for a case that was lost.
    """
    case = _locked_case(provider_case)
    if case.state == ChargebackState.WON:
        return case
    _close(case, ChargebackState.WON, at)
    orders = {order.pk: order for order in _locked_orders(case.payment)}
    for refund in case.refunds.select_for_update(no_key=True, of=("self",)).order_by("pk"):
        _give_back(case, orders[refund.order_id], refund, at)
    if case.loss_minor:
        currency = case.payment.currency
        ledger.post(
            key=f"{case.ref}:loss_back",
            kind="chargeback_won",
            entries={
                accounts.losses(currency=currency, at=at): case.loss_minor,
                accounts.provider(currency=currency, at=at): -case.loss_minor,
            },
            ref=f"payment:{case.payment_id}",
            actor=_SYSTEM,
            at=at,
        )
    return case


@transaction.atomic
def lost(*, provider_case: str, at: datetime) -> Chargeback:
    """The bank keeps the money. Safe to repeat. Raises WrongState for a case that was won."""
    case = _locked_case(provider_case)
    if case.state != ChargebackState.LOST:
        _close(case, ChargebackState.LOST, at)
    return case


def _locked_case(provider_case: str) -> Chargeback:
    payment_id = Chargeback.objects.values_list("payment_id", flat=True).get(
        provider_case=provider_case
    )
    payment = Payment.objects.select_for_update(no_key=True, of=("self",)).get(pk=payment_id)
    cases = Chargeback.objects.select_for_update(no_key=True, of=("self",))
    case = cases.get(provider_case=provider_case)
    case.payment = payment
    return case


def _close(case: Chargeback, state: ChargebackState, at: datetime) -> None:
    if case.state != ChargebackState.OPEN:
        raise WrongState(_("The bank has decided this case already."))
    case.state, case.closed_at = state, at
    case.save(update_fields=["state", "closed_at"])
    data = {"chargeback_id": case.pk}
    subject = f"payment:{case.payment_id}"
    outbox.record(action=f"chargeback.{state}", actor=_SYSTEM, subject=subject, data=data, at=at)
    outbox.emit(name=f"chargeback.{state}", subject=subject, data=data, at=at)


def _locked_orders(payment: Payment) -> Sequence[Order]:
    orders = Order.objects.select_for_update(of=("self",), no_key=True).filter(payment=payment)
    return list(orders.select_related("shop__owner", "buyer").order_by("pk"))


def _take(case: Chargeback, order: Order, part_minor: int, at: datetime) -> None:
    goods = min(part_minor, order.goods_minor - order.refunded_goods_minor)
    refund = owing.owe(
        order=order,
        key=f"{case.ref}:{order.ref}",
        kind=RefundKind.CHARGEBACK,
        goods_minor=goods,
        shipping_minor=part_minor - goods,
        reason=_("The buyer's bank took the payment back."),
        actor=_SYSTEM,
        at=at,
        chargeback=case,
    )
    if order.state == OrderState.PAID_HELD and not order.kept_minor:
        reason = _("The buyer's bank took the payment back. Do not send anything.")
        moves.cancel(order=order, by=CancelledBy.PLATFORM, reason=reason, actor=_SYSTEM, at=at)
        escrow.close_empty(escrow=Escrow.objects.get(order=order), at=at)
    news.charged_back(order=order, refund=refund, at=at)


def _bear(case: Chargeback, at: datetime) -> None:
    if not case.loss_minor:
        return
    currency = case.payment.currency
    ledger.post(
        key=f"{case.ref}:loss",
        kind="chargeback",
        entries={
            accounts.losses(currency=currency, at=at): -case.loss_minor,
            accounts.provider(currency=currency, at=at): case.loss_minor,
        },
        ref=f"payment:{case.payment_id}",
        actor=_SYSTEM,
        at=at,
    )


def _give_back(case: Chargeback, order: Order, refund: Refund, at: datetime) -> None:
    """Reverse one part: into the escrow while it is open, else to the shop.

    To the buyer when the order was called off unsent.
    """
    refund.state = RefundState.REVERSED
    refund.save(update_fields=["state"])
    if order.state == OrderState.CANCELLED:
        _owe_anew(case, order, refund, at)
        return
    held = Escrow.objects.select_for_update(no_key=True, of=("self",)).get(order=order)
    order.refunded_goods_minor -= refund.goods_minor
    order.refunded_shipping_minor -= refund.shipping_minor
    # Anew from what is left: rounded parts need not add up once one of them is taken out.
    kept_goods = order.goods_minor - order.refunded_goods_minor
    fee_minor = rules.commission(kept_goods, order.commission_bp)
    fee_back_minor = fee_minor - order.fee_minor
    order.returned_commission_minor -= fee_back_minor
    order.save(
        update_fields=[
            "refunded_goods_minor",
            "refunded_shipping_minor",
            "returned_commission_minor",
        ]
    )
    entries = {accounts.provider(currency=order.currency, at=at): -refund.amount_minor}
    if held.state == EscrowState.OPEN:
        entries[accounts.escrow(order=order, at=at)] = refund.amount_minor
    else:
        shop = locks.shop(shop_id=order.shop_id)
        owed = accounts.payable(shop=shop, currency=order.currency, at=at)
        free_minor = refund.amount_minor - fee_back_minor
        members = shares.give_again(order=order, shop=shop, free_minor=free_minor, at=at)
        entries |= members
        entries[owed] = free_minor - sum(members.values())
        entries[accounts.fees(currency=order.currency, at=at)] = fee_back_minor
    ledger.post(
        key=f"{refund.ref}:reversed",
        kind="chargeback_won",
        entries={account: amount for account, amount in entries.items() if amount},
        ref=order.ref,
        actor=_SYSTEM,
        at=at,
    )


def _owe_anew(case: Chargeback, order: Order, refund: Refund, at: datetime) -> None:
    """The goods were never sent, so the money is the buyer's: set aside and sent back."""
    again = Refund.objects.create(
        order=order,
        key=f"{case.ref}:{order.ref}:again",
        kind=RefundKind.CANCELLED,
        goods_minor=refund.goods_minor,
        shipping_minor=refund.shipping_minor,
        amount_minor=refund.amount_minor,
        tax_minor=refund.tax_minor,
        commission_minor=refund.commission_minor,
        from_escrow=True,
        reason=order.cancel_reason,
        created_at=at,
    )
    ledger.post(
        key=f"{again.ref}:owed",
        kind="chargeback_won",
        entries={
            accounts.provider(currency=order.currency, at=at): -refund.amount_minor,
            accounts.refund(refund=again, currency=order.currency, at=at): refund.amount_minor,
        },
        ref=order.ref,
        actor=_SYSTEM,
        at=at,
    )
    owing.queue(refund=again, at=at)
