"""What a decision is made of, read at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db import connection
from django.db.models import Q, Sum

from credit.loans.models import OWED, RUNNING, Exposure, ExposureKind, Loan, LoanState
from credit.loans.rules import decision, products
from credit.loans.rules.decision import Facts, Terms, counted_sales, plain_fact
from credit.scoring import queries as scoring
from credit.scoring.models import Score
from credit.scoring.rules.card import default_probability
from marketplace.accounts.models import IdentityState
from marketplace.ledger import queries as ledger
from marketplace.orders.models import Order, OrderState
from marketplace.prepared import Given, Prepared
from marketplace.rulebook import queries as rulebook
from marketplace.shops.models import CreditBand, Shop, ShopState
from marketplace.shops.rules import Act, roles_that_may

SALES_DAYS = 30
# Above these points nobody is near the line, and beyond this lot nobody is drawn (the highest
# share that the rulebook allows): no query for them.
LOTS_BELOW, LOTS_DRAWN = 700, 200_000
RULE_NAMES = (
    "funding_bp",
    "margin_bp",
    "lgd_bp",
    "rate_max_bp",
    "cutoff_points",
    "thin_cutoff_points",
    "sales_permille",
    "running_max",
    "portfolio_starters",
    "sample_points",
    "sample_permille",
    "sample_max",
)
_LENT = "lent"
# In one statement, and as SQL: every application asks while the person's others wait.
_BOOK = f"""
    SELECT state, currency, principal_left_minor, signed_at, ended_at FROM loans_loan
     WHERE (identity_id = %s OR account_id = %s) AND state NOT IN ('offered', 'lapsed')
     UNION ALL
    SELECT '{_LENT}', currency, lent_minor, NULL, NULL FROM loans_lent WHERE currency = %s
"""  # noqa: S608 - a word of our own
_IDENTITY = [
    f"owner__trader_identity__{name}"
    for name in ("state", "country", "document_kind", "document_number_sealed")
]
# The account a shop is paid to, then of its owner's identity the columns above.
_Known = tuple[str, str | None, str, str, str]
_ANY: Prepared[_Known] = Prepared(
    lambda: Shop.objects.filter(pk=Given("shop_id")).values_list(
        "payout_account_sealed", *_IDENTITY
    )
)
_WHERE_MAY: Prepared[_Known] = Prepared(
    lambda: Shop.objects.filter(
        pk=Given("shop_id"),
        members__user_id=Given("user_id"),
        members__role__in=roles_that_may(Act.BORROW),
    ).values_list("payout_account_sealed", *_IDENTITY)
)
_SALES: Prepared[tuple[int, int]] = Prepared(
    lambda: (
        Order.objects.filter(
            shop_id=Given("shop_id"),
            currency=Given("currency"),
            state=OrderState.SETTLED,
            settled_at__gt=Given("since"),
            settled_at__lte=Given("at"),
        )
        .order_by()
        .values_list("buyer_id")
        .annotate(Sum("goods_minor"))
    )
)
# What a contract takes from the rules beside the price.
OTHER_NAMES = ("offer_days", "share_bp", "sales_share_bp")


def known_to(*, user_id: int, shop_id: int) -> dict[str, str] | None:
    """Return `known_by_shop` of a shop for which this person may borrow; None for any other."""
    row = _WHERE_MAY.first(user_id=user_id, shop_id=shop_id)
    return None if row is None else _known(row)


def known_by_shop(shop_id: int) -> dict[str, str]:
    """Return by what the person behind a shop is known again: kind of exposure → plain fact.

    The verified identity of who answers for the shop, and the account the shop is paid to; what
    is missing is left out, and nothing is known of an unknown shop.
    """
    row = _ANY.first(shop_id=shop_id)
    return {} if row is None else _known(row)


def _known(row: _Known) -> dict[str, str]:
    account, state, country, kind, number = row
    found = {}
    if state == IdentityState.VERIFIED:
        found[str(ExposureKind.IDENTITY)] = f"{country} {kind} {plain_fact(number)}"
    if plain_fact(account):
        found[str(ExposureKind.ACCOUNT)] = plain_fact(account)
    return found


def matching(known: Mapping[str, str]) -> Q:
    """Return the condition that finds the exposures of these facts; one fact at least."""
    return reduce(or_, (Q(fact_hash__of=[kind, fact]) for kind, fact in known.items()))


def exposures_of(shop: Shop) -> dict[str, Exposure]:
    """Return the exposures of a shop's person that exist so far, by kind."""
    known = known_by_shop(shop.pk)
    rows = Exposure.objects.filter(matching(known)) if known else Exposure.objects.none()
    return {row.kind: row for row in rows.order_by("pk")}


def facts(*, shop: Shop, exposures: Sequence[Exposure], score: Score | None, at: datetime) -> Facts:
    """Read everything that a decision looks at."""
    kinds = {row.kind for row in exposures}
    paused = shop.payouts_paused_until
    debt = ledger.balances_of(kind="seller_debt", owner_refs=[shop.ref], currency=shop.currency)
    book = _book(exposures, shop.currency)
    return Facts(
        currency=shop.currency,
        has_identity=ExposureKind.IDENTITY in kinds,
        has_account=ExposureKind.ACCOUNT in kinds,
        account_paused=paused is not None and at < paused,
        shop_open=shop.state == ShopState.APPROVED and shop.closing_from is None,
        sanction_level=shop.sanction_level,
        debt_minor=max(0, -debt.get(shop.ref, 0)),
        points=score.points if score else None,
        pd_ppm=round(default_probability(score.points) * 1_000_000) if score else None,
        thin=score is not None and score.band == CreditBand.UNKNOWN,
        losses=_losses(score),
        sales_minor=_sales(shop, at),
        repaid=book.repaid,
        running=book.running,
        unpaid=book.unpaid,
        owed_minor=book.owed_minor,
        lent_minor=book.lent_minor,
        cut_permille=cut_permille(exposures, at=at),
        **_lot(exposures, score, at),
    )


def cut_permille(exposures: Sequence[Exposure], *, at: datetime) -> int:
    """Return what the cuts in force leave of a person's limit, in thousandths."""
    in_force = (row for row in exposures if row.cut_until is None or at < row.cut_until)
    return min((row.cut_permille for row in in_force), default=1_000)


def _lot(exposures: Sequence[Exposure], score: Score | None, at: datetime) -> dict[str, int]:
    """Draw for whoever may lie near the line; one lot a person and month, whatever he sends."""
    known = next((row.fact_hash for row in exposures if row.kind == ExposureKind.IDENTITY), None)
    if known is None or score is None or score.points >= LOTS_BELOW:
        return {}
    lot = decision.lot(known, f"{at:%Y-%m}")
    if lot >= LOTS_DRAWN:
        return {"lot": lot}
    return {"lot": lot, "sampled": sampled()}


def sampled() -> int:
    """Return how many loans given by lot run."""
    by_lot = Loan.objects.filter(application__verdict__bound_by=decision.SAMPLE)
    return by_lot.filter(state__in=RUNNING).count()


def in_force(*, at: datetime) -> dict[str, int]:
    """Return every rule about loans, by its name without the room's."""
    found = rulebook.values([f"loans.{name}" for name in (*RULE_NAMES, *OTHER_NAMES)], at=at)
    return {name.partition(".")[2]: value for name, value in found.items()}


def terms(*, at: datetime) -> Terms:
    """Return the rules in force that a decision looks at."""
    return terms_of(in_force(at=at))


def terms_of(found: Mapping[str, int]) -> Terms:
    """Return those of the rules in force that a decision looks at."""
    named = {name: found[name] for name in RULE_NAMES}
    return Terms(version=products.RULES_VERSION, **named)


def current_score(shop_id: int) -> Score | None:
    """Return the score that a decision would look at now."""
    return scoring.current(shop_id)


def _losses(score: Score | None) -> tuple[tuple[str, int], ...]:
    if score is None:
        return ()
    return tuple((reason.key, reason.lost) for reason in scoring.costliest(score, limit=4))


def _sales(shop: Shop, at: datetime) -> int:
    since = at - timedelta(days=SALES_DAYS)
    sums = _SALES.ask(shop_id=shop.pk, currency=shop.currency, since=since, at=at)
    by_buyer = dict(sums)
    # Whoever's money may have come from the shop's own people proves no demand.
    circular = scoring.circular_buyers(shop.pk) if by_buyer else ()
    return counted_sales(int(sum_) for buyer, sum_ in by_buyer.items() if buyer not in circular)


@dataclass(frozen=True, slots=True)
class _Book:
    """This person's loans over all shops, counted; and what is lent to everybody."""

    repaid: int = 0
    running: int = 0
    unpaid: int = 0
    owed_minor: int = 0
    lent_minor: int = 0


class _Past(NamedTuple):
    state: str
    currency: str
    left_minor: int
    signed_at: datetime | None
    ended_at: datetime | None


def _book(exposures: Sequence[Exposure], currency: str) -> _Book:
    """Read the loans of whoever shares one of these exposures, and the currency's portfolio.

    A loan that was repaid within days lifts nobody on the ladder. What is owed in another
    currency counts as the same part of that currency's first step. The portfolio comes from sums
    that the database keeps, so that it takes no longer the more loans there are.
    """
    ids = {row.kind: row.pk for row in exposures}
    asked = (ids.get(ExposureKind.IDENTITY), ids.get(ExposureKind.ACCOUNT), currency)
    with connection.cursor() as cursor:
        cursor.execute(_BOOK, asked)
        rows = [_Past(*row) for row in cursor.fetchall()]
    past = [one for one in rows if one.state != _LENT]
    return _Book(
        repaid=sum(_proves_something(one) for one in past),
        running=sum(one.state in RUNNING for one in past),
        unpaid=sum(one.state in (LoanState.LATE, LoanState.WRITTEN_OFF) for one in past),
        owed_minor=sum(_owed(one, currency) for one in past if one.state in OWED),
        lent_minor=sum(one.left_minor for one in rows if one.state == _LENT),
    )


def _proves_something(loan: _Past) -> bool:
    if loan.state != LoanState.REPAID or loan.signed_at is None or loan.ended_at is None:
        return False
    return (loan.ended_at - loan.signed_at).days >= products.COUNTS_AFTER_DAYS


def _owed(loan: _Past, currency: str) -> int:
    mine, theirs = products.ladder(currency), products.ladder(loan.currency)
    if loan.currency == currency or mine is None or theirs is None:
        return loan.left_minor
    # Ladders are of about the same worth in every currency: the same part of the first step.
    return -(-loan.left_minor * mine.starter_minor // theirs.starter_minor)
