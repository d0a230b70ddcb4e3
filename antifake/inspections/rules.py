"""How an inspection moves, and what its result says to the letter. Plain Python."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

MOVES: frozenset[tuple[str, str]] = frozenset(
    {
        ("open", "accepted"),
        ("open", "lapsed"),
        ("accepted", "done"),
        ("accepted", "lapsed"),
    }
)
WORDS_LETTERS = 20
PHOTOS_MOST = 8
# A village workshop may ask for some of its goods, not have the whole shelf inspected for nothing.
ASKED_A_MONTH = 5


def may_move(before: str, after: str) -> bool:
    """Say whether an inspection may go from one state to another.

    >>> may_move("open", "accepted"), may_move("done", "accepted")
    (True, False)
    """
    return (before, after) in MOVES


@dataclass(frozen=True)
class Link:
    """One hand-over, as the signed text has it."""

    giver: str
    taker: str
    seal_number: str
    happened_at: str


def gap(links: Sequence[Link], *, giver: str, taker: str) -> str:
    """Name what breaks the chain when these hands follow; empty when nothing does.

    >>> gap([Link("seller", "carrier", "A1", "")], giver="seller", taker="inspector")
    'not_holding'
    >>> gap([Link("seller", "carrier", "A1", "")], giver="carrier", taker="inspector")
    ''
    """
    if giver == taker:
        return "same"
    if links and links[-1].taker != giver:
        return "not_holding"
    return ""


def is_with_inspector(links: Sequence[Link]) -> bool:
    """Say whether the goods are in the inspector's hands by an unbroken chain."""
    unbroken = all(one.taker == after.giver for one, after in pairwise(links))
    return bool(links) and unbroken and links[-1].taker == "inspector"


def signed_text(facts: dict[str, object]) -> str:
    """Return the text that is signed: JSON, keys in order, nothing left to chance.

    >>> signed_text({"b": 1, "a": "ü"})
    '{"a":"ü","b":1}'
    """
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
