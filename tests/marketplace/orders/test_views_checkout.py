"""The checkout page: prices for the address, ways of sending, what is not included, the clock."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.models import Address
from marketplace.listings.models import PriceTier
from marketplace.orders.models import Cart, CartLine, Order, OrderGroup
from marketplace.shops.models import Discount, ShippingMethod
from tests.factories.accounts import make_person
from tests.factories.listings import make_listing, make_photo, make_variant
from tests.factories.orders import make_goods
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer():
    return make_person(country="RW")


@pytest.fixture
def browser(client, buyer):
    client.force_login(buyer)
    return client


def filled(buyer, *wanted):
    cart = Cart.objects.create(buyer=buyer, created_at=timezone.now())
    CartLine.objects.bulk_create(
        CartLine(cart=cart, variant=variant, quantity=quantity) for variant, quantity in wanted
    )
    return cart


def send(browser, **more):
    """Post the page's form as it was shown, with the changes of `more`."""
    form = browser.get(reverse("orders:checkout")).context["form"]
    body = {
        "cart": form["cart"].value(),
        "seen": form["seen"].value(),
        "recipient": "Ada",
        "lines": "1 Harbour Road",
        "country": "RW",
        "card": "tok_ok",
    }
    return browser.post(reverse("orders:checkout"), {**body, **more}, follow=True)


def words(page):
    """What a reader sees, in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def ways(shop):
    slow = ShippingMethod.objects.create(
        shop=shop, name="Letter", first_minor=300, days_min=5, days_max=12
    )
    fast = ShippingMethod.objects.create(shop=shop, name="Courier", first_minor=900, tracked=True)
    return slow, fast


def test_the_cart_says_how_many_more_make_each_cheaper(browser, buyer):
    tea = make_goods(price_minor=1_000, least_quantity=5)
    PriceTier.objects.create(variant=tea, from_quantity=10, price_minor=900)
    filled(buyer, (tea, 3), (tea, 1))

    page = words(browser.get(reverse("orders:cart")))
    assert "6 more and each costs €9.00" in page
    assert "Sold from 5 pieces" in page


def test_cart_and_checkout_show_the_shop_s_discount_and_the_next_one(browser, buyer):
    shop = make_shop()
    now = timezone.now() - timedelta(days=1)
    Discount.objects.create(shop=shop, percent_bp=1_000, from_minor=2_000, since=now)
    Discount.objects.create(shop=shop, percent_bp=1_550, from_minor=5_000, since=now)
    filled(buyer, (make_goods(shop=shop, price_minor=1_000), 2))

    for name in ("cart", "checkout"):
        page = words(browser.get(reverse(f"orders:{name}")))
        assert "Shop's discount" in page.replace("&#x27;", "'")
        assert "€18.00" in page
        assert "€30.00 more and the shop takes 15.5 % off" in page


def test_ways_of_sending_are_offered_with_price_and_days_the_cheapest_chosen(browser, buyer):
    shop = make_shop()
    slow, fast = ways(shop)
    filled(buyer, (make_goods(shop=shop), 1))
    page = browser.get(reverse("orders:checkout"))

    assert "Letter 5–12 days" in words(page)
    assert "with tracking" in words(page)
    radios = re.findall(rf'name="sending-{shop.pk}"\s+value="(\d+)"( checked)?', text(page))
    assert radios == [(str(slow.pk), " checked"), (str(fast.pk), "")]


def text(page):
    return page.content.decode()


def test_another_way_than_the_page_priced_is_shown_before_it_is_ordered(browser, buyer):
    shop = make_shop()
    _slow, fast = ways(shop)
    filled(buyer, (make_goods(shop=shop, price_minor=1_000), 1))
    chosen = {f"sending-{shop.pk}": fast.pk}

    page = send(browser, **chosen)
    assert "Please look at the new total" in words(page)
    assert "€19.00" in words(page)
    assert not Order.objects.exists()

    again = page.context["form"]
    send(browser, **chosen, seen=again["seen"].value())
    order = Order.objects.get()
    assert (order.shipping_method, order.total_minor) == (fast, 1_900)


def test_a_way_that_another_shop_offers_is_refused(browser, buyer):
    shop, other = make_shop(), make_shop()
    ways(shop)
    _slow, strange = ways(other)
    filled(buyer, (make_goods(shop=shop), 1))

    page = send(browser, seen="", **{f"sending-{shop.pk}": strange.pk})
    assert "Please choose how" in words(page)
    assert not Order.objects.exists()


def test_refresh_prices_for_the_typed_country_and_orders_nothing(browser, buyer):
    shop = make_shop(country="RW")
    ShippingMethod.objects.create(shop=shop, name="Bike", first_minor=100, countries=["RW"])
    ShippingMethod.objects.create(shop=shop, name="Plane", first_minor=2_000)
    filled(buyer, (make_goods(shop=shop, price_minor=1_180), 1))

    home = send(browser, refresh="1")
    assert "Tax in it, 18 %" in words(home)
    assert "Duty and import tax not included" not in words(home)
    abroad = send(browser, refresh="1", country="KE")
    assert "Duty and import tax not included" in words(abroad)
    assert "Tax in it" not in words(abroad)
    assert "Bike" not in words(abroad)
    assert "€31.80" in words(abroad)
    assert 'value="1 Harbour Road"' in text(abroad) or "1 Harbour Road" in words(abroad)
    assert not Order.objects.exists()


def test_a_shop_that_does_not_send_there_is_named(browser, buyer):
    shop = make_shop(name="Bike Shop")
    ShippingMethod.objects.create(shop=shop, name="Bike", first_minor=100, countries=["DE"])
    filled(buyer, (make_goods(shop=shop), 1))
    assert "Bike Shop does not send to this country" in words(
        browser.get(reverse("orders:checkout"))
    )
    page = send(browser)
    assert "Bike Shop does not send to this country." in words(page)
    assert not Order.objects.exists()


def test_ordering_now_and_paying_on_the_next_page(browser, buyer):
    filled(buyer, (make_goods(), 1))
    assert "kept for you for 30 minutes" in words(browser.get(reverse("orders:checkout")))

    page = send(browser, later="1", card="")
    order = Order.objects.get()
    assert order.state == "awaiting_payment"
    assert "The goods are kept for you until" in words(page)
    browser.post(reverse("orders:pay", args=[order.group_id]), {"card": "tok_ok"})
    order.refresh_from_db()
    assert order.state == "paid_held"


def test_the_same_form_twice_orders_pays_and_keeps_the_address_once(browser, buyer):
    filled(buyer, (make_goods(), 1))
    form = browser.get(reverse("orders:checkout")).context["form"]
    body = {
        "cart": form["cart"].value(), "seen": form["seen"].value(), "recipient": "Ada",
        "lines": "1 Harbour Road", "country": "RW", "card": "tok_ok", "keep": "on",
    }  # fmt: skip
    for _again in range(2):
        browser.post(reverse("orders:checkout"), body)
    assert OrderGroup.objects.count() == Address.objects.count() == 1


@pytest.mark.parametrize("page", ["cart", "checkout"])
def test_no_page_speaks_of_a_landed_price(browser, buyer, page):
    filled(buyer, (make_goods(shop=make_shop(country="DE")), 1))
    shown = words(browser.get(reverse(f"orders:{page}"))).lower()
    assert "landed" not in shown
    assert "duty and import tax not included" in shown


def large_cart(buyer, count):
    shops = [make_shop() for _ in range(5)]
    for shop in shops:
        ways(shop)
    goods = [
        make_variant(listing=make_listing(shop=shops[n % 5]), name=str(n)) for n in range(count)
    ]
    make_photo(listing=goods[0].listing)
    return filled(buyer, *((one, 1) for one in goods))


def counted(act):
    with CaptureQueriesContext(connection) as queries:
        answer = act()
    return answer, len(queries)


@pytest.mark.parametrize("count", [10, 100, 1_000])
def test_pages_and_checkout_cost_the_same_queries_for_ten_lines_as_for_a_thousand(
    browser, buyer, count
):
    large_cart(buyer, count)
    browser.get(reverse("orders:cart"))  # what a session asks once

    shown, in_cart = counted(lambda: browser.get(reverse("orders:cart")))
    assert text(shown).count('id="quantity-') == count
    page, at_checkout = counted(lambda: browser.get(reverse("orders:checkout")))
    form = page.context["form"]
    body = {
        "cart": form["cart"].value(), "seen": form["seen"].value(), "recipient": "Ada",
        "lines": "1 Harbour Road", "country": "RW", "later": "1",
    }  # fmt: skip
    _answer, placing = counted(lambda: browser.post(reverse("orders:checkout"), body))
    group = OrderGroup.objects.get()
    pay = reverse("orders:pay", args=[group.pk])
    _answer, paying = counted(lambda: browser.post(pay, {"card": "tok_ok"}))

    assert set(group.orders.values_list("state", flat=True)) == {"paid_held"}
    assert (in_cart, at_checkout, placing, paying) == CEILINGS


# Queries of cart, checkout page, placing and paying; the same whatever the cart holds.
CEILINGS = (10, 11, 22, 35)
