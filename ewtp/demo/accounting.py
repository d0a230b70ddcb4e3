"""What the public page counts and an authority asked for: held goods, let go; one bundle."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from antifake.cases.models import Case
from antifake.transparency import services as transparency
from ewtp.demo import world
from marketplace.accounts.models import User
from marketplace.listings.models import Listing, ListingState
from marketplace.trust import services as trust

_FORM = uuid.UUID("0d4f6a2c-62b0-4f51-8a5c-2f6f8a1c7e33")
# Fewer people than five are not counted in public.
HELD = 7


def told(now: datetime) -> Iterator[tuple[datetime, str, Callable[[datetime], None]]]:
    """Yield what happened when, each with its key."""
    held = now - timedelta(days=9)
    yield held, "accounting:held", _hold
    yield held + timedelta(hours=5), "accounting:let_go", _let_go
    yield now - timedelta(days=2), "accounting:bundle", partial(_bundle, world.FAKE_GOOD)


def _held() -> list[Listing]:
    """One good of each shop that nobody ever accused, the last shops first."""
    names = [shop.name for shop in world.SHOPS if shop.name != world.ACCUSED]
    goods = Listing.objects.filter(shop__name__in=names).exclude(title=world.FAKE_GOOD)
    firsts = goods.filter(state__in=[ListingState.LIVE, ListingState.WITHHELD])
    found = firsts.order_by("-shop_id", "pk").distinct("shop_id")
    return list(found[:HELD])


def _hold(at: datetime) -> None:
    for listing in _held():
        trust.hold(
            listing_id=listing.pk,
            source="sample:1",
            facts="The photos of these goods were drawn for a sample.",
            explanation="Goods in a sample are kept from view until a person has looked.",
            at=at,
        )


def _let_go(at: datetime) -> None:
    for listing in _held():
        trust.lift_hold(listing_id=listing.pk, source="sample:1", at=at)


def _bundle(title: str, at: datetime) -> None:
    case = Case.objects.filter(listing__title=title).first()
    if case is None:
        return
    transparency.make_bundle(
        key=_FORM,
        case_id=case.pk,
        authority="Customs investigation office, Hamburg",
        reference="ZFA 12/26",
        ground="Order under art. 10 of the EU Digital Services Act",
        by_id=User.objects.get(email=world.STAFF.mail).pk,
        at=at,
    )
