"""The bands of the scale and what each promises. Plain Python."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from credit.scoring.rules.card import HIGHEST, LOWEST, default_probability

UNKNOWN = "unknown"
BANDS: tuple[tuple[int, str], ...] = (
    (350, "poor"),
    (550, "medium"),
    (600, "good"),
    (650, "very_good"),
    (700, "excellent"),
)
_BOUNDS = [bound for bound, _ in BANDS]
_NAMES = [name for _, name in BANDS]
# As many loans must have run their course before the promised rates count as proven.
PROVEN_AFTER_LOANS = 300


@dataclass(frozen=True, slots=True)
class Promise:
    """A band: its scores, both ends included, and the rates of default that they stand for."""

    band: str
    lowest: int
    highest: int

    @property
    def worst(self) -> float:
        """Probability of default at its lower end."""
        return default_probability(self.lowest)

    @property
    def best(self) -> float:
        """Probability of default at its upper end."""
        return default_probability(self.highest)


def promises() -> tuple[Promise, ...]:
    """Return the bands from the lowest on."""
    ends = [bound - 1 for bound, _ in BANDS[1:]] + [HIGHEST]
    return tuple(Promise(name, bound, end) for (bound, name), end in zip(BANDS, ends, strict=True))


def band_of(points: int) -> str:
    """Name the band of a score.

    >>> band_of(549), band_of(550), band_of(700)
    ('poor', 'medium', 'excellent')
    """
    return _NAMES[max(bisect_right(_BOUNDS, points) - 1, 0)]


def next_band(points: int) -> Promise | None:
    """Return the band above a score; None at the top.

    >>> next_band(640).lowest
    650
    """
    return next((one for one in promises() if one.lowest > points), None)


def interval(points: int, half_width: int) -> tuple[int, int]:
    """Return where nine of ten like this one would score with a longer record.

    >>> interval(930, 40)
    (890, 950)
    """
    return max(points - half_width, LOWEST), min(points + half_width, HIGHEST)
