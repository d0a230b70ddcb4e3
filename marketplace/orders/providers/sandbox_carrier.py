"""A carrier to play with. It keeps its own book and knows nothing of our orders.

The number of a parcel decides its journey. SB-OK arrives after two days · SB-NOW within three
minutes · SB-CUSTOMS waits at a border · SB-FAIL is delivered at the second try · SB-BACK goes
back to its sender. The others travel like SB-OK: SB-REPEAT tells each scan three times ·
SB-MIXED tells the last scan first · SB-LATE tells three days late · SB-SILENT never tells, one
has to ask. Whatever follows the word is free ("SB-OK-77"); other numbers it does not know.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from marketplace.orders.models import SandboxParcel, SandboxScan, TrackingStatus
from marketplace.orders.providers.carriers import CarrierNews

OK, NOW, CUSTOMS, FAIL, BACK = "SB-OK", "SB-NOW", "SB-CUSTOMS", "SB-FAIL", "SB-BACK"
REPEAT, MIXED, LATE, SILENT = "SB-REPEAT", "SB-MIXED", "SB-LATE", "SB-SILENT"
LATENESS = timedelta(days=3)
_REPEATS = 3
_Leg = tuple[TrackingStatus, timedelta, str]
_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)


def _journey(unit: timedelta, *legs: tuple[TrackingStatus, int, str]) -> list[_Leg]:
    return [(status, unit * count, place) for status, count, place in legs]


_USUAL = _journey(
    _HOUR,
    (TrackingStatus.ACCEPTED, 0, "Counter"),
    (TrackingStatus.ON_THE_WAY, 12, "Sorting centre"),
    (TrackingStatus.OUT, 44, "Town"),
    (TrackingStatus.DELIVERED, 48, "Door"),
)
_JOURNEYS = {
    **dict.fromkeys((OK, REPEAT, MIXED, LATE, SILENT), _USUAL),
    NOW: _journey(
        _MINUTE,
        (TrackingStatus.ACCEPTED, 0, "Counter"),
        (TrackingStatus.OUT, 1, "Town"),
        (TrackingStatus.DELIVERED, 3, "Door"),
    ),
    CUSTOMS: _journey(
        _HOUR,
        (TrackingStatus.ACCEPTED, 0, "Counter"),
        (TrackingStatus.AT_CUSTOMS, 48, "Border"),
        (TrackingStatus.ON_THE_WAY, 120, "Sorting centre"),
        (TrackingStatus.DELIVERED, 168, "Door"),
    ),
    FAIL: _journey(
        _HOUR,
        (TrackingStatus.ACCEPTED, 0, "Counter"),
        (TrackingStatus.FAILED, 48, "Door"),
        (TrackingStatus.OUT, 70, "Town"),
        (TrackingStatus.DELIVERED, 72, "Door"),
    ),
    BACK: _journey(
        _HOUR,
        (TrackingStatus.ACCEPTED, 0, "Counter"),
        (TrackingStatus.FAILED, 48, "Door"),
        (TrackingStatus.RETURNED, 72, "Sorting centre"),
    ),
}


class SandboxCarrier:
    """The sandbox adapter. `tell` receives its events, as a web hook would."""

    def __init__(self, tell: Callable[[CarrierNews, datetime], object]) -> None:
        self._tell = tell

    def follow(self, *, key: str, tracking: str, at: datetime) -> list[CarrierNews]:
        """Book a parcel whose number this carrier knows, once; return its scans until now."""
        word = _behaviour(tracking)
        if word:
            self._book(key=key, tracking=tracking, word=word, at=at)
        known = SandboxScan.objects.filter(parcel__key=key, happened_at__lte=at)
        return [self.news_of(scan) for scan in known.select_related("parcel")]

    def book(self, *, since: datetime) -> list[CarrierNews]:
        """Return the book's scans since a moment, also those that lie ahead."""
        scans = SandboxScan.objects.filter(parcel__booked_at__gte=since).select_related("parcel")
        return [self.news_of(scan) for scan in scans]

    def send_due(self, *, at: datetime) -> int:
        """Tell every scan that happened and is still to be told; return how many went out."""
        owed = SandboxScan.objects.filter(events_due__gt=0, tell_at__lte=at)
        sent = 0
        for scan in owed.select_related("parcel").order_by("tell_at", "pk"):
            for _turn in range(scan.events_due):
                self.send(scan, at)
                sent += 1
        return sent

    def send(self, scan: SandboxScan, at: datetime) -> None:
        """Tell one scan once; its id is the same each time, as with real ones."""
        self._tell(self.news_of(scan), at)
        SandboxScan.objects.filter(pk=scan.pk, events_due__gt=0).update(
            events_due=F("events_due") - 1
        )

    def news_of(self, scan: SandboxScan) -> CarrierNews:
        """Return the event that tells about a scan."""
        return CarrierNews(
            event_id=scan.event_id,
            key=scan.parcel.key,
            status=scan.status,
            place=scan.place,
            happened_at=scan.happened_at,
        )

    def _book(self, *, key: str, tracking: str, word: str, at: datetime) -> None:
        with transaction.atomic():
            parcel, first = SandboxParcel.objects.get_or_create(
                key=key, defaults={"tracking": tracking, "booked_at": at}
            )
            if first:
                SandboxScan.objects.bulk_create(_scans(parcel, word))


def _behaviour(tracking: str) -> str:
    """Return the word a number begins with; empty for a number that is not this carrier's."""
    shown = tracking.upper()
    return next((word for word in _JOURNEYS if shown == word or shown.startswith(f"{word}-")), "")


def _scans(parcel: SandboxParcel, word: str) -> Iterator[SandboxScan]:
    legs = _JOURNEYS[word]
    last = parcel.booked_at + legs[-1][1]
    for place_in_row, (status, after, place) in enumerate(legs):
        happened_at = parcel.booked_at + after
        tell_at = happened_at + LATENESS if word == LATE else happened_at
        if word == MIXED:
            tell_at = last + timedelta(seconds=len(legs) - 1 - place_in_row)
        number = hashlib.sha256(f"{parcel.key}:{place_in_row}".encode()).hexdigest()[:24]
        yield SandboxScan(
            parcel=parcel,
            event_id=f"scan_{number}",
            status=status,
            place=place,
            happened_at=happened_at,
            tell_at=tell_at,
            events_due={REPEAT: _REPEATS, SILENT: 0}.get(word, 1),
        )
