"""Apply, be decided, sign and be paid: one transaction, without broker or worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from credit.loans.models import (
    Application,
    Exposure,
    ExposureKind,
    Instalment,
    Loan,
    LoanState,
    Outcome,
)
from credit.loans.queries import facts as reading
from credit.loans.rules import decision, products, schedule
from credit.loans.services import books, exposures, news
from marketplace.errors import BadInput, KeyReused
from marketplace.ledger import services as ledger
from marketplace.money import Money
from marketplace.orders.services import claims, locks
from marketplace.outbox import services as outbox
from marketplace.prepared import Given, Prepared
from marketplace.rulebook import queries as rulebook
from marketplace.shops.models import Shop
from marketplace.shops.queries import require
from marketplace.shops.rules import Act

_BY_KEY = Prepared(lambda: Application.objects.filter(key=Given("key")))
SHARE_RULES = {products.EVEN: "share_bp", products.SALES: "sales_share_bp"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: minor units of the shop's currency, instalments, how to pay back."""

    amount_minor: int
    parts: int
    kind: str


@transaction.atomic
def apply(*, shop_id: int, by_id: int, key: UUID, wish: Wish, at: datetime) -> Application:
    """Decide about a loan and, when it is a yes, have it signed and paid in the same breath.

    The money goes to the shop's own wallet and nowhere else. Once per `key` of the form: a
    repeat returns the first answer. Raises KeyReused for a known key with another wish, BadInput
    for an amount outside what is possible, NotAllowed to whoever may not borrow for the shop.
    """
    known = reading.known_to(user_id=by_id, shop_id=shop_id)
    if known is None:
        require(user_id=by_id, shop_id=shop_id, act=Act.BORROW)  # says why not
        known = reading.known_by_shop(shop_id)
    _checked(wish)
    held = exposures.lock(known=known, at=at)
    # After the exposures, always: payouts and refunds of the shop wait while it borrows.
    shop = locks.shop(shop_id=shop_id)
    before = _before(key, shop_id, wish)
    if before is not None:
        return before
    rules = reading.in_force(at=at)
    # The row is the record: it says who asked, and holds all that it was made of.
    made = _decided(shop, held, rules, wish, by_id=by_id, key=key, at=at)
    if made.outcome == Outcome.APPROVED:
        rate_bp = made.verdict["rate_bp"]
        loan = offered(application=made, held=held, rate_bp=rate_bp, wish=wish, rules=rules, at=at)
        pay(loan=loan, shop=shop, at=at)
        # Known without another read: pages ask at once.
        made.loan = loan
    else:
        data = {"shop_id": shop_id, "application_id": made.pk}
        outbox.emit(name="loan.refused", subject=shop.ref, data=data, at=at)
    return made


def _checked(wish: Wish) -> None:
    if wish.kind not in products.PRODUCTS:
        raise BadInput(_("Choose how to pay back."), field="kind")
    if wish.parts not in products.PARTS:
        raise BadInput(_("Choose one of the offered numbers of instalments."), field="parts")
    if wish.amount_minor <= 0:
        raise BadInput(_("Say how much you would like to borrow."), field="amount")


def _before(key: UUID, shop_id: int, wish: Wish) -> Application | None:
    found = _BY_KEY.first(key=key)
    if found is None:
        return None
    if (found.shop_id, found.amount_minor, found.parts, found.kind) != (
        shop_id,
        wish.amount_minor,
        wish.parts,
        wish.kind,
    ):
        raise KeyReused(_("This form was already sent with other answers."))
    return found


def _decided(
    shop: Shop,
    held: dict[str, Exposure],
    rules: Mapping[str, int],
    wish: Wish,
    *,
    by_id: int,
    key: UUID,
    at: datetime,
) -> Application:
    score = reading.current_score(shop.pk)
    facts = reading.facts(shop=shop, exposures=list(held.values()), score=score, at=at)
    terms = reading.terms_of(rules)
    verdict = decision.decide(facts, terms)
    if verdict.approved:
        _within(wish.amount_minor, verdict, shop.currency)
    parts = {
        "facts": decision.as_json(facts),
        "terms": decision.as_json(terms),
        "verdict": decision.as_json(verdict),
    }
    return Application.objects.create(
        shop=shop,
        by_id=by_id,
        key=key,
        kind=wish.kind,
        amount_minor=wish.amount_minor,
        currency=shop.currency,
        parts=wish.parts,
        outcome=Outcome.APPROVED if verdict.approved else Outcome.REFUSED,
        score=score,
        card_hash=score.table_hash if score else "",
        digest=decision.digest(parts),
        identity=held.get(ExposureKind.IDENTITY),
        account=held.get(ExposureKind.ACCOUNT),
        at=at,
        **parts,
    )


def _within(amount_minor: int, verdict: decision.Verdict, currency: str) -> None:
    if verdict.least_minor <= amount_minor <= verdict.limit_minor:
        return
    bounds = {
        "least": Money(verdict.least_minor, currency).display(),
        "most": Money(verdict.limit_minor, currency).display(),
    }
    sentence = _("You can borrow from %(least)s to %(most)s now.") % bounds
    raise BadInput(sentence, field="amount")


def planned(
    *, amount_minor: int, rate_bp: int, parts: int, kind: str
) -> tuple[list[schedule.Part], int]:
    """Return the schedule of a loan and its annual percentage rate of charge, in basis points."""
    found = _plan(amount_minor, rate_bp, parts, kind)
    return found, schedule.annual_cost_bp(
        amount_minor, [(part.day, part.amount_minor) for part in found]
    )


def _plan(amount_minor: int, rate_bp: int, parts: int, kind: str) -> list[schedule.Part]:
    product = products.PRODUCTS[kind]
    return schedule.schedule(
        amount_minor, rate_bp=rate_bp, parts=parts, days=product.days, level=product.level
    )


def share_bp(*, kind: str, at: datetime) -> int:
    """Return which part of each payout repays a loan of a kind; ten-thousandths."""
    return rulebook.value(f"loans.{SHARE_RULES[kind]}", at=at)


def offered(
    *,
    application: Application,
    held: dict[str, Exposure],
    rate_bp: int,
    wish: Wish,
    rules: Mapping[str, int],
    at: datetime,
) -> Loan:
    """Return a loan that may be signed until `loans.offer_days` are over; not stored yet."""
    shop = application.shop
    plan, cost_bp = planned(
        amount_minor=wish.amount_minor, rate_bp=rate_bp, parts=wish.parts, kind=wish.kind
    )
    return Loan(
        application=application,
        shop=shop,
        borrower_id=shop.owner_id,
        identity=held[ExposureKind.IDENTITY],
        account=held[ExposureKind.ACCOUNT],
        kind=wish.kind,
        state=LoanState.OFFERED,
        currency=application.currency,
        principal_minor=wish.amount_minor,
        principal_left_minor=wish.amount_minor,
        rate_bp=rate_bp,
        cost_bp=cost_bp,
        parts=wish.parts,
        share_bp=rules[SHARE_RULES[wish.kind]],
        interest_max_minor=sum(part.interest_minor for part in plan),
        accrued_on=at.date(),
        offered_at=at,
        due_at=at + timedelta(days=rules["offer_days"]),
    )


def pay(*, loan: Loan, shop: Shop, at: datetime) -> Loan:
    """Start an offered loan of a locked shop: schedule, claim, and the money in the wallet."""
    plan = _plan(loan.principal_minor, loan.rate_bp, loan.parts, loan.kind)
    loan.state, loan.signed_at, loan.accrued_on = LoanState.ACTIVE, at, at.date()
    loan.due_at = at + timedelta(days=plan[0].day)
    loan.save()
    write_schedule(loan=loan, plan=plan, since=at)
    owed, intake, wallet = books.opened(loan=loan, shop_ref=shop.ref, at=at)
    ledger.post(
        key=f"{loan.ref}:paid",
        kind="loan_paid",
        entries={owed: -loan.principal_minor, wallet: loan.principal_minor},
        ref=loan.ref,
        actor=f"user:{loan.borrower_id}",
        at=at,
    )
    claims.set_on(shop=shop, **_claim(loan, intake), at=at)
    data = {"shop_id": shop.pk, "loan_id": loan.pk, "amount_minor": loan.principal_minor}
    outbox.emit(name="loan.paid", subject=shop.ref, data=data, at=at)
    news.paid(loan=loan, at=at)
    return loan


def claim(*, loan: Loan, at: datetime) -> None:
    """Have a share of each payout go to the loan, up to all that may still be owed."""
    target = books.intake(loan=loan, at=at)
    claims.set_claim(shop_id=loan.shop_id, **_claim(loan, target), at=at)


class _Claimed(TypedDict):
    key: str
    share_bp: int
    cap_minor: int
    currency: str
    target_account: int


def _claim(loan: Loan, target_account: int) -> _Claimed:
    return {
        "key": claim_key(loan=loan),
        "share_bp": loan.share_bp,
        "cap_minor": loan.principal_left_minor + loan.interest_max_minor - loan.interest_paid_minor,
        "currency": loan.currency,
        "target_account": target_account,
    }


def claim_key(*, loan: Loan) -> str:
    """Return how the claim of a loan's present schedule is named."""
    return loan.ref if loan.plan == 1 else f"{loan.ref}:plan:{loan.plan}"


def write_schedule(*, loan: Loan, plan: list[schedule.Part], since: datetime) -> None:
    """Write the instalments of a loan's present plan."""
    Instalment.objects.bulk_create(
        Instalment(
            loan=loan,
            plan=loan.plan,
            number=part.number,
            due_at=since + timedelta(days=part.day),
            principal_minor=part.principal_minor,
            interest_minor=part.interest_minor,
        )
        for part in plan
    )
