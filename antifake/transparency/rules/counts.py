"""What may be counted in public: no cell of a published table stands for fewer than K people.

Plain Python. Cells of fewer people are put together as "other"; should "other" be too small
itself, the smallest of the rest goes in too, so that no difference gives it away.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median

# Our own choice, the usual least of open data about people (k-anonymity, Sweeney 2002).
K = 5
OTHER = "other"
# A running quarter is counted in whole fives: from one day to the next no single case shows.
COARSE = 5


@dataclass
class Cell:
    """One cell before it is published: how many, and how many different people they are."""

    key: tuple[str, ...]
    count: int = 0
    people: set[int] = field(default_factory=set)

    def add(self, person: int) -> None:
        """Count one more."""
        self.count += 1
        self.people.add(person)


@dataclass(frozen=True)
class Published:
    """A cell that may be seen. `unit` is "count" or "hours"."""

    key: tuple[str, ...]
    value: int
    unit: str = "count"


@dataclass(frozen=True)
class Quarter:
    """Three months of a year, in UTC: from `starts` until just before `ends`."""

    year: int
    number: int

    @property
    def name(self) -> str:
        """How addresses and data name it: 2026-Q4."""
        return f"{self.year}-Q{self.number}"

    @property
    def starts(self) -> datetime:
        """Its first moment."""
        return datetime(self.year, 3 * self.number - 2, 1, tzinfo=UTC)

    @property
    def ends(self) -> datetime:
        """The first moment after it."""
        return self.after().starts

    def after(self) -> Quarter:
        """Return the next one."""
        return (
            Quarter(self.year + 1, 1) if self.number == 4 else Quarter(self.year, self.number + 1)
        )

    def before(self) -> Quarter:
        """Return the one before."""
        return (
            Quarter(self.year - 1, 4) if self.number == 1 else Quarter(self.year, self.number - 1)
        )


def quarter_of(moment: datetime) -> Quarter:
    """Return the quarter that holds a moment, in UTC."""
    there = moment.astimezone(UTC)
    return Quarter(there.year, (there.month - 1) // 3 + 1)


def quarters(at: datetime, count: int) -> list[Quarter]:
    """Return the running quarter and those before it, `count` in all, the newest first."""
    found = [quarter_of(at)]
    while len(found) < count:
        found.append(found[-1].before())
    return found


def counted(facts: Iterable[tuple[tuple[str, ...], int]]) -> list[Cell]:
    """Return one cell for each key of (key, person), the fullest first."""
    cells: dict[tuple[str, ...], Cell] = {}
    for key, person in facts:
        cells.setdefault(key, Cell(key)).add(person)
    return sorted(cells.values(), key=lambda cell: (-cell.count, cell.key))


def publishable(cells: list[Cell], *, closed: bool, k: int = K) -> list[Published]:
    """Return the cells of one table that may be seen; empty when they are fewer than `k` people.

    Not `closed` (the quarter runs): whole fives, rounded down.
    """
    big = [cell for cell in cells if len(cell.people) >= k]
    small = [cell for cell in cells if len(cell.people) < k]
    if small:
        other = Cell((OTHER,) * len(small[0].key))
        while small or (len(other.people) < k and big):
            cell = small.pop() if small else big.pop()
            other.count += cell.count
            other.people |= cell.people
        big += [other] if len(other.people) >= k else []
    rounded = [Published(cell.key, _rounded(cell.count, closed=closed)) for cell in big]
    return [cell for cell in rounded if cell.value]


def median_hours(spans: list[tuple[float, int]], *, k: int = K) -> int | None:
    """Return the median of (seconds, person) in hours, None for few people."""
    if len({person for _seconds, person in spans}) < k:
        return None
    return round(median(seconds for seconds, _person in spans) / 3600)


def _rounded(count: int, *, closed: bool) -> int:
    return count if closed else count - count % COARSE
