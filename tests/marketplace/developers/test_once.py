"""Idempotency-Key: one effect and one answer, however often and from however many sides."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.urls import get_resolver
from django.utils import timezone

from marketplace.developers import services
from marketplace.developers.ground.once import MARK
from marketplace.developers.models import KeptAnswer
from marketplace.listings.models import Listing
from marketplace.orders.models import OrderGroup, Payment, SandboxEntry, Shipment
from marketplace.shops.models import ShopMember
from tests.factories.developers import Api, make_market, make_token
from tests.factories.shops import make_shop

KEY = "the-same-key-again"


@pytest.fixture
def market(db):
    return make_market()


def draft_of(market, **more):
    return {"shop": market.slugs["shop"], "category": market.slugs["category"], **more}


def test_the_same_request_again_gets_the_same_answer_and_has_no_second_effect(market):
    body = draft_of(market, title="Chair")
    first = market.api.post("goods", body, key=KEY)
    again = market.api.post("goods", dict(reversed(body.items())), key=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Listing.objects.filter(title="Chair").count() == 1


def test_the_same_key_with_another_body_or_address_is_refused(market):
    market.api.post("goods", draft_of(market, title="Chair"), key=KEY)
    for path, body in (
        ("goods", draft_of(market, title="Table")),
        ("stock", {"counts": [{"variant_id": 1, "counted": 1}]}),
    ):
        answer = market.api.post(path, body, key=KEY)
        assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")
    assert not Listing.objects.filter(title="Table").exists()


@pytest.mark.parametrize("key", ["", "short", "with a space in it", "x" * 129])
def test_a_post_without_a_proper_key_changes_nothing(market, key):
    headers = {**market.api.headers, **({"Idempotency-Key": key} if key else {})}
    body = draft_of(market, title="Chair")
    answer = market.api.client.post(
        "/api/v1/goods", body, content_type="application/json", headers=headers
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert not Listing.objects.filter(title="Chair").exists()


def test_two_people_may_have_the_same_key(market):
    other = make_market()
    for one in (market, other):
        assert one.api.post("goods", draft_of(one, title="Chair"), key=KEY).status_code == 201
    assert Listing.objects.filter(title="Chair").count() == 2


def test_a_token_of_one_shop_gets_no_answer_that_was_given_for_another(market):
    body = draft_of(market, title="Chair")
    assert market.api.post("goods", body, key=KEY).status_code == 201
    elsewhere = make_shop(owner=market.person)
    bound = Api(make_token(user=market.person, shop=elsewhere, scopes=("goods:write",))[1])
    answer = bound.post("goods", body, key=KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")
    # A new token with the same reach may repeat: programs change tokens.
    renewed = Api(make_token(user=market.person)[1])
    assert renewed.post("goods", body, key=KEY).status_code == 201


def test_whoever_left_the_shop_gets_no_answer_again(market):
    ids = market.ids
    requests = {
        "goods": draft_of(market, title="Chair"),
        "stock": {"counts": [{"variant_id": ids["variants"][0], "counted": 5}]},
        f"goods/{ids['goods'][0]}/post": None,
        f"goods/{ids['goods'][1]}/end": None,
        f"orders/{ids['orders'][0]}/ship": {"tracking": "RW7"},
        f"orders/{ids['orders'][1]}/cancel": {"reason": "Sold out."},
    }
    keys = {path: f"key-of-{path}" for path in requests}
    for path, body in requests.items():
        first = market.api.post(path, body, key=keys[path])
        again = market.api.post(path, body, key=keys[path])
        assert first.status_code in (200, 201), (path, first.content)
        assert again.content == first.content
    ShopMember.objects.all().delete()
    for path, body in requests.items():
        assert market.api.post(path, body, key=keys[path]).status_code == 404, path


def test_a_refusal_gives_the_key_back(market):
    body = draft_of(market, title="Chair")
    wrong = market.api.post("goods", {**body, "category": "nowhere"}, key=KEY)
    assert wrong.status_code == 422
    assert market.api.post("goods", body, key=KEY).status_code == 201


def test_a_declined_card_stays_declined_for_its_key_and_a_new_key_pays(market):
    path = f"checkouts/{market.ids['checkouts'][0]}/pay"
    for _time in range(3):
        answer = market.api.post(path, {"card": "tok_declined"}, key=KEY)
        assert (answer.status_code, answer.json()["code"]) == (402, "payment_refused")
    assert Payment.objects.get(group=market.ids["checkouts"][0]).attempt == 1
    assert market.api.post(path, {"card": "tok_ok"}).status_code == 200
    assert market.api.post(path, {"card": "tok_ok"}).status_code == 200
    booked = SandboxEntry.objects.filter(amount_minor=1250, kind="charge", outcome="succeeded")
    assert (
        booked.filter(idempotency_key__contains=str(Payment.objects.latest("pk").pk)).count() == 1
    )


def test_a_request_that_died_may_be_sent_again_when_its_lease_is_over(market):
    path, body = f"checkouts/{market.ids['checkouts'][0]}/pay", {"card": "tok_ok"}
    market.api.post(path, body, key=KEY)
    now = timezone.now()
    KeptAnswer.objects.update(status=None, body_sealed="", lease_until=now + timedelta(minutes=1))
    running = market.api.post(path, body, key=KEY)
    assert (running.status_code, running.json()["code"]) == (409, "still_running")
    assert running.headers["Retry-After"] == "1"
    KeptAnswer.objects.update(lease_until=now)
    assert market.api.post(path, body, key=KEY).status_code == 200


def test_answers_are_sealed_and_forgotten_after_a_day(market):
    done = market.api.post(f"purchases/{market.ids['purchases'][0]}/confirm", key=KEY)
    assert done.status_code == 200, done.content
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(t)::text FROM developers_keptanswer t")
        assert "Harbour Road" not in cursor.fetchone()[0]
    services.sweep(at=timezone.now() + timedelta(hours=23))
    assert KeptAnswer.objects.count() == 1
    services.sweep(at=timezone.now() + timedelta(hours=25))
    assert KeptAnswer.objects.count() == 0


def test_every_post_of_the_api_acts_once():
    loose = []
    for name, entry in _views():
        post = getattr(entry, "post", None)
        if post is not None and name != "NowhereView" and not getattr(post, MARK, False):
            loose.append(name)
    assert loose == []


def _views():
    patterns = next(
        one for one in get_resolver().url_patterns if getattr(one, "namespace", "") == "api"
    ).url_patterns
    return [(one.callback.view_class.__name__, one.callback.view_class) for one in patterns]


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_have_one_effect():
    market = make_market()
    cart = {"recipient": "Ada", "address": "1 Harbour Road", "country": "RW"}
    requests = {
        "goods": draft_of(market, title="Chair"),
        "checkout": cart,
        f"orders/{market.ids['orders'][0]}/ship": {"tracking": "RW7"},
        f"checkouts/{market.ids['checkouts'][0]}/pay": {"card": "tok_ok"},
    }
    before = OrderGroup.objects.count()
    for path, body in requests.items():
        codes = _together(market, path, body)
        assert set(codes) <= {200, 201, 409}, (path, codes)
        assert {200, 201} & set(codes), (path, codes)
    assert Listing.objects.filter(title="Chair").count() == 1
    assert OrderGroup.objects.count() == before + 1
    assert Shipment.objects.filter(order=market.ids["orders"][0]).count() == 1
    assert Payment.objects.get(group=market.ids["checkouts"][0]).attempt == 1


def _together(market, path, body):
    def one(_number):
        try:
            return market.api.post(path, body, key=f"key-of-{path}").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, range(8)))
