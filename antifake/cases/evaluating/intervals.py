"""How sure a counted share is. Plain Python."""

from __future__ import annotations

import math

SURE = 1.959964  # 97.5 % of the normal distribution: intervals of 95 %
TAIL = 0.025


def wilson(hits: int, tries: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share; (0, 1) without tries."""
    if tries == 0:
        return 0.0, 1.0
    share, square = hits / tries, SURE**2
    middle = (share + square / (2 * tries)) / (1 + square / tries)
    half = SURE * math.sqrt(share * (1 - share) / tries + square / (4 * tries**2))
    half /= 1 + square / tries
    return max(0.0, middle - half), min(1.0, middle + half)


def upper_bound(hits: int, tries: int) -> float:
    """Return the upper end of the exact (Clopper-Pearson) two-sided 95 % interval."""
    if hits >= tries:
        return 1.0
    low, high = hits / tries, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(hits, tries, middle) > TAIL else (low, middle)
    return high


def _at_most(hits: int, tries: int, share: float) -> float:
    """The chance of so many hits or fewer when each comes with this share."""
    if share <= 0:
        return 1.0
    return math.fsum(
        math.exp(
            math.lgamma(tries + 1)
            - math.lgamma(n + 1)
            - math.lgamma(tries - n + 1)
            + n * math.log(share)
            + (tries - n) * math.log1p(-share)
        )
        for n in range(hits + 1)
    )
