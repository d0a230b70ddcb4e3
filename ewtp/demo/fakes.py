"""A question about a photo that waits for its seller, and a document that waits for staff."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from antifake.cases.services import documents
from antifake.references.models import Brand
from ewtp.demo import photos as files
from ewtp.demo import world
from marketplace.listings.models import Category, Listing
from marketplace.listings.services import listing as listings
from marketplace.listings.services import photos
from marketplace.shops.models import Shop

# An honest shop that borrowed the coffee shop's picture of the baskets it buys there.
_TITLE = "Toy basket, woven sisal"
_WORDS = "Big enough for the train and the ark. Woven by the coffee growers at Lake Kivu."
_BORROWED = "basket-1"
_LETTER = b"%PDF-1.4\n% A letter of Nordvik Strikk to Barro de Oaxaca.\n%%EOF\n"
_LETTER_WORDS = "Nordvik Strikk lets us sell bowls beside their jumpers, see the second page."


def told(now: datetime) -> Iterator[tuple[datetime, str, Callable[[datetime], None]]]:
    """Return what happened when, each with its key."""
    yield now - timedelta(days=2), "photo:borrowed", _borrow
    yield now - timedelta(hours=20), "document:nordvik", _send_letter


def _borrow(at: datetime) -> None:
    if Listing.objects.filter(title=_TITLE).exists():
        return
    shop = Shop.objects.get(name=world.BRAND_SHOP)
    listing = listings.create_draft(
        shop_id=shop.pk,
        by_id=shop.owner_id,
        category_id=Category.objects.get(slug="home").pk,
        title=_TITLE,
        description=_WORDS,
        at=at,
    )
    listings.add_variant(listing_id=listing.pk, name="", price_minor=2400, on_hand=6, at=at)
    photos.add_photo(listing_id=listing.pk, data=files.stolen(_BORROWED), at=at)
    listings.post(listing_id=listing.pk, by_id=shop.owner_id, at=at)


def _send_letter(at: datetime) -> None:
    shop = Shop.objects.get(name=world.ACCUSED)
    documents.send_claim(
        shop_id=shop.pk,
        brand_id=Brand.objects.get(name=world.BRANDS[1][0]).pk,
        by_id=shop.owner_id,
        words=_LETTER_WORDS,
        upload=_LETTER,
        at=at,
    )
