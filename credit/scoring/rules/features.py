"""What the score of a shop looks at, and how rates are made cautious. Plain Python."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction
from operator import attrgetter

# Fewer buyers than this (each counted once) say nothing: no band is given.
THIN_BELOW = 3
# Rates are pulled towards a prior worth this many buyers, so that one parcel decides little.
PRIOR_BUYERS = 8
PRIOR_ON_TIME = Fraction(90, 100)
PRIOR_CANCELLED = Fraction(3, 100)
PRIOR_REFUNDED = Fraction(3, 100)
PRIOR_LOST = Fraction(1, 100)
PRIOR_REPEAT = Fraction(20, 100)
PRIOR_SHIP_HOURS = 48
PRIOR_STARS = 4
# A month of trading is counted as 30 days, so that every shop is measured alike.
DAYS_A_MONTH = 30
# A lost dispute weighs half after as many days, an instalment paid late after a year.
HALF_LIFE_LOST_DAYS = 180
LATE_COUNTS_FOR = timedelta(days=365)


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

    Rates are permille, pulled towards a prior, and every buyer weighs the same in them.
    `shipped_buyers` and `paid_buyers` are no rows of the table: they say what a what-if needs.
    """

    months_trading: int | None = None
    active_months: int | None = None
    account_months: int = 0
    instalments_paid: int | None = None
    days_late: int | None = None
    on_time_permille: int | None = None
    cancelled_permille: int | None = None
    ship_hours: int | None = None
    lost_permille: int | None = None
    strike_points: int = 0
    fakes_proven: int = 0
    refunded_permille: int | None = None
    stars_hundredths: int | None = None
    identity_level: int = 0
    payout_months: int | None = None
    buyers: int | None = None
    repeat_permille: int | None = None
    largest_buyer_permille: int | None = None
    shipped_buyers: int = 0
    paid_buyers: int = 0

    def values(self) -> dict[str, int | None]:
        """Return every value by its name."""
        return dict(zip(_NAMES, _read(self), strict=True))

    @property
    def thin(self) -> bool:
        """Whether there is too little trade to give a band."""
        return (self.buyers or 0) < THIN_BELOW


_NAMES = tuple(one.name for one in fields(Features))
_read = attrgetter(*_NAMES)


def shrunk_permille(shares: Iterable[Fraction], *, prior: Fraction) -> int | None:
    """Average the buyers' shares, pulled towards `prior` as if 8 more buyers had shown it.

    Each buyer gives one share between 0 and 1, however many orders it placed, so buying again
    from oneself adds nothing. Rounded down to a permille; no buyer gives None.

    >>> shrunk_permille([Fraction(1)] * 8, prior=Fraction(90, 100))
    950
    """
    mean = pulled(shares, prior=prior)
    return None if mean is None else int(mean * 1000)


def pulled(values: Iterable[Fraction], *, prior: Fraction | int) -> Fraction | None:
    """Return the mean of the buyers' values, pulled towards `prior`; None without any buyer.

    >>> pulled([Fraction(24)] * 8, prior=48)
    Fraction(36, 1)
    """
    given = list(values)
    if not given:
        return None
    return (sum(given, Fraction(0)) + PRIOR_BUYERS * prior) / (len(given) + PRIOR_BUYERS)


def months(age: timedelta) -> int:
    """Return full months of 30 days."""
    return max(age.days, 0) // DAYS_A_MONTH
