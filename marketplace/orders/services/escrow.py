"""The held money: released to the seller when the buyer confirms or the clock runs out."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.errors import MarketplaceError, NotAllowed, WrongState
from marketplace.failpoints import reach
from marketplace.ledger import services as ledger
from marketplace.orders.models import CompletedBy, Escrow, EscrowState, Order, OrderState
from marketplace.orders.services import accounts, locks, moves, news

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
    news.released(order=order, at=at)


def _release(order: Order, *, actor: str, at: datetime) -> None:
    """Escrow → seller and fee, and the escrow account closes, in one transfer."""
    escrow = Escrow.objects.select_for_update(of=("self",)).get(order=order)
    if escrow.frozen_by:
        raise WrongState(_("The money is frozen until the dispute is decided."))
    if escrow.state != EscrowState.OPEN:
        raise WrongState(_("The money of this order has already gone."))
    shop = locks.shop(shop_id=order.shop_id)
    held = accounts.escrow(order=order, at=at)
    entries = {
        held: -order.total_minor,
        accounts.payable(shop=shop, currency=order.currency, at=at): order.net_minor,
        accounts.fees(currency=order.currency, at=at): order.commission_minor,
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
    escrow.state, escrow.closed_at = EscrowState.RELEASED, at
    escrow.save(update_fields=["state", "closed_at"])
    reach("release.closed")
