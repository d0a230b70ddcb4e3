"""Any loan, any order of events: sums are exact, the ledger is at zero, no loan is below it."""

import uuid
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credit.loans.models import RUNNING, Application, Lent, Loan, LoanState
from credit.loans.queries import desk
from credit.loans.rules import decision, schedule
from credit.loans.services import repaying, trouble
from credit.loans.services.repaying import account
from marketplace.errors import MarketplaceError
from marketplace.ledger import queries as ledger
from tests.credit.loans.test_repaying import earn, held, pay_out, repay
from tests.factories.loans import ask_for, make_borrower, make_loan

LOANS = {
    "principal_minor": st.integers(12, 10**10),
    "rate_bp": st.integers(0, 3_600),
    "parts": st.sampled_from([1, 2, 3, 4, 6, 9, 12]),
    "days": st.sampled_from([30, 60]),
    "level": st.booleans(),
}


@given(**LOANS)
def test_instalments_sum_to_principal_and_interest(principal_minor, rate_bp, parts, days, level):
    plan = schedule.schedule(principal_minor, rate_bp=rate_bp, parts=parts, days=days, level=level)

    assert sum(part.principal_minor for part in plan) == principal_minor
    assert all(part.principal_minor > 0 and part.interest_minor >= 0 for part in plan)
    units, left = 0, principal_minor
    for part in plan:
        units += schedule.interest_units(left, rate_bp, days)
        left -= part.principal_minor
    assert sum(part.interest_minor for part in plan) == units // schedule.UNITS_A_MINOR


@given(**LOANS, paid=st.lists(st.integers(1, 10**10), max_size=8))
def test_any_payments_split_exactly_and_never_beyond_what_is_owed(
    principal_minor, rate_bp, parts, days, level, paid
):
    plan = schedule.schedule(principal_minor, rate_bp=rate_bp, parts=parts, days=days, level=level)
    most = sum(part.interest_minor for part in plan)
    left, units, interest = principal_minor, 0, 0
    for amount in paid:
        units += schedule.interest_units(left, rate_bp, 45)
        split = schedule.split(schedule.Account(left, units, interest, most), amount)
        assert sum((split.interest_minor, split.principal_minor, split.rest_minor)) == amount
        left, interest = left - split.principal_minor, interest + split.interest_minor
        assert left >= 0
        assert interest <= most


@given(
    facts=st.builds(
        decision.Facts,
        currency=st.sampled_from(["EUR", "RWF", "XAF"]),
        losses=st.just((("on_time_permille", 30), ("buyers", 5))),
        points=st.none() | st.integers(350, 950),
        pd_ppm=st.integers(0, 1_000_000),
        sanction_level=st.integers(0, 3),
        debt_minor=st.integers(0, 10),
        sales_minor=st.integers(0, 10**8),
        repaid=st.integers(0, 20),
        running=st.integers(0, 3),
        unpaid=st.integers(0, 1),
        owed_minor=st.integers(0, 10**7),
        lent_minor=st.integers(0, 10**12),
        has_identity=st.booleans(),
        has_account=st.booleans(),
        account_paused=st.booleans(),
        shop_open=st.booleans(),
        thin=st.booleans(),
    )
)
def test_every_refusal_has_one_to_four_reasons_and_every_limit_is_within_the_ladder(facts):
    terms = decision.Terms("", 500, 400, 6_000, 3_000, 560, 500, 1_000, 2, 100_000)
    if facts.points is None:
        facts = decision.facts_of({**decision.as_json(facts), "pd_ppm": None})

    verdict = decision.decide(facts, terms)

    assert verdict.approved or 1 <= len(verdict.reasons) <= 4
    if verdict.approved:
        found = decision.ladder(facts.currency)
        assert found.least_minor <= verdict.limit_minor
        assert verdict.limit_minor + facts.owed_minor <= found.ceiling_minor
        assert verdict.rate_bp <= terms.rate_max_bp
    assert decision.facts_of(decision.as_json(facts)) == facts


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["sale", "payout", "hand", "clock", "time", "write_off"]),
        st.integers(1, 40_000),
        st.integers(0, 60),
    ),
    max_size=12,
)


@pytest.mark.django_db
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(events=EVENTS)
def test_any_order_of_events_keeps_the_books_at_zero(now, events):
    loan, at = make_loan(at=now), now
    for what, amount, days in events:
        at += timedelta(days=days)
        with suppress(MarketplaceError):
            _play(what, loan, amount, at)
        loan.refresh_from_db()
        assert 0 <= loan.principal_left_minor <= loan.principal_minor
        assert loan.interest_paid_minor <= loan.interest_max_minor
        if loan.state != LoanState.WRITTEN_OFF:
            assert held("loan", loan.ref) == -loan.principal_left_minor
        else:
            assert held("loan", loan.ref) == 0
        assert (loan.state == LoanState.REPAID) <= (account(loan=loan).owed_minor == 0)
    assert ledger.check() == []
    connection.check_constraints()  # what waits for the end of the transaction is done now
    lent = Loan.objects.filter(state__in=RUNNING).aggregate(sum=Sum("principal_left_minor"))
    assert (Lent.objects.aggregate(sum=Sum("lent_minor"))["sum"] or 0) == (lent["sum"] or 0)


def _play(what, loan, amount, at):
    if what == "sale":
        earn(loan.shop, amount, at)
    elif what == "payout":
        pay_out(loan, at)
    elif what == "hand":
        owed = repaying.accrue(loan=Loan.objects.get(pk=loan.pk), at=at).owed_minor
        wallet = held("wallet", loan.shop.ref)
        if min(amount, owed, wallet) > 0:
            repay(loan, min(amount, owed, wallet), at)
    elif what == "clock":
        trouble.look_at_due(at=at, limit=100)
    elif what == "time":
        plan = Loan.objects.get(pk=loan.pk).plan
        trouble.replan(loan_id=loan.pk, by_id=loan.borrower_id, plan=plan, parts=4, at=at)
    else:
        trouble.write_off(loan_id=loan.pk, by_id=loan.borrower_id, at=at)


@pytest.mark.django_db
def test_every_decision_replays_to_the_same_bits_and_a_changed_one_is_seen(now):
    for points in (None, 380, 520, 600, 900):
        ask_for(make_borrower(at=now, points=points, sales_minor=30_000), at=now, key=uuid.uuid4())

    decided = list(Application.objects.all())
    assert desk.replay_all(decided) == []
    decided[0].facts["repaid"] += 1
    assert not desk.replay(decided[0]).same
