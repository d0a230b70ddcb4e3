"""What ranks first: text × trust × freshness × newcomers' exposure × stock × stars.

The database computes the same in one statement (services/search.py); a test compares the two.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, fields

KEYS = (
    "search.description_permille",
    "search.fresh_half_days",
    "search.fresh_floor_permille",
    "search.newcomer_permille",
    "search.newcomer_days",
    "search.newcomer_goods",
    "search.sold_out_permille",
    "search.star_permille",
)
# Of five; goods without reviews stand there, so that stars lift and lower around it.
USUAL_STARS_HUNDREDTHS = 400
# A rank in the table is renewed when the true one is so far off, in thousandths of its own.
RENEW_FROM = 3


@dataclass(frozen=True, slots=True)
class Weights:
    """The rule book's values, named as its keys are after `search.`."""

    description_permille: int
    fresh_half_days: int
    fresh_floor_permille: int
    newcomer_permille: int
    newcomer_days: int
    newcomer_goods: int
    sold_out_permille: int
    star_permille: int

    @classmethod
    def of(cls, values: Mapping[str, int]) -> Weights:
        """Read them from the rule book's values."""
        return cls(**{one.name: values[f"search.{one.name}"] for one in fields(cls)})


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one listing. `place` is its number among the shop's goods by age: 0, 1 …"""

    trust_permille: int
    age_days: float
    shop_age_days: float
    place: int
    in_stock: bool
    stars_count: int = 0
    stars_hundredths: int = 0


@dataclass(frozen=True, slots=True)
class Factors:
    """What a listing's rank is multiplied from; 1 changes nothing."""

    trust: float
    freshness: float
    newcomer: float
    stock: float
    stars: float

    @property
    def rank(self) -> int:
        """The product in thousandths."""
        each = (self.trust, self.freshness, self.newcomer, self.stock, self.stars)
        return round(1000 * math.prod(each))


def factors(facts: Facts, weights: Weights) -> Factors:
    """Return each factor of a listing.

    Freshness halves its lead every `fresh_half_days` and never falls below its floor. The
    first goods of a new shop are lifted, less each day, so that newcomers are seen at all.

    >>> weights = Weights(400, 60, 700, 300, 60, 10, 400, 50)
    >>> factors(Facts(1000, 0, 400, 99, True), weights).rank
    1000
    >>> factors(Facts(1000, 60, 60, 0, True), weights).rank
    850
    >>> factors(Facts(1000, 0, 0, 0, True), weights).rank
    1300
    """
    floor = weights.fresh_floor_permille / 1000
    age = max(facts.age_days, 0)
    lead = max(0.0, 1 - max(facts.shop_age_days, 0) / max(weights.newcomer_days, 1))
    is_new = facts.place < weights.newcomer_goods
    above = (facts.stars_hundredths - USUAL_STARS_HUNDREDTHS) / 100 if facts.stars_count else 0
    return Factors(
        trust=facts.trust_permille / 1000,
        freshness=floor + (1 - floor) * 0.5 ** (age / weights.fresh_half_days),
        newcomer=1 + weights.newcomer_permille / 1000 * lead if is_new else 1,
        stock=1 if facts.in_stock else weights.sold_out_permille / 1000,
        stars=1 + weights.star_permille / 1000 * above,
    )


def text_permille(*, words: int, in_title: int, description_permille: int) -> int:
    """Return how well the text answers, when the listing holds all words, `in_title` in its title.

    >>> [text_permille(words=2, in_title=n, description_permille=400) for n in (2, 1, 0)]
    [1000, 700, 400]
    """
    if not words:
        return 1000
    return description_permille + (1000 - description_permille) * in_title // words


# Price bands: 1, 2, 5, 10, 20, 50 … whole units of whatever currency, so that they need no rate.
_LIMITS = tuple(digit * 10**power for power in range(12) for digit in (1, 2, 5))


def price_band(price_minor: int, digits: int) -> int:
    """Return the number of the band a price lies in; `digits` are the currency's decimals.

    >>> price_band(50, 2), price_band(100, 2), price_band(1999, 2), price_band(1999, 0)
    (0, 1, 4, 10)
    """
    return bisect_right(_LIMITS, price_minor // 10**digits)


def band_limits(band: int, digits: int) -> tuple[int, int]:
    """Return from which price (minor units) to below which a band goes.

    >>> band_limits(0, 2), band_limits(4, 2)
    ((0, 100), (1000, 2000))
    """
    low = _LIMITS[band - 1] if band else 0
    return low * 10**digits, _LIMITS[min(band, len(_LIMITS) - 1)] * 10**digits
