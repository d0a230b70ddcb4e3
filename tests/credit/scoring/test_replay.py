"""Every score can be worked out once more from what was kept of it."""

from datetime import timedelta

import pytest

from credit.scoring import queries, rules, services
from credit.scoring.models import KeptCard, Score
from tests.factories.scoring import make_settled_order, make_strike
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db


def test_every_score_replays_to_the_same_bits(now):
    shop = make_shop()
    for number in range(12):
        at = now + timedelta(days=20 * number)
        make_settled_order(shop=shop, at=at, late=number % 4 == 3)
        if number == 6:
            make_strike(shop=shop, at=at)
        services.rescore(shop_id=shop.pk, cause="order.settled", at=at)

    kept = list(Score.objects.all())

    assert len(kept) > 8
    assert KeptCard.objects.count() == 1
    for score in kept:
        again = queries.replay(score.pk)
        assert (again.points, again.contributions) == (score.points, score.contributions)


def test_a_score_replays_with_its_own_card_after_the_card_has_changed(now):
    shop = make_shop()
    old = services.rescore(shop_id=shop.pk, cause="shop.approved", at=now)
    whole = KeptCard.objects.get().card
    other = rules.shop_card_of(whole)
    KeptCard.objects.create(hash="0" * 64, card={}, at=now)

    assert other.hash == old.table_hash
    assert queries.replay(old.pk).points == old.points


def test_a_card_that_is_not_what_its_hash_names_is_refused(now):
    services.rescore(shop_id=make_shop().pk, cause="shop.approved", at=now)
    whole = KeptCard.objects.get().card
    whole["card"]["base"] += 1

    with pytest.raises(ValueError, match="hash"):
        rules.shop_card_of(whole)
