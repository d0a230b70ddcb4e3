"""Money that comes back, by every way, keeps the books at zero and no loan below it."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from credit.loans import tasks
from credit.loans.models import Loan, LoanState, Repayment, Source
from credit.loans.rules import products
from credit.loans.services import repaying, trouble
from marketplace.errors import BadInput, InsufficientFunds, WrongState
from marketplace.ledger import queries as ledger
from marketplace.ledger import services as books
from marketplace.orders.models import Claim
from marketplace.orders.services import payout
from marketplace.outbox.models import Event
from tests.factories.accounts import make_staff
from tests.factories.loans import make_loan

pytestmark = pytest.mark.django_db


def held(kind, owner):
    account = ledger.account_id(kind=kind, owner_ref=owner, currency="EUR")
    return ledger.balance_minor(account_id=account) if account else 0


def earn(shop, amount_minor, at):
    """Money that a sale left on the shop's balance."""
    names = {"kind": "seller_payable", "owner_ref": shop.ref, "currency": "EUR"}
    payable = books.open_account(**names, floor_zero=True, tracked=True, at=at)
    source = books.platform_account(kind="provider", currency="EUR", at=at)
    books.post(
        key=str(uuid.uuid4()),
        kind="release",
        entries={payable: amount_minor, source: -amount_minor},
        ref=shop.ref,
        actor="system",
        at=at,
    )


def pay_out(loan, at):
    """The shop is paid, and the loan hears of it."""
    before = set(Event.objects.values_list("pk", flat=True))
    payout.pay_out(shop_id=loan.shop_id, period=at.isoformat(), at=at)
    for event in Event.objects.filter(name="claim.paid").exclude(pk__in=before):
        tasks.on_claim_paid(event, at)
        tasks.on_claim_paid(event, at)  # said twice, booked once
    loan.refresh_from_db()


def repay(loan, amount_minor, at, key=None):
    made = repaying.repay(
        loan_id=loan.pk,
        by_id=loan.borrower_id,
        key=key or uuid.uuid4(),
        amount_minor=amount_minor,
        at=at,
    )
    loan.refresh_from_db()
    return made


def test_a_payout_pays_its_share_before_it_leaves(now):
    loan = make_loan(at=now)
    at = now + timedelta(days=10)
    earn(loan.shop, 100_000, at)

    pay_out(loan, at)

    made = Repayment.objects.get(loan=loan)
    assert (made.amount_minor, made.source) == (15_000, Source.PAYOUT)
    assert loan.principal_left_minor == 30_000 - made.principal_minor
    assert held("loan", loan.ref) == -loan.principal_left_minor
    assert held("loan_interest", "platform") == made.interest_minor
    assert ledger.check() == []


def test_a_loan_paid_on_its_days_costs_what_the_contract_says(now):
    loan = make_loan(at=now, amount_minor=30_000)
    earn_wallet(loan, 5_000, now)
    for part in loan.instalments.all():
        repay(loan, part.amount_minor, part.due_at)

    assert loan.state == LoanState.REPAID
    assert loan.interest_paid_minor == loan.interest_max_minor
    assert held("loan", loan.ref) == 0
    assert ledger.check() == []


def earn_wallet(loan, amount_minor, at):
    """More money in the wallet, as from a card."""
    wallet = books.open_account(
        kind="wallet",
        owner_ref=loan.shop.ref,
        currency="EUR",
        floor_zero=True,
        tracked=True,
        at=at,
    )
    source = books.platform_account(kind="provider", currency="EUR", at=at)
    books.post(
        key=str(uuid.uuid4()),
        kind="wallet_in",
        entries={wallet: amount_minor, source: -amount_minor},
        ref=loan.shop.ref,
        actor="system",
        at=at,
    )


def test_paid_back_early_it_costs_less_and_the_claim_ends(now):
    loan = make_loan(at=now)
    earn_wallet(loan, 5_000, now)
    at = now + timedelta(days=10)
    owed = repaying.accrue(loan=loan, at=at).owed_minor

    repay(loan, owed, at)

    assert loan.state == LoanState.REPAID
    assert 0 < loan.interest_paid_minor < loan.interest_max_minor
    assert Claim.objects.get(key=loan.ref).ended_at == at


def test_what_payouts_bring_too_much_goes_to_the_wallet(now):
    loan = make_loan(at=now)
    at = now + timedelta(days=1)
    earn(loan.shop, 1_000_000, at)

    pay_out(loan, at)

    assert loan.state == LoanState.REPAID
    made = Repayment.objects.get(loan=loan)
    assert made.rest_minor == made.amount_minor - made.principal_minor - made.interest_minor > 0
    assert held("wallet", loan.shop.ref) == 30_000 + made.rest_minor
    assert ledger.check() == []


def test_the_same_payment_sent_twice_counts_once(now):
    loan, key = make_loan(at=now), uuid.uuid4()

    assert repay(loan, 1_000, now, key) == repay(loan, 1_000, now, key)
    assert held("wallet", loan.shop.ref) == 29_000


def test_more_than_is_owed_or_than_the_wallet_holds_is_refused(now):
    loan = make_loan(at=now)
    with pytest.raises(BadInput):
        repay(loan, 30_001, now)
    later = now + timedelta(days=30)
    with pytest.raises(InsufficientFunds), transaction.atomic():
        repay(loan, repaying.accrue(loan=loan, at=later).owed_minor, later)


@pytest.mark.django_db(transaction=True)
def test_eight_payments_at_once_with_one_form_pay_once(now):
    loan, key = make_loan(at=now), uuid.uuid4()

    def send(_number):
        try:
            return repaying.repay(
                loan_id=loan.pk, by_id=loan.borrower_id, key=key, amount_minor=700, at=now
            ).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(send, range(8)))) == 1
    assert held("wallet", loan.shop.ref) == 29_300


def test_an_instalment_that_stays_open_makes_a_loan_late_and_catching_up_mends_it(now):
    loan = make_loan(at=now)
    first = loan.instalments.first()

    trouble.look_at_due(at=first.due_at + timedelta(days=2), limit=10)
    loan.refresh_from_db()
    assert loan.state == LoanState.ACTIVE
    trouble.look_at_due(at=first.due_at + timedelta(days=3), limit=10)
    loan.refresh_from_db()
    assert (loan.state, loan.late_since) == (LoanState.LATE, first.due_at)

    repay(loan, first.amount_minor, first.due_at + timedelta(days=4))
    assert (loan.state, loan.late_since) == (LoanState.ACTIVE, None)


def test_interest_never_grows_beyond_the_contract(now):
    loan = make_loan(at=now)

    stands = repaying.accrue(loan=loan, at=now + timedelta(days=2_000))

    assert stands.interest_due_minor == loan.interest_max_minor


def test_more_time_costs_nothing_more(now):
    loan = make_loan(at=now)
    at = now + timedelta(days=40)
    trouble.look_at_due(at=at, limit=10)

    trouble.ask_for_time(loan_id=loan.pk, by_id=loan.borrower_id, plan=1, parts=6, at=at)
    trouble.ask_for_time(loan_id=loan.pk, by_id=loan.borrower_id, plan=1, parts=6, at=at)

    loan.refresh_from_db()
    plan = loan.instalments.filter(plan=2)
    assert (loan.state, plan.count()) == (LoanState.ACTIVE, 6)
    owed = loan.principal_minor + loan.interest_max_minor
    assert sum(part.amount_minor for part in plan) == owed
    assert Claim.objects.get(key=loan.ref).ended_at == at
    assert Claim.objects.get(key=f"{loan.ref}:plan:2").ended_at is None


def test_a_written_off_loan_is_a_loss_and_what_comes_later_a_recovery(now):
    loan = make_loan(at=now)
    at = now + timedelta(days=40)
    trouble.look_at_due(at=at, limit=10)
    officer = make_staff()
    with pytest.raises(WrongState):
        trouble.write_off(loan_id=loan.pk, by_id=officer.pk, at=at)

    at += timedelta(days=90)
    trouble.write_off(loan_id=loan.pk, by_id=officer.pk, at=at)
    repay(loan, 5_000, at)

    assert loan.state == LoanState.WRITTEN_OFF
    assert held("loan_losses", "platform") == -30_000
    assert held("loan_recovered", "platform") == 5_000
    assert ledger.check() == []


def test_the_database_refuses_illegal_moves_and_knows_the_same_table(now):
    loan = make_loan(at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Loan.objects.filter(pk=loan.pk).update(
            state=LoanState.WRITTEN_OFF, due_at=None, ended_at=now
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT old_state, new_state FROM loans_legal_moves()")
        assert set(cursor.fetchall()) == products.MOVES
