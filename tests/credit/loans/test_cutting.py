"""Limits are cut with reasons, end by themselves, and are given back on appeal."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from credit.loans.models import (
    CutCause,
    CutState,
    Exposure,
    LimitCut,
    Loan,
    LoanState,
)
from credit.loans.queries import borrowing
from credit.loans.rules import products
from credit.loans.services import cutting
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.trust import services as trust
from tests.factories.accounts import make_user
from tests.factories.listings import make_listing
from tests.factories.loans import ask_for, make_borrower, make_cut, make_loan, make_officer
from tests.factories.trust import strike_listing

pytestmark = pytest.mark.django_db


def left_of(shop):
    rows = Exposure.objects.filter(pk__in=[cut.identity_id for cut in LimitCut.objects.all()])
    return sorted(rows.values_list("cut_permille", flat=True))


def late(loan, at, days):
    Loan.objects.filter(pk=loan.pk).update(
        state=LoanState.LATE, late_since=at - timedelta(days=days)
    )


def test_thirty_days_late_cut_the_limit_once_with_reasons_and_an_end(now):
    loan = make_loan(at=now - timedelta(days=70), amount_minor=20_000)
    late(loan, now, 29)
    assert cutting.look_at_due(at=now, limit=10) == 0

    late(loan, now, 30)
    cutting.look_at_due(at=now, limit=10)
    cutting.look_at_due(at=now, limit=10)

    cut = LimitCut.objects.get()
    assert (cut.cause, cut.permille, cut.ends_at) == (
        CutCause.ARREARS,
        500,
        now + timedelta(days=180),
    )
    assert cut.statement.addressee_id == loan.shop.owner_id
    assert cut.statement.decision_provision == "DECISION_PROVISION_PARTIAL_SUSPENSION"
    assert left_of(loan.shop) == [500]


def test_a_cut_halves_what_may_be_borrowed_and_ends_by_its_day(now):
    shop = make_borrower(at=now, points=680)
    ask_for(shop, at=now, amount_minor=5_000)
    assert borrowing.verdict(shop, at=now).limit_minor == 45_000

    cut = make_cut(at=now, shop=shop)
    after = borrowing.verdict(shop, at=now)
    assert (after.limit_minor, after.bound_by) == (20_000, "cut")
    with pytest.raises(BadInput):
        ask_for(shop, at=now, amount_minor=21_000)

    LimitCut.objects.filter(pk=cut.pk).update(ends_at=now + timedelta(days=1))
    cutting.look_at_due(at=now + timedelta(days=1), limit=10)
    cut.refresh_from_db()
    assert cut.state == CutState.ENDED
    assert borrowing.verdict(shop, at=now).limit_minor == 45_000


def test_a_strike_taken_back_gives_the_limit_back_at_once(now):
    shop = make_borrower(at=now, points=680)
    cut = make_cut(at=now, shop=shop)
    cutting.look_at_standing(shop_id=shop.pk, at=now)
    assert LimitCut.objects.count() == 1

    strike = shop.sanctions.get(lifted_at=None).cause
    trust.restore(decision_ref=strike.decision_ref, voided_by_ref="appeal:1", by_id=None, at=now)
    cutting.look_at_standing(shop_id=shop.pk, at=now)

    cut.refresh_from_db()
    assert (cut.state, left_of(shop)) == (CutState.LIFTED, [1000])
    assert borrowing.verdict(shop, at=now).limit_minor == 50_000


def test_with_another_strike_left_the_first_one_s_cut_makes_room_for_another(now):
    shop = make_borrower(at=now, points=680)
    first = make_cut(at=now, shop=shop)
    strike_listing(make_listing(shop=shop), severity=1, at=now)
    cutting.look_at_standing(shop_id=shop.pk, at=now)
    assert LimitCut.objects.count() == 1

    trust.restore(
        decision_ref=first.strike.decision_ref, voided_by_ref="appeal:1", by_id=None, at=now
    )
    for _ in range(2):
        cutting.look_at_standing(shop_id=shop.pk, at=now)
    first.refresh_from_db()
    second = LimitCut.objects.get(ended_at=None)
    assert (first.state, second.strike == first.strike) == (CutState.LIFTED, False)


def test_an_appeal_is_answered_by_a_risk_officer_without_a_part_in_the_shop(now):
    shop = make_borrower(at=now, points=680)
    cut = make_cut(at=now, shop=shop)
    officer, owner = make_officer(now), shop.owner_id
    with pytest.raises(WrongState):
        cutting.decide(cut_id=cut.pk, by_id=officer.pk, lift=True, answer="Yes.", at=now)

    for _ in range(2):
        cutting.appeal(cut_id=cut.pk, by_id=owner, said="It was a mistake.", at=now)
    with pytest.raises(NotAllowed):
        cutting.decide(cut_id=cut.pk, by_id=make_user().pk, lift=True, answer="Yes.", at=now)
    with pytest.raises(BadInput):
        cutting.decide(cut_id=cut.pk, by_id=officer.pk, lift=True, answer=" ", at=now)
    for _ in range(2):
        cutting.decide(cut_id=cut.pk, by_id=officer.pk, lift=True, answer="You are right.", at=now)

    cut.refresh_from_db()
    assert (cut.state, cut.answer, left_of(shop)) == (CutState.LIFTED, "You are right.", [1000])
    # The same strike cuts no second time.
    cutting.look_at_standing(shop_id=shop.pk, at=now)
    assert LimitCut.objects.count() == 1


def test_the_database_knows_the_same_moves_of_a_cut(now):
    with connection.cursor() as cursor:
        cursor.execute("SELECT old_state, new_state FROM loans_legal_cut_moves()")
        assert set(cursor.fetchall()) == products.CUT_MOVES
    cut = make_cut(at=now, shop=make_borrower(at=now, points=680))
    LimitCut.objects.filter(pk=cut.pk).update(state=CutState.LIFTED, ended_at=now)
    with pytest.raises(DatabaseError), transaction.atomic():
        LimitCut.objects.filter(pk=cut.pk).update(state=CutState.STANDS, ended_at=None)
