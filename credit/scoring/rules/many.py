"""Scoring very many at once with a card, from the rows of their attributes. NumPy, no Django."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from credit.scoring.rules.card import HIGHEST, LOWEST, Attribute, Card

Codes = npt.NDArray[np.uint8]
Points = npt.NDArray[np.int16]


def codes_of(card: Card, columns: Mapping[str, npt.NDArray[np.float64]]) -> Codes:
    """Return everybody's rows, one line an attribute of the card; NaN is missing.

    Exactly what `Card.rows` gives one by one, for cards of numbers.
    """
    found = np.empty((len(card.attributes), len(next(iter(columns.values())))), dtype=np.uint8)
    for line, one in zip(found, card.attributes, strict=True):
        column = columns[one.key]
        rows = np.searchsorted(np.array(one.cuts), column, side="right")
        line[:] = np.where(np.isnan(column), one.missing, rows)
    return found


def total_points(card: Card, codes: Codes) -> Points:
    """Return everybody's sum of points before the limits of the scale, one look-up a row.

    Attributes are read two at a time: a table of both their points, found by one number made of
    both rows, halves the passes over the data. A pair's points are part of such a table.
    """
    place = {one.key: number for number, one in enumerate(card.attributes)}
    totals = np.full(codes.shape[1], card.base, dtype=np.int16)
    for first, second, table in _tables(card):
        if second is None:
            totals += table[codes[place[first]]]
        else:
            size = len(card.attributes[place[second]].points)
            both = codes[place[first]].astype(np.uint16)
            both *= np.uint16(size)
            both += codes[place[second]]
            totals += table.take(both)
    return totals


def clipped(totals: Points) -> Points:
    """Return the scores: sums kept between 350 and 950."""
    return np.clip(totals, LOWEST, HIGHEST)


@lru_cache(maxsize=4)
def _tables(card: Card) -> tuple[tuple[str, str | None, Points], ...]:
    """Return tables of two attributes each: those of the card's pairs first, then what is left."""
    by_key = {one.key: one for one in card.attributes}
    left = dict(by_key)
    tables: list[tuple[str, str | None, Points]] = []
    for pair in card.pairs:
        first, second = by_key[pair.first], by_key[pair.second]
        cells = np.array(pair.points)[np.ix_(pair.first_groups, pair.second_groups)]
        cells = cells + _own(first, left)[:, None] + _own(second, left)[None, :]
        tables.append((pair.first, pair.second, cells.astype(np.int16).ravel()))
        left.pop(pair.first, None)
        left.pop(pair.second, None)
    rest: Sequence[Attribute] = list(left.values())
    for one, other in zip(rest[::2], rest[1::2], strict=False):
        cells = np.array(one.points)[:, None] + np.array(other.points)[None, :]
        tables.append((one.key, other.key, cells.astype(np.int16).ravel()))
    if len(rest) % 2:
        tables.append((rest[-1].key, None, np.array(rest[-1].points, dtype=np.int16)))
    return tuple(tables)


def _own(one: Attribute, left: Mapping[str, Attribute]) -> npt.NDArray[np.int_]:
    """Return an attribute's own points, or nothing if a table has counted them already."""
    return np.array(one.points) if one.key in left else np.zeros(len(one.points), dtype=int)
