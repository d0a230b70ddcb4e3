"""Policies, the severity ladder, and what strikes add up to. Plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

# Each step weighs three of the one below: three mistakes count like one grave breach. Our own
# choice; the points at which a shop is limited or suspended are dated rules (rulebook).
SEVERITIES = {
    1: "a slip, easily put right",
    3: "a breach",
    9: "a grave breach",
    27: "organised or dangerous: suspends at once",
}
# Sanction level → ranking trust in thousandths, which search multiplies by. Our own choice:
# a warning costs little, a suspended shop is not shown at all.
RANKING_TRUST_PERMILLE = {0: 1000, 1: 900, 2: 500, 3: 0}
WARNED, LIMITED, SUSPENDED = 1, 2, 3

RULES_PAGE = "Rules of the market"
# Category names: EU DSA Transparency Database (see reasons.rules).
INTELLECTUAL_PROPERTY = "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS"
CONSUMERS = "STATEMENT_CATEGORY_CONSUMER_INFORMATION"
PROHIBITED = "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS"
OTHER_RULES = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
PRODUCT, IMAGE, TEXT = "CONTENT_TYPE_PRODUCT", "CONTENT_TYPE_IMAGE", "CONTENT_TYPE_TEXT"
DISABLED = "DECISION_VISIBILITY_CONTENT_DISABLED"
REMOVED = "DECISION_VISIBILITY_CONTENT_REMOVED"
DEMOTED = "DECISION_VISIBILITY_CONTENT_DEMOTED"
TOTAL_SUSPENSION = "DECISION_PROVISION_TOTAL_SUSPENSION"


@dataclass(frozen=True)
class PolicyText:
    """One rule of the market: its clause, its words, and its place in the DSA's categories."""

    clause: str
    text: str
    category: str
    content_type: tuple[str, ...]


POLICY_TEXTS = {
    "counterfeit": PolicyText(
        f"{RULES_PAGE}, 3.1 Counterfeit goods",
        "Goods must not carry a protected name, or a look-alike of it, without the holder's "
        "agreement. Goods that only fit a brand's product may say so.",
        INTELLECTUAL_PROPERTY,
        (PRODUCT, TEXT),
    ),
    "stolen_photo": PolicyText(
        f"{RULES_PAGE}, 3.2 Someone else's photos",
        "Photos must be the seller's own, or used with the agreement of whoever took them.",
        INTELLECTUAL_PROPERTY,
        (PRODUCT, IMAGE),
    ),
    "misleading": PolicyText(
        f"{RULES_PAGE}, 3.3 Misleading listing",
        "Title, description and photos must show what the buyer gets.",
        CONSUMERS,
        (PRODUCT, TEXT),
    ),
    "prohibited": PolicyText(
        f"{RULES_PAGE}, 3.4 Prohibited goods",
        "Goods that are unlawful or dangerous must not be offered.",
        PROHIBITED,
        (PRODUCT,),
    ),
}
HOLD_CLAUSE = f"{RULES_PAGE}, 4.1 Listings are checked before they are shown"
SANCTION_CLAUSE = f"{RULES_PAGE}, 5.1 Strikes and what follows from them"


@dataclass(frozen=True)
class LiveStrike:
    """What counting needs to know of a strike that is neither voided nor over."""

    strike_id: int
    severity: int
    due_at: datetime


@dataclass(frozen=True)
class Restriction:
    """The sanction that a shop's strikes call for now; `due_at` is when it ends or eases."""

    level: int
    points: int
    cause_id: int
    due_at: datetime


def sanction_level(points: int, limit: int, suspend: int) -> int:
    """Return the level for so many strike points: 0 none, 1 warned, 2 limited, 3 suspended.

    >>> [sanction_level(points, 9, 27) for points in (0, 1, 8, 9, 26, 27)]
    [0, 1, 1, 2, 2, 3]
    """
    if points >= suspend:
        return SUSPENDED
    if points >= limit:
        return LIMITED
    return WARNED if points > 0 else 0


def restriction(strikes: Sequence[LiveStrike], *, limit: int, suspend: int) -> Restriction | None:
    """Return what the live strikes call for, or None when there are none.

    It depends on the strikes alone, not on how they came: a shop whose strike was voided
    equals one that never had it.
    """
    points = sum(strike.severity for strike in strikes)
    level = sanction_level(points, limit, suspend)
    if not level:
        return None
    left = points
    due_at = max(strike.due_at for strike in strikes)
    for strike in sorted(strikes, key=lambda strike: (strike.due_at, strike.strike_id)):
        left -= strike.severity
        if sanction_level(left, limit, suspend) < level:
            due_at = strike.due_at
            break
    return Restriction(level, points, max(strike.strike_id for strike in strikes), due_at)
