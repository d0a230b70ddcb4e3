"""The held money: released to the seller when the buyer confirms or the clock runs out."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.errors import MarketplaceError, NotAllowed, WrongState
from marketplace.failpoints import reach
from marketplace.ledger import services as ledger
from marketplace.orders.models import (
    CompletedBy,
    Escrow,
    EscrowState,
    Extension,
    Order,
    OrderState,
)
from marketplace.orders.services import accounts, locks, moves, news, shares
from marketplace.outbox import services as outbox
from marketplace.rulebook import queries as rulebook
from marketplace.shops import queries as shops
from marketplace.shops.rules import Act

log = logging.getLogger(__name__)
_DONE = (OrderState.COMPLETED, OrderState.SETTLED)


@transaction.atomic
def confirm(*, order_id: int, by_id: int, at: datetime) -> Order:
    """The buyer has the goods: complete the order and release the money. Safe to repeat.

    Raises NotAllowed for anybody else, WrongState when it was not sent or is disputed.
    """
    orders = Order.objects.select_for_update(of=("self",), no_key=True)
    order = orders.select_related("shop__owner", "buyer").get(pk=order_id)
    if order.buyer_id != by_id:
        raise NotAllowed(_("Only the buyer can confirm that the goods have come."))
    if order.state not in _DONE:
        _complete(order, by=CompletedBy.BUYER, actor=f"user:{by_id}", at=at)
    return order


@transaction.atomic
def extend(*, order_id: int, by_id: int, key: str, at: datetime) -> Order:
    """Give the buyer more time before the money goes; asked by the buyer or granted by the shop.

    Adds orders.extend_days, up to orders.extend_max_days in all. `key` is the form's: a double
    click extends once. Raises NotAllowed for others, WrongState when no clock runs or the time
    may not grow any more.
    """
    order = locks.order_with_payment(order_id=order_id)
    if order.buyer_id != by_id and not shops.may(
        user_id=by_id, shop_id=order.shop_id, act=Act.CANCEL_ORDERS
    ):
        raise NotAllowed(_("This order is not yours."))
    if order.extensions.filter(key=key).exists():
        return order
    if order.state not in (OrderState.SHIPPED, OrderState.DELIVERED) or order.due_at is None:
        raise WrongState(_("No clock runs for this order now."))
    days = rulebook.value("orders.extend_days", at=at)
    if order.extended_days + days > rulebook.value("orders.extend_max_days", at=at):
        raise WrongState(
            _("The time was made longer already. Open a dispute if goods are missing.")
        )
    order.due_at += timedelta(days=days)
    order.extended_days += days
    if order.look_until is not None:
        order.look_until += timedelta(days=days)
    order.save(update_fields=["due_at", "look_until", "extended_days"])
    Extension.objects.create(order=order, key=key, days=days, by_id=by_id, at=at)
    data = {"order_id": order.pk, "days": days}
    outbox.record(
        action="order.extended", actor=f"user:{by_id}", subject=order.ref, data=data, at=at
    )
    return order


@transaction.atomic
def freeze(*, order_id: int, by_ref: str, at: datetime) -> bool:
    """Stop release and clock for a dispute (`by_ref` "dispute:7"); False when nothing is held.

    The order bears the dispute's name in both cases: a closing shop waits for it, and goodwill
    rests. Safe to repeat. Raises WrongState when another dispute is open.
    """
    order = locks.order_with_payment(order_id=order_id)
    if order.disputed_by not in ("", by_ref):
        raise WrongState(_("There is already an open dispute about this order."))
    order.disputed_by = by_ref
    order.save(update_fields=["disputed_by"])
    escrow = Escrow.objects.select_for_update(no_key=True, of=("self",)).filter(order=order).first()
    if escrow is None or escrow.state != EscrowState.OPEN:
        return False
    escrow.frozen_by = by_ref
    escrow.save(update_fields=["frozen_by"])
    outbox.record(action="escrow.frozen", actor=by_ref, subject=order.ref, data={}, at=at)
    return True


@transaction.atomic
def unfreeze(*, order_id: int, by_ref: str, due_at: datetime | None, at: datetime) -> None:
    """Let the clock run again, at the earliest until `due_at`. Safe to repeat.

    A delivery that is reported later does not shorten that time: it may be of the parcel that
    was replaced.
    """
    order = locks.order_with_payment(order_id=order_id)
    if order.disputed_by == by_ref:
        order.disputed_by = ""
        order.save(update_fields=["disputed_by"])
    escrow = Escrow.objects.select_for_update(no_key=True, of=("self",)).filter(order=order).first()
    if escrow is None or escrow.frozen_by != by_ref:
        return
    escrow.frozen_by = ""
    escrow.save(update_fields=["frozen_by"])
    if due_at is not None and order.due_at is not None:
        order.look_until = max(due_at, order.look_until or due_at)
        order.due_at = max(due_at, order.due_at)
        order.save(update_fields=["due_at", "look_until"])
    outbox.record(action="escrow.unfrozen", actor=by_ref, subject=order.ref, data={}, at=at)


@transaction.atomic
def complete_by_ruling(*, order_id: int, actor: str, at: datetime) -> Order:
    """End an order after a dispute: what did not go back is released. Safe to repeat.

    The ruling unfreezes the escrow and owes the refund first, in the same transaction.
    An order that was never sent is called off by its refund instead.
    """
    order = locks.order_with_payment(order_id=order_id)
    if order.state in (OrderState.SHIPPED, OrderState.DELIVERED):
        _complete(order, by=CompletedBy.RULING, actor=actor, at=at)
    return order


@transaction.atomic
def complete_due(*, at: datetime, limit: int = 200) -> int:
    """The clock: complete orders whose time ran out, a batch at most; return how many.

    Rows another process works on are skipped. A frozen escrow (a dispute) stops the clock.
    """
    due = Order.objects.filter(
        state__in=[OrderState.SHIPPED, OrderState.DELIVERED], due_at__lte=at, escrow__frozen_by=""
    )
    locked = due.select_for_update(of=("self",), no_key=True, skip_locked=True)
    batch = list(locked.select_related("shop__owner", "buyer").order_by("pk")[:limit])
    done = 0
    for order in sorted(batch, key=lambda order: (order.shop_id, order.pk)):
        try:
            with transaction.atomic():
                _complete(order, by=CompletedBy.CLOCK, actor="system", at=at)
        except MarketplaceError:
            log.exception("the clock could not complete order %s", order.pk)
        else:
            done += 1
    return done


def _complete(order: Order, *, by: CompletedBy, actor: str, at: datetime) -> None:
    moves.move(
        order=order,
        to=OrderState.COMPLETED,
        actor=actor,
        at=at,
        completed_at=at,
        completed_by=by,
    )
    reach("release.moved")
    _release(order, actor=actor, at=at)
    moves.move(order=order, to=OrderState.SETTLED, actor=actor, at=at, settled_at=at)
    reach("release.settled")
    if order.kept_minor:  # else all of it went back, and there is nothing to be glad of
        news.released(order=order, at=at)


def close_empty(*, escrow: Escrow, at: datetime) -> None:
    """End a locked escrow that a bank has emptied."""
    escrow.state, escrow.closed_at, escrow.frozen_by = EscrowState.REFUNDED, at, ""
    escrow.save(update_fields=["state", "closed_at", "frozen_by"])


def _release(order: Order, *, actor: str, at: datetime) -> None:
    """Escrow → seller, people with shares and fee; the escrow closes; all in one transfer."""
    escrow = Escrow.objects.select_for_update(no_key=True, of=("self",)).get(order=order)
    if escrow.frozen_by:
        raise WrongState(_("The money is frozen until the dispute is decided."))
    if escrow.state != EscrowState.OPEN:
        return  # all of it went back to the buyer
    if not order.kept_minor:  # the buyer's bank took it all
        close_empty(escrow=escrow, at=at)
        return
    shop = locks.shop(shop_id=order.shop_id)
    held = accounts.escrow(order=order, at=at)
    members = shares.release(order=order, shop=shop, at=at)
    own_minor = order.net_minor - sum(members.values())
    entries = {
        held: -order.kept_minor,
        accounts.payable(shop=shop, currency=order.currency, at=at): own_minor,
        accounts.fees(currency=order.currency, at=at): order.fee_minor,
        **members,
    }
    ledger.post(
        key=f"release:{order.ref}",
        kind="release",
        # An order without commission has no fee entry: empty entries do not exist.
        entries={account: amount for account, amount in entries.items() if amount},
        ref=order.ref,
        actor=actor,
        at=at,
        close=[held],
    )
    reach("release.posted")
    escrow.state = EscrowState.SPLIT if order.refunded_minor else EscrowState.RELEASED
    escrow.closed_at = at
    escrow.save(update_fields=["state", "closed_at"])
    reach("release.closed")
