"""How shops move between states, who may do what in one, how the public badge is made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from babel.numbers import get_territory_currencies

from marketplace.accounts.rules import COUNTRIES

# state → states it may move to. Suspension comes and goes with the sanction level alone; a shop
# that is closing takes no new orders, carries out the open ones, and is closed by the clock.
MOVES: Mapping[str, frozenset[str]] = {
    "applied": frozenset({"approved", "refused"}),
    "refused": frozenset({"approved"}),
    "approved": frozenset({"suspended", "closing"}),
    "suspended": frozenset({"approved", "closing"}),
    "closing": frozenset({"approved", "suspended", "closed"}),
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
    ANSWER_MESSAGES = "answer_messages"  # read and write to buyers, answer questions
    EDIT_LISTINGS = "edit_listings"
    SEE_RECORD = "see_record"  # strikes, decisions, the credit score
    APPEAL = "appeal"
    SHARE_SCORE = "share_score"  # show the credit score to somebody outside
    MANAGE_MEMBERS = "manage_members"
    SET_PRICES = "set_prices"  # ways of sending, discounts
    QUOTE = "quote"  # answer buyers' requests with a price that binds
    CHANGE_PAYOUT_ACCOUNT = "change_payout_account"
    SHARE_PROCEEDS = "share_proceeds"  # who gets how much of what is sold
    MANAGE_HOOKS = "manage_hooks"  # which programs are told what happens
    BORROW = "borrow"  # signs for the shop, and moves its wallet
    CLOSE_SHOP = "close_shop"


# Each role gets what its work needs and no more: who packs needs no prices, who keeps the books
# needs no address. An act that no line names is the owner's alone.
MAY: Mapping[str, frozenset[Act]] = {
    "owner": frozenset(Act),
    "packer": frozenset(
        {
            Act.SEE_ORDERS,
            Act.SEE_DELIVERY,
            Act.SHIP,
            Act.SEE_LISTINGS,
            Act.COUNT_STOCK,
            Act.ANSWER_MESSAGES,
        }
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


def state_under(state: str, sanction_level: int, *, closing: bool = False) -> str:
    """Return the state a shop has once its sanction level is `sanction_level`.

    `closing`: its planned closure has begun, so it goes on closing when the sanction ends.

    >>> state_under("approved", 3), state_under("suspended", 2), state_under("applied", 3)
    ('suspended', 'approved', 'applied')
    >>> state_under("suspended", 0, closing=True)
    'closing'
    """
    if state in {"approved", "closing"} and sanction_level >= SUSPENDED_LEVEL:
        return "suspended"
    if state == "suspended" and sanction_level < SUSPENDED_LEVEL:
        return "closing" if closing else "approved"
    return state


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an applicant. `identity` is a state of accounts' IdentityState, or empty."""

    identity: str
    has_proven_contact: bool
    payout_account: str


def missing_for_opening(known: Known) -> list[str]:
    """Return which parts are missing before a shop may open, in the order they are asked for.

    The set is that of the EU Digital Services Act, article 30 (1): name, address, phone, e-mail,
    payment account, trade register and the trader's own certification are all in the identity,
    which counts once staff have verified it; a contact must have proven to be the person's own.

    >>> missing_for_opening(Known("", True, "RW12"))
    ['identity']
    >>> missing_for_opening(Known("submitted", False, ""))
    ['verification', 'contact', 'payout_account']
    >>> missing_for_opening(Known("verified", True, "RW12"))
    []
    """
    missing = []
    if known.identity in {"", "draft"}:
        missing.append("identity")
    elif known.identity != "verified":
        missing.append("verification")
    if not known.has_proven_contact:
        missing.append("contact")
    if not known.payout_account.strip():
        missing.append("payout_account")
    return missing


def plain_account(text: str) -> str:
    """Return a payout account as it is stored and compared: outer and doubled white space gone.

    >>> plain_account("  GH12  3456 ")
    'GH12 3456'
    """
    return " ".join(text.split())


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


SHIPPING_METHODS_MAX = 10  # more is no choice but a quiz
DAYS_MAX = 90
DISCOUNT_MAX_BP = 9_000


@dataclass(frozen=True, slots=True)
class Sending:
    """The facts of one way of sending. Amounts in minor units; no `countries` means everywhere."""

    name: str
    first_minor: int
    each_further_minor: int = 0
    free_from_minor: int | None = None
    days_min: int = 2
    days_max: int = 10
    tracked: bool = False
    carrier: str = ""
    countries: tuple[str, ...] = ()


def sending_problem(sending: Sending) -> str:
    """Return what is wrong with a way of sending: name, price, days, too_long, countries, or "".

    >>> sending_problem(Sending("Tin", 3)), sending_problem(Sending("Tin", 3, days_min=99))
    ('', 'days')
    >>> sending_problem(Sending("Letter", -1)), sending_problem(Sending("x", 0, countries=("XX",)))
    ('price', 'name')
    """
    wrong = {
        "name": not 2 <= len(sending.name) <= 80,
        "price": min(sending.first_minor, sending.each_further_minor) < 0,
        "days": sending.days_min > sending.days_max,
        "too_long": sending.days_max > DAYS_MAX,
        "countries": not COUNTRIES.issuperset(sending.countries),
    }
    return next((name for name, broken in wrong.items() if broken), "")


# A proposed share waits for the person's consent; an agreed one ends by its date, not its state.
SHARE_MOVES: frozenset[tuple[str, str]] = frozenset(
    {("proposed", "agreed"), ("proposed", "declined"), ("proposed", "withdrawn")}
)
WHOLE_BP = 10_000
# A village has some dozens of growers; each proposal to an account is also a message to it.
SHARES_A_DAY_MAX = 40


def share_may(before: str, after: str) -> bool:
    """Say whether a share may go from one state to another.

    >>> share_may("proposed", "agreed"), share_may("agreed", "proposed")
    (True, False)
    """
    return (before, after) in SHARE_MOVES


def promised_bp(open_shares: Iterable[tuple[object, int]]) -> int:
    """Return how much of the goods open shares could take at any moment, in ten-thousandths.

    `open_shares` are pairs of a person and a share that is proposed, in force or will be; of one
    person the largest counts, because a new one takes the place of the old.

    >>> promised_bp([("Ama", 3_000), ("Ama", 2_000), ("Esi", 1_500)])
    4500
    """
    largest: dict[object, int] = {}
    for person, share_bp in open_shares:
        largest[person] = max(share_bp, largest.get(person, 0))
    return sum(largest.values())


def in_force(*, since: datetime, ended_at: datetime | None, at: datetime) -> bool:
    """Say whether an agreed share counts for an order placed at `at`.

    >>> from datetime import UTC
    >>> first, last = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    >>> [in_force(since=first, ended_at=last, at=moment) for moment in (first, last)]
    [True, False]
    """
    return since <= at and (ended_at is None or at < ended_at)
