"""The one place where an order's state changes, with its audit line and its event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from marketplace.errors import WrongState
from marketplace.orders import rules
from marketplace.orders.models import CancelledBy, Order, OrderState
from marketplace.orders.services import news, shares
from marketplace.outbox import services as outbox

_EVENT_OF = {OrderState.PAID_HELD: "order.paid"}


def move(*, order: Order, to: OrderState, actor: str, at: datetime, **columns: object) -> None:
    """Take a locked order to its next state and tell the outbox.

    Raises WrongState when the table of moves does not know the step.
    """
    _check(order, to)
    order.state = to
    for name, value in columns.items():
        setattr(order, name, value)
    order.save(update_fields=["state", *columns])
    name = _EVENT_OF.get(to, f"order.{to}")
    data: dict[str, object] = {"order_id": order.pk, "shop_id": order.shop_id}
    if to == OrderState.CANCELLED:
        data["cancelled_by"] = order.cancelled_by
    outbox.record(action=name, actor=actor, subject=order.ref, data=data, at=at)
    outbox.emit(name=name, subject=order.ref, data=data, at=at)


def pay(*, orders: Sequence[Order], ship_by: datetime, at: datetime) -> None:
    """Take the locked orders of one buyer's payment to paid_held, in as many statements as one.

    Raises WrongState as `move` does.
    """
    for order in orders:
        _check(order, OrderState.PAID_HELD)
        order.state, order.paid_at, order.ship_by = OrderState.PAID_HELD, at, ship_by
    paid = Order.objects.filter(pk__in=[order.pk for order in orders])
    paid.update(state=OrderState.PAID_HELD, paid_at=at, ship_by=ship_by)
    shares.freeze(orders=orders)
    name = _EVENT_OF[OrderState.PAID_HELD]
    facts: dict[str, dict[str, object]] = {
        order.ref: {"order_id": order.pk, "shop_id": order.shop_id} for order in orders
    }
    for buyer_id in {order.buyer_id for order in orders}:
        outbox.record_all(action=name, actor=f"user:{buyer_id}", facts=facts, at=at)
    outbox.emit_all(name, facts=facts, at=at)


def _check(order: Order, to: OrderState) -> None:
    if not rules.order_may(order.state, to):
        raise WrongState(
            _("This is not possible now. State of the order: %(state)s.")
            % {"state": order.get_state_display()}
        )


def cancel(*, order: Order, by: CancelledBy, reason: str, actor: str, at: datetime) -> None:
    """Cancel a locked order with a reason that both sides read."""
    move(
        order=order,
        to=OrderState.CANCELLED,
        actor=actor,
        at=at,
        cancelled_at=at,
        cancelled_by=by,
        cancel_reason=reason,
    )
    news.cancelled(order=order, at=at)
