import pytest
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.models import Address
from marketplace.listings.models import Listing, ListingState
from marketplace.orders.models import CartLine, Order, OrderGroup
from tests.factories.accounts import make_person
from tests.factories.orders import make_goods, make_group, make_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer():
    return make_person(country="KE")


@pytest.fixture
def browser(client, buyer):
    client.force_login(buyer)
    return client


def add(browser, variant, quantity=1):
    body = {"variant_id": variant.pk, "quantity": quantity}
    return browser.post(reverse("orders:add"), body, follow=True)


def checkout_form(browser, **more):
    page = browser.get(reverse("orders:checkout"))
    form = page.context["form"]
    return {
        "cart": form["cart"].value(),
        "seen": form["seen"].value(),
        "recipient": "Ada",
        "lines": "1 Harbour Road",
        "country": "KE",
        "card": "tok_ok",
        **more,
    }


def order(browser, **more):
    return browser.post(reverse("orders:checkout"), checkout_form(browser, **more), follow=True)


def text(page):
    return page.content.decode()


def test_a_link_to_goods_leads_to_a_page_with_one_button(client):
    tea = make_goods()
    page = client.get(reverse("orders:add"), {"variant_id": tea.pk, "quantity": 2})
    assert tea.listing.title in text(page)
    assert not CartLine.objects.exists()


def test_the_cart_shows_shops_shipping_and_what_is_not_included(browser):
    tea = make_goods(price_minor=1250, shipping_minor=300)
    page = add(browser, tea, 2)

    assert tea.listing.shop.name in text(page)
    assert "€28.00" in text(page)
    assert "Duty and import tax not included" in text(page)


def test_a_quantity_that_is_no_number_is_refused_in_words(browser):
    tea = make_goods()
    add(browser, tea)
    line = CartLine.objects.get()

    page = browser.post(reverse("orders:quantity", args=[line.pk]), {"quantity": "x"}, follow=True)
    assert "whole number" in text(page)
    browser.post(reverse("orders:quantity", args=[line.pk]), {"quantity": 4})
    line.refresh_from_db()
    assert line.quantity == 4


def test_one_page_orders_and_pays(browser, buyer):
    add(browser, make_goods())
    page = order(browser, keep="on")

    assert page.redirect_chain[-1][0] == reverse("orders:group", args=[OrderGroup.objects.get().pk])
    assert Order.objects.get().state == "paid_held"
    assert Address.objects.get(user=buyer).recipient_sealed == "Ada"


def test_submitting_the_same_checkout_twice_orders_once(browser):
    add(browser, make_goods())
    body = checkout_form(browser)

    pages = [browser.post(reverse("orders:checkout"), body, follow=True) for _ in range(2)]

    assert pages[0].redirect_chain == pages[1].redirect_chain
    assert Order.objects.count() == 1


def test_a_checkout_form_with_mistakes_loses_nothing(browser):
    add(browser, make_goods())
    page = order(browser, recipient="", lines="1 Harbour Road")

    assert page.status_code == 422
    assert "1 Harbour Road" in text(page)
    assert not Order.objects.exists()


def test_a_saved_address_is_enough(browser, buyer):
    home = Address.objects.create(
        user=buyer, recipient_sealed="Ada", lines_sealed="Hill 2", country="KE",
        created_at=timezone.now(),
    )  # fmt: skip
    add(browser, make_goods())
    order(browser, saved=str(home.pk), recipient="", lines="", country="")

    assert OrderGroup.objects.get().address_sealed == "Hill 2"


def test_a_changed_price_is_shown_before_anything_is_taken(browser):
    tea = make_goods(price_minor=1000)
    add(browser, tea)
    body = checkout_form(browser)
    type(tea).objects.update(price_minor=1100)

    page = browser.post(reverse("orders:checkout"), body, follow=True)
    assert "Please look at the new total" in text(page)
    assert not Order.objects.exists()


def test_a_declined_card_is_said_and_another_pays(browser):
    add(browser, make_goods())
    page = order(browser, card="tok_declined")

    assert "declined" in text(page)
    group = OrderGroup.objects.get()
    browser.post(reverse("orders:pay", args=[group.pk]), {"card": "tok_ok"})
    assert Order.objects.get().state == "paid_held"


def test_a_takedown_between_page_and_pay_is_told_and_charges_nothing(browser):
    tea = make_goods()
    add(browser, tea)
    order(browser, card="tok_declined")
    Listing.objects.update(state=ListingState.WITHHELD)

    group = OrderGroup.objects.get()
    page = browser.post(reverse("orders:pay", args=[group.pk]), {"card": "tok_ok"}, follow=True)
    assert "Nothing was charged" in text(page)
    assert Order.objects.get().state == "cancelled"


def test_nobody_opens_or_pays_another_persons_checkout(browser):
    group = make_group()
    assert browser.get(reverse("orders:group", args=[group.pk])).status_code == 404
    answer = browser.post(reverse("orders:pay", args=[group.pk]), {"card": "tok_ok"})
    assert answer.status_code == 404


def test_an_empty_cart_cannot_be_checked_out(browser):
    assert "cart is empty" in text(browser.get(reverse("orders:checkout"), follow=True))
    assert browser.get(reverse("orders:cart")).status_code == 200


@pytest.mark.parametrize("page", ["checkout", "mine", "desk", "money"])
def test_pages_ask_strangers_to_sign_in(client, page):
    assert client.get(reverse(f"orders:{page}")).status_code == 302


def test_my_orders_cost_as_many_queries_for_ten_as_for_one(
    browser, buyer, django_assert_max_num_queries
):
    tea = make_goods(on_hand=100)
    for _ in range(10):
        make_order(tea, buyer=buyer, state="paid_held")
    with django_assert_max_num_queries(10):
        page = browser.get(reverse("orders:mine"))
    assert text(page).count("<article") == 10
