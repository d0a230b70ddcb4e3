"""A visitor's cart: on a cookie alone, into the person's own at log-in, gone at log-out."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts import throttles
from marketplace.errors import BadInput
from marketplace.orders import rules
from marketplace.orders.models import Cart, CartLine
from marketplace.orders.services import cart as carts
from tests.factories.accounts import PASSWORD, make_person, make_user
from tests.factories.guests import put_in_cart
from tests.factories.listings import make_variant
from tests.factories.orders import NOON, make_goods

pytestmark = pytest.mark.django_db


def lines_of(**owner):
    lines = CartLine.objects.filter(cart__checked_out_at=None, **owner)
    return {line.variant_id: line.quantity for line in lines}


def log_in(browser, user):
    return browser.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})


def log_out(browser):
    return browser.post(reverse("account_logout"))


def text(page):
    return page.content.decode()


def test_a_visitor_puts_goods_into_a_cart_without_log_in(client):
    tea = make_goods()
    page = put_in_cart(client, tea, 2)

    assert tea.listing.title in text(page)
    assert lines_of(cart__buyer=None) == {tea.pk: 2}


def test_the_cookie_holds_a_random_token_that_no_script_reads_and_the_database_its_hash(client):
    put_in_cart(client, make_goods())
    cookie = client.cookies["cart"]

    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 7_776_000)
    assert len(cookie.value) >= 43
    assert Cart.objects.get().token_hash == carts.token_hash(token=cookie.value)
    assert Cart.objects.get().token_hash != cookie.value


def test_the_cookie_is_secure_where_the_session_s_is(client, settings):
    settings.SESSION_COOKIE_SECURE = True
    put_in_cart(client, make_goods())
    assert client.cookies["cart"]["secure"]


def test_whoever_only_looks_gets_no_cookie_and_no_row(client):
    for name in ("storefront:home", "orders:cart"):
        client.get(reverse(name))
    assert "cart" not in client.cookies
    assert not Cart.objects.exists()


def test_a_visitor_changes_and_removes_lines(client):
    tea = make_goods()
    put_in_cart(client, tea)
    line = CartLine.objects.get()
    client.post(reverse("orders:quantity", args=[line.pk]), {"quantity": 5})
    assert lines_of() == {tea.pk: 5}
    client.post(reverse("orders:quantity", args=[line.pk]), {"quantity": 0})
    assert lines_of() == {}


def test_at_log_in_the_cart_joins_the_person_s_own(client):
    user, tea, rug = make_user(), make_goods(), make_goods()
    carts.add_to_cart(buyer_id=user.pk, variant_id=tea.pk, quantity=3, at=NOON)
    put_in_cart(client, tea, 2)
    put_in_cart(client, rug, 1)

    answer = log_in(client, user)

    assert answer.status_code == 302
    assert client.cookies["cart"].value == ""  # the very answer takes the cookie away
    assert lines_of(cart__buyer=user) == {tea.pk: 5, rug.pk: 1}
    assert not Cart.objects.filter(buyer=None).exists()


def test_the_cart_is_the_same_on_every_device_and_survives_log_out(client):
    user, tea = make_user(), make_goods()
    put_in_cart(client, tea, 2)
    log_in(client, user)
    log_out(client)

    assert tea.listing.title not in text(client.get(reverse("orders:cart")))
    phone = Client()
    log_in(phone, user)
    assert tea.listing.title in text(phone.get(reverse("orders:cart")))


def test_goods_put_in_after_log_out_are_a_visitor_s_again(client):
    user, tea, rug = make_user(), make_goods(), make_goods()
    put_in_cart(client, tea)
    log_in(client, user)
    log_out(client)
    page = put_in_cart(client, rug)

    assert rug.listing.title in text(page)
    assert tea.listing.title not in text(page)
    assert lines_of(cart__buyer=user) == {tea.pk: 1}


def test_quantities_are_capped_and_own_goods_stay_out_at_log_in():
    user, token = make_person(), carts.new_token()
    tea, own = make_goods(), make_goods()
    own.listing.shop.members.create(user=user, role="owner", since=NOON)
    for variant in (tea, own):
        carts.add_to_cart(token=token, variant_id=variant.pk, quantity=600, at=NOON)
    carts.add_to_cart(buyer_id=user.pk, variant_id=tea.pk, quantity=600, at=NOON)

    carts.join(token=token, buyer_id=user.pk, at=NOON)
    carts.join(token=token, buyer_id=user.pk, at=NOON)

    assert lines_of(cart__buyer=user) == {tea.pk: rules.QUANTITY_MAX}


def test_a_full_cart_takes_no_more_lines(monkeypatch):
    monkeypatch.setattr(carts, "CART_LINES_MAX", 2)
    listing = make_goods().listing
    variants = [make_variant(listing=listing, name=f"no. {number}") for number in range(3)]
    token = carts.new_token()
    for variant in variants[:2]:
        carts.add_to_cart(token=token, variant_id=variant.pk, quantity=1, at=NOON)
    with pytest.raises(BadInput, match="full"):
        carts.add_to_cart(token=token, variant_id=variants[2].pk, quantity=1, at=NOON)

    user = make_person()
    carts.add_to_cart(buyer_id=user.pk, variant_id=variants[2].pk, quantity=1, at=NOON)
    carts.join(token=token, buyer_id=user.pk, at=NOON)
    assert len(lines_of(cart__buyer=user)) == 2


# Attacks


def test_a_person_s_cart_is_reached_by_no_cookie():
    """A cart that has an owner hangs on no cookie any more, whatever the cookie was."""
    thief, victim, tea = Client(), make_user(), make_goods()
    browser = Client()
    put_in_cart(browser, tea)
    stolen = browser.cookies["cart"].value
    log_in(browser, victim)

    thief.cookies["cart"] = stolen
    assert tea.listing.title not in text(thief.get(reverse("orders:cart")))
    robber = make_user()
    log_in(thief, robber)
    assert lines_of(cart__buyer=robber) == {}
    assert lines_of(cart__buyer=victim) == {tea.pk: 1}


def test_a_token_left_on_a_cart_that_has_an_owner_does_nothing():
    token, owner, other, tea = carts.new_token(), make_person(), make_person(), make_goods()
    cart = carts.add_to_cart(buyer_id=owner.pk, variant_id=tea.pk, quantity=1, at=NOON).cart
    Cart.objects.filter(pk=cart.pk).update(token_hash=carts.token_hash(token=token))
    assert carts.visitors_cart(token=token) is None
    carts.join(token=token, buyer_id=other.pk, at=NOON)
    assert lines_of(cart__buyer=owner) == {tea.pk: 1}
    assert lines_of(cart__buyer=other) == {}


def test_a_planted_token_that_hangs_on_nothing_is_not_taken_over(client):
    client.cookies["cart"] = "planted-by-somebody-who-knows-it"
    put_in_cart(client, make_goods())
    assert client.cookies["cart"].value != "planted-by-somebody-who-knows-it"
    assert not Cart.objects.filter(
        token_hash=carts.token_hash(token="planted-by-somebody-who-knows-it")
    ).exists()


def test_guessed_empty_and_odd_tokens_show_an_empty_cart(client):
    put_in_cart(Client(), make_goods())
    for guess in ("", "None", "null", "0", Cart.objects.get().token_hash):
        client.cookies["cart"] = guess
        page = client.get(reverse("orders:cart"))
        assert "Your cart is empty" in text(page)


def test_a_visitor_changes_no_line_of_another_s_cart(client):
    tea = make_goods()
    put_in_cart(Client(), tea)
    carts.add_to_cart(buyer_id=make_person().pk, variant_id=tea.pk, quantity=1, at=NOON)
    put_in_cart(client, make_goods())
    for line in CartLine.objects.filter(variant=tea):
        client.post(reverse("orders:quantity", args=[line.pk]), {"quantity": 0})
    assert CartLine.objects.filter(variant=tea).count() == 2


def test_a_signed_in_person_changes_no_line_of_a_visitor_s_cart(client):
    put_in_cart(Client(), make_goods())
    client.force_login(make_person())
    client.post(reverse("orders:quantity", args=[CartLine.objects.get().pk]), {"quantity": 0})
    assert CartLine.objects.count() == 1


def test_nothing_is_put_in_without_the_form_s_token():
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(reverse("orders:add"), {"variant_id": make_goods().pk, "quantity": 1})
    assert answer.status_code == 403
    assert not Cart.objects.exists()


def test_a_network_begins_so_many_carts_an_hour_and_no_more(monkeypatch):
    few = throttles.Limit("cart/network", 2, timedelta(hours=1))
    monkeypatch.setattr(throttles, "NEW_CART", few)
    tea = make_goods()
    pages = [put_in_cart(Client(), tea) for _ in range(3)]
    assert Cart.objects.count() == 2
    assert "Too many carts" in text(pages[2])


def test_old_visitors_carts_are_swept_and_nobody_else_s():
    now = timezone.now()
    tea = make_goods()
    old, young = carts.new_token(), carts.new_token()
    carts.add_to_cart(token=old, variant_id=tea.pk, quantity=1, at=now - timedelta(days=91))
    carts.add_to_cart(token=young, variant_id=tea.pk, quantity=1, at=now - timedelta(days=89))
    carts.add_to_cart(
        buyer_id=make_person().pk, variant_id=tea.pk, quantity=1, at=now - timedelta(days=400)
    )
    carts.sweep_visitors(at=now)
    assert carts.visitors_cart(token=old) is None
    assert carts.visitors_cart(token=young) is not None
    assert Cart.objects.count() == 2
