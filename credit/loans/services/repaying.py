"""Money that comes back: from payouts, by hand, early or late, and after a write-off."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from credit.loans.models import OWED, RUNNING, Instalment, Loan, LoanState, Repayment, Source
from credit.loans.rules import products, schedule
from credit.loans.services import applying, books, news
from marketplace.errors import BadInput, KeyReused, WrongState
from marketplace.ledger import queries as balances
from marketplace.ledger import services as ledger
from marketplace.orders.services import claims
from marketplace.outbox import services as outbox
from marketplace.shops.queries import require
from marketplace.shops.rules import Act


def locked(*, loan_id: int) -> Loan:
    """Lock a loan."""
    loans = Loan.objects.select_for_update(of=("self",), no_key=True).select_related("shop")
    return loans.get(pk=loan_id)


def accrue(*, loan: Loan, at: datetime) -> schedule.Account:
    """Let a locked loan's interest run until a day; return where it stands. Not saved yet."""
    days = (at.date() - loan.accrued_on).days
    if days > 0 and loan.state in RUNNING:
        more = schedule.interest_units(loan.principal_left_minor, loan.rate_bp, days)
        loan.interest_units = Decimal(int(loan.interest_units) + more)
        loan.accrued_on = at.date()
    return account(loan=loan)


def account(*, loan: Loan) -> schedule.Account:
    """Return where a loan stood on the day until which its interest was counted."""
    return schedule.Account(
        principal_left_minor=loan.principal_left_minor,
        units=int(loan.interest_units),
        interest_paid_minor=loan.interest_paid_minor,
        interest_max_minor=loan.interest_max_minor,
    )


@transaction.atomic
def book_intake(*, loan_id: int, at: datetime) -> Repayment | None:
    """Book what payouts brought for a loan. Safe to repeat: what is booked is gone from there.

    What is more than was owed goes to the shop's wallet.
    """
    loan = locked(loan_id=loan_id)
    source = books.intake(loan=loan, at=at)
    amount_minor = balances.balance_minor(account_id=source)
    if amount_minor == 0:
        return None
    return _book(loan, source, amount_minor, key=None, at=at)


@transaction.atomic
def repay(*, loan_id: int, by_id: int, key: UUID, amount_minor: int, at: datetime) -> Repayment:
    """Pay back by hand, from the shop's wallet. Once per `key` of the form.

    Raises BadInput for more than is owed or nothing, InsufficientFunds when the wallet has less,
    KeyReused for a known key with another amount, WrongState once nothing is owed.
    """
    loan = locked(loan_id=loan_id)
    require(user_id=by_id, shop_id=loan.shop_id, act=Act.BORROW)
    known = Repayment.objects.filter(key=key).first()
    if known is not None:
        if (known.loan_id, known.amount_minor) != (loan_id, amount_minor):
            raise KeyReused(_("This form was already sent with other answers."))
        return known
    if loan.state not in OWED:
        raise WrongState(_("Nothing is owed for this loan."))
    stands = accrue(loan=loan, at=at)
    if not 0 < amount_minor <= stands.owed_minor:
        most = news.amount(amount_minor=stands.owed_minor, currency=loan.currency)
        raise BadInput(_("You can pay up to %(most)s.") % {"most": most}, field="amount")
    source = books.wallet(shop_ref=loan.shop.ref, currency=loan.currency, at=at)
    return _book(loan, source, amount_minor, key=key, at=at)


def _book(
    loan: Loan, source: int, amount_minor: int, *, key: UUID | None, at: datetime
) -> Repayment:
    """Book a payment, by hand when it has the key of a form."""
    stands = accrue(loan=loan, at=at)
    parts = schedule.split(stands, amount_minor)
    recovered = loan.state == LoanState.WRITTEN_OFF
    made = Repayment.objects.create(
        loan=loan,
        number=loan.repayments.count() + 1,
        key=key,
        source=Source.PAYOUT if key is None else Source.WALLET,
        amount_minor=amount_minor,
        interest_minor=parts.interest_minor,
        principal_minor=parts.principal_minor,
        rest_minor=parts.rest_minor,
        recovered=recovered,
        at=at,
    )
    loan.principal_left_minor -= parts.principal_minor
    loan.interest_paid_minor += parts.interest_minor
    ended = loan.state in RUNNING and account(loan=loan).owed_minor == 0
    _post(loan, made, source, at, close=ended)
    if ended:
        _end(loan, at)
    else:
        _next_day(loan, at)
    loan.save(
        update_fields=[
            "principal_left_minor",
            "interest_paid_minor",
            "interest_units",
            "accrued_on",
            "state",
            "due_at",
            "late_since",
            "ended_at",
        ]
    )
    if ended or (recovered and account(loan=loan).owed_minor == 0):
        claims.end_claim(key=applying.claim_key(loan=loan), at=at)
    data = {"loan_id": loan.pk, "shop_id": loan.shop_id, "amount_minor": amount_minor}
    outbox.emit(name="loan.repayment", subject=loan.shop.ref, data=data, at=at)
    return made


def _post(loan: Loan, made: Repayment, source: int, at: datetime, *, close: bool) -> None:
    owed = books.owed(loan=loan, at=at) if not made.recovered else None
    kinds = {"loan_interest": made.interest_minor}
    if made.recovered:
        kinds = {"loan_recovered": made.interest_minor + made.principal_minor}
    entries = {source: -made.amount_minor}
    for kind, amount in kinds.items():
        if amount:
            entries[books.platform(kind=kind, currency=loan.currency, at=at)] = amount
    if owed is not None and made.principal_minor:
        entries[owed] = made.principal_minor
    if made.rest_minor:
        entries[books.wallet(shop_ref=loan.shop.ref, currency=loan.currency, at=at)] = (
            made.rest_minor
        )
    ledger.post(
        key=f"{loan.ref}:repayment:{made.number}",
        kind="loan_recovered" if made.recovered else "loan_repayment",
        entries=entries,
        ref=loan.ref,
        actor="system" if made.source == Source.PAYOUT else f"user:{loan.borrower_id}",
        at=at,
        close=[owed] if close and owed in entries and owed is not None else [],
    )


def _end(loan: Loan, at: datetime) -> None:
    loan.state, loan.due_at, loan.ended_at, loan.late_since = LoanState.REPAID, None, at, None
    data = {"loan_id": loan.pk, "shop_id": loan.shop_id}
    outbox.emit(name="loan.repaid", subject=loan.shop.ref, data=data, at=at)
    outbox.record(action="loan.repaid", actor="system", subject=loan.ref, data=data, at=at)
    news.repaid(loan=loan, at=at)


def _next_day(loan: Loan, at: datetime) -> None:
    """Set the next instalment's day; a late loan that has caught up runs as before."""
    if loan.state not in RUNNING:
        return
    open_part = first_open(loan=loan)
    loan.due_at = open_part.due_at
    if loan.state == LoanState.LATE and open_part.due_at > at:
        if not products.may_move(loan.state, LoanState.ACTIVE):
            raise WrongState(_("This loan cannot run on."))
        loan.state, loan.late_since = LoanState.ACTIVE, None


def first_open(*, loan: Loan) -> Instalment:
    """Return the first instalment of the present plan that is not fully paid; else the last."""
    plan = list(Instalment.objects.filter(loan=loan, plan=loan.plan).order_by("number"))
    place = schedule.first_open(
        [part.amount_minor for part in plan], loan.paid_minor - loan.plan_paid_minor
    )
    return plan[-1 if place is None else place]


def due_minor(*, loan: Loan, at: datetime) -> int:
    """Return what is past its day and not paid; minor units."""
    plan = Instalment.objects.filter(loan=loan, plan=loan.plan, due_at__lte=at)
    due = sum(part.amount_minor for part in plan)
    return max(0, due - (loan.paid_minor - loan.plan_paid_minor))
