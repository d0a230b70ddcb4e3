"""The shop's desk: piles of orders, what runs low, how the shop sells."""

from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from marketplace.listings.models import ListingState
from marketplace.orders.models import Order
from marketplace.orders.queries import desk, sales
from marketplace.orders.services import escrow, payout, refund
from marketplace.shops.models import MemberRole
from tests.factories.accounts import make_person
from tests.factories.listings import make_listing, make_variant
from tests.factories.orders import NOON, make_goods, make_order
from tests.factories.outbox import drain
from tests.factories.shops import make_member, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return make_shop(currency="EUR", payout_account_sealed="IBAN 1")


def sold(shop, state="paid_held", at=NOON, **more):
    return make_order(make_goods(shop=shop, on_hand=50, **more), state=state, at=at)


def page_of(client, person, name="orders:desk", args=(), **query):
    client.force_login(person)
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser")


def numbers(soup):
    return {int(a["href"].split("/")[-2]) for a in soup.select("main a[href^='/orders/']")}


def test_each_order_lies_in_its_pile_and_the_piles_are_counted(client, shop):
    states = {
        state: sold(shop, state) for state in ("paid_held", "shipped", "delivered", "settled")
    }
    frozen = sold(shop, "shipped")
    escrow.freeze(order_id=frozen.pk, by_ref="dispute:1", at=NOON)
    off = sold(shop)
    refund.cancel(order_id=off.pk, by_id=shop.owner_id, reason="The vase broke", at=NOON)
    sold(shop, "awaiting_payment")
    sold(make_shop(currency="EUR"))

    counts = {tab.key: tab.count for tab in desk.tabs(shop.owner_id)}
    assert counts == {"send": 1, "way": 3, "stopped": 1, "back": 1, "done": 1, "off": 1}
    expected = {
        "send": {states["paid_held"].pk},
        "way": {states["shipped"].pk, states["delivered"].pk, frozen.pk},
        "stopped": {frozen.pk},
        "back": {off.pk},
        "done": {states["settled"].pk},
        "off": {off.pk},
    }
    for state, orders in expected.items():
        assert numbers(page_of(client, shop.owner, state=state)) == orders, state
    assert "The vase broke" in page_of(client, shop.owner, state="back").get_text()
    assert numbers(page_of(client, shop.owner, state="nonsense")) == expected["send"]
    assert numbers(page_of(client, make_person())) == set()


def test_what_must_go_first_stands_first(client, shop):
    late, later = sold(shop), sold(shop)
    Order.objects.filter(pk=later.pk).update(ship_by=late.ship_by - timedelta(days=1))
    tab = desk.tabs(shop.owner_id)[0]
    assert list(desk.orders_in(tab, user_id=shop.owner_id)) == [later, late]


def test_all_of_an_order_is_sent_with_one_press_and_twice_is_once(client, shop):
    order = sold(shop, at=timezone.now())
    soup = page_of(client, shop.owner)
    form = soup.find("form", action=reverse("orders:ship", args=[order.pk]))
    assert form is not None
    for _twice in range(2):
        client.post(form["action"], {"tracking": "RW77"})

    order.refresh_from_db()
    assert (order.state, order.shipments.count()) == ("shipped", 1)


def test_a_bookkeeper_gets_no_form_to_send_and_a_packer_no_price(client, shop):
    order = sold(shop, at=timezone.now())
    clerk, packer = (
        make_member(shop=shop, role=role).user
        for role in (MemberRole.BOOKKEEPER, MemberRole.PACKER)
    )
    action = reverse("orders:ship", args=[order.pk])

    clerks, packers = page_of(client, clerk), page_of(client, packer)
    assert clerks.find("form", action=action) is None
    assert "12.50" in clerks.get_text()
    assert packers.find("form", action=action) is not None
    assert "12.50" not in packers.get_text()
    assert packers.find("a", href=reverse("orders:money")) is None


def test_goods_that_run_low_are_listed_the_fewest_first(client, shop):
    listing = make_listing(shop=shop)
    few = make_variant(listing=listing, name="few", on_hand=3, reserved=1, low_stock_at=2)
    none = make_variant(listing=listing, name="none", on_hand=0)
    make_variant(listing=listing, name="enough", on_hand=3, low_stock_at=2)
    make_variant(listing=make_listing(shop=shop, state=ListingState.DRAFT), on_hand=0)
    make_variant(listing=make_listing(), on_hand=0)

    assert desk.low_stock(shop.owner_id) == [none, few]
    text = page_of(client, shop.owner).get_text()
    assert "Running low" in text
    clerk = make_member(shop=shop, role=MemberRole.BOOKKEEPER).user
    assert desk.low_stock(clerk.pk) == []


def test_the_orders_of_a_payout_are_shown_to_whoever_sees_its_money(client, shop):
    carried, other = sold(shop, "settled"), sold(shop)
    made = payout.pay_out(shop_id=shop.pk, period="one", at=NOON + timedelta(hours=2))
    drain(at=NOON + timedelta(hours=2))
    packer = make_member(shop=shop, role=MemberRole.PACKER).user

    assert numbers(page_of(client, shop.owner, payout=made.pk)) == {carried.pk}
    assert other.pk not in numbers(page_of(client, shop.owner, payout=made.pk))
    assert numbers(page_of(client, packer, payout=made.pk)) == set()
    assert numbers(page_of(client, make_shop().owner, payout=made.pk)) == set()


MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def test_twelve_weeks_are_counted_week_by_week(shop):
    this = sold(shop, at=NOON, price_minor=1_000)
    sold(shop, at=NOON + timedelta(hours=1), price_minor=500)
    sold(shop, at=NOON - timedelta(weeks=11), price_minor=300)
    sold(shop, at=NOON - timedelta(weeks=12), price_minor=9_999)  # too long ago
    sold(shop, "awaiting_payment", price_minor=9_999)
    sold(make_shop(currency="EUR"), price_minor=9_999)
    refund.give_back(
        order_id=this.pk,
        by_id=shop.owner_id,
        key="form-1",
        goods_minor=200,
        shipping_minor=0,
        reason="A crack.",
        at=NOON + timedelta(hours=2),
    )
    found = sales.sales(shop.pk, at=NOON + timedelta(days=1))

    assert [week.starts for week in found.weeks] == [
        MONDAY - timedelta(weeks=number) for number in range(11, -1, -1)
    ]
    first, *between, last = found.weeks
    assert (first.orders, first.revenue_minor) == (1, 300)
    assert (last.orders, last.revenue_minor, last.refunds, last.refunded_minor) == (2, 1500, 1, 200)
    assert all(week.orders == week.revenue_minor == 0 for week in between)
    assert (found.orders, found.revenue_minor, found.refunded_minor) == (3, 1_800, 200)


def test_what_sells_best_stands_first_without_what_was_called_off(client, shop):
    tea, vase = (make_goods(shop=shop, price_minor=price, on_hand=50) for price in (100, 5_000))
    now = timezone.now()
    make_order(tea, state="paid_held", quantity=3, at=now)
    off = make_order(vase, state="paid_held", at=now)
    make_order(vase, state="paid_held", at=now)
    refund.cancel(order_id=off.pk, by_id=shop.owner_id, reason="Broke", at=now)

    top = sales.sales(shop.pk, at=now + timedelta(minutes=20)).top
    assert [(good.listing_id, good.units, good.revenue_minor) for good in top] == [
        (vase.listing_id, 1, 5_000),
        (tea.listing_id, 3, 300),
    ]
    soup = page_of(client, shop.owner, "orders:sales", [shop.pk])
    assert len(soup.select("main svg.line path.reach")) >= 12
    assert not soup.select("[style]")


def test_bars_are_as_high_as_their_values_and_nothing_is_no_bar():
    assert sales.bars([0, 0]) == [(36, 138), (84, 138)]
    assert [138 - top for _x, top in sales.bars([1, 10**9])] == [1, 126]
