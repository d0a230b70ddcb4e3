"""Sums of what fades, kept so that a fact changes them in one step. Plain Python, whole numbers.

Forward decay (Cormode and others, 2009): instead of every weight shrinking each day, what happens
later weighs more, for ever the same; only who reads divides, by what the day of reading would
weigh. Whole numbers have the same sum in any order, so what is taken out leaves no trace.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache

# Days are counted from here; before the first of them nothing weighs less.
LANDMARK = date(2020, 1, 1)
# A weight at the landmark is 2 ** BITS: rounding to whole numbers is finer than anybody reads.
BITS = 32
WHOLE = 1_000


def weight(at: datetime, *, half_life_days: int) -> int:
    """Return what happened at a moment weighs in a sum: twice as much each half-life later.

    >>> first = weight(datetime(2026, 1, 1, tzinfo=UTC), half_life_days=180)
    >>> weight(datetime(2026, 6, 30, 23, tzinfo=UTC), half_life_days=180) == 2 * first
    True
    """
    day = max((at.astimezone(UTC).date() - LANDMARK).days, 0)
    doublings, rest = divmod(day, half_life_days)
    return _root(rest, half_life_days) << doublings


def left_permille(total: int, at: datetime, *, half_life_days: int) -> int:
    """Return what is left at a moment of a sum of weights, in thousandths; rounded down.

    One fact of that very day is a thousand.

    >>> then = datetime(2026, 1, 1, tzinfo=UTC)
    >>> left_permille(weight(then, half_life_days=180), then, half_life_days=180)
    1000
    """
    return total * WHOLE // weight(at, half_life_days=half_life_days)


@lru_cache(maxsize=1024)
def _root(part: int, parts: int) -> int:
    """Return 2 ** (BITS + part / parts), rounded down: whole numbers are alike on every machine."""
    power = 1 << (BITS * parts + part)
    low, high = 1 << BITS, 2 << BITS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**parts <= power else (low, middle)
    return low
