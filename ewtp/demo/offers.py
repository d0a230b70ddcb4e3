"""How two shops of the demo send their goods, and what large orders save: through the services."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from ewtp.demo import world
from marketplace.shops.models import Shop
from marketplace.shops.rules import Sending
from marketplace.shops.services import shipping

_EAST_AFRICA = ("RW", "KE", "ET", "GH")
# Ways of sending by shop, in minor units of its currency.
WAYS = {
    world.SHOPS[0].name: (
        Sending("Post, by road", 4_000, 1_000, 60_000, 3, 8, countries=_EAST_AFRICA),
        Sending("Air mail", 9_000, 2_500, None, 8, 18),
        Sending("Courier", 24_000, 6_000, None, 3, 6, tracked=True, carrier="Rift Express"),
    ),
    world.SHOPS[1].name: (
        Sending("Parcel", 690, 150, 8_000, 2, 6, tracked=True, carrier="Rhein Post"),
        Sending("Express", 1_490, 300, None, 1, 3, tracked=True, carrier="Rhein Post"),
    ),
}
# Ten-thousandths off, from goods worth so much.
SAVES = {world.SHOPS[0].name: (1_000, 50_000), world.SHOPS[1].name: (500, 10_000)}


def told(now: datetime) -> Iterator[tuple[datetime, str, Callable[[datetime], None]]]:
    """Return when what is offered, each with its key."""
    for name in WAYS:
        yield now, f"ways:{name}", partial(_offer, name)


def _offer(name: str, at: datetime) -> None:
    shop = Shop.objects.get(name=name)
    for sending in WAYS[name]:
        shipping.add_method(shop_id=shop.pk, by_id=shop.owner_id, sending=sending, at=at)
    percent_bp, from_minor = SAVES[name]
    shipping.give_discount(
        shop_id=shop.pk, by_id=shop.owner_id, percent_bp=percent_bp, from_minor=from_minor, at=at
    )
