"""The thinking about notices: what is missing, what acts at once, clocks and accuracy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from antifake.cases.rules.bounds import lower_bound

MOST_LINKS = 300
REASON_LETTERS = 20
# An address of goods here: /l/7/, with whatever stands before and behind it; or a bare number.
_LINK = re.compile(r"(?:^|/)l/(\d{1,12})(?:[/?#]|$)|^(\d{1,12})$")
SATURDAY = 5

# state → states it may move to; the database holds what each needs.
NOTICE_MOVES: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"incomplete", "sent", "withheld", "decided"}),
    "incomplete": frozenset({"incomplete", "sent", "withheld", "decided"}),
    "sent": frozenset({"withheld", "decided", "withdrawn"}),
    "withheld": frozenset({"sent", "decided", "withdrawn"}),
    "decided": frozenset({"sent", "withheld", "withdrawn"}),
    "withdrawn": frozenset(),
}
WAITING, WITHHELD = "waiting", "withheld"


@dataclass(frozen=True, slots=True)
class Parts:
    """What a notice has so far."""

    has_right: bool
    goods: int
    reason: str
    sworn_name: str
    good_faith: bool


def missing(parts: Parts) -> list[str]:
    """Return the fields of what is missing, in the order in which it is asked for.

    EU Digital Services Act, art. 16(2): why it is unlawful, the exact addresses, the sender's
    name, and a statement of good faith; and the right on which it rests.

    >>> missing(Parts(True, 2, "Copies of our registered pattern.", "", False))
    ['sworn_name', 'good_faith']
    """
    there = {
        "right": parts.has_right,
        "links": parts.goods > 0,
        "reason": len(parts.reason.strip()) >= REASON_LETTERS,
        "sworn_name": bool(parts.sworn_name.strip()),
        "good_faith": parts.good_faith,
    }
    return [name for name, given in there.items() if not given]


def listings_in(text: str) -> tuple[list[int], list[str]]:
    """Return the goods that pasted lines name, each once in order, and lines that name none.

    >>> listings_in("https://market.example/l/7/?a=1\\n 9 \\n/l/7/\\nhello")
    ([7, 9], ['hello'])
    """
    found: dict[int, None] = {}
    strange: list[str] = []
    for line in re.split(r"[\s,;]+", text):
        match = _LINK.search(line)
        if match:
            found[int(match.group(1) or match.group(2))] = None
        elif line:
            strange.append(line)
    return list(found), strange


@dataclass(frozen=True, slots=True)
class Candidate:
    """One listing of a notice: whose it is, and what speaks for withholding it at once."""

    listing_id: int
    shop_id: int
    is_copy: bool
    authorised: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """How many goods a shop has on sale, and how many of it notices withhold."""

    live: int
    withheld: int


def at_once(
    candidates: Sequence[Candidate],
    shelves: Mapping[int, Shelf],
    *,
    right_in_force: bool,
    trusted: bool,
    share_permille: int,
) -> set[int]:
    """Return the listings that are withheld in the request; all others need a person.

    The right must be in force, and either the holder's record is trusted or the listing shows a
    copy of a known fake. A shop that may sell the brand's goods is never withheld unseen, nor one
    of whose goods more than `share_permille` would be out of sight.
    """
    if not right_in_force:
        return set()
    fit = [one for one in candidates if (trusted or one.is_copy) and not one.authorised]
    by_shop: dict[int, list[Candidate]] = {}
    for one in fit:
        by_shop.setdefault(one.shop_id, []).append(one)
    chosen: set[int] = set()
    for shop_id, mine in by_shop.items():
        shelf = shelves[shop_id]
        out = len(mine) + shelf.withheld
        if 1000 * out <= share_permille * (shelf.live + shelf.withheld):
            chosen |= {one.listing_id for one in mine}
    return chosen


def state_of(states: Iterable[str]) -> str:
    """Return where a notice stands, from its items.

    >>> state_of(["withheld", "waiting"]), state_of(["withheld", "gone"]), state_of(["upheld"])
    ('sent', 'withheld', 'decided')
    """
    there = set(states)
    if WAITING in there:
        return "sent"
    return "withheld" if WITHHELD in there else "decided"


@dataclass(frozen=True, slots=True)
class Accuracy:
    """A holder's record: how many items were upheld, how many not, and what is surely true of it.

    `surely_permille` is the lower bound that holds in 95 of 100 cases.
    """

    upheld: int
    wrong: int
    bar_permille: int

    @property
    def decided(self) -> int:
        """How many items count."""
        return self.upheld + self.wrong

    @property
    def permille(self) -> int:
        """The share that was upheld; 0 when nothing was decided."""
        return 1000 * self.upheld // self.decided if self.decided else 0

    @property
    def surely_permille(self) -> int:
        """What the true share surely reaches."""
        return int(1000 * lower_bound(self.upheld, self.decided))

    @property
    def surely_percent(self) -> float:
        """The same of a hundred, with one decimal."""
        return self.surely_permille / 10

    @property
    def bar_percent(self) -> float:
        """The bar of a hundred, with one decimal."""
        return self.bar_permille / 10

    @property
    def reached(self) -> bool:
        """Whether notices withhold at once."""
        return self.surely_permille >= self.bar_permille

    @property
    def more_needed(self) -> int:
        """How many items upheld in a row would reach the bar."""
        if self.reached:
            return 0
        few, many = 0, 1
        while not self._with(many):
            few, many = many, 2 * many
        while many - few > 1:
            middle = (few + many) // 2
            few, many = (few, middle) if self._with(middle) else (middle, many)
        return many

    def _with(self, more: int) -> bool:
        surely = lower_bound(self.upheld + more, self.decided + more)
        return int(1000 * surely) >= min(self.bar_permille, 999)


def business_days_after(at: datetime, days: int) -> datetime:
    """Return the moment so many business days later, at the same time of day in UTC.

    Saturdays and Sundays do not count. Holidays differ from country to country and are left to
    the rule book's number of days.

    >>> business_days_after(datetime(2026, 11, 20, 9, 0, tzinfo=UTC), 1)
    datetime.datetime(2026, 11, 23, 9, 0, tzinfo=datetime.timezone.utc)
    """
    moment = at.astimezone(UTC)
    while days > 0:
        moment += timedelta(days=1)
        if moment.weekday() < SATURDAY:
            days -= 1
    return moment
