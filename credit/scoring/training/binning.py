"""Rows of a card: where the cuts of a number lie and which categories have a row of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from credit.scoring.training.frame import Frame

# A card is read by people: so many rows an attribute at most, and none that so few stand in.
ROWS_MOST = 64
LEAST_SHARE = 0.002
LEAST_IN_A_ROW = 10

Rows = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Bins:
    """The rows of one attribute. Missing is always the last one, `size`."""

    cuts: tuple[float, ...] = ()
    categories: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many rows there are beside the one for missing."""
        return len(self.categories) if self.categories else len(self.cuts) + 1

    def rows(self, column: npt.NDArray[Any]) -> Rows:
        """Return the row of each value, exactly as `Attribute.row` does."""
        if self.categories:
            places = {name: place for place, name in enumerate(self.categories)}
            found = [places.get(value, self.size) for value in column]
            return np.array(found, dtype=np.uint8)
        if column.dtype == object:
            return np.full(len(column), self.size, dtype=np.uint8)
        rows = np.searchsorted(np.array(self.cuts), column, side="right")
        return np.where(np.isnan(column), self.size, rows).astype(np.uint8)


def fit(frame: Frame, *, rows_most: int = ROWS_MOST, each_value: bool = False) -> dict[str, Bins]:
    """Return the bins of each column that has anything to tell apart.

    With `each_value`, a number that takes few values has a row for each that occurs enough.
    """
    least = max(LEAST_IN_A_ROW, int(LEAST_SHARE * len(frame)))
    bins = {}
    for name, column in frame.columns.items():
        if frame.is_number(name):
            found = Bins(cuts=_cuts(column, rows_most, least, each_value))
        else:
            found = Bins(categories=_categories(column, rows_most, least))
        if found.cuts or found.categories:
            bins[name] = found
    return bins


def encode(frame: Frame, bins: Mapping[str, Bins]) -> npt.NDArray[np.uint8]:
    """Return the rows of everybody, one column an attribute, in the order of `bins`."""
    return np.column_stack([one.rows(frame.columns[name]) for name, one in bins.items()])


def _cuts(
    column: npt.NDArray[Any], rows_most: int, least: int, each_value: bool
) -> tuple[float, ...]:
    """Cut at values that occur, so that each row holds at least `least` and about as many."""
    values, counts = np.unique(column[~np.isnan(column)], return_counts=True)
    if not len(values):
        return ()
    wanted = max(least, int(counts.sum()) // rows_most)
    if each_value and len(values) <= rows_most:
        wanted = least
    cuts, held = [], 0
    left = int(counts.sum())
    for value, count in zip(values, counts, strict=True):
        if held >= wanted and left >= least:
            cuts.append(float(value))
            held = 0
        held += int(count)
        left -= int(count)
    return tuple(cuts[: rows_most - 1])


def _categories(column: npt.NDArray[Any], rows_most: int, least: int) -> tuple[str, ...]:
    common = Counter(value for value in column if value is not None).most_common(rows_most)
    return tuple(sorted(name for name, count in common if count >= least))
