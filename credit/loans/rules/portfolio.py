"""How a book of loans does: intervals, stability, ageing. Plain Python."""

from __future__ import annotations

import math
from collections.abc import Sequence

# Days late at which a loan moves to the next drawer (Basel's 30, 60 and 90 days past due).
AGES = (0, 1, 31, 61, 91)
_Z = 1.96  # 95 % of a normal distribution


def interval(bad: int, total: int) -> tuple[float, float]:
    """Return where the true rate lies with 95 % (Wilson's score interval).

    >>> [round(end, 3) for end in interval(5, 100)]
    [0.022, 0.112]
    >>> interval(0, 0)
    (0.0, 1.0)
    """
    if total == 0:
        return 0.0, 1.0
    rate, square = bad / total, _Z * _Z
    middle = (rate + square / (2 * total)) / (1 + square / total)
    half = _Z * math.sqrt(rate * (1 - rate) / total + square / (4 * total * total))
    half /= 1 + square / total
    return max(0.0, middle - half), min(1.0, middle + half)


def stability(before: Sequence[int], now: Sequence[int]) -> float | None:
    """Return the population stability index of two counts over the same bands; None when empty.

    Half a case is added to each band, so that an empty one does not make it infinite.

    >>> stability([10, 10], [20, 20])
    0.0
    """
    if not sum(before) or not sum(now):
        return None
    size = len(before)
    first = [(count + 0.5) / (sum(before) + size / 2) for count in before]
    second = [(count + 0.5) / (sum(now) + size / 2) for count in now]
    return sum((b - a) * math.log(b / a) for a, b in zip(first, second, strict=True))


def age_of(days_late: int) -> int:
    """Return the drawer that a loan lies in: the lowest number of days of it.

    >>> age_of(0), age_of(30), age_of(400)
    (0, 1, 91)
    """
    return [edge for edge in AGES if days_late >= edge][-1]
