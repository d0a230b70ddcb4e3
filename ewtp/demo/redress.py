"""Goods that somebody reported, one bowl that passed an inspection, and one that waits for it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from antifake.inspections import services as inspections
from antifake.inspections.models import Inspection
from antifake.reports import services as reports
from ewtp.demo import photos, world
from marketplace.accounts.models import User
from marketplace.listings.models import Listing

_SPACE = uuid.UUID("2f6c1c1e-6f0d-4f0e-9a55-0c3f6d1f7a11")
_PASSED, _WAITS = world.SHOPS[0].goods[0], world.SHOPS[0].goods[1]
_REPORTED = world.SHOPS[2].goods[0]
_ASKED = "Please confirm that it is grown and made where we say, and that the pictures are ours."
_FOUND = (
    "One piece came sealed and whole. Make, weight and labels are as named, and it looks as in "
    "the pictures. The papers of origin were with it."
)
_SAID = "I have seen the same pictures in another shop, for half the price."


def told(now: datetime) -> Iterator[tuple[datetime, str, Callable[[datetime], None]]]:
    """Return what happened when, each with its key."""
    yield now - timedelta(days=16), "inspection:asked", lambda at: _ask(_PASSED.title, at)
    yield now - timedelta(days=9), "inspection:passed", _pass
    yield now - timedelta(days=2), "inspection:waits", lambda at: _ask(_WAITS.title, at)
    yield now - timedelta(hours=9), "report:visitor", lambda at: _report(None, "misleading", at)
    buyer = world.BUYERS[1].mail
    yield now - timedelta(hours=7), "report:buyer", lambda at: _report(buyer, "stolen_photo", at)


def _key(name: str) -> uuid.UUID:
    return uuid.uuid5(_SPACE, name)


def _ask(title: str, at: datetime) -> None:
    listing = Listing.objects.select_related("shop").get(title=title)
    inspections.ask(
        listing_id=listing.pk,
        by_id=listing.shop.owner_id,
        key=_key(f"ask {title}"),
        question=_ASKED,
        at=at,
    )


def _pass(at: datetime) -> None:
    row = Inspection.objects.get(listing__title=_PASSED.title)
    inspector = User.objects.get(email="inspector@demo.example")
    inspections.accept(inspection_id=row.pk, by_id=inspector.pk, at=at)
    for giver, taker, seal in (
        ("seller", "carrier", "RW-0417"),
        ("carrier", "inspector", "RW-0417"),
    ):
        inspections.hand_over(
            inspection_id=row.pk,
            by_id=inspector.pk,
            key=_key(f"hand {giver}"),
            giver=giver,
            taker=taker,
            seal_number=seal,
            words="",
            happened_at=at,
            at=at,
        )
    inspections.conclude(
        inspection_id=row.pk,
        by_id=inspector.pk,
        outcome="genuine",
        words=_FOUND,
        photos=[photos.photo(_PASSED.photos[0])],
        at=at + timedelta(hours=3),
    )


def _report(mail: str | None, reason: str, at: datetime) -> None:
    reports.report(
        listing_id=Listing.objects.get(title=_REPORTED.title).pk,
        reason=reason,
        text=_SAID,
        by_id=User.objects.get(email=mail).pk if mail else None,
        network="198.51.100.0/24",
        key=_key(f"report {mail}"),
        at=at,
    )
