"""Find goods: what a question means, which goods answer it, which come first, how to narrow them.

A page costs the same few queries whatever is found: the rule book's weights, what the words mean,
one pass over the goods that answer (ranks, counts and facets together), and the cards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.utils.translation import get_language

from marketplace.listings.models import SearchRow
from marketplace.listings.queries import facets
from marketplace.listings.queries.asking import understand
from marketplace.listings.queries.facets import Choice, Facets, Line
from marketplace.listings.queries.goods import COLUMNS, TABLES, Goods, goods_of
from marketplace.rulebook import queries as rulebook
from marketplace.shops.models import ShopState

__all__ = ["SORTS", "Choice", "Facets", "Found", "Goods", "Wish", "find", "newest"]

# Nobody reads on: who did not find it in so many goods asks anew. Bounds the cost of a page.
DEEPEST = 1_200
# "10,000+" is all a page says of more.
COUNTED_UP_TO = 10_000
_COUNTED_SECONDS = 60
DESCRIPTION = "search.description_permille"
SORTS = ("best", "newest", "price_up", "price_down")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a buyer looks for. Prices are minor units of `currency` and mean nothing without it.

    `category` is a slug, `country` that of the shop (ISO 3166-1), `sort` one of SORTS. Prices of
    several currencies have no order: without a currency, sorting by price is "best".
    """

    text: str = ""
    category: str = ""
    country: str = ""
    standing: str = ""
    currency: str = ""
    price_from_minor: int | None = None
    price_to_minor: int | None = None
    in_stock: bool = False
    sort: str = "best"
    shop_id: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of goods, how many there are in all, and how to narrow them.

    `corrected` is what was searched instead of `said`; empty when nothing was put right.
    `relaxed`: no goods hold all the words; these hold all but one. `by_clock`: total and facets
    are those of the last count.
    """

    rows: list[Goods]
    total: int
    facets: Facets = field(default_factory=Facets)
    corrected: str = ""
    said: str = ""
    relaxed: bool = False
    by_clock: bool = False


def find(
    wish: Wish, *, at: datetime, first: int = 0, count: int = 24, literally: bool = False
) -> Found:
    """Return a page of the goods that answer a wish, from the `first`, at most `count` of them.

    `literally` leaves words as they were typed: no correction. Nothing is found past DEEPEST.
    """
    asked = understand(wish.text, literally=literally)
    if asked.is_hopeless:
        return Found(rows=[], total=0, said=wish.text)
    low = rulebook.value(DESCRIPTION, at=at) if asked.groups else 0
    search = Search(wish, asked.groups, low, _page(first, count))
    counted = _counted(search)
    if counted is not None:
        goods = search.first_ones()
        return Found(goods, counted.total, counted.facets, said=wish.text, by_clock=True)
    ids, lines = search.run()
    relaxed = False
    if not ids and not first and len(asked.groups) > 1 and not facets.total(lines):
        search.relaxed = relaxed = True
        ids, lines = search.run()
    return Found(
        rows=_goods(ids),
        total=facets.total(lines),
        facets=facets.facets(lines, currency=wish.currency),
        corrected=asked.corrected,
        said=wish.text,
        relaxed=relaxed and bool(ids),
    )


def newest(count: int) -> list[Goods]:
    """Return the goods that came on sale last, in one query."""
    return goods_of(SearchRow.objects.seen().order_by("-published_at", "-pk")[:count])


def _goods(ids: Sequence[int]) -> list[Goods]:
    if not ids:
        return []
    found = _ask(f"SELECT {COLUMNS} FROM {TABLES} WHERE r.listing_id = ANY(%s)", [list(ids)])  # noqa: S608
    by_id = {row[0]: Goods(*row) for row in found}
    return [by_id[pk] for pk in ids if pk in by_id]


@dataclass(frozen=True, slots=True)
class _Counted:
    """What the clock counted of everything that a wish without words leaves."""

    total: int
    facets: Facets


def _counted(search: Search) -> _Counted | None:
    """Return the counts of a wish without words in a large market; None where each look counts.

    The clock counts hourly, so a process may remember them for a minute.
    """
    if not search.is_browsing:
        return None
    key = f"search.counted:{get_language()}:{sorted(search.filters)}:{search.wish_filters()}"
    known: _Counted | None = cache.get(key)
    if known is None:
        lines = search.corners()
        total = facets.total(lines)
        if not total:
            return None
        known = _Counted(total, facets.facets(lines, currency=search.wish.currency))
        cache.set(key, known, _COUNTED_SECONDS)
    return known


def _page(first: int, count: int) -> tuple[int, int]:
    first = max(0, min(first, DEEPEST))
    return first, max(0, min(count, DEEPEST - first))


# One pass over the goods that answer --------------------------------------------------------
_FACETS = """
    SELECT GROUPING(category_id, country, standing, currency, price_band, in_stock) AS kind,
        category_id, country, standing, currency, price_band, in_stock, {counts}
    FROM {source}
    GROUP BY GROUPING SETS
        ((category_id), (country), (standing), (currency, price_band), (in_stock), ())
"""
_ORDERS = {
    "best": "score DESC, listing_id DESC",
    "newest": "published_at DESC, listing_id DESC",
    "price_up": "lowest_price_minor, listing_id",
    "price_down": "lowest_price_minor DESC, listing_id",
}


class Search:
    """One wish as SQL."""

    def __init__(
        self,
        wish: Wish,
        groups: Sequence[Sequence[int]],
        description_permille: int,
        page: tuple[int, int],
    ) -> None:
        self.wish, self.groups, self.low = wish, groups, description_permille
        self.relaxed = False
        self.first, self.count = page
        self.filters = dict(_filters(wish))
        self.sort = wish.sort if wish.sort in SORTS else "best"
        if self.sort.startswith("price") and not wish.currency:
            self.sort = "best"

    @property
    def is_browsing(self) -> bool:
        """Whether it has no words and nothing that the clock does not count by."""
        return not (self.groups or self.wish.shop_id or "price" in self.filters)

    def wish_filters(self) -> list[Any]:
        """Return the values that the filters ask for."""
        return [value for _sql, values in self.filters.values() for value in values]

    def corners(self) -> list[Line]:
        """Return the lines of the facets from the clock's last count."""
        return [facets.line(row, list(self.filters)) for row in _ask(*self._corners())]

    def first_ones(self) -> list[Goods]:
        """Return the goods of the page, along an index."""
        return [Goods(*row) for row in _ask(*self._first_ones())]

    def place(self, listing_id: int) -> tuple[int, int] | None:
        """Return the place of a listing among what answers, and how many do; None: it does not."""
        hits, values = self._hits()
        found = _ask(
            f"""
            WITH hits AS MATERIALIZED ({hits}),
            mine AS (SELECT score, listing_id FROM hits WHERE listing_id = %s AND failed = 0)
            SELECT 1 + count(*) FILTER (WHERE (h.score, h.listing_id) > (m.score, m.listing_id)),
                count(*)
            FROM hits h, mine m WHERE h.failed = 0""",  # noqa: S608
            [*values, listing_id],
        )
        place, total = found[0]
        return (place, total) if total else None

    def run(self) -> tuple[list[int], list[Line]]:
        """Return the ids of the page and the lines of the facets.

        Everything that answers is ranked, counted and faceted in one statement.
        """
        hits, values = self._hits()
        counted = _FACETS.format(counts=", ".join(self._counts("sum(listings)")), source="corners")
        statement = f"""
            WITH hits AS MATERIALIZED ({hits}),
            corners AS (
                SELECT category_id, country, standing, currency, price_band, in_stock, failed,
                    count(*) AS listings
                FROM hits GROUP BY 1, 2, 3, 4, 5, 6, 7),
            page AS (SELECT listing_id, row_number() OVER () AS place FROM (
                SELECT listing_id FROM hits WHERE failed = 0
                ORDER BY {_ORDERS[self.sort]} OFFSET %s LIMIT %s) AS first_ones)
            {counted}
            UNION ALL SELECT -1, listing_id, NULL, NULL, NULL, NULL, NULL, place
                {", NULL" * len(self.filters)} FROM page
        """  # noqa: S608
        found = _ask(statement, [*values, self.first, self.count])
        places = sorted((row[7], row[1]) for row in found if row[0] == -1)
        return [pk for _place, pk in places], [
            facets.line(row, list(self.filters)) for row in found if row[0] != -1
        ]

    def _hits(self) -> tuple[str, list[Any]]:
        failed, values = self._failed()
        score, more = self._score()
        where, last = self._where()
        return (
            f"""SELECT r.listing_id, r.category_id, s.country, s.standing, r.currency,
                r.price_band, r.in_stock, r.published_at, r.lowest_price_minor,
                {failed} AS failed, {score} AS score
            FROM listings_searchrow r JOIN shops_shop s ON s.id = r.shop_id
            WHERE {where}""",  # noqa: S608
            [*values, *more, *last],
        )

    def _failed(self) -> tuple[str, list[Any]]:
        """One bit for each filter that a row does not pass."""
        if not self.filters:
            return "0", []
        bits = [
            f"CASE WHEN {condition} THEN 0 ELSE {1 << number} END"
            for number, (condition, _values) in enumerate(self.filters.values())
        ]
        return " + ".join(bits), [v for _sql, values in self.filters.values() for v in values]

    def _score(self) -> tuple[str, list[Any]]:
        """As ranking.text_permille × rank."""
        if not self.groups:
            return "r.rank", []
        in_title = " + ".join(["(r.title_codes && %s::int[])::int"] * len(self.groups))
        score = f"({self.low} + {1000 - self.low} * ({in_title}) / {len(self.groups)}) * r.rank"
        return score, [list(group) for group in self.groups]

    def _where(self) -> tuple[str, list[Any]]:
        parts, values = ["s.state = %s"], [ShopState.APPROVED.value]
        found: list[Any] = list(values)
        if self.relaxed:
            held = " + ".join(["(r.codes && %s::int[])::int"] * len(self.groups))
            parts += ["r.codes && %s::int[]", f"{held} >= {len(self.groups) - 1}"]
            found += [sorted({code for group in self.groups for code in group})]
        else:
            parts += ["r.codes && %s::int[]"] * len(self.groups)
        found += [list(group) for group in self.groups]
        if self.wish.shop_id:
            parts.append("r.shop_id = %s")
            found.append(self.wish.shop_id)
        return " AND ".join(parts), found

    def _counts(self, one: str) -> list[str]:
        """How many pass all filters, and for each filter how many pass all the others."""
        if not self.filters:
            return [one]
        others = [f"failed & {~(1 << number)} = 0" for number in range(len(self.filters))]
        return [f"{one} FILTER (WHERE {passed})" for passed in ("failed = 0", *others)]

    def _corners(self) -> tuple[str, list[Any]]:
        """The facets from the clock's last count."""
        failed, values = self._failed()
        source = f"""(SELECT r.category_id, s.country, s.standing, r.currency, r.price_band,
                r.in_stock, r.listings, {failed} AS failed
            FROM listings_searchcount r
            CROSS JOIN LATERAL (SELECT r.shop_country AS country, r.standing AS standing) s) c"""  # noqa: S608
        return _FACETS.format(
            counts=", ".join(self._counts("sum(listings)")), source=source
        ), values

    def _first_ones(self) -> tuple[str, list[Any]]:
        """The page itself, along an index."""
        conditions = [f"({condition})" for condition, _values in self.filters.values()]
        values = [v for _sql, some in self.filters.values() for v in some]
        order = _ORDERS[self.sort].replace("score", "rank")
        named = ", ".join(f"r.{column}" for column in order.split(", "))
        where = " AND ".join(["s.state = %s", *conditions])
        # The page first, its words after: turning far must not read the titles passed over.
        statement = f"""
            WITH page AS MATERIALIZED (
                SELECT r.listing_id FROM listings_searchrow r
                JOIN shops_shop s ON s.id = r.shop_id
                WHERE {where} ORDER BY {named} OFFSET %s LIMIT %s)
            SELECT {COLUMNS} FROM {TABLES} WHERE r.listing_id = ANY(ARRAY(TABLE page))
            ORDER BY {named}"""  # noqa: S608
        return statement, [ShopState.APPROVED.value, *values, self.first, self.count]


def _ask(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _filters(wish: Wish) -> Iterable[tuple[str, tuple[str, list[Any]]]]:
    """The conditions of a wish, by dimension."""
    if wish.category:
        shelf = "r.category_id = (SELECT id FROM listings_category WHERE slug = %s)"
        yield "category", (shelf, [wish.category])
    if wish.country:
        yield "country", ("s.country = %s", [wish.country])
    if wish.standing:
        yield "standing", ("s.standing = %s", [wish.standing])
    if wish.currency:
        yield "currency", ("r.currency = %s", [wish.currency])
        low, high = wish.price_from_minor, wish.price_to_minor
        if low is not None or high is not None:
            between = "r.lowest_price_minor BETWEEN %s AND %s"
            yield "price", (between, [low or 0, 2**62 if high is None else high])
    if wish.in_stock:
        yield "in_stock", ("r.in_stock", [])
