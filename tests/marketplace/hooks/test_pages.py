"""The pages: adding one, its secret shown once, its log, and the buttons."""

from __future__ import annotations

import shutil
import subprocess
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone
from standardwebhooks import Webhook

from marketplace.hooks import services
from marketplace.hooks.caller import Answer
from marketplace.hooks.models import Delivery, Endpoint
from tests.factories.hooks import make_endpoint, pay, receiver, reload
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return make_shop()


@pytest.fixture
def owner(shop, client):
    client.force_login(shop.owner)
    return client


def form(**other):
    return {
        "url": "https://hooks.shop.com/in",
        "types": ["order.paid"],
        "note": "Books",
        "key": str(uuid4()),
        **other,
    }


def test_the_secret_of_a_new_webhook_is_shown_once(owner, shop):
    sent = form()
    address = f"{reverse('hooks:add')}?owner={shop.ref}"
    page = owner.post(address, sent, follow=True)
    endpoint = Endpoint.objects.get()

    assert endpoint.secret_sealed in page.content.decode()
    again = owner.get(reverse("hooks:endpoint", args=[endpoint.pk]))
    assert endpoint.secret_sealed not in again.content.decode()
    # The second click of a double click: the same webhook, and the secret is not lost.
    doubled = owner.post(address, sent, follow=True)
    assert endpoint.secret_sealed in doubled.content.decode()
    assert Endpoint.objects.count() == 1


def test_a_wrong_address_is_answered_beside_its_field(owner):
    page = owner.post(reverse("hooks:add"), form(url="https://10.0.0.1/"))
    assert page.status_code == 422
    assert "not its number" in page.content.decode()


def test_a_new_secret_is_shown_once_and_a_double_click_makes_one(owner, shop):
    endpoint = make_endpoint(shop=shop, at=timezone.now())
    page = owner.get(reverse("hooks:endpoint", args=[endpoint.pk]))
    since = page.context["rotate_form"].initial["since"]
    address = reverse("hooks:rotate", args=[endpoint.pk])
    first = owner.post(address, {"since": since}, follow=True).content.decode()
    rotated = reload(endpoint).secret_sealed
    second = owner.post(address, {"since": since}, follow=True).content.decode()

    assert rotated != endpoint.secret_sealed
    assert rotated in first
    assert rotated in second
    assert reload(endpoint).secret_sealed == rotated


def test_the_log_shows_words_headers_and_answer_of_each_attempt(owner, shop):
    at = timezone.now()
    endpoint = make_endpoint(shop=shop, at=at)
    (sent,) = services.fan_out(event=pay(shop, at=at), at=at)
    turn = services.start(endpoint_id=endpoint.pk, at=at)
    letter = services.take(endpoint_id=endpoint.pk, turn=turn, at=at)
    services.note(letter=letter, answer=Answer(status=500, body=b"<b>no</b>"), at=at)

    page = owner.get(reverse("hooks:delivery", args=[sent.pk])).content.decode()
    for words in (
        sent.message_id,
        letter.signature,
        str(letter.timestamp),
        "&lt;b&gt;no&lt;/b&gt;",
    ):
        assert words in page
    assert "Answer 500" in page
    assert "order.paid" in owner.get(reverse("hooks:endpoint", args=[endpoint.pk])).content.decode()
    assert "1 waiting" in owner.get(reverse("hooks:list")).content.decode()


def test_the_buttons_do_their_work_and_lead_back(owner, shop):
    at = timezone.now()
    endpoint = make_endpoint(shop=shop, at=at)

    def press(name, pk=endpoint.pk, **sent):
        return owner.post(reverse(f"hooks:{name}", args=[pk]), sent, follow=True).content.decode()

    assert "on its way" in press("test", key=str(uuid4()))
    assert "Paused" in press("pause")
    assert "0 messages" not in press("replay_failed", days=7)  # not while it is paused
    assert "Active again" in press("resume")
    assert "1 message is sent again" in press("replay_failed", days=7)
    Delivery.objects.update(state="given_up", due_at=None, tries=1)
    assert "under the same id" in press("replay", Delivery.objects.get().pk, tries=1)
    assert Delivery.objects.get().state == "waiting"
    changed = owner.post(
        reverse("hooks:change", args=[endpoint.pk]), form(types=["order.shipped"]), follow=True
    )
    assert "order.shipped" in changed.content.decode()
    assert "Deleted" in press("delete")
    assert owner.get(reverse("hooks:endpoint", args=[endpoint.pk])).status_code == 404


def test_what_is_another_s_does_not_exist(owner):
    at = timezone.now()
    others = make_shop()
    endpoint = make_endpoint(shop=others, at=at)
    (sent,) = services.fan_out(event=pay(others, at=at), at=at)
    for name in ("endpoint", "change"):
        assert owner.get(reverse(f"hooks:{name}", args=[endpoint.pk])).status_code == 404
    for name in ("rotate", "pause", "resume", "delete", "test", "replay_failed", "change"):
        assert owner.post(reverse(f"hooks:{name}", args=[endpoint.pk])).status_code == 404
    assert owner.get(reverse("hooks:delivery", args=[sent.pk])).status_code == 404
    assert owner.post(reverse("hooks:replay", args=[sent.pk])).status_code == 404
    assert reload(endpoint).state == "active"


@pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "openssl", "base64", "od"))),
    reason="the example uses these programs",
)
def test_the_examples_work_as_they_are_copied(owner, shop, settings):
    with receiver() as there:
        settings.HOOKS_PERMITTED = [there.permit]
        page = owner.post(
            f"{reverse('hooks:add')}?owner={shop.ref}", form(url=there.url), follow=True
        )
        python, curl = [
            one.get_text()
            for one in BeautifulSoup(page.content, "html.parser").select("details pre")
        ]
        subprocess.run(["bash", "-c", curl], check=True, capture_output=True, timeout=30)

    (heard,) = there.heard
    secret = Endpoint.objects.get().secret_sealed
    assert Webhook(secret).verify(heard.body, heard.headers)["type"] == "webhook.test"
    assert f'"{secret}"' in python
    compile(python, "example", "exec")
