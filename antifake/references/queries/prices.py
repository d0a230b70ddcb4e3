"""What a listing asks for one piece, beside what its like costs on this market."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import Any, TypedDict, cast

from django.db.models import Case, IntegerField, Min, Q, QuerySet, Value, When
from django.db.models.functions import Least

from antifake.detectors.base import PriceView
from antifake.detectors.brand_name import is_lawful, is_second_hand
from antifake.detectors.brand_name_hits import hits
from antifake.detectors.brand_name_index import Index, index_of
from antifake.detectors.price import LEAST_LIKE
from antifake.detectors.text import words
from antifake.references.models import Brand
from marketplace.listings.models import Listing
from marketplace.prepared import Given, Prepared

# The newest are enough for a median; a shop with hundreds of listings is one voice among others.
LIKE_MOST = 100
OF_ONE_SHOP = 3
# What a buyer of a few pieces pays; more is bulk, which has its own prices.
FEW = 3
LEAST_SHOPS = 3
MAD_TO_SPREAD = 1.4826  # of a normal distribution
# "pack of 10", "10 pcs", "3 x", "set of 4", "10er pack": how many pieces one price buys.
_PACKS = re.compile(
    r"\b(?:pack|packs|set|lot|box|pair|bundle|lote|juego|satz|paket) (?:of |de |von )?(\d{1,4})\b"
    r"|\b(\d{1,4}) ?(?:pcs?|pieces?|stück|stk|pezzi|pièces|piezas|peças|шт|个|件|pack|packs|er pack"
    r"|er set|buah|adet|ct|count)\b"
    r"|\b(\d{1,3}) ?x(?= [a-z])"
)
_MOST_PIECES = 1000


@dataclass(frozen=True)
class _Asked:
    """One listing's price of one piece, and what makes others its like."""

    unit_minor: int
    brand_at: int | None
    second_hand: bool


def price_view(listing_id: int) -> PriceView | None:
    """Return a listing's price of one piece beside its like; None without enough of its like.

    Its like are live listings of other shops in its category, in its currency, in its condition,
    of the same brand (or of none), sold by the piece or in bulk as it is. The brand is the single
    protected name in the title. Three queries, however large the market.
    """
    mine = _MINE.first(listing=listing_id)
    if mine is None or mine["lowest"] is None:
        return None
    brands = _BRANDS.ask()
    index = index_of(tuple(name for _pk, name in brands))
    asked = _asked(mine["title"], mine["lowest"], index)
    given = {name: mine[name] for name in ("category_id", "shop_id", "shop__currency")}
    if asked.brand_at is None:
        others = _LIKE.ask(**given)
    else:
        # The name's first word narrows the rows down; the reading of titles decides.
        named = Q(title__icontains=_beginning(brands[asked.brand_at][1]))
        others = list(_like(named, **given))
    rows = (row for row in others if row["bulk"] == mine["bulk"])
    prices = _alike(rows, asked, index)
    if len(prices) < LEAST_LIKE:
        return None
    brand_id = None if asked.brand_at is None else brands[asked.brand_at][0]
    usual, spread = middle_and_spread(prices)
    return PriceView(asked.unit_minor, mine["shop__currency"], brand_id, usual, spread, len(prices))


def middle_and_spread(prices: Sequence[int]) -> tuple[float, float]:
    """Return the median and the robust spread of the natural logs of prices.

    >>> middle_and_spread([100, 100, 100])
    (4.605170185988092, 0.0)
    """
    logs = [math.log(price) for price in prices]
    usual = median(logs)
    return usual, MAD_TO_SPREAD * median(abs(log - usual) for log in logs)


def pieces_in(title: str) -> int:
    """Return how many pieces one price buys, as the title tells; 1 when it does not.

    >>> pieces_in("Socks, pack of 10"), pieces_in("3 x cotton towels"), pieces_in("Basket")
    (10, 3, 1)
    """
    found = _PACKS.search(title.lower())
    told = int(next(number for number in found.groups() if number)) if found else 1
    return told if 1 <= told <= _MOST_PIECES else 1


class _Row(TypedDict):
    """A listing's lowest price of one piece to a buyer of a few, and whether it sells in bulk."""

    title: str
    category_id: int
    shop_id: int
    shop__currency: str
    lowest: int | None
    bulk: int


def _rows(listings: QuerySet[Listing]) -> QuerySet[Listing, _Row]:
    few = Q(variants__tiers__from_quantity__lte=FEW)
    rows = (
        listings.order_by("-published_at", "-pk")
        .annotate(
            least=Min("variants__least_quantity"),
            lowest=Least(
                Min("variants__price_minor"), Min("variants__tiers__price_minor", filter=few)
            ),
            bulk=Case(
                When(Q(least__gt=FEW), then=Value(1)), default=Value(0), output_field=IntegerField()
            ),
        )
        .values("title", "category_id", "shop_id", "shop__currency", "lowest", "bulk")
    )
    return cast("QuerySet[Listing, _Row]", rows)


def _like(
    but: Q, *, category_id: Any, shop_id: Any, shop__currency: Any
) -> QuerySet[Listing, _Row]:
    """Return the newest of other shops' goods of a category that hold `but`."""
    like = Listing.objects.live().filter(but, category_id=category_id)
    like = like.filter(shop__currency=shop__currency).exclude(shop_id=shop_id)
    # First which, then for how much: else every price of the category is looked at.
    newest = like.order_by("-published_at", "-pk").values("pk")[:LIKE_MOST]
    return _rows(Listing.objects.filter(pk__in=newest))


_MINE = Prepared(lambda: _rows(Listing.objects.filter(pk=Given("listing"))))
_LIKE = Prepared(
    lambda: _like(
        Q(),
        category_id=Given("category_id"),
        shop_id=Given("shop_id"),
        shop__currency=Given("shop__currency"),
    )
)
_BRANDS = Prepared(
    lambda: Brand.objects.filter(is_word=True).order_by("pk").values_list("pk", "name")
)


def _asked(title: str, lowest: int, index: Index) -> _Asked:
    pieces, brand_at, second_hand = _told(title, _ByIdentity(index))
    return _Asked(max(1, round(lowest / pieces)), brand_at, second_hand)


@dataclass(frozen=True)
class _ByIdentity:
    """The prepared names, told apart by being the same object: they are made once."""

    index: Index

    def __hash__(self) -> int:
        return id(self.index)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and self.index is other.index


# The same titles are read again for each new listing beside them.
@lru_cache(maxsize=20_000)
def _told(title: str, names: _ByIdentity) -> tuple[int, int | None, bool]:
    """Return what a title tells: pieces for one price, the single name in it, second hand."""
    parts = words(title)
    named = {
        hit.at
        for hit in hits(title, parts, names.index, slips=False)
        if not is_lawful(parts, hit.first)
    }
    at = named.pop() if len(named) == 1 else None
    return pieces_in(title), at, is_second_hand(parts)


def _alike(rows: Iterable[_Row], asked: _Asked, index: Index) -> list[int]:
    """Return the prices of one piece of what is alike, few of each shop; none of too few shops."""
    by_shop: dict[int, list[int]] = {}
    for row in rows:
        if row["lowest"] is None:
            continue
        other = _asked(row["title"], row["lowest"], index)
        of_shop = by_shop.setdefault(row["shop_id"], [])
        same = (other.brand_at, other.second_hand) == (asked.brand_at, asked.second_hand)
        if same and len(of_shop) < OF_ONE_SHOP:
            of_shop.append(other.unit_minor)
    kept = [prices for prices in by_shop.values() if prices]
    return [price for prices in kept for price in prices] if len(kept) >= LEAST_SHOPS else []


def _beginning(name: str) -> str:
    """Return the first word of a name as far as all honest spellings of it share it."""
    found = re.match(r"[A-Za-z0-9]+", name)
    return found.group() if found else name[:1]
