"""How sure a measured share is: exact binomial bounds (Clopper and Pearson, 1934). Plain Python."""

from __future__ import annotations

import math

ONE_SIDED = 0.05  # a bound that holds in 95 of 100 measurements
STEPS = 60  # of halving: far finer than any figure shown


def lower_bound(hits: int, seen: int, *, alpha: float = ONE_SIDED) -> float:
    """Return the lower bound of the share behind `hits` of `seen`; 0 when nothing was seen.

    >>> round(lower_bound(2995, 2995), 5), lower_bound(0, 0)
    (0.999, 0.0)
    """
    return 1 - upper_bound(seen - hits, seen, alpha=alpha) if seen else 0.0


def upper_bound(hits: int, seen: int, *, alpha: float = ONE_SIDED) -> float:
    """Return the upper bound of the share behind `hits` of `seen`; 1 when nothing was seen.

    >>> round(upper_bound(0, 30_000), 6), upper_bound(3, 3)
    (0.0001, 1.0)
    """
    if hits >= seen:
        return 1.0
    low, high = hits / seen, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        if _at_most(hits, seen, middle) > alpha:
            low = middle
        else:
            high = middle
    return high


def interval(hits: int, seen: int) -> tuple[float, float]:
    """Return both bounds, between which the share lies in 95 of 100 measurements."""
    half = ONE_SIDED / 2
    return lower_bound(hits, seen, alpha=half), upper_bound(hits, seen, alpha=half)


def _at_most(hits: int, seen: int, share: float) -> float:
    """Return the chance of `hits` or fewer of `seen` when each has the chance `share`."""
    if share <= 0 or share >= 1:
        return float(share <= 0 or hits >= seen)
    if hits > seen / 2:  # the shorter end of the row is added up
        return 1 - _at_most(seen - hits - 1, seen, 1 - share)
    return math.fsum(
        math.exp(
            math.lgamma(seen + 1)
            - math.lgamma(count + 1)
            - math.lgamma(seen - count + 1)
            + count * math.log(share)
            + (seen - count) * math.log1p(-share)
        )
        for count in range(hits + 1)
    )
