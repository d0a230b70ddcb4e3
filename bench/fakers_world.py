"""Who sells on the simulated market, and what each of them lists. Seeded, and judged by nobody.

Honest kinds are in KINDS with their share of genuine listings. What most of an honest shop's
listings show are the shop's few own photos again and again, as on real markets.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from bench import catalogue
from bench import fakers_words as words
from bench.fakers_pictures import Pool, Shot

# Kind → share of genuine listings. What each does is in `_goods`.
KINDS = {
    "own photos": 0.29,
    "handicraft": 0.14,
    "second hand": 0.12,
    "licensed": 0.08,
    "accessories": 0.10,
    "shared stock photo": 0.09,
    "colourways": 0.06,
    "slips of the finger": 0.05,
    "low prices": 0.03,
    "resellers without a document": 0.01,
    "words like brands": 0.027,
    "second hand, holder's photo": 0.003,
}
SHELVES = tuple(words.GOODS)
USUAL_MINOR = {"shoes": 9000, "bags": 16000, "clothing": 7000, "watches": 22000}
LISTINGS_A_SHOP = 30
# Honest shops that sell new genuine goods of one to three brands and have no agreement to show:
# half of them opened lately, and one listing in ten shows the holder's photo.
RESELLERS = "resellers without a document"
RESELLERS_NEW, RESELLERS_HOLDERS_PHOTO = 0.5, 0.1
# The market is this old when the run begins, and open to new listings for so many hours.
BEGUN_DAYS, WEEKS_OPEN = 400, 6
HOURS_OPEN = WEEKS_OPEN * 7 * 24


@dataclass(frozen=True)
class Brand:
    """A protected name with its holder's photos."""

    brand_id: int
    name: str
    shelf: str
    references: tuple[str, ...]


@dataclass
class Shop:
    """An account. `keys` are what it gave to the market: payout account, phone, device."""

    shop_id: int
    name: str
    kind: str
    honest: bool
    opened_h: float
    verified: bool
    orders_a_day: float
    keys: frozenset[tuple[str, str]]
    authorised: frozenset[int] = frozenset()
    stocks: tuple[int, ...] = ()
    sources: list[str] = field(default_factory=list)
    closed: bool = False

    def age_days(self, now_h: float) -> int:
        """Return how old the account is."""
        return max(0, int((now_h - self.opened_h) / 24))

    def orders(self, now_h: float) -> int:
        """Return how many orders it has completed."""
        return int(self.age_days(now_h) * self.orders_a_day)


@dataclass
class Listing:
    """One offer. `truth` is what staff would see with the goods in hand."""

    listing_id: int
    shop: Shop
    title: str
    description: str
    shelf: str
    price_minor: int
    shots: tuple[Shot, ...]
    posted_h: float
    kind: str
    fake_of: Brand | None = None
    used: bool = False
    campaign: object | None = None
    adaptations: int = 0
    how: str = ""
    state: str = "new"
    live_h: float | None = None
    sold_h: float | None = None
    held_h: float | None = None
    gone_h: float | None = None

    @property
    def fake(self) -> bool:
        """Say whether it is a counterfeit."""
        return self.fake_of is not None


@dataclass
class World:
    """Brands, honest shops, and the numbers of everything."""

    dice: random.Random
    pool: Pool
    brands: list[Brand]
    shops: list[Shop] = field(default_factory=list)
    shop_ids: count[int] = field(default_factory=lambda: count(1))
    listing_ids: count[int] = field(default_factory=lambda: count(1))

    def open_shop(self, kind: str, *, honest: bool, opened_h: float, **more: object) -> Shop:
        """Open an account with keys of its own, unless they are given."""
        shop_id = next(self.shop_ids)
        facts: dict[str, object] = {
            "verified": self.dice.random() < 0.7,
            "orders_a_day": self.dice.choice((0.02, 0.1, 0.3, 1.0)),
            "keys": frozenset((one, f"{one}-{shop_id}") for one in ("payment", "phone", "device")),
            "name": f"{self.dice.choice(('Casa', 'Studio', 'Little', 'Old Town'))} {shop_id}",
        }
        facts |= more
        shop = Shop(shop_id=shop_id, kind=kind, honest=honest, opened_h=opened_h, **facts)  # type: ignore[arg-type]
        self.shops.append(shop)
        return shop


def found(pool: Pool, *, brands: int, each: int, seed: int) -> World:
    """Return a world with its brands and no shops yet."""
    dice = random.Random(seed)
    # The names that are words too are always among them.
    names = dice.sample(words.BRANDS[:-4], brands - 4) + list(words.BRANDS[-4:])
    made = [
        Brand(n + 1, name, SHELVES[n % len(SHELVES)], tuple(pool.references[n * each :][:each]))
        for n, name in enumerate(names)
    ]
    return World(dice, pool, made)


def honest(world: World, listings: int, titles: Sequence[str]) -> list[Listing]:
    """Open honest shops and return their listings, each with its hour.

    `titles` are real ones for plain goods; without them those of bench/catalogue.py are used.
    """
    plain = list(titles) or [item.title for item in catalogue.items(max(300, listings))]
    stock = list(world.pool.stock)
    found_: list[Listing] = []
    household: frozenset[tuple[str, str]] = frozenset()
    for kind, share in KINDS.items():
        left = round(listings * share)
        while left > 0:
            many = min(left, max(1, round(LISTINGS_A_SHOP * math.exp(world.dice.gauss(-0.5, 1)))))
            shop = _honest_shop(world, kind, stock)
            if household and world.dice.random() < 0.03:
                # Families share a phone or a payout account: no sign of anything.
                shop.keys = shop.keys | {world.dice.choice(sorted(household))}
            household = shop.keys
            found_ += [_honest_listing(world, shop, plain) for _ in range(many)]
            left -= many
    return found_


def _honest_shop(world: World, kind: str, stock: Sequence[str]) -> Shop:
    dice = world.dice
    is_new = dice.random() < (RESELLERS_NEW if kind == RESELLERS else 0.25)
    opened = dice.uniform(0, HOURS_OPEN * 0.7) if is_new else -24 * dice.uniform(60, BEGUN_DAYS)
    shop = world.open_shop(kind, honest=True, opened_h=opened)
    if kind == "licensed":
        brand = dice.choice(world.brands)
        shop.authorised = frozenset({brand.brand_id})
        shop.sources = list(brand.references)
    elif kind == "shared stock photo":
        shop.sources = dice.sample(list(stock), min(3, len(stock)))
    else:
        shop.sources = [world.pool.next_own() for _ in range(dice.choice((1, 2, 3, 4)))]
    if kind == RESELLERS:
        brands = dice.sample(world.brands, dice.choice((1, 2, 3)))
        shop.stocks = tuple(brand.brand_id for brand in brands)
    return shop


def _honest_listing(world: World, shop: Shop, plain: Sequence[str]) -> Listing:
    dice = world.dice
    shelf = dice.choice(SHELVES)
    brand = dice.choice(world.brands)
    listing = Listing(
        listing_id=next(world.listing_ids),
        shop=shop,
        title=dice.choice(plain),
        description=dice.choice(words.HONEST_SAYS),
        shelf=shelf,
        price_minor=_price(2500, 0.5, dice),
        shots=tuple(Shot(one) for one in dice.sample(shop.sources, _photos(shop, dice))),
        posted_h=dice.uniform(max(0.0, shop.opened_h), HOURS_OPEN),
        kind=shop.kind,
    )
    return _goods(world, listing, brand)


def _photos(shop: Shop, dice: random.Random) -> int:
    return min(len(shop.sources), dice.choice((1, 1, 2, 3)))


def _goods(world: World, listing: Listing, brand: Brand) -> Listing:
    dice, kind = world.dice, listing.kind
    if kind == "licensed":
        brand = next(b for b in world.brands if b.brand_id in listing.shop.authorised)
        return _of_brand(listing, brand, brand.name, 1.0, dice)
    if kind == RESELLERS:
        chosen = dice.choice(listing.shop.stocks)
        brand = next(b for b in world.brands if b.brand_id == chosen)
        sold = _of_brand(listing, brand, brand.name, dice.uniform(0.7, 1.0), dice)
        if dice.random() >= RESELLERS_HOLDERS_PHOTO:
            return sold
        return replace(sold, shots=(Shot(dice.choice(brand.references)), *sold.shots))
    if kind in ("second hand", "low prices"):
        share = 0.45 if kind == "second hand" else 0.2
        title = words.branded(brand.name, brand.shelf, dice)
        worn = dice.choice(words.USED) if kind == "second hand" else "clearance, no returns:"
        sold = _of_brand(listing, brand, brand.name, share, dice)
        return replace(sold, title=f"{worn} {title}", used=kind == "second hand")
    if kind == "second hand, holder's photo":
        sold = _of_brand(listing, brand, brand.name, 0.45, dice)
        title = f"{dice.choice(words.USED)} {sold.title}"
        shots = (Shot(dice.choice(brand.references)), *listing.shots)
        return replace(sold, title=title, used=True, shots=shots)
    if kind == "accessories":
        title = dice.choice(words.FITS).format(
            b=brand.name, g=dice.choice(words.GOODS[brand.shelf])
        )
        return replace(listing, title=title, shelf=brand.shelf, price_minor=_price(1200, 0.3, dice))
    if kind in ("shared stock photo", "colourways"):
        shots = listing.shots
        if kind == "colourways":
            shots = tuple(Shot(s.source, (("recoloured", dice.randrange(4)),)) for s in shots)
        return replace(listing, title=words.goods_title(listing.shelf, dice), shots=shots)
    if kind == "slips of the finger":
        return replace(listing, title=words.slip(listing.title, dice))
    if kind == "words like brands":
        return replace(
            listing, title=dice.choice(words.WORDS_TOO[dice.choice(list(words.WORDS_TOO))])
        )
    return listing


def _of_brand(
    listing: Listing, brand: Brand, said: str, share: float, dice: random.Random
) -> Listing:
    usual = USUAL_MINOR[brand.shelf] * share
    title = words.branded(said, brand.shelf, dice)
    return replace(listing, title=title, shelf=brand.shelf, price_minor=_price(usual, 0.2, dice))


def _price(usual: float, spread: float, dice: random.Random) -> int:
    return max(100, round(usual * math.exp(dice.gauss(0, spread)) / 50) * 50)
