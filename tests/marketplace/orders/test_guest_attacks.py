"""Attacks on buying without an account: cookies, sessions, forms and other people's addresses."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts import throttles
from marketplace.accounts.models import GuestLink, Session, User
from marketplace.accounts.sessions import stored_key
from marketplace.errors import BadInput
from marketplace.inbox.models import Message
from marketplace.orders.models import Cart, Order, OrderGroup
from marketplace.orders.services import cart as carts
from marketplace.orders.services import guests
from tests.factories.accounts import make_user
from tests.factories.guests import (
    CONTACT,
    guest_form,
    order_as_guest,
    put_in_cart,
)
from tests.factories.orders import make_goods

pytestmark = pytest.mark.django_db
PAGE = "orders:guest_checkout"


def text(page):
    return page.content.decode()


def signed_in(browser):
    found = browser.session.get("_auth_user_id")
    return User.objects.get(pk=found) if found else None


def test_whoever_planted_the_cookie_gets_nowhere_without_the_form_s_key(client):
    """A known cookie put into another's browser must not open what that person orders."""
    attacker = Client()
    put_in_cart(attacker, make_goods())
    planted = attacker.cookies["cart"].value
    form_of_attacker = guest_form(attacker)
    client.cookies["cart"] = planted
    order_as_guest(client)

    attacker.post(reverse(PAGE), form_of_attacker)
    assert signed_in(attacker) is None
    with pytest.raises(BadInput):
        repeat(token=planted, key=form_of_attacker["key"])
    with pytest.raises(BadInput):
        repeat(token=planted, key="")


def repeat(**named):
    return guests.place(
        **{"token": "", "key": "", "at": timezone.now(), **named},
        contact=CONTACT,
        recipient="",
        address="",
        country="SE",
        language="en",
        terms_version=1,
    )


def test_the_form_leads_nowhere_once_the_order_can_no_longer_be_paid(client):
    put_in_cart(client, make_goods())
    cookie, form = client.cookies["cart"].value, guest_form(client)
    client.post(reverse(PAGE), form)
    group = OrderGroup.objects.get()
    assert repeat(token=cookie, key=form["key"], at=group.due_at - timedelta(seconds=1)) == group
    with pytest.raises(BadInput):
        repeat(token=cookie, key=form["key"], at=group.due_at)


def test_a_session_planted_before_is_worth_nothing_after(client):
    put_in_cart(client, make_goods())
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["sessionid"] = before = session.session_key
    order_as_guest(client)
    assert client.cookies["sessionid"].value != before
    assert not Session.objects.filter(session_key=stored_key(before)).exists()


def test_nothing_is_ordered_without_the_page_s_token(client):
    put_in_cart(client, make_goods())
    form = guest_form(client)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies["cart"] = client.cookies["cart"].value
    assert strict.post(reverse(PAGE), form).status_code == 403
    assert not OrderGroup.objects.exists()


def test_after_log_out_the_browser_shows_nothing_of_the_guest(client):
    put_in_cart(client, make_goods())
    order_as_guest(client)
    group = OrderGroup.objects.get()
    client.post(reverse("account_logout"))
    assert "Your cart is empty" in text(client.get(reverse("orders:cart")))
    answer = client.get(reverse("orders:group", args=[group.pk]))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


def test_an_address_that_has_an_account_gets_the_same_page_and_its_owner_no_guest_s_rights(client):
    owner = make_user(email="owner@example.org")
    other = Client()
    put_in_cart(client, make_goods())
    put_in_cart(other, make_goods())
    known = order_as_guest(client, contact="Owner@Example.org")
    unknown = order_as_guest(other, contact="nobody@example.org")

    assert known.status_code == unknown.status_code == 200
    assert [url.strip("0123456789/") for url, _ in known.redirect_chain] == [
        url.strip("0123456789/") for url, _ in unknown.redirect_chain
    ]
    owner.refresh_from_db()
    assert owner.email == "owner@example.org"
    assert signed_in(client) != owner
    assert not Order.objects.filter(buyer=owner).exists()
    assert not Message.objects.filter(user=owner).exists()
    assert not Session.objects.filter(user=owner).exists()


def test_one_network_makes_so_many_guests_an_hour_and_no_more(client, monkeypatch):
    few = throttles.Limit("guest/network", 2, timedelta(hours=1))
    monkeypatch.setattr(throttles, "GUEST", throttles.Limits(network=few, named_by=("contact",)))
    tea, statuses = make_goods(on_hand=50), []
    for number in range(3):
        browser = Client()
        put_in_cart(browser, tea)
        page = order_as_guest(browser, contact=f"guest{number}@example.org")
        statuses.append(page.status_code)
    assert statuses == [200, 200, 429]
    assert User.objects.filter(guest=True).count() == 2


def test_a_guest_buys_again_by_the_usual_checkout(client):
    put_in_cart(client, make_goods())
    order_as_guest(client)
    put_in_cart(client, make_goods())
    page = client.get(reverse("orders:checkout"))
    form = page.context["form"]
    client.post(
        reverse("orders:checkout"),
        {
            "cart": form["cart"].value(), "seen": form["seen"].value(), "recipient": "Nora",
            "lines": "1 Road", "country": "SE", "card": "tok_ok",
        },
    )  # fmt: skip
    assert OrderGroup.objects.filter(buyer__guest=True).count() == 2
    assert User.objects.filter(guest=True).count() == 1


def test_a_visitor_s_cart_joins_the_guest_who_comes_back_by_the_link(client):
    put_in_cart(client, make_goods())
    order_as_guest(client)
    token = GuestLink.objects.get().token_sealed
    elsewhere, rug = Client(), make_goods()
    put_in_cart(elsewhere, rug)
    elsewhere.post(reverse("accounts:guest_link", args=[token]))
    guest = User.objects.get(guest=True)
    assert Cart.objects.get(buyer=guest, checked_out_at=None).lines.get().variant_id == rug.pk
    assert carts.visitors_cart(token=elsewhere.cookies["cart"].value) is None
