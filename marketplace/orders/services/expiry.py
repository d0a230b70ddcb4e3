"""Unpaid orders run out and their stock goes back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from marketplace.listings.services import stock
from marketplace.orders.models import Order, OrderLine, OrderState
from marketplace.orders.services import locks, moves


@transaction.atomic
def expire_due(*, at: datetime, limit: int = 200) -> int:
    """The clock: expire orders not paid in time, a batch at most; return how many.

    Rows another process works on (a payment being booked) are skipped. Money that still
    arrives later takes the goods again, or goes back: see payment.complete_payment.
    """
    due = Order.objects.filter(state=OrderState.AWAITING_PAYMENT, group__due_at__lte=at)
    locked = due.select_for_update(of=("self",), no_key=True, skip_locked=True)
    batch = list(locked.order_by("pk")[:limit])
    lines = OrderLine.objects.filter(order__in=[order.pk for order in batch])
    locks.variants(variant_ids=lines.values_list("variant_id", flat=True))
    for order in batch:
        stock.release(ref=order.ref, at=at)
        moves.move(order=order, to=OrderState.EXPIRED, actor="system", at=at)
    return len(batch)
