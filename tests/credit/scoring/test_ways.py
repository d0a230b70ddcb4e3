"""The cheapest ways up are true when they are followed."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse

from credit.scoring import queries, rules, services
from credit.scoring.models import InstalmentNote
from tests.credit.scoring.test_rules import profile
from tests.factories.accounts import make_person
from tests.factories.identity import make_verified
from tests.factories.scoring import make_settled_order
from tests.factories.shops import make_shop


def test_each_way_gains_what_it_says_and_together_they_reach_the_target():
    chance = random.Random(11)
    reached = 0
    for _profile in range(60):
        facts = replace(profile(chance), shipped_buyers=10, paid_buyers=10)
        now = rules.score(facts).points
        ways = rules.ways_up(facts, target=now + 20)
        for way in ways:
            assert rules.after(facts, [way]) - now == way.points > 0
        reached += rules.after(facts, ways) >= now + 20
    assert reached > 40


def test_no_way_asks_for_what_a_seller_cannot_do():
    chance = random.Random(12)
    keys = {way.key for _profile in range(60) for way in rules.ways_up(profile(chance), target=900)}

    assert not keys & {"strike_points", "fakes_proven", "months_trading", "account_months"}


def test_whoever_is_there_needs_no_way():
    assert rules.ways_up(rules.Features(), target=350) == []


def every_way(score):
    """Ways to a target that takes all of them."""
    facts = queries.features_of(score)
    return rules.ways_up(facts, target=rules.HIGHEST, limit=10)


@pytest.mark.django_db
def test_followed_in_the_market_the_way_keeps_its_promise(now):
    """More buyers, each served as the others were: the score reaches at least what was said."""
    shop = make_shop()
    for day in range(6):
        make_settled_order(shop=shop, at=now - timedelta(days=day))
    score = services.rescore(shop_id=shop.pk, cause="order.settled", at=now)
    ways = [w for w in every_way(score) if w.key == "buyers"]
    for _buyer in range(ways[0].count):
        make_settled_order(shop=shop, at=now)

    after = services.rescore(shop_id=shop.pk, cause="order.settled", at=now)

    assert after.points >= score.points + ways[0].points


@pytest.mark.django_db
def test_reasons_are_sentences_with_the_points_lost(now):
    shop = make_shop()
    for day in range(4):
        make_settled_order(shop=shop, at=now - timedelta(days=day), late=True)
    score = services.rescore(shop_id=shop.pk, cause="order.settled", at=now)

    said = queries.reasons(score, 4)

    assert len(said) == 4
    assert [one.points for one in said] == sorted((one.points for one in said), reverse=True)
    assert "Parcels left after their promised day; each buyer counts." in {
        one.sentence for one in said
    }
    assert all(one.sentence for one in queries.ways_up(score, score.points + 30))


@pytest.mark.django_db
def test_instalments_count_once_each_and_lateness_for_a_year(now):
    shop = make_shop()
    for number in (1, 1, 2):
        services.note_instalment(shop_id=shop.pk, key=f"loan:1:{number}", kind="paid", at=now)
    services.note_instalment(shop_id=shop.pk, key="loan:1:late", kind="late", days_late=12, at=now)

    facts = queries.features(shop.pk, now)
    later = queries.features(shop.pk, now + timedelta(days=366))

    assert InstalmentNote.objects.count() == 3
    assert (facts.instalments_paid, facts.days_late) == (2, 12)
    assert (later.instalments_paid, later.days_late) == (2, 0)


@pytest.mark.django_db
def test_the_identity_counts_once_it_is_verified(now):
    shop = make_shop()
    shop.owner.trader_identity.delete() if hasattr(shop.owner, "trader_identity") else None
    assert queries.features(shop.pk, now).identity_level == 0

    make_verified(user=shop.owner, at=now)

    assert queries.features(shop.pk, now).identity_level >= 1


@pytest.mark.django_db
def test_the_what_if_page_asks_the_real_engine(client, now):
    shop = make_shop()
    for day in range(4):
        make_settled_order(shop=shop, at=now - timedelta(days=day))
    score = services.rescore(shop_id=shop.pk, cause="order.settled", at=now)
    client.force_login(shop.owner)
    address = reverse("scoring:what_if")

    text = client.get(address, {"buyers": 60, "fakes_proven": 1}).content.decode()

    facts = queries.features_of(score)
    told = rules.what_if(facts, buyers=60, fakes_proven=1, strike_points=9)
    assert f"{told.points}, " in text
    assert client.get(address, {"buyers": -1}).status_code == 422
    assert client.get(address).status_code == 200


@pytest.mark.django_db
def test_a_buyers_own_table_is_for_that_buyer_and_sums_up(client):
    client.force_login(make_person())

    text = client.get(reverse("scoring:mine")).content.decode()

    assert "Nobody but you sees this" in text
