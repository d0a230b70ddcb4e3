"""What a basket costs: price ladder, smallest order, discount, ways of sending, domestic tax."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError

from marketplace.errors import BadInput, WrongState
from marketplace.listings.models import PriceTier
from marketplace.orders.models import Order, OrderLine
from marketplace.orders.queries import baskets
from marketplace.orders.services import cart, checkout
from marketplace.shops.models import Discount, ShippingMethod
from marketplace.trade.models import TaxRate
from tests.factories.accounts import make_person
from tests.factories.orders import ADDRESS, NOON, make_goods
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db


def filled(*wanted, buyer=None):
    buyer = buyer or make_person()
    for variant, quantity in wanted:
        line = cart.add_to_cart(
            buyer_id=buyer.pk, variant_id=variant.pk, quantity=quantity, at=NOON
        )
    return line.cart


def place(mine, **more):
    return checkout.place(
        buyer_id=mine.buyer_id, cart_id=mine.pk, at=NOON, **{**ADDRESS, **more}
    ).orders.get()


def method(shop, name, first, **more):
    return ShippingMethod.objects.create(shop=shop, name=name, first_minor=first, **more)


def test_many_at_once_cost_less_each_and_are_frozen_so():
    tea = make_goods(price_minor=100, on_hand=500)
    PriceTier.objects.create(variant=tea, from_quantity=10, price_minor=90)
    PriceTier.objects.create(variant=tea, from_quantity=50, price_minor=70)

    order = place(filled((tea, 12)))
    PriceTier.objects.all().delete()

    line = OrderLine.objects.get()
    assert (line.unit_price_minor, line.line_total_minor, order.goods_minor) == (90, 1080, 1080)


def test_less_than_the_smallest_order_is_refused_with_its_name():
    tea = make_goods(least_quantity=5)
    with pytest.raises(BadInput) as refusal:
        place(filled((tea, 4)))
    assert tea.listing.title in refusal.value.reason
    assert place(filled((tea, 5)))


def test_a_discount_is_spread_over_the_lines_without_losing_a_cent():
    shop = make_shop()
    goods = [make_goods(shop=shop, price_minor=price) for price in (333, 333, 334)]
    Discount.objects.create(shop=shop, percent_bp=1_000, from_minor=1_000, since=NOON)
    Discount.objects.create(shop=shop, percent_bp=5_000, from_minor=1_001, since=NOON)
    past = NOON - timedelta(days=9)
    Discount.objects.create(shop=shop, percent_bp=9_000, from_minor=1, since=past, until=NOON)

    order = place(filled(*((one, 1) for one in goods)))

    assert (order.goods_minor, order.discount_minor) == (900, 100)
    assert sum(line.discount_minor for line in order.lines.all()) == 100


def test_the_cheapest_way_of_sending_is_taken_unless_another_is_chosen():
    shop = make_shop(shipping_minor=77)
    tea = make_goods(shop=shop, price_minor=1_000, on_hand=500)
    slow = method(shop, "Letter", 300, each_further_minor=50, days_max=20)
    fast = method(
        shop, "Courier", 900, free_from_minor=10_000, countries=["RW", "KE"], tracked=True
    )
    method(shop, "Local bike", 0, countries=["DE"])
    method(shop, "Old", 1, active=False)

    first = place(filled((tea, 3)))
    second = place(filled((tea, 3)), choices={shop.pk: fast.pk})
    third = place(filled((tea, 10)), choices={shop.pk: fast.pk})

    assert (first.shipping_minor, first.shipping_method, first.transit_days) == (400, slow, 20)
    assert (second.shipping_minor, second.shipping_name) == (900, "Courier")
    assert third.shipping_minor == 0


def test_a_shop_that_does_not_send_there_says_so():
    shop = make_shop()
    tea = make_goods(shop=shop)
    bike = method(shop, "Local bike", 0, countries=["DE"])
    with pytest.raises(BadInput) as refusal:
        place(filled((tea, 1)))
    assert refusal.value.field == "country"
    method(shop, "Letter", 300)
    with pytest.raises(BadInput) as refusal:
        place(filled((tea, 1)), choices={shop.pk: bike.pk})
    assert refusal.value.field == "sending"


def test_domestic_tax_is_inside_the_price_and_frozen_per_line():
    home = make_shop(country="RW", shipping_minor=118)
    order = place(filled((make_goods(shop=home, price_minor=1_180, shipping_minor=118), 1)))

    line = order.lines.get()
    assert (line.net_minor, line.tax_minor) == (1_000, 180)
    assert (order.tax_rate_bp, order.shipping_tax_minor, order.tax_minor) == (1_800, 18, 198)


def test_goods_that_cross_a_border_carry_no_tax_of_ours():
    abroad = make_shop(country="DE")
    order = place(filled((make_goods(shop=abroad, price_minor=1_190), 1)))
    assert (order.tax_rate_bp, order.tax_minor) == (0, 0)
    assert order.lines.get().net_minor == 1_190


def test_a_new_rate_holds_from_its_day_and_two_at_once_cannot_be():
    with pytest.raises(IntegrityError):
        TaxRate.objects.create(country="RW", rate_bp=1, since=date(2026, 1, 1), source="x")


def test_a_price_that_moved_is_shown_again_before_anything_is_placed():
    tea = make_goods(price_minor=1_000)
    mine = filled((tea, 1))
    seen = baskets.basket(cart_id=mine.pk, country="RW", at=NOON).seen
    Discount.objects.create(shop=tea.listing.shop, percent_bp=1_000, from_minor=1, since=NOON)
    with pytest.raises(WrongState):
        place(mine, seen=seen)
    assert not Order.objects.exists()


@pytest.mark.parametrize("count", [10, 100])
def test_a_basket_costs_the_same_number_of_queries_whatever_it_holds(
    count, django_assert_num_queries
):
    shops = [make_shop() for _ in range(5)]
    mine = filled(*((make_goods(shop=shops[n % 5]), 1) for n in range(count)))
    with django_assert_num_queries(5):
        found = baskets.basket(cart_id=mine.pk, country="RW", at=NOON)
    assert sum(len(part.priced) for part in found.parts) == count
