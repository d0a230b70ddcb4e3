"""What carriers say of parcels: told by web hook or asked for by clock, each scan stored once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.errors import BadInput, KeyReused
from marketplace.orders import rules
from marketplace.orders.models import Order, Shipment, TrackingEvent, TrackingStatus
from marketplace.orders.providers.carriers import Carrier, CarrierNews
from marketplace.orders.providers.sandbox_carrier import SandboxCarrier
from marketplace.orders.queries import parcels
from marketplace.orders.services import locks, news, shipment
from marketplace.outbox import services as outbox

ASK_JOB = "orders.ask_parcel"
# Web hooks get lost: each parcel under way is asked about four times a day, two months at most.
ASK_EVERY = timedelta(hours=6)
ASK_FOR = timedelta(days=60)
_AT_ONCE = datetime.fromtimestamp(0, UTC)  # also on a simulated clock
_TROUBLE = (TrackingStatus.FAILED, TrackingStatus.RETURNED)


def carrier() -> SandboxCarrier:
    """Return the carrier in use; its events come back to `receive`."""
    return SandboxCarrier(tell=lambda told, at: receive(told=told, at=at))


@transaction.atomic
def receive(*, told: CarrierNews, at: datetime) -> bool:
    """Store one scan of a parcel; False when it was known already. Any order, any number of times.

    When every parcel of a sent order is with the buyer, the order is delivered; a number that is
    also on a parcel to another buyer proves nothing. Trouble is told to both sides. Raises
    BadInput for an unknown parcel, status or a scan that lies ahead, KeyReused for a known id
    that comes with another parcel.
    """
    parcel_id, status = _parcel_id(told.key), _status(told.status)
    if told.happened_at > at + rules.CLOCK_SLACK:
        raise BadInput(_("This scan lies ahead."))
    order_id = Shipment.objects.filter(pk=parcel_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise BadInput(_("We know no such parcel."))
    order = locks.order_alone(order_id=order_id)
    parcel = Shipment.objects.select_for_update(no_key=True, of=("self",)).get(pk=parcel_id)
    if not _store(parcel, told, status, at):
        return False
    if status in _TROUBLE:
        news.parcel_trouble(order=order, parcel=parcel, status=status, at=at)
    _note_delivery(order, parcel, at)
    return True


def _store(parcel: Shipment, told: CarrierNews, status: TrackingStatus, at: datetime) -> bool:
    event, is_new = TrackingEvent.objects.get_or_create(
        event_id=told.event_id,
        defaults={
            "shipment": parcel,
            "status": status,
            "place": told.place[:80],
            "happened_at": told.happened_at,
            "received_at": at,
        },
    )
    if (event.shipment_id, event.status) != (parcel.pk, status):
        raise KeyReused(_("This scan was told before, of another parcel."))
    return is_new


def _note_delivery(order: Order, parcel: Shipment, at: datetime) -> None:
    """Worked out anew from all scans, so that their order does not matter."""
    told = parcel.events.values_list("status", "happened_at")
    delivered_at = rules.delivered_at(told, shipped_at=parcel.shipped_at, paid_at=order.paid_at)
    if (
        parcel.delivered_at is None
        and delivered_at
        and parcels.is_used_twice(parcel, within=ASK_FOR)
    ):
        news.number_used_twice(order=order, parcel=parcel, at=at)
    elif delivered_at != parcel.delivered_at:
        parcel.delivered_at, parcel.ask_at = delivered_at, None
        parcel.save(update_fields=["delivered_at", "ask_at"])
        shipment.arrive(order=order, at=at)


@transaction.atomic
def ask_due(*, at: datetime, limit: int = 200) -> int:
    """The clock: queue a question about each parcel that is due, a batch; return how many."""
    due = Shipment.objects.filter(ask_at__lte=at).order_by("ask_at", "pk")
    batch = list(due.select_for_update(no_key=True, of=("self",), skip_locked=True)[:limit])
    for parcel in batch:
        asked_at = parcel.ask_at or at
        outbox.enqueue(
            kind=ASK_JOB,
            key=f"{ASK_JOB}:{parcel.pk}:{asked_at.isoformat()}",
            payload={"shipment_id": parcel.pk, "at": at.isoformat()},
            run_at=_AT_ONCE,
            queue="bulk",
        )
        parcel.ask_at = at + ASK_EVERY if at < parcel.shipped_at + ASK_FOR else None
    Shipment.objects.bulk_update(batch, ["ask_at"])
    return len(batch)


def ask(*, shipment_id: int, at: datetime) -> list[CarrierNews]:
    """Ask the carrier what it knows of a parcel, and to tell us more. Outside any transaction."""
    parcel = Shipment.objects.get(pk=shipment_id)
    port: Carrier = carrier()
    return list(port.follow(key=parcel.ref, tracking=parcel.tracking, at=at))


@transaction.atomic
def heard(*, told: Sequence[CarrierNews], at: datetime) -> int:
    """Store the answer to `ask`; return how much of it was new. Safe to repeat."""
    return sum(receive(told=one, at=at) for one in told)


def reconcile(*, since: datetime, at: datetime) -> list[str]:
    """Compare the carrier's book with our scans of parcels sent since; return what differs."""
    port: Carrier = carrier()
    told = [one for one in port.book(since=since) if one.happened_at <= at]
    return parcels.differences(told, since=since)


def _parcel_id(key: str) -> int:
    word, _colon, number = key.partition(":")
    if word != "shipment" or not number.isascii() or not number.isdecimal() or len(number) > 18:
        raise BadInput(_("We know no such parcel."))
    return int(number)


def _status(word: str) -> TrackingStatus:
    if word not in TrackingStatus.values:
        raise BadInput(_("We know no such state of a parcel."))
    return TrackingStatus(word)
