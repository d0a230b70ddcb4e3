"""The thinking of quotes: legal moves, bounds, who may still be chosen. Plain Python."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

# An accepted request may open again: when its order was not paid in time.
REQUEST_MOVES: frozenset[tuple[str, str]] = frozenset(
    {
        ("open", "accepted"),
        ("open", "closed"),
        ("open", "expired"),
        ("expired", "accepted"),
        ("accepted", "open"),
        ("accepted", "expired"),
    }
)
# A shop may come back with a new version after a no, after its time ran out, and after an order
# that nobody paid (lapsed). Money that came late makes a lapsed quote an accepted one again.
QUOTE_MOVES: frozenset[tuple[str, str]] = frozenset(
    {
        ("sent", "accepted"),
        ("sent", "declined"),
        ("sent", "withdrawn"),
        ("sent", "expired"),
        ("declined", "sent"),
        ("expired", "sent"),
        ("withdrawn", "sent"),
        ("accepted", "lapsed"),
        ("lapsed", "sent"),
        ("lapsed", "accepted"),
    }
)
REVISABLE = ("sent", "declined", "expired", "withdrawn", "lapsed")

QUANTITY_MAX = 1_000_000  # of small makers' goods: a typing slip lies above it
SHOPS_ASKED_MAX = 5
DEALS_MAX = 3  # the quantity asked for and two larger ones
VALID_DAYS_MAX = 60
TRANSIT_DAYS_MAX = 180
TEXT_LETTERS = 10  # a sentence, not a word
TEXT_MAX = 4_000
PHOTOS_AT_ONCE = 6


def request_may(old: str, new: str) -> bool:
    """Return whether a request may go from `old` to `new`.

    >>> request_may("open", "accepted"), request_may("closed", "open")
    (True, False)
    """
    return (old, new) in REQUEST_MOVES


def quote_may(old: str, new: str) -> bool:
    """Return whether a quote may go from `old` to `new`.

    >>> quote_may("sent", "accepted"), quote_may("expired", "accepted")
    (True, False)
    """
    return (old, new) in QUOTE_MOVES


@dataclass(frozen=True, slots=True)
class Rung:
    """So many pieces at a price each, and the price of sending all of them; minor units."""

    quantity: int
    unit_price_minor: int
    shipping_minor: int


def why_no_ladder(rungs: Iterable[Rung]) -> str:
    """Return what is wrong with a ladder of prices: "", "empty", "range", "long" or "order".

    Quantities rise from rung to rung; what is asked for a piece may not rise with them.

    >>> why_no_ladder([Rung(100, 50, 0), Rung(500, 45, 0)])
    ''
    >>> why_no_ladder([Rung(100, 50, 0), Rung(500, 55, 0)])
    'order'
    """
    ladder = list(rungs)
    if not ladder:
        return "empty"
    if len(ladder) > DEALS_MAX:
        return "long"
    if any(not 1 <= one.quantity <= QUANTITY_MAX or one.unit_price_minor < 1 for one in ladder):
        return "range"
    for before, after in pairwise(ladder):
        if after.quantity <= before.quantity or after.unit_price_minor > before.unit_price_minor:
            return "order"
    return ""
