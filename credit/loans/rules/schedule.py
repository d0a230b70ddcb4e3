"""Instalments and interest in whole minor units; every sum is exact. Plain Python.

Interest runs by the day on what is still owed: principal × rate × days, counted in units of
1 / 3,650,000 of a minor unit (365 days, ten-thousandths), so that nothing is rounded before it is
asked for. It never grows beyond what the contract said: who pays early pays less, who pays late
pays no more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from marketplace.money import spread

# 365 days × 10,000 basis points.
UNITS_A_MINOR = 365 * 10_000


@dataclass(frozen=True, slots=True)
class Part:
    """One instalment: so many days after the start; minor units."""

    number: int
    day: int
    principal_minor: int
    interest_minor: int

    @property
    def amount_minor(self) -> int:
        """What is to be paid."""
        return self.principal_minor + self.interest_minor


def interest_units(principal_minor: int, rate_bp: int, days: int) -> int:
    """Return the interest of some days, in units of 1 / 3,650,000 of a minor unit.

    >>> interest_units(100_000, 1_200, 30) // UNITS_A_MINOR
    986
    """
    return principal_minor * rate_bp * days


def schedule(
    principal_minor: int, *, rate_bp: int, parts: int, days: int, level: bool
) -> list[Part]:
    """Split a loan into `parts` instalments, `days` apart; their principals sum to it exactly.

    `level` makes all payments alike (an annuity; the last takes what rounding left), else
    the principal is split evenly. Interest of each part is what its days bring on what is owed
    then; in all it is rounded down once.

    >>> loan = schedule(90_000, rate_bp=1_500, parts=3, days=30, level=True)
    >>> [part.amount_minor for part in loan]
    [30743, 30743, 30742]
    >>> sum(part.principal_minor for part in loan)
    90000

    Raises ValueError if a part would be less than one minor unit.
    """
    if principal_minor < parts or parts < 1:
        raise ValueError("every instalment repays something")
    payment = _level_payment(principal_minor, rate_bp, parts, days)
    even = spread(principal_minor, [1] * parts)
    left, units, charged, found = principal_minor, 0, 0, []
    for number in range(1, parts + 1):
        units += interest_units(left, rate_bp, days)
        interest = units // UNITS_A_MINOR - charged
        charged += interest
        wanted = max(payment - interest, 1) if level else even[number - 1]
        # Each later part still has something to repay.
        principal = left if number == parts else min(wanted, left - (parts - number))
        left -= principal
        found.append(Part(number, number * days, principal, interest))
    return found


def _level_payment(principal_minor: int, rate_bp: int, parts: int, days: int) -> int:
    rate = Fraction(rate_bp * days, UNITS_A_MINOR)
    if not rate:
        return -(-principal_minor // parts)
    return math.ceil(principal_minor * rate / (1 - (1 + rate) ** -parts))


def new_plan(principal_minor: int, interest_minor: int, *, parts: int, days: int) -> list[Part]:
    """Spread what is left of a loan over more time: a plan for whoever is in hardship.

    >>> [part.amount_minor for part in new_plan(1_000, 10, parts=3, days=30)]
    [338, 336, 336]
    """
    principals, interests = (
        spread(amount, [1] * parts) for amount in (principal_minor, interest_minor)
    )
    return [
        Part(number, number * days, principal, interest)
        for number, (principal, interest) in enumerate(
            zip(principals, interests, strict=True), start=1
        )
    ]


def annual_cost_bp(principal_minor: int, payments: Sequence[tuple[int, int]]) -> int:
    """Return the annual percentage rate of charge in basis points.

    `payments` are (day, minor units). The rate X at which what is paid back is worth the loan:
    sum of payment × (1 + X)^(-day / 365). Source: EU directive 2023/2225, annex III.

    >>> annual_cost_bp(100_000, [(365, 110_000)])
    1000
    """
    low, high = 0.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        worth = sum(amount * (1 + middle) ** (-day / 365) for day, amount in payments)
        low, high = (middle, high) if worth > principal_minor else (low, middle)
    return round(high * 10_000)


@dataclass(frozen=True, slots=True)
class Account:
    """Where a loan stands; minor units, `units` as `interest_units` counts them."""

    principal_left_minor: int
    units: int
    interest_paid_minor: int
    interest_max_minor: int

    @property
    def interest_due_minor(self) -> int:
        """Interest that has run and is not paid; never beyond what the contract said."""
        ran = min(self.units // UNITS_A_MINOR, self.interest_max_minor)
        return max(0, ran - self.interest_paid_minor)

    @property
    def owed_minor(self) -> int:
        """What ends the loan now."""
        return self.principal_left_minor + self.interest_due_minor


@dataclass(frozen=True, slots=True)
class Split:
    """How a payment is booked: interest first, then principal; the rest is given back."""

    interest_minor: int
    principal_minor: int
    rest_minor: int


def split(account: Account, amount_minor: int) -> Split:
    """Divide a payment; the parts sum to it.

    >>> split(Account(100, 7 * UNITS_A_MINOR, 0, 50), 110)
    Split(interest_minor=7, principal_minor=100, rest_minor=3)
    """
    interest = min(amount_minor, account.interest_due_minor)
    principal = min(amount_minor - interest, account.principal_left_minor)
    return Split(interest, principal, amount_minor - interest - principal)


def first_open(amounts: Sequence[int], paid_minor: int) -> int | None:
    """Return the place of the first instalment that is not fully paid; None when all are.

    >>> first_open([100, 100], 100), first_open([100, 100], 200)
    (1, None)
    """
    reached = 0
    for place, amount in enumerate(amounts):
        reached += amount
        if reached > paid_minor:
            return place
    return None
