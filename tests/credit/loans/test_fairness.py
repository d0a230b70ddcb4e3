"""How groups fare is counted right, and names nobody."""

import random

import pytest

from credit.loans.models import Application, Loan, LoanState
from credit.loans.queries import fairness as queries
from credit.loans.rules import fairness
from credit.loans.rules.fairness import Counts
from tests.factories.loans import ask_for, make_borrower, make_loan


def test_no_group_below_twenty_can_be_read_or_reckoned():
    chance = random.Random(13)
    for _ in range(2_000):
        sizes = [chance.choice((1, 5, 19, 20, 60)) for _ in range(chance.randint(0, 9))]
        groups = {f"{n}": Counts(asked=size, approved=size // 2) for n, size in enumerate(sizes)}
        shown = fairness.merged(groups, rest="the others together")
        assert all(one.asked >= fairness.SHOWN_FROM for one in shown.values()), sizes
        missing = sum(sizes) - sum(one.asked for one in shown.values())
        # What is missing from a total known elsewhere is nothing, or everything there is.
        assert missing == 0 or not shown, sizes


def test_a_group_approved_at_less_than_four_fifths_of_the_best_stands_out():
    shown = fairness.lines({"A": Counts(100, 80), "B": Counts(100, 63), "C": Counts(100, 65)})
    assert [line.far for line in shown] == [False, True, False]


def test_loans_by_lot_stand_for_the_near_misses_in_the_good_ones_refused():
    [line] = fairness.lines({"A": Counts(40, 30, 40, 4, 2.0, good=30.0, good_below=10.0)})
    assert line.refused_good == pytest.approx(0.25)
    assert line.lowest < 0.1 < line.highest
    assert not line.kept or line.lowest <= 0.05 <= line.highest


@pytest.mark.django_db
def test_each_shop_counts_once_with_its_newest_application(now):
    shop = make_borrower(at=now, points=680)
    poor = make_borrower(at=now, points=500, country="KE")
    for _ in range(3):
        ask_for(poor, at=now)
    loan = make_loan(at=now, shop=shop)
    Loan.objects.filter(pk=loan.pk).update(state=LoanState.LATE, late_since=now)
    Loan.objects.filter(pk=loan.pk).update(state=LoanState.WRITTEN_OFF, ended_at=now, due_at=None)
    assert Application.objects.count() == 4

    by_country = queries._groups("country", now)
    assert by_country["KE"] == Counts(asked=1, approved=0)
    lent = by_country[shop.country]
    assert (lent.asked, lent.approved, lent.matured, lent.bad) == (1, 1, 1, 1)
    assert queries._groups("size", now).keys() == {"small"}
    assert sum(one.asked for one in queries._groups("age", now).values()) == 2
    # Two shops are too few for any group to be shown.
    assert [kind.lines for kind in queries.fair(at=now)] == [[], [], []]
