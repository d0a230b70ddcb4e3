"""Calling an order off before it is sent, and giving the money back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.errors import BadInput, NotAllowed, PaymentRefused, WrongState
from marketplace.ledger import services as ledger
from marketplace.listings.services import stock
from marketplace.orders.models import (
    CancelledBy,
    Escrow,
    EscrowState,
    Order,
    OrderState,
    Payment,
    PaymentState,
)
from marketplace.orders.providers import payments as port
from marketplace.orders.services import accounts, moves, news, payment
from marketplace.outbox import services as outbox
from marketplace.shops import queries as shops
from marketplace.shops.rules import Act


@transaction.atomic
def cancel(*, order_id: int, by_id: int, reason: str = "", at: datetime) -> Order:
    """Call an order off. Safe to repeat.

    The buyer may do so while it is unpaid, and after the promised ship date has passed; the
    shop may while it has not shipped, and must say why. Paid money goes back in full.
    Raises NotAllowed, WrongState, or BadInput without a reason.
    """
    order = _locked_with_payment(order_id)
    by = _party(order, by_id)
    if order.state == OrderState.CANCELLED:
        return order
    if by == CancelledBy.SELLER and not reason.strip():
        raise BadInput(_("Please tell the buyer why."), "reason")
    if order.state == OrderState.PAID_HELD:
        _refuse_early(order, by, at)
        moves.owe_refund(order=order, at=at)
    else:
        _give_up_unpaid(order, by, at)
    why = reason.strip() or _default_reason(order)
    moves.cancel(order=order, by=by, reason=why, actor=f"user:{by_id}", at=at)
    return order


def _locked_with_payment(order_id: int) -> Order:
    """Lock the payment before the order, as every payment does."""
    payment_id = Order.objects.values_list("payment_id", flat=True).get(pk=order_id)
    if payment_id is not None:
        Payment.objects.select_for_update(of=("self",)).get(pk=payment_id)
    orders = Order.objects.select_for_update(of=("self",), no_key=True)
    return orders.select_related("shop__owner", "buyer", "payment").get(pk=order_id)


def _party(order: Order, by_id: int) -> CancelledBy:
    if order.buyer_id == by_id:
        return CancelledBy.BUYER
    if shops.may(user_id=by_id, shop_id=order.shop_id, act=Act.CANCEL_ORDERS):
        return CancelledBy.SELLER
    raise NotAllowed(_("Only the buyer and the owner of the shop can call this order off."))


def _refuse_early(order: Order, by: CancelledBy, at: datetime) -> None:
    late = order.ship_by is not None and at > order.ship_by
    if by == CancelledBy.BUYER and not late:
        raise WrongState(
            _("The shop still has time to send it. You can cancel once the ship date has passed.")
        )


def _give_up_unpaid(order: Order, by: CancelledBy, at: datetime) -> None:
    if order.state != OrderState.AWAITING_PAYMENT:
        raise WrongState(
            _("This is not possible now. State of the order: %(state)s.")
            % {"state": order.get_state_display()}
        )
    if by != CancelledBy.BUYER:
        raise NotAllowed(_("The buyer has not paid yet; the order runs out by itself."))
    if order.payment is None or payment.charge_under_way(payment=order.payment):
        stock.release(ref=order.ref, at=at)
    else:
        payment.drop(payment=order.payment, order=order, at=at)


def _default_reason(order: Order) -> str:
    if order.paid_at is not None:
        return _("The goods were not sent by the promised date. The money goes back.")
    return _("The buyer called the order off before paying.")


def send(*, order_id: int, at: datetime) -> port.Result:
    """Ask the provider to give an order's money back. Runs outside any transaction.

    Safe to repeat: the provider knows the key.
    """
    order = Order.objects.select_related("payment").get(pk=order_id)
    if order.payment is None:
        raise WrongState(_("This order was never charged."))
    key = f"refund:{order.ref}"
    # Asked first: a repeated call is given its first answer, which may have been "pending".
    return payment.provider().look_up(key=key) or payment.provider().refund(
        key=key,
        charge_ref=order.payment.provider_ref,
        currency=order.currency,
        amount_minor=order.total_minor,
        at=at,
    )


@transaction.atomic
def finish(*, order_id: int, result: port.Result, at: datetime) -> Escrow:
    """Book a refund the provider has made: escrow → provider, and close the escrow.

    Safe to repeat. One that is still on its way is left open; `followup` asks again. Raises
    PaymentRefused when the provider refused: the debt stands in queries.refunds_owed.
    """
    order = _locked_with_payment(order_id)
    escrow = Escrow.objects.select_for_update(of=("self",)).get(order=order)
    if escrow.state == EscrowState.REFUNDED or result.outcome == port.PENDING:
        return escrow
    if result.outcome != port.SUCCEEDED:
        raise PaymentRefused(_("The provider did not take the refund yet."))
    held = accounts.escrow(order=order, at=at)
    ledger.post(
        key=f"refund:{order.ref}",
        kind="refund",
        entries={
            held: -order.total_minor,
            accounts.provider(currency=order.currency, at=at): order.total_minor,
        },
        ref=order.ref,
        actor=payment.SYSTEM,
        at=at,
        close=[held],
    )
    escrow.state, escrow.closed_at, escrow.frozen_by = EscrowState.REFUNDED, at, ""
    escrow.save(update_fields=["state", "closed_at", "frozen_by"])
    if order.payment_id is not None:
        _close_payment(order.payment_id)
    data = {"order_id": order.pk, "shop_id": order.shop_id}
    outbox.emit(name="order.refunded", subject=order.ref, data=data, at=at)
    news.refunded(order=order, at=at)
    return escrow


def _close_payment(payment_id: int) -> None:
    """Mark the payment refunded once every order it covered has its money back."""
    covered = Escrow.objects.filter(order__payment_id=payment_id)
    if not covered.exclude(state=EscrowState.REFUNDED).exists():
        Payment.objects.filter(pk=payment_id).update(state=PaymentState.REFUNDED)
