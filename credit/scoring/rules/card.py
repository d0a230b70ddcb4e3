"""A score card: an additive table of whole points with a few small pair tables.

Plain Python; a card is data (JSON) and knows nothing of how it was trained. The points of its
rows sum to the score exactly, so each row is its own reason.

Scale: 50 points double the odds of paying, and 650 stands for odds of 20 to 1. So 350 to 950 is
twelve doublings, and a score promises a probability of default.
"""

from __future__ import annotations

import hashlib
import json
import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import isnan
from operator import getitem, sub
from typing import Any, NamedTuple

LOWEST, HIGHEST = 350, 950
POINTS_TO_DOUBLE = 50
ANCHOR_POINTS, ANCHOR_ODDS = 650, 20
# Points per unit of log odds, and the score at even odds.
FACTOR = POINTS_TO_DOUBLE / math.log(2)
EVEN = ANCHOR_POINTS - FACTOR * math.log(ANCHOR_ODDS)

BASE, LIMIT = "base", "limit"
_LEAST = -(2**31)  # the most of base and limit: they can never give too little
_KEPT = 4_096  # numbers whose row is remembered, of each attribute
Value = float | int | str | None


def default_probability(points: float) -> float:
    """Return the probability of default that a score promises.

    >>> round(default_probability(650), 3), round(default_probability(700), 3)
    (0.048, 0.024)
    """
    return 1 / (1 + math.exp((points - EVEN) / FACTOR))


def points_of_log_odds(log_odds_of_bad: float) -> float:
    """Return the score that a log odds of default stands for, not rounded.

    >>> round(points_of_log_odds(math.log(1 / 20)))
    650
    """
    return EVEN - FACTOR * log_odds_of_bad


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a card: which row a value falls into, and the points of each row.

    A number's row is how many `cuts` it reaches; a category's row is its place in `categories`,
    and a category never seen counts as missing. The last of `points` is the row "no record".
    `direction` is +1 where a larger number never lowers the score, -1 where it never raises it,
    0 where nothing is promised.
    """

    key: str
    points: tuple[int, ...]
    cuts: tuple[float, ...] = ()
    categories: tuple[str, ...] = ()
    direction: int = 0
    dimension: str = ""
    _places: dict[str, int] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        rows = len(self.categories) if self.categories else len(self.cuts) + 1
        if len(self.points) != rows + 1:
            raise ValueError(f"{self.key}: {rows} rows and one for missing need points each.")
        places = {name: place for place, name in enumerate(self.categories)}
        object.__setattr__(self, "_places", places)

    @property
    def missing(self) -> int:
        """The row of a record that is missing."""
        return len(self.points) - 1

    def row(self, value: Value) -> int:
        """Return the row that a value falls into; None and NaN are missing."""
        if value is None:
            return self.missing
        if self.categories:
            return self._places.get(str(value), self.missing)
        try:
            number = float(value)
        except ValueError:
            return self.missing
        return self.missing if isnan(number) else bisect_right(self.cuts, number)


@dataclass(frozen=True, slots=True)
class Pair:
    """What two attributes say together beyond what each says alone.

    `first_groups` and `second_groups` map the rows of the two attributes (missing included) to
    the rows and columns of `points`.
    """

    first: str
    second: str
    first_groups: tuple[int, ...]
    second_groups: tuple[int, ...]
    points: tuple[tuple[int, ...], ...]

    @property
    def key(self) -> str:
        """Name of the pair among the contributions."""
        return f"{self.first} × {self.second}"


class _Rows(dict[Value, int]):
    """The row of each value of an attribute, found once: a look-up instead of a search.

    Categories are not kept: 1 and True are one key, and two categories.
    """

    def __init__(self, attribute: Attribute) -> None:
        super().__init__()
        self._attribute = attribute

    def __missing__(self, value: Value) -> int:
        row = self._attribute.row(value)
        if len(self) < _KEPT and not self._attribute.categories:
            self[value] = row
        return row


# For two attributes: the place of each and its groups; then the points.
_Together = tuple[int, tuple[int, ...], int, tuple[int, ...], tuple[tuple[int, ...], ...]]


class Scored(NamedTuple):
    """A score between 350 and 950. The contributions sum to it exactly.

    `total` is the sum before the limits of the scale; the probability of default follows it.
    """

    points: int
    total: int
    contributions: dict[str, int]

    @property
    def default_probability(self) -> float:
        """The promised probability of default, between 0 and 1."""
        return default_probability(self.total)


class Reason(NamedTuple):
    """One row of the table as a reason: what it gave and what it could have given."""

    key: str
    points: int
    lost: int


@dataclass(frozen=True, slots=True)
class Card:
    """A whole score card. `score` is pure and takes microseconds.

    `asked`: the names of the attributes, in their order. `extremes`: the least and the most that
    each row of the table can give, by its key.
    """

    base: int
    attributes: tuple[Attribute, ...]
    pairs: tuple[Pair, ...] = ()
    # The same, laid out for speed: a score must not cost more than a few microseconds.
    _rows: tuple[_Rows, ...] = field(init=False, repr=False, compare=False)
    _tables: tuple[tuple[int, ...], ...] = field(init=False, repr=False, compare=False)
    _plan: tuple[_Together, ...] = field(init=False, repr=False, compare=False)
    _keys: tuple[str, ...] = field(init=False, repr=False, compare=False)
    asked: tuple[str, ...] = field(init=False, repr=False, compare=False)
    extremes: dict[str, tuple[int, int]] = field(init=False, repr=False, compare=False)
    _most: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _named: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        place = {one.key: number for number, one in enumerate(self.attributes)}
        plan = tuple(
            (place[one.first], one.first_groups, place[one.second], one.second_groups, one.points)
            for one in self.pairs
        )
        object.__setattr__(self, "_plan", plan)
        object.__setattr__(self, "_rows", tuple(_Rows(one) for one in self.attributes))
        object.__setattr__(self, "_tables", tuple(one.points for one in self.attributes))
        asked = tuple(one.key for one in self.attributes)
        object.__setattr__(self, "asked", asked)
        keys = [*asked, *(one.key for one in self.pairs)]
        object.__setattr__(self, "_keys", (BASE, *keys, LIMIT))
        # "No record" is nobody's goal, so it is neither the least nor the most.
        known = {one.key: one.points[:-1] for one in self.attributes}
        known |= {
            one.key: tuple(cell for line in one.points for cell in line) for one in self.pairs
        }
        ends = {key: (min(points), max(points)) for key, points in known.items()}
        object.__setattr__(self, "extremes", ends)
        most = tuple(ends[key][1] if key in ends else _LEAST for key in self._keys)
        object.__setattr__(self, "_most", most)
        named = sorted(range(len(most)), key=self._keys.__getitem__)
        object.__setattr__(self, "_named", tuple(named))

    def costliest(self, contributions: Mapping[str, int], limit: int) -> list[Reason]:
        """Return the rows that lost most against their maximum; equal ones by name."""
        keys, most = self._keys, self._most
        less = list(map(sub, map(contributions.__getitem__, keys), most))
        found = sorted(self._named, key=less.__getitem__)[:limit]
        return [
            Reason(keys[place], less[place] + most[place], -less[place])
            for place in found
            if less[place] < 0
        ]

    def rows(self, values: Mapping[str, Value]) -> list[int]:
        """Return the row of each attribute; what `values` lacks is missing."""
        return self.rows_of(map(values.get, self.asked))

    def rows_of(self, values: Iterable[Value]) -> list[int]:
        """Return the row of each attribute; the values stand in the order of `asked`."""
        return list(map(getitem, self._rows, values))

    def score(self, values: Mapping[str, Value]) -> Scored:
        """Score one applicant. A row named "limit" carries what the scale takes or gives."""
        return self.score_rows(self.rows(values))

    def score_rows(self, rows: Sequence[int]) -> Scored:
        """Score from the rows themselves, as a stored decision keeps them."""
        if len(rows) != len(self._tables):
            raise ValueError("There is one row for each attribute of a card.")
        found = [self.base, *map(getitem, self._tables, rows)]
        for first, firsts, second, seconds, points in self._plan:
            found.append(points[firsts[rows[first]]][seconds[rows[second]]])
        total = sum(found)
        score = LOWEST if total < LOWEST else HIGHEST if total > HIGHEST else total
        found.append(score - total)
        return Scored(score, total, dict(zip(self._keys, found, strict=True)))

    def as_json(self) -> dict[str, Any]:
        """Return the card as plain data, without the order of its keys mattering."""
        return {
            "base": self.base,
            "attributes": [
                {key: value for key, value in asdict(one).items() if key != "_places"}
                for one in self.attributes
            ],
            "pairs": [asdict(pair) for pair in self.pairs],
        }

    @property
    def hash(self) -> str:
        """SHA-256 of everything that decides a score."""
        scale = [LOWEST, HIGHEST, POINTS_TO_DOUBLE, ANCHOR_POINTS, ANCHOR_ODDS]
        canonical = {"scale": scale, **self.as_json()}
        text = json.dumps(canonical, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def card_of(data: Mapping[str, Any]) -> Card:
    """Read a card from what `as_json` wrote. Raises KeyError or ValueError for anything else."""
    attributes = tuple(
        Attribute(
            key=one["key"],
            points=tuple(one["points"]),
            cuts=tuple(one["cuts"]),
            categories=tuple(one["categories"]),
            direction=one["direction"],
            dimension=one["dimension"],
        )
        for one in data["attributes"]
    )
    pairs = tuple(
        Pair(
            first=one["first"],
            second=one["second"],
            first_groups=tuple(one["first_groups"]),
            second_groups=tuple(one["second_groups"]),
            points=tuple(tuple(line) for line in one["points"]),
        )
        for one in data["pairs"]
    )
    return Card(base=data["base"], attributes=attributes, pairs=pairs)
