"""Webhooks over the API: what a token may, and the secret in one answer alone."""

from __future__ import annotations

import pytest
from django.utils import timezone

from marketplace.developers.models import KeptAnswer
from marketplace.hooks import rules, services
from marketplace.hooks.models import Endpoint
from tests.factories.accounts import make_user
from tests.factories.developers import Api, make_token
from tests.factories.hooks import make_endpoint, pay
from tests.factories.shops import make_member, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return make_shop(owner=make_user())


@pytest.fixture
def api(shop):
    return Api(make_token(user=shop.owner)[1])


def sent(shop, **other):
    return {
        "owner": shop.ref,
        "url": "https://hooks.shop.com/in",
        "types": ["order.paid"],
        **other,
    }


def test_the_secret_is_in_the_answer_that_made_it_and_nowhere_else(api, shop):
    made = api.post("webhooks", sent(shop), key="one-webhook")
    again = api.post("webhooks", sent(shop), key="one-webhook")
    endpoint = Endpoint.objects.get()

    assert made.status_code == 201
    assert made.json()["secret"] == endpoint.secret_sealed == again.json()["secret"]
    one = api.get(f"webhooks/{endpoint.pk}")
    assert "secret" not in one.json()
    assert api.get("webhooks").json()["items"] == [one.json()]


def test_the_secret_is_kept_in_no_answer_and_told_again_for_two_minutes_alone(api, shop):
    made = api.post("webhooks", sent(shop), key="one-webhook").json()
    assert made["secret"].removeprefix("whsec_") not in KeptAnswer.objects.get().body_sealed

    past = timezone.now() - rules.SHOWN_AGAIN_WITHIN
    Endpoint.objects.update(secret_since=past)
    kept = api.post("webhooks", sent(shop), key="one-webhook")
    KeptAnswer.objects.all().delete()  # as after a day
    known = api.post("webhooks", sent(shop), key="one-webhook")
    for again in (kept, known):
        assert again.status_code == 201
        assert again.json() == {**made, "secret": ""}
    assert Endpoint.objects.count() == 1


def test_whoever_left_the_shop_gets_no_answer_again(api, shop):
    api.post("webhooks", sent(shop), key="one-webhook")
    shop.members.all().delete()
    assert api.post("webhooks", sent(shop), key="one-webhook").status_code == 404


def test_what_cannot_be_called_is_refused_beside_its_field(api, shop):
    refused = api.post("webhooks", sent(shop, url="https://169.254.169.254/"))
    assert refused.status_code == 422
    assert [one["field"] for one in refused.json()["errors"]] == ["url"]


def test_a_token_gets_only_what_its_person_and_its_shop_allow(api, shop):
    own = make_endpoint(shop=shop, at=timezone.now())
    others = make_endpoint(at=timezone.now())
    helper = Api(make_token(user=make_member(shop=shop, user=make_user()).user)[1])
    for program, endpoint in ((api, others), (helper, own)):
        assert program.get(f"webhooks/{endpoint.pk}").status_code == 404
        assert program.get(f"webhooks/{endpoint.pk}/deliveries").status_code == 404
        assert program.send("delete", f"webhooks/{endpoint.pk}").status_code == 404
    assert helper.post("webhooks", sent(shop)).status_code == 403
    assert Endpoint.objects.filter(state="active").count() == 2


def test_the_log_of_a_webhook_and_its_end(api, shop):
    at = timezone.now()
    endpoint = make_endpoint(shop=shop, at=at)
    (message,) = services.fan_out(event=pay(shop, at=at), at=at)

    (told,) = api.get(f"webhooks/{endpoint.pk}/deliveries").json()["items"]
    assert (told["message_id"], told["state"], told["attempts"], told["last_error"]) == (
        message.message_id,
        "waiting",
        0,
        "",
    )
    assert api.send("delete", f"webhooks/{endpoint.pk}").status_code == 204
    assert api.get(f"webhooks/{endpoint.pk}").status_code == 404


def test_a_token_that_is_bound_to_a_shop_sees_that_shop_s_webhooks_alone(shop):
    at = timezone.now()
    second = make_shop(owner=shop.owner)
    bound = Api(make_token(user=shop.owner, shop=second, scopes=("webhooks:write",))[1])
    elsewhere, here = make_endpoint(shop=shop, at=at), make_endpoint(shop=second, at=at)

    assert [one["id"] for one in bound.get("webhooks").json()["items"]] == [here.pk]
    assert bound.get(f"webhooks/{elsewhere.pk}").status_code == 404
    assert bound.post("webhooks", sent(shop)).status_code == 403
