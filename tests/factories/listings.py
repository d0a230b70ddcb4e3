"""The smallest valid listing, in any state."""

import uuid
from itertools import count

from marketplace.listings.models import Category, Listing, ListingState, Photo, Variant
from marketplace.listings.services import search
from tests.factories import reasons
from tests.factories.shops import LONG_AGO, make_shop

NUMBERS = count(1)


def make_category(**fields):
    """A shelf."""
    number = next(NUMBERS)
    fields.setdefault("slug", f"shelf-{number}")
    fields.setdefault("name", f"Shelf {number}")
    return Category.objects.create(**fields)


def make_listing(*, shop=None, state=ListingState.LIVE, **fields):
    """A listing without variants or photos; on sale unless another state is asked for."""
    fields.setdefault("title", f"Basket {next(NUMBERS)}")
    fields.setdefault("category", fields.get("category") or make_category())
    fields.setdefault("created_at", LONG_AGO)
    if state != ListingState.DRAFT:
        fields.setdefault("posted_at", LONG_AGO)
    if state in (ListingState.LIVE, ListingState.WITHHELD):
        fields.setdefault("published_at", LONG_AGO)
        fields.setdefault("checked_version", fields.get("content_version", 1))
    return Listing.objects.create(shop=shop or make_shop(), state=state, **fields)


def make_variant(*, listing=None, **fields):
    """One choice at 12.50 with ten pieces on hand."""
    fields.setdefault("price_minor", 1250)
    fields.setdefault("on_hand", 10)
    variant = Variant.objects.create(listing=listing or make_listing(), **fields)
    seen(variant.listing)
    return variant


def make_photo(*, listing, **fields):
    """A photo row whose files do not exist."""
    fields.setdefault("position", listing.photos.count())
    fields.setdefault("sha256", uuid.uuid4().hex * 2)
    fields.setdefault("name", uuid.uuid4().hex)
    fields.setdefault("width", 1200)
    fields.setdefault("height", 900)
    photo = Photo.objects.create(listing=listing, added_at=LONG_AGO, **fields)
    seen(listing)
    return photo


def seen(listing):
    """Write the search row of a listing that came on sale without the services."""
    if listing.state == ListingState.LIVE:
        search.index(listing_ids=[listing.pk], at=LONG_AGO)


def make_ready_draft(*, shop=None, **fields):
    """A draft with a price and a photo: it can be posted."""
    listing = make_listing(shop=shop, state=ListingState.DRAFT, **fields)
    make_variant(listing=listing)
    make_photo(listing=listing)
    return listing


def make_statement(*, listing):
    """A statement of reasons to the listing's owner."""
    return reasons.make_statement(addressee_id=listing.shop.owner_id, subject=listing.ref)
