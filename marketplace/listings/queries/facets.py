"""Facets: what found goods could be narrowed to, each value with its count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from marketplace.listings.models import Category
from marketplace.listings.queries.shelves import by_id
from marketplace.listings.rules import ranking
from marketplace.money import currency_digits
from marketplace.shops.models import Standing

_DIMENSIONS = ("category", "country", "standing", "currency", "price", "in_stock")
# GROUPING() of each set: a bit for each column that is not part of it.
KINDS = {
    "category": 0b011111,
    "country": 0b101111,
    "standing": 0b110111,
    "price": 0b111001,
    "in_stock": 0b111110,
    "total": 0b111111,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet: what to ask for, what to call it, how many goods there would be.

    A price's value is "from-below" in minor units of the chosen currency.
    """

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """What the goods could be narrowed to; each counted with all the other filters applied.

    A country is labelled by its code alone: how to name it is the page's.
    Without words in a large market the counts are those of the last count by the clock.
    """

    category: Sequence[Choice] = ()
    country: Sequence[Choice] = ()
    standing: Sequence[Choice] = ()
    currency: Sequence[Choice] = ()
    price: Sequence[Choice] = ()
    in_stock: Sequence[Choice] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a facet: its kind and value, how many goods, and how many without a filter."""

    kind: int
    values: Mapping[str, Any]
    counts: Mapping[str, int]


def line(row: Sequence[Any], filters: Sequence[str]) -> Line:
    """Read one row of the facets' statement; after its values come the counts, all first."""
    kind, category, country, standing, currency, band, in_stock, *counts = row
    return Line(
        kind=kind,
        values={
            "category": category,
            "country": country,
            "standing": standing,
            "currency": currency,
            "price": band,
            "in_stock": in_stock,
        },
        counts={
            name: int(count or 0) for name, count in zip(("all", *filters), counts, strict=True)
        },
    )


def total(lines: Sequence[Line]) -> int:
    """Return how many goods pass all filters."""
    return next((one.counts["all"] for one in lines if one.kind == KINDS["total"]), 0)


def facets(lines: Sequence[Line], *, currency: str) -> Facets:
    """Return the facets; price bands are those of `currency`, or of the only one found."""
    known = by_id(one.values["category"] for one in _of(lines, "category"))
    found: dict[str, list[Choice]] = {name: [] for name in _DIMENSIONS}
    for name in ("category", "country", "standing", "in_stock"):
        for line in _of(lines, name):
            count = line.counts.get(name, line.counts["all"])
            if count:
                value, label = _named(name, line.values[name], known)
                found[name].append(Choice(value, label, count))
    found["currency"], found["price"] = _money(_of(lines, "price"), currency)
    for name in ("category", "country", "standing", "currency"):
        found[name].sort(key=lambda choice: (-choice.count, choice.label))
    return Facets(**found)


def _of(lines: Sequence[Line], name: str) -> list[Line]:
    return [line for line in lines if line.kind == KINDS[name]]


def _named(name: str, value: Any, shelves: Mapping[int, Category]) -> tuple[str, str]:
    if name == "category":
        return shelves[value].slug, shelves[value].name
    if name == "country":
        return value, str(value)
    if name == "standing":
        return value, str(Standing(value).label)
    return ("yes", _("In stock")) if value else ("no", _("Sold out"))


def _money(lines: Sequence[Line], chosen: str) -> tuple[list[Choice], list[Choice]]:
    """Currencies with their goods, and the price bands of the chosen one, or of the only one."""
    currencies: dict[str, int] = {}
    bands: dict[str, dict[int, int]] = {}
    for line in lines:
        currency, band = line.values["currency"], line.values["price"]
        count = line.counts.get("currency", line.counts["all"])
        currencies[currency] = currencies.get(currency, 0) + count
        here = line.counts.get("price", line.counts["all"])
        if here:
            bands.setdefault(currency, {})[band] = here
    names = [Choice(code, code, count) for code, count in currencies.items() if count]
    chosen = chosen or (names[0].value if len(names) == 1 else "")
    return names, [_band(band, chosen, n) for band, n in sorted(bands.get(chosen, {}).items())]


def _band(band: int, currency: str, count: int) -> Choice:
    low, high = ranking.band_limits(band, currency_digits(currency))
    scale = 10 ** currency_digits(currency)
    label = f"{low // scale:,}–{high // scale:,} {currency}"
    return Choice(f"{low}-{high - 1}", label, count)
