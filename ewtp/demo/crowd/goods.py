"""What the crowd's shops offer: variations of the small world's goods, with its cleaned pictures.

Rows as listings.services.listing would leave them, written at once. No check has looked at them
(nothing is found and nothing is passed that nobody looked at): an edit asks for the first one.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.files.storage import default_storage

from ewtp.demo import world
from ewtp.demo.crowd.people import SORTS, CrowdShop
from ewtp.demo.crowd.plan import SEED
from ewtp.demo.world import Good
from marketplace.listings.models import (
    Category,
    Listing,
    ListingState,
    ListingVersion,
    Photo,
    Variant,
)
from marketplace.listings.queries import photo_file
from marketplace.listings.services import search
from marketplace.listings.services.photos import SIZES
from marketplace.outbox.models import Event, LogEntry
from marketplace.shops.models import Shop

CHOICES = (("Small", 80), ("Medium", 100), ("Large", 125))  # with a share of the price, per cent
_SORT_PERCENT = {
    "gift box": 115,
    "pack of two": 190,
    "pack of three": 270,
    "pair": 185,
    "small": 75,
    "large": 135,
    "workshop second": 70,
    "travel size": 40,
    "pocket size": 60,
}
_CHECKED = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class _Offer:
    """One listing to be: a good, made differently."""

    good: Good
    title: str
    percent: int
    photo: int
    leftover: int


def fill(
    crowd_shop: CrowdShop,
    number: int,
    shelf: tuple[int, ...],
    sold: Mapping[tuple[int, int, int], int],
    at: datetime,
) -> dict[str, int]:
    """Put a shop's listings on sale; `shelf` says how many choices each has.

    `sold` are the pieces that the year will ask for: what is left at its end is a shop's usual
    stock.
    """
    shop = Shop.objects.get(name=crowd_shop.shop.name)
    offers = _offers(crowd_shop, number, len(shelf))
    categories = _categories()
    listings = Listing.objects.bulk_create(
        Listing(
            shop=shop,
            category=categories[offer.good.category],
            title=offer.title,
            description=offer.good.description,
            state=ListingState.LIVE,
            content_version=1,
            checked_version=1,
            created_at=at,
            posted_at=at,
            published_at=at + _CHECKED,
        )
        for offer in offers
    )
    variants = Variant.objects.bulk_create(
        _variant(listing, offer, choice, count, sold.get((number, place, choice), 0))
        for place, (listing, offer, count) in enumerate(zip(listings, offers, shelf, strict=True))
        for choice in range(count)
    )
    photos = _share_photos(dict(zip(listings, offers, strict=True)), number, at)
    _keep_versions(listings, variants, photos, at)
    _write_down(listings, variants, shop, at)
    search.index(listing_ids=[listing.pk for listing in listings], at=at + _CHECKED)
    return {"listings": len(listings)}


def _offers(crowd_shop: CrowdShop, number: int, count: int) -> list[_Offer]:
    dice = random.Random(f"{SEED}:goods:{number}")  # noqa: S311 (made-up goods)
    made = [(good, sort) for good in crowd_shop.like for sort in SORTS[good.category]]
    dice.shuffle(made)
    return [
        _Offer(
            good,
            f"{good.title}, {sort}",
            dice.randrange(85, 120) * _SORT_PERCENT.get(sort, 100) // 100,
            dice.randrange(len(good.photos)),
            dice.choice((0, 1, 2, 4, 6, 9, 12, 15, 20, 30, 45)),
        )
        for good, sort in made[:count]
    ]


def _categories() -> dict[str, Category]:
    return {
        slug: Category.objects.get_or_create(slug=slug, defaults={"name": name})[0]
        for slug, name in world.CATEGORIES.items()
    }


def _variant(listing: Listing, offer: _Offer, choice: int, count: int, sold: int) -> Variant:
    name, percent = CHOICES[choice] if count > 1 else ("", 100)
    return Variant(
        listing=listing,
        name=name,
        price_minor=_round(offer.good.price_minor * offer.percent * percent // 10_000),
        on_hand=sold + offer.leftover,
    )


def _round(price_minor: int) -> int:
    """Return a price as shops write it: two figures and a half.

    >>> _round(6_382), _round(511)
    (6400, 510)
    """
    step = int(max(1, 5 * 10 ** (len(str(price_minor)) - 3)))
    return max(step, (price_minor + step // 2) // step * step)


def _share_photos(offers: Mapping[Listing, _Offer], number: int, at: datetime) -> list[Photo]:
    """Give each listing a picture of its good: rows and names of their own, one file on the disk.

    A link, where the storage is a folder: taking one name off leaves the other.
    """
    dice = random.Random(f"{SEED}:photos:{number}")  # noqa: S311 (names of files)
    titles = {offer.good.title for offer in offers.values()}
    cleaned: dict[str, list[Photo]] = {}
    kept = Photo.objects.filter(listing__title__in=titles).select_related("listing")
    for photo in kept.order_by("position", "pk"):
        cleaned.setdefault(photo.listing.title, []).append(photo)
    shared = []
    for listing, offer in offers.items():
        sources = cleaned[offer.good.title]
        source = sources[offer.photo % len(sources)]
        name = f"{dice.getrandbits(128):032x}"
        for size in SIZES:
            _link(photo_file(source.name, size), photo_file(name, size))
        shared.append(
            Photo(
                listing=listing,
                position=0,
                sha256=source.sha256,
                name=name,
                width=source.width,
                height=source.height,
                added_at=at,
            )
        )
    return Photo.objects.bulk_create(shared)


def _link(there: str, here: str) -> None:
    if default_storage.exists(here):  # from a batch that was stopped
        return
    try:
        path = default_storage.path(here)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.link(default_storage.path(there), path)
    except (NotImplementedError, OSError):  # no folder, or one that knows no links
        with default_storage.open(there) as file:
            default_storage.save(here, file)


def _keep_versions(
    listings: list[Listing], variants: list[Variant], photos: list[Photo], at: datetime
) -> None:
    choices: dict[int, list[str]] = {}
    for variant in variants:
        choices.setdefault(variant.listing_id, []).append(variant.name)
    ListingVersion.objects.bulk_create(
        ListingVersion(
            listing=listing,
            version=1,
            title=listing.title,
            description=listing.description,
            category_id=listing.category_id,
            photo_names=[photo.name],
            choice_names=choices[listing.pk],
            at=at,
        )
        for listing, photo in zip(listings, photos, strict=True)
    )


def _write_down(listings: list[Listing], variants: list[Variant], shop: Shop, at: datetime) -> None:
    """The facts and the audit trail; their jobs would be long done and forgotten."""
    Event.objects.bulk_create(
        Event(
            name=f"listing.{step}",
            subject=listing.ref,
            data={
                "shop_id": shop.pk,
                "listing_id": listing.pk,
                "content_version": 1,
                "state": str(state),
            },
            at=moment,
        )
        for step, state, moment in (
            ("posted", ListingState.PENDING, at),
            ("published", ListingState.LIVE, at + _CHECKED),
        )
        for listing in listings
    )
    LogEntry.objects.bulk_create([*_added(variants, at), *_moved(listings, shop, at)])


def _added(variants: list[Variant], at: datetime) -> Iterator[LogEntry]:
    for variant in variants:
        yield LogEntry(
            action="variant.added",
            actor="system",
            subject=variant.listing.ref,
            data={
                "variant_id": variant.pk,
                "price_minor": variant.price_minor,
                "on_hand": variant.on_hand,
            },
            at=at,
        )


def _moved(listings: list[Listing], shop: Shop, at: datetime) -> Iterator[LogEntry]:
    for before, after, actor, moment in (
        (ListingState.DRAFT, ListingState.PENDING, f"user:{shop.owner_id}", at),
        (ListingState.PENDING, ListingState.LIVE, "system", at + _CHECKED),
    ):
        for listing in listings:
            yield LogEntry(
                action="listing.moved",
                actor=actor,
                subject=listing.ref,
                data={"before": str(before), "after": str(after)},
                at=moment,
            )
