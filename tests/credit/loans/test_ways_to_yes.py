"""The cheapest way to yes is true: whoever does what the refusal says is accepted."""

import pytest

from credit.loans.models import Outcome
from credit.loans.queries import refusing
from credit.scoring import queries as scoring
from credit.scoring import services as scores
from tests.factories.loans import ask_for, follow_ways, make_refused_borrower

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("troubles", [{"late": 3, "called_off": 2}, {"late": 6, "called_off": 5}])
def test_done_as_written_and_asked_again_the_answer_is_yes(now, troubles):
    shop = make_refused_borrower(at=now, **troubles)
    refused = ask_for(shop, at=now, amount_minor=10_000)
    assert refused.outcome == Outcome.REFUSED
    ways = refusing.ways_to_yes(refused)
    assert 1 <= len(ways) <= 3

    follow_ways(shop, scoring.ways_up(refused.score, refused.terms["cutoff_points"]), at=now)
    scores.rescore(shop_id=shop.pk, cause="order.settled", at=now)

    print(troubles, refused.score.points, ways, scoring.current(shop.pk).points)
    assert ask_for(shop, at=now, amount_minor=10_000).outcome == Outcome.APPROVED
