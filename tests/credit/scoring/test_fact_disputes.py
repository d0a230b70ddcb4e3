"""Whoever says that a fact is wrong loses nothing while a person looks at it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from credit.scoring import queries, services
from credit.scoring.models import FactDispute
from marketplace.errors import BadInput, NotAllowed, WrongState
from tests.factories.accounts import make_person
from tests.factories.scoring import make_settled_order, make_strike
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def late_one(now):
    """A shop of four buyers, one parcel late; its order is returned too."""
    shop = make_shop()
    for day in range(3):
        make_settled_order(shop=shop, at=now - timedelta(days=day + 1))
    late = make_settled_order(shop=shop, at=now, late=True)
    services.rescore(shop_id=shop.pk, cause="order.settled", at=now)
    return shop, late


def say(shop, now, key="on_time_permille", **given):
    given = {"text": "The carrier was on strike.", "order_id": None} | given
    return services.dispute_fact(shop_id=shop.pk, key=key, by_id=shop.owner_id, at=now, **given)


def test_the_points_stay_while_it_is_open_whatever_happens(late_one, now):
    shop, _late = late_one
    before = queries.current(shop.pk)
    say(shop, now)
    for _more in range(3):
        make_settled_order(shop=shop, at=now, late=True)

    after = services.rescore(shop_id=shop.pk, cause="order.settled", at=now)

    assert after.frozen == ["on_time_permille"]
    assert after.contributions["on_time_permille"] == before.contributions["on_time_permille"]
    assert after.features["on_time_permille"] < before.features["on_time_permille"]
    assert queries.replay(after.pk).points == after.points


def test_a_seller_who_was_right_has_the_order_left_out(late_one, now):
    shop, late = late_one
    dispute = say(shop, now, order_id=late.pk)

    services.decide_dispute(
        dispute_id=dispute.pk, right=True, answer="Right.", by_id=staff().pk, at=now
    )

    facts = queries.features(shop.pk, now)
    assert (facts.buyers, facts.on_time_permille) == (3, int((3 + 7.2) / 11 * 1000))
    assert queries.current(shop.pk).frozen == []


def test_a_fact_that_stands_counts_again_and_rests_three_months(late_one, now):
    shop, _late = late_one
    dispute = say(shop, now)
    decision = {"dispute_id": dispute.pk, "right": False, "answer": "It left on day nine."}
    by = staff()
    services.decide_dispute(**decision, by_id=by.pk, at=now)
    services.decide_dispute(**decision, by_id=by.pk, at=now)

    assert queries.current(shop.pk).frozen == []
    with pytest.raises(WrongState):
        say(shop, now + timedelta(days=30))
    assert say(shop, now + timedelta(days=91)).pk != dispute.pk


def test_said_twice_it_is_one_dispute(late_one, now):
    shop, _late = late_one

    assert say(shop, now).pk == say(shop, now).pk
    with pytest.raises(IntegrityError), transaction.atomic():
        FactDispute.objects.create(
            shop=shop, key="on_time_permille", row=1, text="x", by=shop.owner, at=now, due_at=now
        )


def test_a_strike_is_appealed_instead(late_one, now):
    shop, _late = late_one
    make_strike(shop=shop, at=now)

    for key in ("strike_points", "fakes_proven"):
        with pytest.raises(BadInput):
            say(shop, now, key=key)


def test_only_the_shops_owner_disputes_and_only_outside_staff_decide(late_one, now):
    shop, _late = late_one
    with pytest.raises(NotAllowed):
        services.dispute_fact(
            shop_id=shop.pk, key="buyers", text="x", order_id=None, by_id=make_person().pk, at=now
        )
    dispute = say(shop, now)
    for nobody in (shop.owner, make_person()):
        with pytest.raises(NotAllowed):
            services.decide_dispute(
                dispute_id=dispute.pk, right=True, answer="x", by_id=nobody.pk, at=now
            )


def test_an_order_of_another_shop_is_not_found(late_one, now):
    shop, _late = late_one
    other = make_settled_order(shop=make_shop(), at=now)

    with pytest.raises(BadInput):
        say(shop, now, order_id=other.pk)


def test_the_page_sends_it_and_shows_the_answer(late_one, now, client):
    shop, late = late_one
    client.force_login(shop.owner)
    address = reverse("scoring:dispute", args=[shop.pk, "on_time_permille"])

    assert client.get(address).status_code == 200
    assert client.post(address, {"text": ""}).status_code == 422
    sent = client.post(address, {"text": "Strike of the carrier", "order": late.pk}, follow=True)

    assert "stay as they are until" in sent.content.decode()
    dispute = FactDispute.objects.get()
    judge = staff()
    client.force_login(judge)
    desk = reverse("admin:scoring_factdispute_decide", args=[dispute.pk])
    assert client.get(reverse("admin:scoring_factdispute_change", args=[dispute.pk])).status_code
    client.post(desk, {"right": "1", "answer": "You are right."})
    dispute.refresh_from_db()
    assert dispute.state == "upheld"


def staff():
    return make_person(is_staff=True, is_superuser=True)
