"""A decision, its contract and its money: one transaction, once."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from credit.loans.models import Application, Instalment, Loan, LoanState, Outcome
from credit.loans.services import applying
from marketplace.errors import BadInput, KeyReused, NotAllowed
from marketplace.ledger import queries as ledger
from marketplace.orders.models import Claim
from tests.factories.accounts import make_person
from tests.factories.loans import ask_for, make_borrower, make_loan
from tests.factories.shops import make_member

pytestmark = pytest.mark.django_db


def held(kind, owner):
    account = ledger.account_id(kind=kind, owner_ref=owner, currency="EUR")
    return ledger.balance_minor(account_id=account) if account else 0


def test_an_approved_application_leaves_its_money_in_the_borrowers_wallet(now):
    shop = make_borrower(at=now, points=680)

    made = ask_for(shop, at=now, amount_minor=30_000)

    loan = Loan.objects.get(application=made)
    assert (made.outcome, loan.state) == (Outcome.APPROVED, LoanState.ACTIVE)
    assert held("wallet", shop.ref) == 30_000
    assert held("loan", loan.ref) == -30_000
    assert ledger.check() == []


def test_the_schedule_adds_up_and_a_claim_waits_for_payouts(now):
    loan = make_loan(at=now)

    parts = list(Instalment.objects.filter(loan=loan))
    assert sum(part.principal_minor for part in parts) == loan.principal_minor
    assert sum(part.interest_minor for part in parts) == loan.interest_max_minor
    claim = Claim.objects.get(key=loan.ref)
    assert claim.cap_minor == loan.principal_minor + loan.interest_max_minor
    assert claim.shop_id == loan.shop_id


def test_the_same_form_twice_is_one_loan(now):
    shop, key = make_borrower(at=now, points=680), uuid.uuid4()

    first = ask_for(shop, at=now, key=key)
    again = ask_for(shop, at=now, key=key)

    assert first == again
    assert Loan.objects.count() == 1
    assert held("wallet", shop.ref) == 30_000


def test_the_same_form_with_another_amount_is_refused(now):
    shop, key = make_borrower(at=now, points=680), uuid.uuid4()
    ask_for(shop, at=now, key=key)

    with pytest.raises(KeyReused):
        ask_for(shop, at=now, key=key, amount_minor=20_000)


def test_more_than_the_limit_is_answered_with_the_limit(now):
    shop = make_borrower(at=now, points=680)

    with pytest.raises(BadInput, match="500"):
        ask_for(shop, at=now, amount_minor=50_001)
    assert not Application.objects.exists()


@pytest.mark.parametrize("role", ["packer", "bookkeeper"])
def test_only_owners_borrow(now, role):
    shop = make_borrower(at=now, points=680)
    helper = make_member(shop=shop, role=role).user

    with pytest.raises(NotAllowed):
        applying.apply(
            shop_id=shop.pk,
            by_id=helper.pk,
            key=uuid.uuid4(),
            wish=applying.Wish(30_000, 3, "even"),
            at=now,
        )


def test_ten_shops_of_one_person_climb_one_ladder(now):
    owner = make_person()
    shops = [make_borrower(at=now, points=680, owner=owner) for _ in range(3)]

    ask_for(shops[0], at=now, amount_minor=40_000)
    second = ask_for(shops[1], at=now, amount_minor=10_000)
    third = ask_for(shops[2], at=now, amount_minor=5_000)

    assert second.facts["owed_minor"] == 40_000
    assert third.outcome == Outcome.REFUSED
    assert third.reasons == ["running"]


def test_two_people_with_one_payout_account_share_a_ladder(now):
    one = make_borrower(at=now, points=680, payout_account_sealed="RW12 3456")
    other = make_borrower(at=now, points=680, payout_account_sealed="rw12-3456")

    ask_for(one, at=now, amount_minor=50_000)

    assert ask_for(other, at=now, amount_minor=10_000).reasons == ["ladder"]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"payout_account_sealed": ""}, "account"),
        ({"sanction_level": 2}, "sanction"),
        ({"currency": "XAF"}, "currency"),
    ],
)
def test_a_refusal_says_what_was_decisive(now, fields, reason):
    made = ask_for(make_borrower(at=now, points=680, **fields), at=now)

    assert made.outcome == Outcome.REFUSED
    assert made.reasons == [reason]
    assert not Loan.objects.exists()


def test_a_low_score_is_refused_with_the_rows_that_lost_points(now):
    made = ask_for(make_borrower(at=now, points=520), at=now)

    assert made.outcome == Outcome.REFUSED
    assert 1 <= len(made.reasons) <= 4
    assert all(reason.startswith("score:") for reason in made.reasons)


def test_a_shop_without_sales_hears_so(now):
    made = ask_for(make_borrower(at=now, points=680, sales_minor=0), at=now)

    assert made.reasons == ["sales"]


@pytest.mark.django_db(transaction=True)
def test_eight_threads_at_once_with_one_form_make_one_loan(now):
    shop, key = make_borrower(at=now, points=680), uuid.uuid4()

    def send(_number):
        try:
            return ask_for(shop, at=now, key=key).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(send, range(8)))

    assert len(answers) == 1
    assert held("wallet", shop.ref) == 30_000
    assert ledger.check() == []


@pytest.mark.django_db(transaction=True)
def test_eight_forms_at_once_from_four_shops_stay_within_one_persons_limit(now):
    owner = make_person()
    shops = [make_borrower(at=now, points=680, owner=owner) for _ in range(4)]

    def send(number):
        try:
            return ask_for(shops[number % 4], at=now, amount_minor=25_000).outcome
        except BadInput:
            return "limit"
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))

    assert answers.count(Outcome.APPROVED) == 2
    assert sum(held("wallet", shop.ref) for shop in shops) == 50_000
    assert ledger.check() == []
