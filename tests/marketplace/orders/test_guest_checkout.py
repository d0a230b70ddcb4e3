"""Buying without an account: one page, once, and nobody else is disturbed or let in."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import GuestLink, SandboxDelivery, TermsAcceptance, User
from marketplace.inbox.models import Message
from marketplace.orders.models import Order, OrderGroup, Payment
from tests.factories.accounts import PASSWORD, make_user
from tests.factories.guests import (
    CONTACT,
    carry_all,
    door_in,
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


def test_a_visitor_orders_and_pays_on_one_page(client):
    put_in_cart(client, make_goods())
    page = order_as_guest(client)

    group = OrderGroup.objects.get()
    assert page.redirect_chain[-1][0] == reverse("orders:group", args=[group.pk])
    assert page.status_code == 200
    assert Order.objects.get().state == "paid_held"
    guest = group.buyer
    assert (guest.guest, guest.email, guest.phone_hash) == (True, None, None)
    assert not guest.has_usable_password()
    assert (guest.guest_contact_sealed, group.contact_sealed) == (CONTACT, CONTACT)
    assert guest.display_name == ""  # it is shown to others, and stored in clear
    assert signed_in(client) == guest
    assert client.cookies["cart"].value == ""
    assert TermsAcceptance.objects.filter(user=guest).count() == 1


def test_the_page_asks_for_eight_things_at_most(client):
    put_in_cart(client, make_goods())
    put_in_cart(client, make_goods())
    page = BeautifulSoup(client.get(reverse(PAGE)).content, "html.parser")
    form = page.find("form", id="checkout")
    asked = {
        field["name"]
        for field in form.find_all(["input", "select", "textarea"])
        if field.get("type") != "hidden"
    }
    assert asked == {"recipient", "contact", "lines", "country", "card"}
    assert form.find(string=lambda words: "By ordering you accept" in words)


def test_the_checkout_leads_visitors_to_this_page_and_others_away_from_it(client):
    put_in_cart(client, make_goods())
    assert client.get(reverse("orders:checkout")).url == reverse(PAGE)
    assert client.post(reverse("orders:checkout"), {}).url == reverse(PAGE)
    client.force_login(make_user())
    assert client.get(reverse(PAGE)).url == reverse("orders:checkout")
    assert client.post(reverse(PAGE), {}).url == reverse("orders:checkout")


def test_whoever_signs_in_from_this_page_goes_on_with_the_same_cart(client):
    user, tea = make_user(), make_goods()
    put_in_cart(client, tea)
    page = BeautifulSoup(client.get(reverse(PAGE)).content, "html.parser")
    door = page.find("main").find("a", href=lambda to: to.startswith(reverse("account_login")))
    page = client.post(door["href"], {"login": user.email, "password": PASSWORD}, follow=True)
    assert page.redirect_chain[-1][0] == reverse("orders:checkout")
    assert tea.listing.title in text(page)


def test_an_empty_cart_leads_back(client):
    assert client.get(reverse(PAGE)).url == reverse("orders:cart")
    assert client.post(reverse(PAGE), {}).url == reverse("orders:cart")


def test_the_guest_gets_a_link_by_mail_that_opens_the_order_elsewhere(client):
    put_in_cart(client, make_goods())
    order_as_guest(client)
    group = OrderGroup.objects.get()
    bodies = carry_all()

    assert SandboxDelivery.objects.filter(channel="email").exists()
    assert {one.to_sealed for one in SandboxDelivery.objects.filter(channel="email")} >= {CONTACT}
    mine = next(body for body in bodies if "Keep this message" in body)
    elsewhere, door = Client(), door_in(mine)
    page = elsewhere.get(door)
    assert page.status_code == 200
    assert signed_in(elsewhere) is None  # looking opens nothing: mail scanners look too
    back = BeautifulSoup(page.content, "html.parser").find("input", attrs={"name": "next"})["value"]
    page = elsewhere.post(door.partition("?")[0], {"next": back}, follow=True)
    assert page.redirect_chain[-1][0] == reverse("orders:group", args=[group.pk])
    assert page.status_code == 200


def test_a_guest_may_be_reached_by_phone(client):
    put_in_cart(client, make_goods())
    order_as_guest(client, contact="+46 70 123 45 67")
    carry_all()
    told = SandboxDelivery.objects.filter(channel="sms")
    assert {one.to_sealed for one in told} == {"+46701234567"}
    assert all("/me/guest/open/" in one.body_sealed for one in told)
    assert User.objects.get(guest=True).phone_sealed == ""


def test_neither_message_nor_job_holds_the_link_or_the_contact(client):
    put_in_cart(client, make_goods())
    order_as_guest(client)
    token = GuestLink.objects.get().token_sealed
    for message in Message.objects.filter(user__guest=True):
        assert token not in message.link + message.body + message.key
        assert CONTACT not in message.link + message.body + message.key


def test_a_mistake_loses_nothing_and_makes_nobody(client):
    put_in_cart(client, make_goods())
    page = order_as_guest(client, contact="no address", recipient="Nora")
    assert page.status_code == 422
    assert "Nora" in text(page)
    assert "e-mail address, or a phone number" in text(page)
    assert not User.objects.filter(guest=True).exists()
    assert client.cookies["cart"].value


def test_changed_prices_are_shown_before_anything_is_ordered(client):
    tea = make_goods(price_minor=1000)
    put_in_cart(client, tea)
    form = guest_form(client)
    type(tea).objects.filter(pk=tea.pk).update(price_minor=1500)
    page = client.post(reverse(PAGE), form)
    assert page.status_code == 422
    assert "€15.00" in text(page)
    assert not User.objects.filter(guest=True).exists()


def test_sold_out_goods_leave_the_cart_and_make_nobody(client):
    tea = make_goods(on_hand=1)
    put_in_cart(client, tea, 2)
    page = order_as_guest(client)
    assert page.redirect_chain[-1][0] == reverse("orders:cart")
    assert tea.listing.title in text(page)
    assert not User.objects.filter(guest=True).exists()


def test_terms_that_changed_meanwhile_are_not_accepted(client):
    put_in_cart(client, make_goods())
    page = order_as_guest(client, terms=7)
    assert page.status_code == 422
    assert "terms have changed" in text(page)
    assert not TermsAcceptance.objects.exists()


# Once and no more


def test_the_same_form_twice_makes_one_guest_and_one_checkout(client):
    put_in_cart(client, make_goods())
    form, cookie = guest_form(client), client.cookies["cart"].value
    second = Client()  # the second click of a double click: sent with the cookies of before
    second.cookies["cart"] = cookie
    pages = [one.post(reverse(PAGE), form, follow=True) for one in (client, second)]

    assert pages[0].redirect_chain[-1] == pages[1].redirect_chain[-1]
    assert User.objects.filter(guest=True).count() == 1
    assert OrderGroup.objects.count() == Payment.objects.count() == 1
    assert signed_in(second) == signed_in(client)


@pytest.mark.django_db(transaction=True)
def test_the_same_form_eight_times_at_once_makes_one_guest_and_one_checkout(client):
    put_in_cart(client, make_goods(on_hand=10))
    form, cookie = guest_form(client), client.cookies["cart"].value

    def send(_number):
        browser = Client()
        browser.cookies["cart"] = cookie
        try:
            return browser.post(reverse(PAGE), form).url
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        places = set(threads.map(send, range(8)))

    assert places == {reverse("orders:group", args=[OrderGroup.objects.get().pk])}
    assert User.objects.filter(guest=True).count() == 1
    assert Order.objects.get().state == "paid_held"
    assert GuestLink.objects.count() == 1
    assert Message.objects.filter(kind="guest.placed").count() == 1


def test_two_tabs_order_once(client):
    put_in_cart(client, make_goods())
    cookie = client.cookies["cart"].value
    forms = [guest_form(client), guest_form(client)]
    assert forms[0]["key"] != forms[1]["key"]
    client.post(reverse(PAGE), forms[0])
    other = Client()
    other.cookies["cart"] = cookie
    page = other.post(reverse(PAGE), forms[1], follow=True)
    assert "Your cart is empty" in text(page)
    assert OrderGroup.objects.count() == 1
    assert signed_in(other) is None
