"""Yes or no, how much at most and at what price: a pure function of facts and terms.

Plain Python and whole numbers only, so that a decision replays to the same bits.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from credit.loans.rules.products import Ladder, ladder, step

MOST_REASONS = 4  # beyond four, reasons explain nothing (Regulation B, comment 9(b)(2)-1)
LIMITED_LEVEL = 2
SCORE = "score:"  # followed by the row of the score that lost points
# A loan that the lot gave to somebody just below the line, so that we learn whether the line is
# right. It is small: this part of the first step.
SAMPLE, SAMPLE_PART = "sample", 4
NO_LOT, LOT_OF = 1_000_000, 1_000_000
# What stands in the way before money is talked about, the gravest first.
GATES = (
    "identity",
    "account",
    "shop",
    "sanction",
    "unpaid",
    "debt",
    "paused",
    "currency",
    "no_score",
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an applicant at the moment of the decision; minor units."""

    currency: str
    has_identity: bool
    has_account: bool
    account_paused: bool
    shop_open: bool
    sanction_level: int
    debt_minor: int
    points: int | None
    pd_ppm: int | None  # probability of default within a year, in millionths
    thin: bool
    losses: tuple[tuple[str, int], ...]  # rows of the score and what each lost, largest first
    sales_minor: int  # settled in 30 days, as `counted_sales` counts
    repaid: int  # loans of this person, over all shops
    running: int
    unpaid: int  # late or written off
    owed_minor: int
    lent_minor: int  # to everybody, in this currency
    cut_permille: int = 1_000  # what a cut leaves of the limit
    lot: int = NO_LOT  # of this person in this month, in millionths
    sampled: int = 0  # loans by lot that run


@dataclass(frozen=True, slots=True)
class Terms:
    """The rules in force; the names are those of the rulebook."""

    version: str
    funding_bp: int
    margin_bp: int
    lgd_bp: int
    rate_max_bp: int
    cutoff_points: int
    thin_cutoff_points: int
    sales_permille: int
    running_max: int
    portfolio_starters: int
    sample_points: int = 0
    sample_permille: int = 0
    sample_max: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """A limit and its rate, or one to four true reasons why not.

    `bound_by` names what the limit came from: ladder, sales, portfolio, cut; or the lot.
    """

    limit_minor: int
    least_minor: int
    rate_bp: int
    bound_by: str
    reasons: tuple[str, ...]

    @property
    def approved(self) -> bool:
        """Whether anything may be borrowed."""
        return not self.reasons


def decide(facts: Facts, terms: Terms) -> Verdict:
    """Decide. A refusal says what was decisive, never a reason that was not asked for."""
    gates = _gates(facts)
    if gates:
        return Verdict(0, 0, 0, "", gates[:MOST_REASONS])
    found = ladder(facts.currency)
    if found is None or facts.points is None or facts.pd_ppm is None:
        raise ValueError("the gates let nobody through without a currency and a score")
    rate = rate_bp(facts.pd_ppm, terms)
    needed = terms.thin_cutoff_points if facts.thin else terms.cutoff_points
    short = needed - facts.points
    if rate > terms.rate_max_bp or (short > 0 and not drawn(facts, terms, short)):
        return _too_few_points(facts, found)
    most = _most(facts, terms, found, rate)
    if short <= 0:
        return most
    small = min(most.limit_minor, max(found.least_minor, found.starter_minor // SAMPLE_PART))
    # When something else stands in the way too, the points alone already decided.
    by_lot = replace(most, limit_minor=small, bound_by=SAMPLE)
    return by_lot if most.approved else _too_few_points(facts, found)


def drawn(facts: Facts, terms: Terms, short: int) -> bool:
    """Say whether the lot falls on somebody who lacks `short` points; few, and near the line."""
    near = short <= terms.sample_points and facts.sampled < terms.sample_max
    return near and facts.lot * 1_000 < terms.sample_permille * LOT_OF


def _too_few_points(facts: Facts, found: Ladder) -> Verdict:
    lost = tuple(SCORE + row for row, points in facts.losses if points > 0)
    return Verdict(0, found.least_minor, 0, "", lost[:MOST_REASONS] or ("score",))


def _most(facts: Facts, terms: Terms, found: Ladder, rate: int) -> Verdict:
    """Return the limit of somebody with points enough, or what it lacks."""
    if facts.running >= terms.running_max:
        return Verdict(0, found.least_minor, 0, "", ("running",))
    most = found.starter_minor if facts.thin else step(found, facts.repaid)
    caps = {
        "ladder": most - facts.owed_minor,
        "sales": facts.sales_minor * terms.sales_permille // 1_000,
        "portfolio": found.starter_minor * terms.portfolio_starters - facts.lent_minor,
    }
    if facts.cut_permille < 1_000:
        caps["cut"] = most * facts.cut_permille // 1_000 - facts.owed_minor
    bound_by = min(caps, key=lambda name: caps[name])
    limit = caps[bound_by]
    if limit < found.least_minor:
        short = tuple(name for name, cap in caps.items() if cap < found.least_minor)
        return Verdict(0, found.least_minor, 0, bound_by, short)
    return Verdict(limit, found.least_minor, rate, bound_by, ())


def with_identity(facts: Facts, *, has_identity: bool, has_account: bool) -> Facts:
    """Return the same facts with what is known of identity and account."""
    return replace(facts, has_identity=has_identity, has_account=has_account)


def _gates(facts: Facts) -> tuple[str, ...]:
    closed = {
        "identity": not facts.has_identity,
        "account": not facts.has_account,
        "shop": not facts.shop_open,
        "sanction": facts.sanction_level >= LIMITED_LEVEL,
        "unpaid": facts.unpaid > 0,
        "debt": facts.debt_minor > 0,
        "paused": facts.account_paused,
        "currency": ladder(facts.currency) is None,
        "no_score": facts.points is None,
    }
    return tuple(name for name in GATES if closed[name])


def rate_bp(pd_ppm: int, terms: Terms) -> int:
    """Return the yearly rate: funding, expected loss and margin; the loss is rounded up.

    >>> terms = Terms("", 500, 400, 6_000, 3_000, 0, 0, 0, 0, 0)
    >>> rate_bp(47_619, terms)
    1186
    """
    loss = -(-pd_ppm * terms.lgd_bp // 1_000_000)
    return terms.funding_bp + loss + terms.margin_bp


def counted_sales(by_buyer: Iterable[int]) -> int:
    """Return what counts of the sales to each buyer: nobody more than all the others together.

    So nobody borrows against what he bought from himself alone.

    >>> counted_sales([100, 40, 30]), counted_sales([100]), counted_sales([])
    (140, 0, 0)
    """
    amounts = [amount for amount in by_buyer if amount > 0]
    others = sum(amounts) - max(amounts, default=0)
    return others + min(max(amounts, default=0), others)


def plain_fact(text: str) -> str:
    """Return an account or document number as two spellings of it are compared.

    >>> plain_fact(" gh12 3456-78 ")
    'GH12345678'
    """
    return re.sub(r"[\W_]+", "", text).upper()


def as_json(row: Facts | Terms | Verdict) -> dict[str, Any]:
    """Return facts, terms or a verdict as JSON keeps them: lists for tuples."""
    return {name: _plain(getattr(row, name)) for name in row.__slots__}


def _plain(value: object) -> object:
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def facts_of(kept: Mapping[str, Any]) -> Facts:
    """Read what `as_json` wrote."""
    losses = tuple((str(row), int(points)) for row, points in kept["losses"])
    return Facts(**{**kept, "losses": losses})


def lot(person: str, month: str) -> int:
    """Return the lot of a person for a month, in millionths: nobody chooses it, nor draws twice.

    `person` is the keyed hash by which a person is known, so that nobody outside can reckon it.

    >>> 0 <= lot("3f", "2026-11") < LOT_OF, lot("3f", "2026-11") == lot("3f", "2026-11")
    (True, True)
    """
    drawn_from = hashlib.sha256(f"loan by lot {person} {month}".encode()).digest()
    return int.from_bytes(drawn_from[:8], "big") % LOT_OF


def digest(parts: Mapping[str, Any]) -> str:
    """Return the SHA-256 of plain data, whatever the order of its keys.

    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
