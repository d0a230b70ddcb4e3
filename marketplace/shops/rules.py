"""How shops move between states, who may do what in one, how the public badge is made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
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


class Act(StrEnum):
    """What a person may do in a shop; `MAY` says in which role."""

    SEE_ORDERS = "see_orders"  # what was bought, and where it stands
    SEE_DELIVERY = "see_delivery"  # the buyer's name and address
    SHIP = "ship"
    CANCEL_ORDERS = "cancel_orders"  # gives a buyer's money back
    SEE_MONEY = "see_money"  # prices, commission, payouts
    SEE_LISTINGS = "see_listings"  # also drafts and withheld ones
    COUNT_STOCK = "count_stock"
    EDIT_LISTINGS = "edit_listings"
    SEE_RECORD = "see_record"  # strikes, decisions, the credit score
    APPEAL = "appeal"
    MANAGE_MEMBERS = "manage_members"


# Each role gets what its work needs and no more: who packs needs no prices, who keeps the books
# needs no address. An act that no line names is the owner's alone.
MAY: Mapping[str, frozenset[Act]] = {
    "owner": frozenset(Act),
    "packer": frozenset(
        {Act.SEE_ORDERS, Act.SEE_DELIVERY, Act.SHIP, Act.SEE_LISTINGS, Act.COUNT_STOCK}
    ),
    "bookkeeper": frozenset({Act.SEE_ORDERS, Act.SEE_MONEY}),
}
# An open invitation is a key that lies about: it lasts a week, and a shop has few of them.
# Only helpers are invited; making somebody an owner takes a second, deliberate step.
INVITATION_DAYS = 7
INVITATIONS_OPEN_MAX = 10
# Each one to an account is also a message to it.
INVITATIONS_A_DAY_MAX = 20
INVITED_ROLES = ("packer", "bookkeeper")


def roles_that_may(act: Act) -> frozenset[str]:
    """Return the member roles that may do `act`.

    >>> sorted(roles_that_may(Act.SHIP)), sorted(roles_that_may(Act.SEE_MONEY))
    (['owner', 'packer'], ['bookkeeper', 'owner'])
    """
    return frozenset(role for role, acts in MAY.items() if act in acts)


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
