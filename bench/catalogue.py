"""A catalogue of made-up goods that knows what each of its listings is, for benches of finding.

    from bench import catalogue
    items = catalogue.items(100_000)
    catalogue.write(items, at=now)

Goods, materials, colours, ways of making, places and uses in five languages, each with its share
of the market; a few words are common and most are rare, as in a real market, and every workshop
has a name of its own in its titles. An item keeps the attributes that made it, so that a judge
can say what is relevant before any engine is asked. Imports nothing of the search it is used for.
"""

from __future__ import annotations

import math
import random
import sys
import time
import tomllib
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

SEED = 20_261_122
GOODS_A_SHOP = 25
BATCH = 2_000
# Where shops of a language are, and what they are paid in.
COUNTRIES = {
    "en": (("GB", "GBP"), ("IN", "INR"), ("US", "USD"), ("IE", "EUR")),
    "es": (("ES", "EUR"), ("MX", "MXN"), ("PE", "PEN")),
    "zh": (("CN", "CNY"), ("TW", "TWD")),
    "ar": (("MA", "MAD"), ("EG", "EGP"), ("JO", "JOD")),
    "sw": (("KE", "KES"), ("TZ", "TZS")),
}
SHELVES = {
    "home": "Home",
    "kitchen": "Kitchen",
    "clothing": "Clothing",
    "textiles": "Textiles",
    "jewellery": "Jewellery",
    "paper": "Paper",
    "toys": "Toys",
    "music": "Music",
    "care": "Care",
}
STANDINGS = ("new", "new", "steady", "steady", "trusted", "watched")
KINDS = {
    "material": "materials",
    "colour": "colours",
    "way": "ways",
    "praise": "praise",
    "use": "uses",
    "place": "places",
}
_BEGINS = ("ka", "lo", "mi", "ra", "te", "so", "vu", "ne", "za", "bi", "do", "fa", "gu", "he", "ja")
_ENDS = ("ndra", "vel", "mora", "lin", "tesh", "rona", "kiri", "dalo", "bram", "sunt", "pash")


@dataclass(frozen=True, slots=True)
class Item:
    """One listing. `attributes` are (kind, word) in the language's first form."""

    number: int
    shop: int
    language: str
    title: str
    description: str
    attributes: frozenset[tuple[str, str]]
    shelf: str
    price: int
    stock: int
    age_days: float


@cache
def words() -> dict[str, dict[str, Any]]:
    """Return the word lists of each language."""
    path = Path(__file__).with_name("catalogue_words.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def forms(language: str) -> dict[str, tuple[str, ...]]:
    """Return each good of a language with all its forms, by its first."""
    lines = (line.split(":")[0].split("/") for line in words()[language]["goods"])
    return {line[0]: tuple(line) for line in lines}


def items(count: int, *, seed: int = SEED) -> Iterator[Item]:
    """Make the goods, always the same for a count and a seed."""
    languages = list(words())
    shares = [words()[language]["share"] for language in languages]
    dice = random.Random(seed)
    shops = max(1, count // GOODS_A_SHOP)
    tongues = dice.choices(languages, shares, k=shops)
    for number in range(count):
        shop = min(int(shops * dice.random() ** 1.3), shops - 1)  # some shops are larger
        yield _item(number, shop, tongues[shop], dice)


def _item(number: int, shop: int, language: str, dice: random.Random) -> Item:
    lists = words()[language]
    line = _some(lists["goods"], dice, 0.5)
    names, shelf = line.split(":")
    many = names.split("/")
    chosen = {kind: _some(lists[key], dice, 0.9) for kind, key in KINDS.items()}
    title = dice.choice(lists["title"])
    text = dice.choice(lists["text"])
    told = title + text
    said = {**chosen, "good": dice.choice(many), "name": _name(shop)}
    attributes = {(kind, word) for kind, word in chosen.items() if f"{{{kind}}}" in told}
    filled = title.format(**said)
    return Item(
        number=number,
        shop=shop,
        language=language,
        title=filled[:1].upper() + filled[1:],
        description=text.format(**said),
        attributes=frozenset({*attributes, ("good", many[0])}),
        shelf=shelf,
        price=round(math.exp(dice.gauss(3.2, 0.9))) + 1,
        stock=0 if dice.random() < 0.08 else dice.randrange(1, 60),
        age_days=dice.random() ** 2 * 900,
    )


def _some(words_: Sequence[str], dice: random.Random, skew: float) -> str:
    """Choose a word; those that stand first are commoner (Zipf's law, softened by `skew`)."""
    return dice.choices(words_, _weights(len(words_), skew))[0]


@cache
def _weights(count: int, skew: float) -> tuple[float, ...]:
    return tuple(1 / (place + 1) ** skew for place in range(count))


def _name(shop: int) -> str:
    """Return the name of a workshop; the catalogue's own rare word."""
    dice = random.Random(f"name {shop}")
    return (dice.choice(_BEGINS) + dice.choice(_BEGINS) + dice.choice(_ENDS)).capitalize()


# Into the database -----------------------------------------------------------------------
def write(goods: Iterable[Item], *, count: int, at: datetime, quiet: bool = False) -> list[int]:
    """Write the goods as they would be on sale; return the listings' ids in their order.

    Nothing is indexed here. Needs an empty market.
    """
    from django.db import transaction

    owner = _owner(at)
    shelves = _shelves()
    shops: dict[int, Any] = {}
    ids: list[int] = []
    begun = time.perf_counter()
    source = iter(goods)
    while batch := list(islice(source, BATCH)):
        with transaction.atomic():
            _open_shops(batch, shops, owner, at)
            ids += _write_batch(batch, shops, shelves, at)
        if not quiet:
            _show(len(ids), count, begun)
    if not quiet:
        sys.stderr.write("\n")
    return ids


def _owner(at: datetime) -> Any:
    from marketplace.accounts.models import User

    return User.objects.create_user(email=f"catalogue-{at:%H%M%S%f}@example.org")


def _shelves() -> dict[str, Any]:
    from marketplace.listings.models import Category

    return {
        slug: Category.objects.get_or_create(slug=slug, defaults={"name": name})[0]
        for slug, name in SHELVES.items()
    }


def _open_shops(batch: Sequence[Item], shops: dict[int, Any], owner: Any, at: datetime) -> None:
    from marketplace.shops.models import Shop

    new = {item.shop: item.language for item in batch if item.shop not in shops}
    made = []
    for number, language in sorted(new.items()):
        dice = random.Random(f"shop {number}")
        country, currency = dice.choice(COUNTRIES[language])
        since = at - timedelta(days=dice.randrange(5, 1500))
        made.append(
            Shop(
                owner=owner,
                name=f"{_name(number)} {number}",
                slug=f"{_name(number).lower()}-{number}",
                country=country,
                currency=currency,
                state="approved",
                standing=dice.choice(STANDINGS),
                applied_at=since,
                decided_at=since,
            )
        )
    shops.update(zip(sorted(new), Shop.objects.bulk_create(made), strict=True))


def _write_batch(
    batch: Sequence[Item], shops: dict[int, Any], shelves: dict[str, Any], at: datetime
) -> list[int]:
    from marketplace.listings.models import Listing, Photo, Variant

    listings = Listing.objects.bulk_create(
        Listing(
            shop=shops[item.shop],
            category=shelves[item.shelf],
            title=item.title[:120],
            description=item.description,
            state="live",
            content_version=1,
            checked_version=1,
            created_at=at - timedelta(days=item.age_days + 1),
            posted_at=at - timedelta(days=item.age_days + 1),
            published_at=at - timedelta(days=item.age_days),
        )
        for item in batch
    )
    Variant.objects.bulk_create(
        Variant(listing=listing, price_minor=item.price * 100, on_hand=item.stock)
        for listing, item in zip(listings, batch, strict=True)
    )
    Photo.objects.bulk_create(
        Photo(
            listing=listing,
            position=0,
            sha256=uuid.UUID(int=item.number).hex * 2,
            name=uuid.uuid5(uuid.NAMESPACE_OID, f"{listing.pk}").hex,
            width=1200,
            height=900,
            added_at=at,
        )
        for listing, item in zip(listings, batch, strict=True)
    )
    return [listing.pk for listing in listings]


def _show(done: int, count: int, begun: float) -> None:
    part = done / max(count, 1)
    rate = done / max(time.perf_counter() - begun, 0.001)
    bar = "#" * round(30 * part)
    sys.stderr.write(f"\r[{bar:<30}] {done:,}/{count:,} listings, {rate:,.0f}/s ")
    sys.stderr.flush()
