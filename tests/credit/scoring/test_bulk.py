"""Everybody scored anew at once gets what everybody would get alone."""

import random
from dataclasses import asdict
from datetime import timedelta

import numpy as np
import pytest

from credit.scoring import queries, rules, services
from credit.scoring.models import Score
from credit.scoring.rules import many
from tests.credit.scoring.test_rules import profile
from tests.factories.scoring import make_settled_order
from tests.factories.shops import make_shop


def test_the_vectors_give_the_engine_s_points_to_the_bit():
    chance = random.Random(4)
    card = rules.shop_card().card
    people = [asdict(profile(chance)) for _ in range(3000)]
    columns = {
        one.key: np.array([person[one.key] for person in people], dtype=np.float64)
        for one in card.attributes
    }

    codes = many.codes_of(card, columns)
    totals = many.total_points(card, codes)

    for place, person in enumerate(people):
        told = card.score(person)
        assert bytes(card.rows(person)) == codes[:, place].tobytes()
        assert (told.total, told.points) == (totals[place], many.clipped(totals)[place])


@pytest.mark.django_db
def test_a_batch_keeps_a_score_for_each_shop_equal_to_its_own(now):
    shops = [make_shop() for _number in range(5)]
    for number, shop in enumerate(shops):
        for day in range(number):
            make_settled_order(shop=shop, at=now - timedelta(days=day))
        services.rescore(shop_id=shop.pk, cause="order.settled", at=now)
    services.dispute_fact(
        shop_id=shops[3].pk, key="buyers", text="x", order_id=None, by_id=shops[3].owner_id, at=now
    )

    first = services.rescore_batch(after=0, limit=3, at=now)
    second = services.rescore_batch(after=first.last, limit=3, at=now)
    last = services.rescore_batch(after=second.last, limit=3, at=now)

    assert (first.scored, second.scored, last) == (3, 1, type(last)(None, 0))
    made = Score.objects.filter(cause="card.changed")
    assert {score.shop_id for score in made} == {shop.pk for shop in shops} - {shops[3].pk}
    for score in made:
        before = Score.objects.filter(shop_id=score.shop_id).order_by("pk").first()
        assert (score.points, score.band, score.contributions, bytes(score.codes)) == (
            before.points,
            before.band,
            before.contributions,
            bytes(before.codes),
        )
        assert queries.replay(score.pk).points == score.points
