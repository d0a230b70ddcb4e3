"""The points table and the score: additive, monotone, whole points, exact reasons. Plain Python.

The points are set by hand for this first cut (docs/scorecard.md); a trained table takes the same
shape. Ranges and bands follow the 350 to 950 scale of docs/scorecard.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from fractions import Fraction

LOWEST, HIGHEST = 350, 950
BASE = 470
# Fewer settled orders than this (each buyer counted once) say nothing: no band is given.
THIN_BELOW = 3
# Rates are shrunk towards a prior worth this many buyers, so that one parcel decides little.
PRIOR_BUYERS = 8
PRIOR_ON_TIME = Fraction(90, 100)
PRIOR_CANCELLED = Fraction(3, 100)

UNKNOWN = "unknown"
BANDS: tuple[tuple[int, str], ...] = (
    (350, "poor"),
    (550, "medium"),
    (600, "good"),
    (650, "very_good"),
    (700, "excellent"),
)


class Dimension(StrEnum):
    """The five parts of a score, and the base every shop starts from."""

    BASE = "base"
    HISTORY = "history"
    FULFILMENT = "fulfilment"
    CONDUCT = "conduct"
    IDENTITY = "identity"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Features:
    """What the score looks at. None means "no record yet", which has its own row in the table.

    Rates are permille, shrunk by `shrunk_permille`, and every buyer weighs the same in them.
    """

    buyers: int | None
    months_trading: int | None
    on_time_permille: int | None
    cancelled_permille: int | None
    largest_buyer_permille: int | None
    strike_points: int
    approved: int

    @property
    def thin(self) -> bool:
        """Whether there is too little trade to give a band."""
        return (self.buyers or 0) < THIN_BELOW


@dataclass(frozen=True, slots=True)
class Row:
    """One attribute: points by the highest lower bound that its value reaches."""

    key: str
    dimension: Dimension
    missing: int
    steps: tuple[tuple[int, int], ...]

    def points(self, value: int | None) -> int:
        """Return the points of `value`; None takes the row for a missing record."""
        if value is None:
            return self.missing
        return [points for bound, points in self.steps if value >= bound][-1]

    @property
    def maximum(self) -> int:
        """The most that this row can give."""
        return max(self.missing, *(points for _, points in self.steps))


TABLE: tuple[Row, ...] = (
    Row(
        "months_trading",
        Dimension.HISTORY,
        missing=0,
        steps=((0, 2), (1, 10), (3, 22), (6, 38), (12, 54), (24, 70)),
    ),
    Row(
        "on_time_permille",
        Dimension.FULFILMENT,
        missing=0,
        steps=(
            (0, -70),
            (400, -45),
            (600, -25),
            (700, -12),
            (800, -4),
            (850, 8),
            (900, 24),
            (940, 44),
            (970, 62),
            (985, 80),
        ),
    ),
    Row(
        "cancelled_permille",
        Dimension.FULFILMENT,
        missing=0,
        steps=((0, 20), (15, 14), (30, 5), (50, -8), (80, -20), (150, -45), (250, -70)),
    ),
    Row(
        "strike_points",
        Dimension.CONDUCT,
        missing=0,
        steps=((0, 40), (1, 15), (3, -40), (9, -180), (27, -260), (54, -320)),
    ),
    Row("approved", Dimension.IDENTITY, missing=0, steps=((0, 0), (1, 30))),
    Row(
        "buyers",
        Dimension.NETWORK,
        missing=0,
        steps=((0, 0), (1, 6), (2, 16), (4, 30), (8, 48), (16, 68), (32, 88), (64, 100)),
    ),
    Row(
        "largest_buyer_permille",
        Dimension.NETWORK,
        missing=0,
        steps=((0, 30), (151, 18), (301, 4), (501, -12), (751, -25)),
    ),
)


@dataclass(frozen=True, slots=True)
class Scored:
    """A score with its parts. The contributions sum to the points exactly."""

    points: int
    band: str
    contributions: dict[str, int]


def score(features: Features) -> Scored:
    """Add up the table. A row named "limit" carries what the range 350 to 950 takes or gives.

    >>> score(Features(None, None, None, None, None, strike_points=0, approved=1)).points
    540
    """
    contributions = {"base": BASE}
    for row in TABLE:
        contributions[row.key] = row.points(getattr(features, row.key))
    raw = sum(contributions.values())
    points = min(max(raw, LOWEST), HIGHEST)
    contributions["limit"] = points - raw
    return Scored(points, UNKNOWN if features.thin else band_of(points), contributions)


def band_of(points: int) -> str:
    """Name the band of a score.

    >>> band_of(549), band_of(550), band_of(700)
    ('poor', 'medium', 'excellent')
    """
    return [name for bound, name in BANDS if points >= bound][-1]


def dimensions(contributions: dict[str, int]) -> dict[Dimension, int]:
    """Return the subtotal of each dimension; they sum to the score as well."""
    totals = dict.fromkeys(Dimension, 0)
    totals[Dimension.BASE] = contributions["base"] + contributions["limit"]
    for row in TABLE:
        totals[row.dimension] += contributions[row.key]
    return totals


@dataclass(frozen=True, slots=True)
class Reason:
    """One row of the table as a reason: what it gave and what it could have given."""

    key: str
    points: int
    lost: int


def reasons_down(contributions: dict[str, int], *, limit: int = 3) -> list[Reason]:
    """Return the rows that cost most, by points lost against the maximum of the row."""
    lost = [reason for reason in _reasons(contributions) if reason.lost > 0]
    return sorted(lost, key=lambda reason: -reason.lost)[:limit]


def reasons_up(contributions: dict[str, int], *, limit: int = 3) -> list[Reason]:
    """Return the rows that helped most and are not among the costliest ones."""
    costly = {reason.key for reason in reasons_down(contributions, limit=limit)}
    gained = [r for r in _reasons(contributions) if r.points > 0 and r.key not in costly]
    return sorted(gained, key=lambda reason: -reason.points)[:limit]


def _reasons(contributions: dict[str, int]) -> list[Reason]:
    return [
        Reason(row.key, contributions[row.key], row.maximum - contributions[row.key])
        for row in TABLE
    ]


def shrunk_permille(shares: Iterable[Fraction], *, prior: Fraction) -> int | None:
    """Average the buyers' shares, pulled towards `prior` as if 8 more buyers had shown it.

    Each buyer gives one share between 0 and 1, however many orders it placed, so buying again
    from oneself adds nothing. Rounded down to a permille; no buyer gives None.

    >>> shrunk_permille([Fraction(1)] * 8, prior=Fraction(90, 100))
    950
    """
    given = list(shares)
    if not given:
        return None
    mean = (sum(given) + PRIOR_BUYERS * prior) / (len(given) + PRIOR_BUYERS)
    return int(mean * 1000)


def table_hash() -> str:
    """Return the SHA-256 of the table and everything else that decides a score."""
    canonical = {
        "base": BASE,
        "range": [LOWEST, HIGHEST],
        "bands": BANDS,
        "thin_below": THIN_BELOW,
        "priors": [PRIOR_BUYERS, str(PRIOR_ON_TIME), str(PRIOR_CANCELLED)],
        "rows": [asdict(row) for row in TABLE],
    }
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
