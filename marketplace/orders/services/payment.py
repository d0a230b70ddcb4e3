"""Paying: the charge, the provider's events, and the one function that completes a payment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from marketplace.errors import BadInput, PaymentRefused, SoldOut, WrongState
from marketplace.failpoints import reach
from marketplace.ledger import services as ledger
from marketplace.listings.services import stock
from marketplace.orders import queries
from marketplace.orders.models import (
    CancelledBy,
    Escrow,
    Order,
    OrderLine,
    OrderState,
    Payment,
    PaymentState,
    ProviderEvent,
    RefundKind,
)
from marketplace.orders.providers import payments as port
from marketplace.orders.providers.sandbox import Sandbox
from marketplace.orders.services import accounts, chargeback, locks, moves, news, owing
from marketplace.rulebook import queries as rulebook

SYSTEM = "system"


def provider() -> Sandbox:
    """Return the payment provider in use; its events come back to `receive`."""
    return Sandbox(tell=lambda event, at: receive(event=event, at=at))


def pay(*, group_id: int, card: str, at: datetime) -> QuerySet[Payment]:
    """Charge what an order group still owes and complete what succeeds.

    The orders exist before the charge. The provider is called outside any transaction, with
    one key per attempt, so a double click charges once. Safe to repeat: a paid group is
    left untouched, a part of it that was called off is left out. Returns the group's payments,
    read only when somebody looks at them. Raises PaymentRefused when
    a card is declined (another may be tried), SoldOut when goods were taken down meanwhile
    (nothing is charged), WrongState when the time to pay is over or nothing is left to pay.
    """
    declined = False
    for payment_id in _payment_ids(group_id):
        payment = _begin(payment_id=payment_id, at=at)
        if payment is None:
            continue
        reach("payment.begun")
        result = provider().charge(
            key=payment.charge_key,
            card=card,
            currency=payment.currency,
            amount_minor=payment.amount_minor,
            at=at,
        )
        reach("payment.charged")
        if result.outcome == port.SUCCEEDED:
            complete_payment(payment_id=payment.pk, provider_ref=result.provider_ref, at=at)
            reach("payment.completed")
        else:
            _note(payment.pk, payment.attempt, result.outcome)
            declined = declined or result.outcome == port.FAILED
    if declined:
        raise PaymentRefused(_("The card was declined and nothing was taken. Try another one."))
    return Payment.objects.filter(group_id=group_id).order_by("pk")


def _payment_ids(group_id: int) -> list[int]:
    """Return the payments of orders that still stand; all when there is none, to say why."""
    payments = Payment.objects.filter(group_id=group_id).order_by("pk")
    standing = Order.objects.filter(group_id=group_id).exclude(state=OrderState.CANCELLED)
    covering = payments.filter(pk__in=standing.values("payment_id"))
    ids = covering.values_list("pk", flat=True)
    return list(ids) or list(payments.values_list("pk", flat=True))


def _begin(*, payment_id: int, at: datetime) -> Payment | None:
    """Open an attempt, or rejoin the one under way; None when it is paid already."""
    with transaction.atomic(durable=True):
        payment = _locked(payment_id)
        if payment.state in (PaymentState.SUCCEEDED, PaymentState.REFUNDED):
            return None
        if charge_under_way(payment=payment):
            return payment
        orders = list(_orders_to_lock(payment))
        _drop_called_off(payment, orders)
        open_ones = [o for o in orders if o.state == OrderState.AWAITING_PAYMENT]
        if not open_ones or at >= payment.group.due_at:
            raise WrongState(_("The time to pay is over; the goods went back on sale."))
        stopped = _drop_unsellable(payment, open_ones, at)
        if not stopped:
            payment.attempt += 1
            payment.state = PaymentState.STARTED
            payment.save(update_fields=["attempt", "state"])
    if stopped:
        raise SoldOut(
            _("Some goods may not be sold any more. Nothing was charged; look at what is left.")
        )
    return payment


def charge_under_way(*, payment: Payment) -> bool:
    """Return whether the provider may yet take the money of a locked, unpaid payment."""
    begun = payment.state == PaymentState.STARTED and payment.attempt > 0
    return begun or payment.state == PaymentState.PENDING


def _drop_unsellable(payment: Payment, orders: Sequence[Order], at: datetime) -> bool:
    """Cancel orders whose goods were taken down before any charge; True when there were any."""
    stopped = queries.unsellable(orders)
    # All at once: one order after the other would lock them in the orders' order, not their own.
    lines = OrderLine.objects.filter(order__in=stopped)
    locks.variants(variant_ids=lines.values_list("variant_id", flat=True))
    for order in orders:
        if order.pk in stopped:
            drop(payment=payment, order=order, at=at)
            reason = _("The goods may not be sold any more. Nothing was charged.")
            moves.cancel(order=order, by=CancelledBy.PLATFORM, reason=reason, actor=SYSTEM, at=at)
    return bool(stopped)


def _drop_called_off(payment: Payment, orders: Sequence[Order]) -> None:
    """Leave out of the next charge what its buyer called off while the failed one was running."""
    for order in orders:
        if order.state == OrderState.CANCELLED:
            _uncover(payment, order)


def drop(*, payment: Payment, order: Order, at: datetime) -> None:
    """Take a locked order out of a locked payment that has no charge under way."""
    stock.release(ref=order.ref, at=at)
    _uncover(payment, order)


def _uncover(payment: Payment, order: Order) -> None:
    order.payment = None
    order.save(update_fields=["payment"])
    # The last order leaves its amount behind: a payment of nothing cannot be stored.
    if payment.amount_minor > order.total_minor:
        payment.amount_minor -= order.total_minor
        payment.save(update_fields=["amount_minor"])


@transaction.atomic
def _note(payment_id: int, attempt: int, outcome: str) -> None:
    """Store a failed or pending answer, unless an event has overtaken it."""
    payment = Payment.objects.select_for_update(no_key=True, of=("self",)).get(pk=payment_id)
    if payment.attempt == attempt and charge_under_way(payment=payment):
        failed = outcome == port.FAILED
        payment.state = PaymentState.FAILED if failed else PaymentState.PENDING
        payment.save(update_fields=["state"])


@transaction.atomic
def complete_payment(*, payment_id: int, provider_ref: str, at: datetime) -> Payment:
    """Book a charge that succeeded: the one way by which orders become paid.

    Browser, web hook and jobs all end here, in any order and any number of times; the first
    does the work. The money goes into each order's escrow. An order whose goods cannot be
    sold any more is cancelled with the reason, and its share goes back to the buyer.
    """
    payment = _locked(payment_id)
    if payment.state in (PaymentState.SUCCEEDED, PaymentState.REFUNDED):
        return payment
    orders = _locked_orders(payment)
    _hold_money(payment, orders, at)
    reach("payment.held")
    _sell(orders, at)
    reach("payment.sold")
    payment.state, payment.provider_ref, payment.paid_at = PaymentState.SUCCEEDED, provider_ref, at
    payment.save(update_fields=["state", "provider_ref", "paid_at"])
    reach("payment.noted")
    return payment


def _locked(payment_id: int) -> Payment:
    payments = Payment.objects.select_for_update(no_key=True, of=("self",))
    return payments.select_related("group").get(pk=payment_id)


def _locked_orders(payment: Payment) -> list[Order]:
    return list(_orders_to_lock(payment).select_related("shop__owner", "buyer"))


def _orders_to_lock(payment: Payment) -> QuerySet[Order]:
    orders = Order.objects.select_for_update(of=("self",), no_key=True).filter(payment=payment)
    return orders.order_by("pk")


def _hold_money(payment: Payment, orders: Sequence[Order], at: datetime) -> None:
    entries = {accounts.provider(currency=payment.currency, at=at): -payment.amount_minor}
    for order, account_id in zip(orders, accounts.escrows(orders=orders, at=at), strict=True):
        entries[account_id] = order.total_minor
    ledger.post(
        key=f"payment:{payment.pk}",
        kind="payment",
        entries=entries,
        ref=f"group:{payment.group_id}",
        actor=f"user:{payment.group.buyer_id}",
        at=at,
    )
    Escrow.objects.bulk_create(
        Escrow(order=order, amount_minor=order.total_minor, opened_at=at) for order in orders
    )


def _sell(orders: Sequence[Order], at: datetime) -> None:
    """Commit the stock of paid orders; what cannot be sold is cancelled and its money owed back."""
    for order in orders:
        if order.state == OrderState.CANCELLED:  # by the buyer, while the charge was under way
            _owe_all(order, order.cancel_reason, at)
    standing = [order for order in orders if order.state != OrderState.CANCELLED]
    sold = standing if _all_sold(standing, at) else [o for o in standing if _sold(o, at)]
    ship_by = at + timedelta(days=rulebook.value("orders.ship_days", at=at))
    moves.pay(orders=sold, ship_by=ship_by, at=at)
    news.paid(orders=sold, at=at)


def _all_sold(orders: Sequence[Order], at: datetime) -> bool:
    """Commit the stock of all orders at once, or of none; then its rows are locked all the same."""
    if not orders:
        return True
    try:
        stock.commit_all(refs=[order.ref for order in orders], at=at)
    except SoldOut:
        lines = OrderLine.objects.filter(order__in=[order.pk for order in orders])
        locks.variants(variant_ids=lines.order_by().values_list("variant_id", flat=True))
        return False
    return True


def _sold(order: Order, at: datetime) -> bool:
    """Commit the stock of one order, or cancel it with the reason and owe the money back."""
    try:
        stock.commit(ref=order.ref, at=at)
    except SoldOut as error:
        reason = _("%(why)s Your money goes back to you.") % {"why": error.reason}
        stock.release(ref=order.ref, at=at)
        moves.cancel(order=order, by=CancelledBy.PLATFORM, reason=reason, actor=SYSTEM, at=at)
        _owe_all(order, reason, at)
        return False
    return True


def _owe_all(order: Order, reason: str, at: datetime) -> None:
    owing.owe_rest(
        order=order,
        key=f"unsold:{order.ref}",
        kind=RefundKind.UNSELLABLE,
        reason=reason,
        actor=SYSTEM,
        at=at,
    )


@transaction.atomic
def receive(*, event: port.ProviderNews, at: datetime) -> bool:
    """Take in one event of the provider; False when this event was known already.

    The event is stored in the transaction of its effect: an event that could not be
    worked off is not stored, and the provider sends it again.
    Raises BadInput for an event that fits none of our payments.
    """
    _, is_new = ProviderEvent.objects.get_or_create(
        event_id=event.event_id,
        defaults={"kind": event.kind, "provider_ref": event.provider_ref, "received_at": at},
    )
    kind, _dot, outcome = event.kind.partition(".")
    if not is_new or kind not in ("charge", "chargeback"):
        return is_new
    payment, attempt = _payment_of(event)
    if kind == "chargeback":
        _learn_of_case(payment, event, at)
        return True
    learn(
        payment_id=payment.pk,
        attempt=attempt,
        result=port.Result(outcome, event.provider_ref),
        at=at,
    )
    return True


@transaction.atomic
def learn(*, payment_id: int, attempt: int, result: port.Result, at: datetime) -> None:
    """Act on how a charge ended, whoever brings the news. Safe to repeat.

    Only a yes books and only a no frees the payment for another card; all else, such as a
    charge that is still pending, changes nothing.
    """
    if result.outcome == port.SUCCEEDED:
        complete_payment(payment_id=payment_id, provider_ref=result.provider_ref, at=at)
    elif result.outcome == port.FAILED:
        _note(payment_id, attempt, result.outcome)


def _learn_of_case(payment: Payment, event: port.ProviderNews, at: datetime) -> None:
    """Book what a bank did. Its events may overtake the charge's own, and each other."""
    complete_payment(payment_id=payment.pk, provider_ref=event.provider_ref, at=at)
    chargeback.opened(
        payment_id=payment.pk, provider_case=event.case, amount_minor=event.amount_minor, at=at
    )
    if event.kind == "chargeback.won":
        chargeback.won(provider_case=event.case, at=at)
    elif event.kind == "chargeback.lost":
        chargeback.lost(provider_case=event.case, at=at)


def _payment_of(event: port.ProviderNews) -> tuple[Payment, int]:
    kind, _colon, rest = event.key.partition(":")
    payment_id, _colon, attempt = rest.partition(":")
    if kind == "payment" and payment_id.isdecimal() and attempt.isdecimal():
        payment = Payment.objects.filter(pk=int(payment_id), currency=event.currency).first()
        whole = payment is not None and payment.amount_minor == event.amount_minor
        if payment is not None and (whole or event.case):
            return payment, int(attempt)
    raise BadInput(_("This event belongs to no payment of ours."))
