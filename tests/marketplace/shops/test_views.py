"""The seller's door and desk, and the staff's buttons."""

import pytest
from django.urls import reverse

from marketplace.accounts import second_factor
from marketplace.accounts.models import Role
from marketplace.accounts.services import grant_role
from marketplace.inbox.models import Message
from marketplace.shops.models import Shop, ShopState
from tests.factories.accounts import make_person
from tests.factories.identity import make_verified
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db
GOOD = {"name": "Kigali Baskets", "country": "RW", "currency": "RWF", "shipping": "1,500"}


@pytest.fixture
def seller(client):
    person = make_person(country="RW")
    client.force_login(person)
    return person


@pytest.fixture
def staff(client, now):
    person = make_person()
    grant_role(user_id=person.pk, role=Role.STAFF, by_id=None, at=now)
    second_factor.give(user_id=person.pk, at=now)
    person.refresh_from_db()
    client.force_login(person)
    return person


def test_a_visitor_is_asked_to_sign_in(client):
    for name in ("shops:apply", "shops:desk"):
        assert client.get(reverse(name)).status_code == 302


def test_without_a_shop_the_desk_leads_to_opening_one(client, seller):
    assert client.get(reverse("shops:desk"))["Location"] == reverse("shops:apply")


def test_applying_opens_a_shop_and_leads_to_the_desk(client, seller):
    answer = client.post(reverse("shops:apply"), GOOD, follow=True)
    shop = Shop.objects.get()
    assert (shop.owner, shop.shipping_minor) == (seller, 1500)
    assert answer.redirect_chain[-1][0] == reverse("shops:desk")
    assert "Kigali Baskets" in answer.content.decode()
    assert "Waiting for approval" in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shipping": "1.5"}, "whole number"),
        ({"currency": ""}, "required"),
        ({"name": "x"}, "at least 2"),
    ],
)
def test_a_wrong_application_keeps_the_words_and_says_what_is_wrong(client, seller, changes, words):
    page = client.post(reverse("shops:apply"), {**GOOD, "story": "Woven", **changes})
    assert words in page.content.decode()
    assert "Woven" in page.content.decode()
    assert not Shop.objects.exists()


def test_a_taken_name_is_said_at_the_name(client, seller):
    make_shop(name="kigali baskets")
    page = client.post(reverse("shops:apply"), GOOD)
    assert "Another shop already has this name" in page.content.decode()


@pytest.mark.parametrize("state", ShopState.values)
def test_the_desk_says_what_each_state_means(client, seller, state):
    make_shop(owner=seller, state=state)
    page = client.get(reverse("shops:desk")).content.decode()
    assert ("Add goods" in page) == (state in {"applied", "approved"})


def test_staff_open_a_shop_with_a_button(client, staff, now):
    shop = make_shop(state=ShopState.APPLIED, payout_account_sealed="RW12 3456")
    make_verified(user=shop.owner, at=now)
    page = client.get(reverse("admin:shops_shop_change", args=[shop.pk])).content.decode()
    assert "Approve this shop" in page
    client.post(reverse("admin:shops_shop_approve", args=[shop.pk]))
    shop.refresh_from_db()
    assert (shop.state, shop.decided_by) == (ShopState.APPROVED, staff)


def test_staff_refuse_a_shop_with_a_reason(client, staff):
    shop = make_shop(state=ShopState.APPLIED)
    address = reverse("admin:shops_shop_refuse", args=[shop.pk])
    page = client.post(address, {"reason": ""}, follow=True)
    assert "Give the reason" in page.content.decode()
    client.post(address, {"reason": "No licence."})
    shop.refresh_from_db()
    assert shop.state == ShopState.REFUSED
    assert "No licence." in Message.objects.get().body


def test_the_buttons_are_for_staff_and_for_posting(client, staff):
    shop = make_shop(state=ShopState.APPLIED)
    address = reverse("admin:shops_shop_approve", args=[shop.pk])
    assert client.get(address).status_code == 405
    client.force_login(make_person())
    assert client.post(address).status_code == 302  # to the log-in
    shop.refresh_from_db()
    assert shop.state == ShopState.APPLIED


def test_staff_cannot_type_a_state_or_read_a_payout_account(client, staff):
    shop = make_shop(state=ShopState.APPLIED, payout_account_sealed="RW99 secret")
    address = reverse("admin:shops_shop_change", args=[shop.pk])
    assert "RW99" not in client.get(address).content.decode()
    client.post(address, {"state": "approved", "members-TOTAL_FORMS": 0})
    shop.refresh_from_db()
    assert shop.state == ShopState.APPLIED
    assert client.get(reverse("admin:shops_shop_changelist")).status_code == 200
