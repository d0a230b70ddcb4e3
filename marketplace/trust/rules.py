"""Policies, the severity ladder, and what strikes add up to. Plain Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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
# So long a person may take a ruling back: no mail leaves and no money moves before. Our own choice.
UNDO_LASTS = timedelta(seconds=60)
BREACH = 3

# What became of a fake's refund: held money ends it unless the decision is undone; what the
# platform paid first is taken from the shop, or borne.
RECALL_MOVES: frozenset[tuple[str, str]] = frozenset(
    {
        ("held", "made_good"),
        ("advanced", "recovered"),
        ("advanced", "made_good"),
        ("recovered", "made_good"),
    }
)

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
PARTIAL_SUSPENSION = "DECISION_PROVISION_PARTIAL_SUSPENSION"
PAYMENTS_SUSPENDED = "DECISION_MONETARY_SUSPENSION"


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
# Of persons, not of listings: the mirror of the policies above.
NOTICE_POLICY = PolicyText(
    f"{RULES_PAGE}, 6.1 Notices in good faith",
    "Whoever reports goods must believe what the notice says and have looked first. Notices made "
    "to harm a competitor, or again and again without ground, cost the one who sends them.",
    OTHER_RULES,
    (TEXT,),
)
NOTICE_CLAUSE = f"{RULES_PAGE}, 6.2 What a notice of a rights holder does"
HOLD_CLAUSE = f"{RULES_PAGE}, 4.1 Listings are checked before they are shown"
RECALL_CLAUSE = f"{RULES_PAGE}, 5.4 Buyers of fakes get their money back"
SANCTION_CLAUSE = f"{RULES_PAGE}, 5.1 Strikes and what follows from them"


@dataclass(frozen=True)
class LiveStrike:
    """What counting needs to know of a strike that is neither voided nor over."""

    strike_id: int
    severity: int
    due_at: datetime
    at: datetime


@dataclass(frozen=True)
class Bars:
    """Where a limit and a suspension begin, from the rule book.

    `limit` and `suspend` in points; `warning` is the time a warning has to be read; `repeat`
    the number of occasions that make a repeat infringer.
    """

    limit: int
    suspend: int
    warning: timedelta
    repeat: int


@dataclass(frozen=True)
class Restriction:
    """The sanction that strikes call for now; `due_at` is when it ends or eases.

    `repeat`: suspended as a repeat infringer, not for points.
    """

    level: int
    points: int
    cause_id: int
    due_at: datetime
    repeat: bool


@dataclass(frozen=True)
class Friction:
    """What a level does to a shop before anything is removed; all of it is undone with it."""

    ranking_permille: int
    payouts_rest: bool
    identity_asked: bool
    deposit: bool


FRICTION = {
    level: Friction(RANKING_TRUST_PERMILLE[level], rest, asked, deposit)
    for level, rest, asked, deposit in (
        (0, False, False, False),
        (WARNED, False, False, False),
        (LIMITED, True, True, True),
        # Payouts of a suspended shop stop with its state.
        (SUSPENDED, False, True, False),
    )
}


@dataclass(frozen=True)
class NoticeStanding:
    """What somebody's notices may do. `a_day` None: no limit; `until`: when it eases."""

    level: int
    fast_lane: bool
    a_day: int | None
    until: datetime | None


def points_of_step(step: int) -> int:
    """Return the points of a step of the ladder.

    >>> [points_of_step(step) for step in (1, 2, 3, 4)]
    [1, 3, 9, 27]
    """
    return int(3 ** (step - 1))


def sanction_level(points: int, limit: int, suspend: int) -> int:
    """Return the level for so many points of somebody who was warned: 0 none … 3 suspended.

    >>> [sanction_level(points, 9, 27) for points in (0, 1, 8, 9, 26, 27)]
    [0, 1, 1, 2, 2, 3]
    """
    if points >= suspend:
        return SUSPENDED
    if points >= limit:
        return LIMITED
    return WARNED if points > 0 else 0


def occasions(moments: Iterable[datetime], warning: timedelta) -> int:
    """Return on how many occasions something happened that a warning could have prevented.

    The largest number of the moments that lie at least `warning` apart, so that one moment
    fewer never makes it more.
    """
    count = 0
    last: datetime | None = None
    for moment in sorted(moments):
        if last is None or moment - last >= warning:
            count, last = count + 1, moment
    return count


def judge(strikes: Sequence[LiveStrike], bars: Bars) -> tuple[int, bool]:
    """Return the level that strikes call for, and whether it is for repeating alone.

    Points suspend at once only when a single breach is that grave; what adds up suspends
    whoever went on after a warning.
    """
    level = sanction_level(sum(strike.severity for strike in strikes), bars.limit, bars.suspend)
    gravest = max((strike.severity for strike in strikes), default=0)
    warned = occasions((strike.at for strike in strikes), bars.warning) > 1
    if level == SUSPENDED and gravest < bars.suspend and not warned:
        level = LIMITED
    breaches = [strike.at for strike in strikes if strike.severity >= BREACH]
    if level < SUSPENDED and occasions(breaches, bars.warning) >= bars.repeat:
        return SUSPENDED, True
    return level, False


def restriction(strikes: Sequence[LiveStrike], bars: Bars) -> Restriction | None:
    """Return what the live strikes call for, or None when there are none.

    It depends on the strikes alone, not on how they came: a shop whose strike was voided
    equals one that never had it.
    """
    level, repeat = judge(strikes, bars)
    if not level:
        return None
    by_end = sorted(strikes, key=lambda strike: (strike.due_at, strike.strike_id))
    due_at = by_end[-1].due_at
    for place, strike in enumerate(by_end, start=1):
        if judge(by_end[place:], bars)[0] < level:
            due_at = strike.due_at
            break
    return Restriction(
        level=level,
        points=sum(strike.severity for strike in strikes),
        cause_id=max(strike.strike_id for strike in strikes),
        due_at=due_at,
        repeat=repeat,
    )


def notice_standing(level: int, until: datetime | None, limited_a_day: int) -> NoticeStanding:
    """Return what the notices of somebody at a level may do; the mirror of FRICTION."""
    if level == SUSPENDED:
        return NoticeStanding(level, fast_lane=False, a_day=0, until=until)
    if level == LIMITED:
        return NoticeStanding(level, fast_lane=False, a_day=limited_a_day, until=until)
    return NoticeStanding(level, fast_lane=level == 0, a_day=None, until=until)
