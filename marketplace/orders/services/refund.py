"""Calling an order off, giving money back, and what the provider makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from marketplace.errors import BadInput, KeyReused, NotAllowed, PaymentRefused, WrongState
from marketplace.ledger import services as ledger
from marketplace.listings.services import stock
from marketplace.orders import rules
from marketplace.orders.models import (
    CancelledBy,
    Order,
    OrderLine,
    OrderState,
    Payment,
    PaymentState,
    Refund,
    RefundKind,
    RefundState,
)
from marketplace.orders.providers import payments as port
from marketplace.orders.services import (
    accounts,
    locks,
    moves,
    news,
    owing,
    payment,
    shipment,
)
from marketplace.outbox import services as outbox
from marketplace.shops import queries as shops
from marketplace.shops.rules import Act

_PAID = (
    OrderState.PAID_HELD,
    OrderState.SHIPPED,
    OrderState.DELIVERED,
    OrderState.COMPLETED,
    OrderState.SETTLED,
)


@transaction.atomic
def cancel(*, order_id: int, by_id: int, reason: str = "", at: datetime) -> Order:
    """Call an order off. Safe to repeat.

    The buyer may do so while it is unpaid, and after the promised ship date has passed; the
    shop may while it has sent nothing, and must say why. Paid money goes back in full.
    Raises NotAllowed, WrongState, or BadInput without a reason.
    """
    order = locks.order_with_payment(order_id=order_id)
    by = _party(order, by_id)
    if order.state == OrderState.CANCELLED:
        return order
    if by == CancelledBy.SELLER and not reason.strip():
        raise BadInput(_("Please tell the buyer why."), "reason")
    actor = f"user:{by_id}"
    why = reason.strip() or _default_reason(order)
    if order.state == OrderState.PAID_HELD:
        _refuse_early(order, by, at)
        _call_off(order, by, why, actor, at)
    else:
        _give_up_unpaid(order, by, at)
        moves.cancel(order=order, by=by, reason=why, actor=actor, at=at)
    return order


@transaction.atomic
def cancel_lines(
    *, order_id: int, by_id: int, key: str, quantities: Mapping[int, int], reason: str, at: datetime
) -> Refund | None:
    """Units of a paid order that are not sent: their price goes back; once per `key`.

    The shop says what it cannot send, and why. The buyer may call off what is left of an order
    that was sent in part, once the promised date has passed. `quantities` maps line ids to units
    not yet sent. When nothing is left to send, the order goes on as sent; when nothing was sent,
    it is called off, shipping included. None when the price of all these units went back before.
    Raises NotAllowed, WrongState once all was sent, BadInput, KeyReused for other units.
    """
    order = locks.order_with_payment(order_id=order_id)
    by = _party(order, by_id)
    known = Refund.objects.filter(key=key, order=order).first()
    if known is not None:
        _refuse_other_units(known, quantities)
        return known
    if order.state != OrderState.PAID_HELD:
        raise WrongState(_("This order is not waiting to be sent."))
    if by == CancelledBy.SELLER and not reason.strip():
        raise BadInput(_("Please tell the buyer why."), "reason")
    if by == CancelledBy.BUYER:
        _refuse_rest_early(order, at)
    why = reason.strip() or _default_reason(order)
    parts = [_units(line, quantities[line.pk]) for line in _lines(order, quantities)]
    refund = _owe_units(order, key, parts, why=why, actor=f"user:{by_id}", at=at)
    shipment.finish_sending(order=order, actor=f"user:{by_id}", at=at)
    if not order.open_units() and not order.shipments.exists():
        _call_off(order, by, why, f"user:{by_id}", at)
    return refund


@transaction.atomic
def give_back(
    *,
    order_id: int,
    by_id: int,
    key: str,
    goods_minor: int,
    shipping_minor: int,
    reason: str,
    at: datetime,
) -> Refund:
    """The shop gives a buyer some money back of its own will, before or after release.

    Once per `key` (of the form). An order of which nothing was sent is called off when all of
    its money is back. Raises NotAllowed for others than the shop, BadInput for more than is
    left, WrongState for an unpaid or disputed order, and after the release for more than the
    shop has or may owe.
    """
    order = locks.order_with_payment(order_id=order_id)
    if _party(order, by_id) != CancelledBy.SELLER:
        raise NotAllowed(_("Only the shop can give money back."))
    repeated = Refund.objects.filter(key=key, order=order).exists()
    if not repeated and order.state not in _PAID:
        raise WrongState(_("Nothing is paid that could go back."))
    if not repeated and order.disputed_by:
        raise WrongState(_("There is an open dispute about this order. Make an offer there."))
    if not reason.strip():
        raise BadInput(_("Please tell the buyer why."), "reason")
    refund = owing.owe(
        order=order,
        key=key,
        kind=RefundKind.GOODWILL,
        goods_minor=goods_minor,
        shipping_minor=shipping_minor,
        reason=reason.strip(),
        actor=f"user:{by_id}",
        at=at,
    )
    news.gave_back(order=order, refund=refund, at=at)
    unsent = order.state == OrderState.PAID_HELD and not order.shipments.exists()
    if unsent and not order.kept_minor:
        by, actor = CancelledBy.SELLER, f"user:{by_id}"
        moves.cancel(order=order, by=by, reason=reason.strip(), actor=actor, at=at)
    return refund


def _owe_units(
    order: Order,
    key: str,
    parts: Sequence[owing.LinePart],
    *,
    why: str,
    actor: str,
    at: datetime,
) -> Refund | None:
    goods_minor = sum(part.amount_minor for part in parts)
    if not goods_minor:
        owing.count_units(parts=parts)
        data = {"reason": why}
        outbox.record(action="units.called_off", actor=actor, subject=order.ref, data=data, at=at)
        return None
    refund = owing.owe(
        order=order,
        key=key,
        kind=RefundKind.CANCELLED,
        goods_minor=goods_minor,
        shipping_minor=0,
        lines=parts,
        reason=why,
        actor=actor,
        at=at,
    )
    news.gave_back(order=order, refund=refund, at=at)
    return refund


def _call_off(order: Order, by: CancelledBy, why: str, actor: str, at: datetime) -> None:
    owing.owe_rest(
        order=order,
        key=f"cancel:{order.ref}",
        kind=RefundKind.CANCELLED,
        reason=why,
        actor=actor,
        at=at,
    )
    moves.cancel(order=order, by=by, reason=why, actor=actor, at=at)


def _lines(order: Order, quantities: Mapping[int, int]) -> list[OrderLine]:
    lines = list(order.lines.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    wanted = [line for line in lines if quantities.get(line.pk)]
    if not wanted or set(quantities) - {line.pk for line in lines}:
        raise BadInput(_("Say which goods you cannot send."), "quantity")
    for line in wanted:
        left = line.quantity - line.shipped_quantity - line.refunded_quantity
        if not 0 < quantities[line.pk] <= left:
            raise BadInput(
                _("Only %(left)s of %(goods)s are still to be sent.")
                % {"left": left, "goods": line.title},
                "quantity",
            )
    return wanted


def _units(line: OrderLine, quantity: int) -> owing.LinePart:
    amount = rules.part_of(
        line.line_total_minor, before=line.refunded_quantity, more=quantity, whole=line.quantity
    )
    left = line.line_total_minor - line.refunded_minor
    return owing.LinePart(line.pk, min(amount, left), quantity)


def _party(order: Order, by_id: int) -> CancelledBy:
    if order.buyer_id == by_id:
        return CancelledBy.BUYER
    if shops.may(user_id=by_id, shop_id=order.shop_id, act=Act.CANCEL_ORDERS):
        return CancelledBy.SELLER
    raise NotAllowed(_("Only the buyer and the owner of the shop can call this order off."))


def _refuse_other_units(known: Refund, quantities: Mapping[int, int]) -> None:
    """A form that comes back with other contents is not a repeat."""
    given = dict(known.lines.values_list("line_id", "quantity"))
    if {pk: count for pk, count in quantities.items() if count} != given:
        raise KeyReused(_("The order has changed meanwhile. Look at what is left."))


def _refuse_rest_early(order: Order, at: datetime) -> None:
    """An order of which nothing was sent is called off as a whole."""
    if not order.shipments.exists():
        raise WrongState(_("Nothing was sent yet. You can call off the whole order."))
    if order.ship_by is None or at <= order.ship_by:
        raise WrongState(
            _("The shop still has time to send the rest, until the ship date has passed.")
        )


def _refuse_early(order: Order, by: CancelledBy, at: datetime) -> None:
    late = order.ship_by is not None and at > order.ship_by
    if by == CancelledBy.BUYER and not late:
        raise WrongState(
            _("The shop still has time to send it. You can cancel once the ship date has passed.")
        )
    if order.shipments.exists():
        raise WrongState(_("A part was sent already. Call off what is left of it line by line."))


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


def send(*, refund_id: int, at: datetime) -> port.Result:
    """Ask the provider to give money back. Runs outside any transaction.

    Safe to repeat: the provider knows the key.
    """
    refund = Refund.objects.select_related("order__payment").get(pk=refund_id)
    order = refund.order
    if order.payment is None:
        raise WrongState(_("This order was never charged."))
    # Asked first: a repeated call is given its first answer, which may have been "pending".
    return payment.provider().look_up(key=refund.ref) or payment.provider().refund(
        key=refund.ref,
        charge_ref=order.payment.provider_ref,
        currency=order.currency,
        amount_minor=refund.amount_minor,
        at=at,
    )


@transaction.atomic
def finish(*, refund_id: int, result: port.Result, at: datetime) -> Refund:
    """Book a refund the provider has made: set-aside money → provider. Safe to repeat.

    One that is still on its way is left open; `followup` asks again. Raises PaymentRefused
    when the provider refused: the debt stands in queries.refunds_owed.
    """
    order_id = Refund.objects.values_list("order_id", flat=True).get(pk=refund_id)
    order = locks.order_with_payment(order_id=order_id)
    refund = Refund.objects.select_for_update(no_key=True, of=("self",)).get(pk=refund_id)
    if refund.state != RefundState.OWED or result.outcome == port.PENDING:
        return refund
    if result.outcome != port.SUCCEEDED:
        raise PaymentRefused(_("The provider did not take the refund yet."))
    aside = accounts.refund(refund=refund, currency=order.currency, at=at)
    ledger.post(
        key=refund.ref,
        kind="refund",
        entries={
            aside: -refund.amount_minor,
            accounts.provider(currency=order.currency, at=at): refund.amount_minor,
        },
        ref=order.ref,
        actor=payment.SYSTEM,
        at=at,
        close=[aside],
    )
    refund.state, refund.done_at, refund.provider_ref = RefundState.DONE, at, result.provider_ref
    refund.save(update_fields=["state", "done_at", "provider_ref"])
    if order.payment is not None:
        _close_payment(order.payment)
    data = {"order_id": order.pk, "shop_id": order.shop_id, "refund_id": refund.pk}
    outbox.emit(name="order.refunded", subject=order.ref, data=data, at=at)
    news.refunded(order=order, refund=refund, at=at)
    return refund


def _close_payment(paid: Payment) -> None:
    """Mark the payment refunded once all of its money is back."""
    done = Refund.objects.filter(order__payment=paid, state=RefundState.DONE)
    if done.aggregate(sum=Sum("amount_minor"))["sum"] == paid.amount_minor:
        paid.state = PaymentState.REFUNDED
        paid.save(update_fields=["state"])
