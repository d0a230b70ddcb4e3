"""How shops move between states, how the public badge is made, which currencies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from babel.numbers import get_territory_currencies

from marketplace.accounts.rules import COUNTRIES

# state → states it may move to. Suspension comes and goes with the sanction level alone.
MOVES: Mapping[str, frozenset[str]] = {
    "applied": frozenset({"approved", "refused"}),
    "refused": frozenset({"approved"}),
    "approved": frozenset({"suspended", "closed"}),
    "suspended": frozenset({"approved", "closed"}),
    "closed": frozenset(),
}
SUSPENDED_LEVEL = 3

# Worst first. "new" stands between: nothing known is neither good nor bad.
_WORST_FIRST = ("restricted", "watched", "new", "steady", "trusted")
_BY_SANCTION = {0: "trusted", 1: "watched", 2: "restricted", 3: "restricted"}
_BY_BAND = {
    "unknown": "new",
    "poor": "watched",
    "medium": "steady",
    "good": "steady",
    "very_good": "trusted",
    "excellent": "trusted",
}


def may_move(before: str, after: str) -> bool:
    """Say whether a shop may go from one state to another.

    >>> may_move("applied", "approved"), may_move("closed", "approved")
    (True, False)
    """
    return after in MOVES[before]


def standing(sanction_level: int, credit_band: str) -> str:
    """Return the coarse public badge: the worse of active sanction and credit band.

    The badge says nothing of which of the two it came from, so it gives away neither a
    sanction's cause nor a score. A clean shop without a credit record is "new".

    >>> standing(0, "excellent"), standing(1, "excellent"), standing(0, "unknown")
    ('trusted', 'watched', 'new')

    Raises KeyError for an unknown level or band.
    """
    badges = (_BY_SANCTION[sanction_level], _BY_BAND[credit_band])
    return min(badges, key=_WORST_FIRST.index)


def state_under(state: str, sanction_level: int) -> str:
    """Return the state a shop has once its sanction level is `sanction_level`.

    >>> state_under("approved", 3), state_under("suspended", 2), state_under("applied", 3)
    ('suspended', 'approved', 'applied')
    """
    if state == "approved" and sanction_level >= SUSPENDED_LEVEL:
        return "suspended"
    if state == "suspended" and sanction_level < SUSPENDED_LEVEL:
        return "approved"
    return state


def plain_name(name: str) -> str:
    """Return a shop's name with outer and doubled white space gone.

    >>> plain_name("  Kigali   Baskets ")
    'Kigali Baskets'
    """
    return re.sub(r"\s+", " ", name).strip()


@lru_cache(maxsize=1)
def currencies() -> frozenset[str]:
    """Return the ISO 4217 codes that are legal tender somewhere today (CLDR).

    >>> "RWF" in currencies(), "DEM" in currencies()
    (True, False)
    """
    return frozenset(c for code in COUNTRIES for c in get_territory_currencies(code))
