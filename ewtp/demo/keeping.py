"""What the demo's buyer keeps for later: goods on the wish list, a search with alerts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from ewtp.demo import world
from marketplace.accounts.models import User
from marketplace.listings.models import Listing
from marketplace.listings.services import wishes

_BUYER = "buyer@demo.example"
# The first goods of two shops.
_WISHED = tuple(shop.goods[0].title for shop in world.SHOPS[1:3])
_SEARCH = ("Baskets in stock", "q=basket&stock=1")


def told(now: datetime) -> Iterator[tuple[datetime, str, Callable[[datetime], None]]]:
    """Return when the buyer keeps what, with its key."""
    yield now - timedelta(hours=2), "keep:buyer", partial(_keep, _BUYER)


def _keep(email: str, at: datetime) -> None:
    buyer = User.objects.get(email=email)
    for listing in Listing.objects.live().filter(title__in=_WISHED).order_by("pk"):
        wishes.keep(user_id=buyer.pk, listing_id=listing.pk, at=at)
    name, query = _SEARCH
    wishes.save_search(user_id=buyer.pk, name=name, query=query, at=at)
