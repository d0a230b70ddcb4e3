"""Guests: reached without claiming a name, let in by a link, and never more than buyers."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts import guests, identity, sealing, services, throttles
from marketplace.accounts.models import GuestLink, Role, User
from marketplace.errors import BadInput, NotAllowed
from marketplace.orders.services import guests as orders
from marketplace.shops import services as shops
from marketplace.shops.models import Shop
from tests.factories.accounts import make_staff, make_user
from tests.factories.guests import CONTACT, NOON, carry_all, door_in, make_guest
from tests.factories.identity import facts
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest():
    return make_guest(at=timezone.now())


@pytest.fixture
def browser(guest):
    opened = Client()
    opened.post(reverse("accounts:guest_link", args=[token_of(guest)]))
    return opened


def token_of(guest):
    return GuestLink.objects.get(user=guest, revoked_at=None).token_sealed


def signed_in(client):
    found = client.session.get("_auth_user_id")
    return User.objects.get(pk=found) if found else None


def text(page):
    return page.content.decode()


# What a guest is


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Nora@Example.org ", "nora@example.org"),
        ("0046 70 123 45 67", "+46701234567"),
    ],
)
def test_a_contact_is_kept_in_its_one_form(typed, kept):
    assert guests.contact_from(typed) == kept


@pytest.mark.parametrize("typed", ["", "nora", "a@b", "070 123", "@", "x" * 250 + "@example.org"])
def test_what_reaches_nobody_is_refused(typed):
    with pytest.raises(BadInput):
        guests.contact_from(typed)


def test_many_guests_may_give_the_same_address_also_one_that_has_an_account():
    owner = make_user(email=CONTACT)
    first, second = make_guest(), make_guest()
    assert len({owner.pk, first.pk, second.pk}) == 3


def test_the_database_keeps_guests_reachable_and_small(guest):
    for change in (
        {"guest_contact_sealed": ""},
        {"is_staff": True},
        {"is_superuser": True},
        {"email": "nora@example.org"},
        {"guest": False},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.filter(pk=guest.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=make_user().pk).update(guest_contact_sealed="x")


def test_a_guest_becomes_neither_staff_nor_seller_nor_anything_else(guest):
    for role in set(Role.values) - {Role.BUYER}:
        with pytest.raises(NotAllowed):
            services.grant_role(user_id=guest.pk, role=role, by_id=None, at=NOON)
    with pytest.raises(NotAllowed):
        shops.open_shop(owner_id=guest.pk, name="Nora's", country="SE", currency="EUR", at=NOON)
    assert not Shop.objects.filter(owner=guest).exists()


def test_a_guest_joins_no_shop(guest):
    shop = make_shop()
    _invitation, token = shops.invite_member(
        shop_id=shop.pk, by_id=shop.owner_id, role="packer", at=timezone.now()
    )
    with pytest.raises(NotAllowed, match="account"):
        shops.accept(user_id=guest.pk, token=token, at=timezone.now())
    assert not shop.members.filter(user=guest).exists()


def test_a_guest_states_no_trader_s_identity(guest):
    with pytest.raises(NotAllowed):
        identity.submit_identity(user_id=guest.pk, facts=facts(), certified=True, at=NOON)


@pytest.mark.parametrize(
    "name",
    [
        "shops:apply", "shops:desk", "shops:members", "shops:invitations", "listings:mine",
        "listings:new", "orders:desk", "orders:money", "scoring:score", "trust:standing",
        "accounts:me", "accounts:identity", "accounts:profile", "cases:mine", "admin:index",
        "account_email", "account_change_phone", "account_set_password", "mfa_index",
    ],
)  # fmt: skip
def test_pages_of_sellers_and_account_holders_invite_a_guest_to_open_an_account(browser, name):
    answer = browser.get(reverse(name))
    assert answer.status_code == 302
    assert answer.url == reverse("accounts:guest")


@pytest.mark.parametrize(
    "name", ["storefront:home", "storefront:search", "orders:cart", "orders:mine", "inbox:list"]
)
def test_a_guest_opens_what_buyers_need(browser, name):
    assert browser.get(reverse(name)).status_code == 200


def test_a_guest_s_page_shows_the_way_to_an_account_and_the_contact_masked(browser):
    page = browser.get(reverse("accounts:guest"))
    assert "Open my account" in text(page)
    assert "n•••@guests.example.org" in text(page)
    assert CONTACT not in text(page)


def test_people_with_accounts_have_no_guest_s_page(client):
    client.force_login(make_user())
    assert client.get(reverse("accounts:guest")).url == reverse("accounts:me")
    assert client.post(reverse("accounts:guest_claim")).url == reverse("accounts:me")


# The link


def test_looking_at_a_link_opens_nothing_and_tells_nothing(client, guest):
    right = client.get(reverse("accounts:guest_link", args=[token_of(guest)]))
    wrong = client.get(reverse("accounts:guest_link", args=["x" * 32]))
    assert signed_in(client) is None
    assert right.status_code == wrong.status_code == 200
    assert "no-store" in right["Cache-Control"]


def test_pressing_the_button_signs_in_under_a_new_session_key(client, guest):
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["sessionid"] = before = session.session_key
    client.post(reverse("accounts:guest_link", args=[token_of(guest)]))
    assert signed_in(client) == guest
    assert client.cookies["sessionid"].value != before


def test_a_link_leads_to_our_own_pages_only(client, guest):
    for away in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        answer = client.post(reverse("accounts:guest_link", args=[token_of(guest)]), {"next": away})
        assert answer.url == reverse("accounts:guest")


def test_the_button_needs_the_page_s_token(guest):
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(reverse("accounts:guest_link", args=[token_of(guest)]))
    assert answer.status_code == 403


def test_guessed_old_and_revoked_links_open_nothing(client, guest):
    token, now = token_of(guest), timezone.now()
    assert guests.open_link(token=token, at=now) == guest
    assert guests.open_link(token=token[:-1], at=now) is None
    assert guests.open_link(token=GuestLink.objects.get().token_hash, at=now) is None
    assert guests.open_link(token="", at=now) is None
    assert guests.open_link(token=token, at=now + guests.LINK_KEPT) is None
    guests.revoke_links(user_id=guest.pk, by_id=make_staff().pk, at=now)
    assert guests.open_link(token=token, at=now) is None
    answer = client.post(reverse("accounts:guest_link", args=[token]), follow=True)
    assert "does not work any more" in text(answer)
    assert signed_in(client) is None


def test_only_staff_revoke(guest):
    with pytest.raises(NotAllowed):
        guests.revoke_links(user_id=guest.pk, by_id=make_user().pk, at=NOON)


def test_guesses_are_counted(client, monkeypatch):
    few = throttles.Limits(network=throttles.Limit("guest-link/network", 2, timedelta(minutes=15)))
    monkeypatch.setitem(
        __import__("marketplace.accounts.door", fromlist=["GUARDED"]).GUARDED,
        "accounts:guest_link",
        few,
    )
    answers = [
        client.post(reverse("accounts:guest_link", args=[f"guess{n}"])).status_code
        for n in range(3)
    ]
    assert answers == [302, 302, 429]


def test_a_closed_guest_is_not_let_in(client, guest):
    services.set_active(user_id=guest.pk, active=False, by_id=make_staff().pk, at=timezone.now())
    client.post(reverse("accounts:guest_link", args=[token_of(guest)]))
    assert signed_in(client) is None


def test_a_link_never_takes_over_the_browser_of_somebody_with_an_account(client, guest):
    owner = make_user()
    client.force_login(owner)
    address = reverse("accounts:guest_link", args=[token_of(guest)])
    assert "Sign out first" in text(client.get(address))
    assert client.post(address).url == reverse("accounts:me")
    assert signed_in(client) == owner


def test_the_link_stands_in_the_database_as_hash_and_sealed(guest):
    token, link = token_of(guest), GuestLink.objects.get()
    raw = GuestLink.objects.extra(select={"raw": "token_sealed::text"}).get().raw
    assert token not in raw
    assert token not in link.token_hash
    assert raw.startswith(sealing.current_key_id())


def test_a_new_link_voids_the_old_one_and_ends_other_browsers(browser, guest):
    old, elsewhere = token_of(guest), Client()
    elsewhere.post(reverse("accounts:guest_link", args=[old]))
    page = browser.post(reverse("orders:guest_renew"), follow=True)

    assert "A new link is on its way" in text(page)
    assert guests.open_link(token=old, at=timezone.now()) is None
    assert signed_in(browser) == guest
    assert elsewhere.get(reverse("orders:mine")).status_code == 302
    third = Client()
    third.post(door_in(carry_all()[-1]).partition("?")[0])
    assert signed_in(third) == guest


def test_people_with_accounts_have_no_link_to_renew(client):
    user = make_user()
    with pytest.raises(NotAllowed):
        orders.renew_link(user_id=user.pk, at=NOON)
    client.force_login(user)
    assert client.post(reverse("orders:guest_renew")).url == reverse("accounts:me")


def test_a_link_that_ran_out_is_followed_by_a_new_one_in_the_next_message_a_revoked_one_is_not():
    guest, later = make_guest(), NOON + guests.LINK_KEPT + timedelta(days=1)
    first = guests.door_of(user_id=guest.pk, at=NOON)
    assert first == guests.door_of(user_id=guest.pk, at=NOON)
    second = guests.door_of(user_id=guest.pk, at=later)
    assert second not in ("", first)
    guests.revoke_links(user_id=guest.pk, by_id=make_staff().pk, at=later)
    assert guests.door_of(user_id=guest.pk, at=later) == ""
