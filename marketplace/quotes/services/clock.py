"""The clock: quotes and requests whose time ran out, accepted quotes that nobody paid."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from marketplace.errors import MarketplaceError
from marketplace.orders.models import OrderState
from marketplace.outbox import services as outbox
from marketplace.quotes.models import Quote, QuoteRequest, QuoteState, RequestState
from marketplace.quotes.services import accepting, news, steps

# An order is paid within days or never; older ones need no look.
LOOK_BACK = timedelta(days=60)
CLOCK = "system"
logger = logging.getLogger(__name__)


def apply_due(*, at: datetime, limit: int = 100) -> int:
    """Apply what the time has brought, a batch of each kind at most; return the largest.

    Each row is moved on in a transaction of its own, so that no lock is kept for long. One that
    cannot is told to the log, not counted, and tried again at the next beat.
    """
    return max(
        _each(_due_quotes(at, limit), _expire_quote, at),
        _each(_due_requests(at, limit), _expire_request, at),
        _each(_unpaid(at, limit), _lapse, at),
        _each(_paid_late(at, limit), _accept_after_all, at),
    )


def _each(ids: list[int], act: Callable[[int, datetime], None], at: datetime) -> int:
    done = 0
    for one in ids:
        try:
            with transaction.atomic():
                act(one, at)
        except (MarketplaceError, IntegrityError):
            logger.exception("the clock could not move on %s: %s", one, act.__name__)
        else:
            done += 1
    return done


def _due_quotes(at: datetime, limit: int) -> list[int]:
    due = Quote.objects.filter(state=QuoteState.SENT, due_at__lte=at).order_by("due_at", "pk")
    return list(due.values_list("pk", flat=True)[:limit])


def _due_requests(at: datetime, limit: int) -> list[int]:
    due = QuoteRequest.objects.filter(state=RequestState.OPEN, due_at__lte=at)
    return list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:limit])


def _unpaid(at: datetime, limit: int) -> list[int]:
    over = Quote.objects.filter(
        state=QuoteState.ACCEPTED,
        order__state__in=[OrderState.EXPIRED, OrderState.CANCELLED],
        order__paid_at=None,
        order__placed_at__gt=at - LOOK_BACK,
    )
    return list(over.order_by("pk").values_list("pk", flat=True)[:limit])


def _paid_late(at: datetime, limit: int) -> list[int]:
    # A request has one accepted quote; a second order that was paid stands as an order alone.
    chosen = Quote.objects.filter(request=OuterRef("request"), state=QuoteState.ACCEPTED)
    paid = Quote.objects.filter(
        state=QuoteState.LAPSED,
        order__paid_at__isnull=False,
        order__placed_at__gt=at - LOOK_BACK,
    ).exclude(Exists(chosen))
    return list(paid.order_by("pk").values_list("pk", flat=True)[:limit])


def _expire_quote(quote_id: int, at: datetime) -> None:
    quote = steps.locked_quote(quote_id=quote_id)
    if quote.state != QuoteState.SENT or quote.due_at > at:
        return  # somebody acted between the look and the lock
    steps.move(quote=quote, to=QuoteState.EXPIRED)
    steps.emit(quote=quote, what="expired", actor=CLOCK, at=at)
    news.expired(quote=quote, at=at)


def _expire_request(request_id: int, at: datetime) -> None:
    request = steps.locked_request(request_id=request_id)
    if request.state != RequestState.OPEN or request.due_at > at:
        return
    steps.move_request(request=request, to=RequestState.EXPIRED, at=at)
    data: dict[str, object] = {"request_id": request.pk}
    outbox.emit("quote.request_expired", subject=request.ref, data=data, at=at)
    news.request_over(request=request, at=at)


def _lapse(quote_id: int, at: datetime) -> None:
    """The order was not paid: the request is open again, and the shop may quote anew."""
    quote = accepting.lock_all(quote_id=quote_id)
    if quote.state != QuoteState.ACCEPTED:
        return
    steps.move(quote=quote, to=QuoteState.LAPSED)
    again = RequestState.OPEN if quote.request.due_at > at else RequestState.EXPIRED
    steps.move_request(request=quote.request, to=again, at=at)
    steps.emit(quote=quote, what="lapsed", actor=CLOCK, order_id=quote.order_id, at=at)
    news.lapsed(quote=quote, at=at)


def _accept_after_all(quote_id: int, at: datetime) -> None:
    """The money came late and the order stands: so does the acceptance."""
    quote = accepting.lock_all(quote_id=quote_id)
    if quote.state != QuoteState.LAPSED:
        return
    if quote.request.quotes.filter(state=QuoteState.ACCEPTED).exists():
        return
    steps.move(quote=quote, to=QuoteState.ACCEPTED)
    if quote.request.state != RequestState.CLOSED:
        steps.move_request(request=quote.request, to=RequestState.ACCEPTED, at=at)
    accepting.decline_others(request=quote.request, chosen=quote, actor=CLOCK, at=at)
