"""How groups of applicants fare: counts that name nobody, rates and their ratios. Plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from credit.loans.rules.portfolio import interval

# A group of fewer shops is never shown alone.
SHOWN_FROM = 20
# A group approved at less than four fifths of the best group's rate needs a look (the line of
# the United States' Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4 D).
FOUR_FIFTHS = 0.8


@dataclass(frozen=True, slots=True)
class Counts:
    """One group: who asked, who got a yes from the card, and loans that ran their course.

    `promised` is the sum of the promised rates of `matured`; `good` are repaid loans given by
    the card; `good_below` what loans repaid by lot stand for below the line.
    """

    asked: int = 0
    approved: int = 0
    matured: int = 0
    bad: int = 0
    promised: float = 0.0
    good: float = 0.0
    good_below: float = 0.0

    def plus(self, other: Counts) -> Counts:
        """Return both groups together."""
        return Counts(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Line:
    """A group as the desk shows it; rates between 0 and 1, None where too few are known.

    `ratio`: the approval rate against that of the group with the highest. `refused_good`: of
    those who would pay back, the part that the card refuses near its line.
    """

    label: str
    asked: int
    rate: float
    ratio: float
    matured: int
    promised: float | None
    lowest: float | None
    highest: float | None
    refused_good: float | None

    @property
    def far(self) -> bool:
        """Whether a person should look why this group is approved so much less often."""
        return self.ratio < FOUR_FIFTHS

    @property
    def kept(self) -> bool:
        """Whether the promised rate lies within what the group's loans allow."""
        if self.promised is None or self.lowest is None or self.highest is None:
            return True
        return self.lowest <= self.promised <= self.highest


def merged(
    groups: Mapping[str, Counts], *, rest: str, least: int = SHOWN_FROM
) -> dict[str, Counts]:
    """Return the groups with all small ones together under `rest`, large enough to name nobody.

    When the small ones together are still too few, the next smallest joins them, so that nobody
    can reckon them as the difference to a total.

    >>> small = {"A": Counts(30), "B": Counts(25), "C": Counts(3)}
    >>> {name: one.asked for name, one in merged(small, rest="others").items()}
    {'A': 30, 'others': 28}
    >>> merged({"A": Counts(5)}, rest="others")
    {}
    """
    shown: dict[str, Counts] = {}
    others = Counts()
    for name, counts in sorted(groups.items(), key=lambda one: (one[1].asked, one[0])):
        if counts.asked < least or 0 < others.asked < least:
            others = others.plus(counts)
        else:
            shown[name] = counts
    largest_first = dict(sorted(shown.items(), key=lambda one: (-one[1].asked, one[0])))
    return largest_first | ({rest: others} if others.asked >= least else {})


def lines(groups: Mapping[str, Counts], *, least: int = SHOWN_FROM) -> list[Line]:
    """Return what each group got, against the group that is approved most often."""
    rates = {name: one.approved / one.asked for name, one in groups.items()}
    best = max(rates.values(), default=0.0)
    return [
        _line(name, one, rates[name] / best if best else 1.0, least) for name, one in groups.items()
    ]


def _line(name: str, one: Counts, ratio: float, least: int) -> Line:
    rate = one.approved / one.asked
    if one.matured < least:
        return Line(name, one.asked, rate, ratio, 0, None, None, None, None)
    lowest, highest = interval(one.bad, one.matured)
    would_pay = one.good + one.good_below
    return Line(
        name,
        one.asked,
        rate,
        ratio,
        one.matured,
        one.promised / one.matured,
        lowest,
        highest,
        one.good_below / would_pay if would_pay else None,
    )
