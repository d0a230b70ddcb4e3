"""Reads of parcels: what is in each, where it is, and whether the carrier's book agrees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Value
from django.utils.translation import gettext as _

from marketplace.orders.models import Order, Shipment, TrackingEvent, TrackingStatus
from marketplace.orders.models.parcels import plain_number
from marketplace.orders.providers.carriers import CarrierNews

# With these an order's parcels are read in three queries, however many there are.
CONTENTS = ("shipments__lines__line", "shipments__events")
TROUBLE = (TrackingStatus.FAILED, TrackingStatus.RETURNED)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel as both sides see it; `number` counts from 1 within its order."""

    number: int
    shipment: Shipment
    contents: list[tuple[int, str]]
    events: list[TrackingEvent]

    @property
    def name(self) -> str:
        """What the page calls it."""
        return _("Parcel %(number)s") % {"number": self.number}

    @property
    def words(self) -> str:
        """What is in it, in one line."""
        return ", ".join(f"{count} × {title}" for count, title in self.contents)

    @property
    def status(self) -> str:
        """The newest thing a carrier said of it, in words; empty when none did."""
        return str(self.events[-1].get_status_display()) if self.events else ""

    @property
    def is_in_trouble(self) -> bool:
        """Whether the newest scan says that it did not arrive or goes back."""
        return bool(self.events) and self.events[-1].status in TROUBLE


def parcels_of(order: Order) -> list[Parcel]:
    """Return an order's parcels, oldest first. Prefetch CONTENTS with the order."""
    return [
        Parcel(
            number=number,
            shipment=one,
            contents=[(part.quantity, part.line.title) for part in one.lines.all()],
            events=sorted(one.events.all(), key=lambda event: (event.happened_at, event.event_id)),
        )
        for number, one in enumerate(sorted(order.shipments.all(), key=lambda one: one.pk), 1)
    ]


def is_used_twice(parcel: Shipment, *, within: timedelta) -> bool:
    """Return whether a parcel to another buyer, sent about then, bears the same tracking number.

    The name of the carrier is free text of the shop, so it does not tell two numbers apart.
    """
    buyer_id = Order.objects.values_list("buyer_id", flat=True).get(pk=parcel.order_id)
    about = (parcel.shipped_at - within, parcel.shipped_at + within)
    same = Shipment.objects.alias(number=plain_number(F("tracking"))).exclude(tracking="")
    same = same.filter(number=plain_number(Value(parcel.tracking)), shipped_at__range=about)
    return bool(parcel.tracking) and same.exclude(order__buyer_id=buyer_id).exists()


def differences(told: Iterable[CarrierNews], *, since: datetime) -> list[str]:
    """Name what differs between a carrier's scans and ours of the parcels sent since a moment.

    An empty list means that both books agree. Scans still on their way to us are named too.
    """
    theirs = {one.event_id: (one.key, one.status) for one in told}
    events = TrackingEvent.objects.filter(shipment__shipped_at__gte=since)
    ours = {
        event_id: (f"shipment:{shipment_id}", status)
        for event_id, shipment_id, status in events.values_list("event_id", "shipment_id", "status")
    }
    found = [
        f"{key}: {eid} ({status}) is not here"
        for eid, (key, status) in theirs.items()
        if eid not in ours
    ]
    found += [
        f"{key}: {eid} ({status}) is not the carrier's"
        for eid, (key, status) in ours.items()
        if eid not in theirs
    ]
    found += [
        f"{key}: {eid} is {status} here, {theirs[eid]} there"
        for eid, (key, status) in ours.items()
        if eid in theirs and theirs[eid] != (key, status)
    ]
    return sorted(found)
