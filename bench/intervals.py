"""How sure a counted share is: the judge's own arithmetic."""

from __future__ import annotations

import math

Z = 1.959964


def wilson(hits: int, tries: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval."""
    if not tries:
        return 0.0, 1.0
    p = hits / tries
    below = 1 + Z * Z / tries
    middle = (p + Z * Z / (2 * tries)) / below
    half = Z / below * math.sqrt(p * (1 - p) / tries + Z * Z / (4 * tries * tries))
    return max(0.0, middle - half), min(1.0, middle + half)


def clopper_pearson_upper(hits: int, tries: int, tail: float = 0.025) -> float:
    """Return the upper end of the exact interval: the share at which `hits` or fewer come
    with the chance `tail` only (0.025: two-sided 95 %).
    """
    if not tries or hits >= tries:
        return 1.0
    low, high = 0.0, 1.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        if sum(_chance(n, tries, middle) for n in range(hits + 1)) > tail:
            low = middle
        else:
            high = middle
    return high


def _chance(hits: int, tries: int, p: float) -> float:
    ways = math.lgamma(tries + 1) - math.lgamma(hits + 1) - math.lgamma(tries - hits + 1)
    return math.exp(ways + hits * math.log(p) + (tries - hits) * math.log1p(-p))
