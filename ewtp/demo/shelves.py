"""The demo's shops fill their shelves: drafts, photos and offers, through the services."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from django.db import connection

from ewtp.demo import photos as files
from ewtp.demo import world
from ewtp.demo.world import DemoShop, Good
from marketplace.accounts.models import User
from marketplace.listings.models import Category, Listing, ListingState
from marketplace.listings.services import listing as listings
from marketplace.listings.services import photos
from marketplace.shops.models import Shop

PHOTOGRAPHERS = 2  # as many as one process cleans at once


def fill(shop: DemoShop, goods: Sequence[Good], at: datetime) -> None:
    """Prepare drafts with their photos; cleaning a photo is slow, so two people do it."""
    for good in goods:
        _draft(shop, good, at)
    with ThreadPoolExecutor(PHOTOGRAPHERS) as people:
        list(people.map(lambda good: _photograph(good, at), goods))


def _photograph(good: Good, at: datetime) -> None:
    try:
        _add_photos(good, at)
    finally:
        connection.close()  # this thread's own


def offer(shop: DemoShop, goods: Sequence[Good], at: datetime) -> None:
    """Post goods of a shop, with their photos. Safe to repeat."""
    for good in goods:
        listing = _draft(shop, good, at)
        _add_photos(good, at)
        if listing.state == ListingState.DRAFT:
            listings.post(listing_id=listing.pk, by_id=_owner_id(shop), at=at)


def _draft(shop: DemoShop, good: Good, at: datetime) -> Listing:
    known = Listing.objects.filter(title=good.title).first()
    if known is not None:
        return known
    category, _made = Category.objects.get_or_create(
        slug=good.category, defaults={"name": world.CATEGORIES[good.category]}
    )
    listing = listings.create_draft(
        shop_id=Shop.objects.get(name=shop.name).pk,
        by_id=_owner_id(shop),
        category_id=category.pk,
        title=good.title,
        description=good.description,
        at=at,
    )
    listings.add_variant(
        listing_id=listing.pk, name="", price_minor=good.price_minor, on_hand=good.stock, at=at
    )
    return listing


def _add_photos(good: Good, at: datetime) -> None:
    listing_id = Listing.objects.values_list("pk", flat=True).get(title=good.title)
    for data in photos_of(good.title):
        photos.add_photo(listing_id=listing_id, data=data, at=at)


def photos_of(title: str) -> list[bytes]:
    """Return a good's pictures, the card's first; a copycat's are somebody else's."""
    original = world.COPIED_GOODS.get(title)
    if original is not None:
        return [files.stolen(_BY_TITLE[original].photos[0])]
    return [files.photo(name) for name in _BY_TITLE[title].photos]


def _owner_id(shop: DemoShop) -> int:
    return User.objects.get(email=shop.owner.mail).pk


_BY_TITLE = {good.title: good for shop in world.SHOPS for good in shop.goods}
