"""The order's one page for both sides: its path in words, and its forms."""

import re
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from marketplace.orders.models import Extension, Order, OrderLine, Refund, Shipment
from marketplace.orders.providers.carriers import CarrierNews
from marketplace.orders.services import escrow, shipment, tracking
from tests.factories.accounts import make_person
from tests.factories.orders import make_goods, make_order
from tests.factories.outbox import drain
from tests.factories.shops import make_member
from tests.marketplace.orders.books import assert_books_agree

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def recent(state, *, quantity=1):
    goods = make_goods(price_minor=10_000, shipping_minor=500, on_hand=50)
    return make_order(goods, state=state, quantity=quantity, at=timezone.now() - 2 * HOUR)


def page_of(client, person, order):
    client.force_login(person)
    return BeautifulSoup(
        client.get(reverse("orders:detail", args=[order.pk])).content, "html.parser"
    )


def words(page):
    return re.sub(r"\s+", " ", page.get_text(" "))


def fields(page, name, order):
    """What a browser would send with the form as it stands."""
    form = page.find("form", action=reverse(f"orders:{name}", args=[order.pk]))
    return {
        one["name"]: one.get("value", "") for one in form.find_all("input", attrs={"name": True})
    }


def send(client, person, name, order, facts):
    client.force_login(person)
    return client.post(reverse(f"orders:{name}", args=[order.pk]), facts, follow=True)


def test_a_seller_sends_one_of_three_and_then_the_rest(client):
    order = recent("paid_held", quantity=3)
    seller, line = order.shop.owner, order.lines.get()
    form = fields(page_of(client, seller, order), "ship", order)
    assert form[f"line-{line.pk}"] == "3"

    facts = {**form, f"line-{line.pk}": "1", "carrier": "Post", "tracking": "RW1"}
    send(client, seller, "ship", order, facts)
    send(client, seller, "ship", order, facts)
    page = page_of(client, seller, order)
    assert "Send the rest" in words(page)
    assert "1 of 3 sent" in words(page)
    assert fields(page, "ship", order)[f"line-{line.pk}"] == "2"

    send(client, seller, "ship", order, fields(page, "ship", order))
    order.refresh_from_db()
    assert (order.state, Shipment.objects.count()) == ("shipped", 2)
    bought = words(page_of(client, order.buyer, order))
    assert "Parcel 1 sent" in bought
    assert "wait for all of them" in bought
    assert "without a tracking number" in bought


def test_one_piece_is_sent_without_a_question(client):
    order = recent("paid_held")
    form = fields(page_of(client, order.shop.owner, order), "ship", order)
    assert not any(name.startswith("line-") for name in form)
    send(client, order.shop.owner, "ship", order, form)
    assert Order.objects.get().state == "shipped"


def test_two_tabs_send_one_parcel(client):
    order = recent("paid_held", quantity=3)
    seller, line = order.shop.owner, order.lines.get()
    first, second = (fields(page_of(client, seller, order), "ship", order) for _tab in range(2))
    for form in (first, second):
        send(client, seller, "ship", order, {**form, f"line-{line.pk}": "1"})
    assert OrderLine.objects.get().shipped_quantity == 1


def test_a_form_that_cannot_be_read_shows_what_is_wrong(client):
    order = recent("paid_held", quantity=3)
    line = order.lines.get()
    for facts in ({"tracking": "x" * 61}, {f"line-{line.pk}": "many"}, {f"line-{line.pk}": "4"}):
        assert send(client, order.shop.owner, "ship", order, facts).status_code == 422
    answer = send(client, order.shop.owner, "give_back", order, {"goods": "much", "reason": "x"})
    assert answer.status_code == 422
    assert not Shipment.objects.exists()


def test_the_shop_gives_money_back_once_however_often_the_form_comes(client):
    order = recent("shipped")
    seller = order.shop.owner
    form = fields(page_of(client, seller, order), "give_back", order)
    other_tab = fields(page_of(client, seller, order), "give_back", order)
    facts = {**form, "goods": "12.50", "shipping": "1", "reason": "A scratch"}
    for _turn in range(2):
        send(client, seller, "give_back", order, facts)
    send(client, seller, "give_back", order, {**other_tab, **facts})
    told = send(client, seller, "give_back", order, {**facts, "goods": "13"})

    assert "with another amount" in told.content.decode()
    refund = Refund.objects.get()
    assert (refund.goods_minor, refund.shipping_minor) == (1_250, 100)
    drain()
    for person in (order.buyer, seller):
        shown = words(page_of(client, person, order))
        assert "The shop gave it back €13.50 A scratch" in shown
        assert "Given back €13.50" in shown
        assert "Paid in the end €91.50" in shown
    assert_books_agree()


def test_more_than_was_paid_is_refused_in_words(client):
    order = recent("shipped")
    form = fields(page_of(client, order.shop.owner, order), "give_back", order)
    answer = send(
        client, order.shop.owner, "give_back", order, {**form, "goods": "101", "reason": "x"}
    )
    assert "more than is left" in answer.content.decode()
    answer = send(client, order.shop.owner, "give_back", order, {**form, "reason": "x"})
    assert "Say how much goes back" in answer.content.decode()
    assert not Refund.objects.exists()


def test_some_goods_that_cannot_be_sent_go_back_once(client):
    order = recent("paid_held", quantity=3)
    seller, line = order.shop.owner, order.lines.get()
    form = fields(page_of(client, seller, order), "call_off_lines", order)
    assert form[f"line-{line.pk}"] == "0"
    facts = {**form, f"line-{line.pk}": "2", "reason": "Two broke"}
    for _turn in range(2):
        send(client, seller, "call_off_lines", order, facts)

    assert Refund.objects.get().goods_minor == 20_000
    shown = words(page_of(client, order.buyer, order))
    assert "Two broke" in shown
    assert "2 called off" in shown
    for facts in ({**form, "reason": ""}, {"reason": "no key"}, form):
        send(client, seller, "call_off_lines", order, facts)
    assert Refund.objects.count() == 1


def test_a_buyer_calls_off_what_is_late(client):
    order = recent("paid_held", quantity=3)
    line = order.lines.get()
    shipment.ship(
        order_id=order.pk,
        by_id=order.shop.owner_id,
        tracking="",
        quantities={line.pk: 1},
        key="a",
        at=timezone.now(),
    )
    assert "Call off what was not sent" not in words(page_of(client, order.buyer, order))
    Order.objects.update(ship_by=timezone.now() - HOUR)

    page = page_of(client, order.buyer, order)
    assert "Call off what was not sent" in words(page)
    assert "Call this order off" not in words(page)
    facts = fields(page, "call_off_lines", order)
    assert facts[f"line-{line.pk}"] == "2"
    send(client, order.buyer, "call_off_lines", order, facts)
    order.refresh_from_db()
    assert (order.state, order.refunded_minor) == ("shipped", 20_000)


def test_both_sides_may_give_the_buyer_more_time_once_a_form(client):
    order = recent("shipped")
    form = fields(page_of(client, order.buyer, order), "extend", order)
    for _turn in range(2):
        send(client, order.buyer, "extend", order, form)
    assert Extension.objects.get().days == 7
    page = page_of(client, order.shop.owner, order)
    assert "7 more days to look" in words(page)
    assert "asked by the buyer" in words(page)
    for _turn in range(2):
        page = page_of(client, order.shop.owner, order)
        send(client, order.shop.owner, "extend", order, fields(page, "extend", order))
    assert "Give the buyer more time" not in words(page_of(client, order.shop.owner, order))
    assert Order.objects.get().extended_days == 21
    assert send(client, order.buyer, "extend", order, {}).status_code == 200
    assert Extension.objects.count() == 3


def test_a_dispute_stops_the_clock_and_the_buttons(client):
    order = recent("shipped")
    escrow.freeze(order_id=order.pk, by_ref="dispute:1", at=timezone.now())
    shown = words(page_of(client, order.buyer, order))
    assert "until the dispute is decided" in shown
    assert "I have received it" not in shown
    assert "I need more time" not in shown


def test_the_path_names_each_scan_that_is_trouble(client):
    order = recent("shipped")
    parcel = Shipment.objects.get()
    for status in ("on_the_way", "failed", "returned"):
        told = CarrierNews(status, parcel.ref, status, "Kigali", timezone.now())
        tracking.receive(told=told, at=timezone.now())
    for person in (order.buyer, order.shop.owner):
        shown = words(page_of(client, person, order))
        assert "Delivery failed: Parcel 1" in shown
        assert "Going back to the sender" in shown


def test_the_path_runs_from_the_order_to_the_release(client):
    order = recent("settled")
    path = page_of(client, order.shop.owner, order).find("ol", class_="timeline")
    stops = [one.find("span").get_text(" ", strip=True) for one in path.find_all("li")]
    assert stops == [
        "Ordered",
        "Paid, money held safe",
        "Sent",
        "Delivered",
        "The buyer has the goods",
        "Money released to the seller",
    ]
    assert not path.find_all("li", class_=False)


def test_a_packer_sees_parcels_and_no_amounts_and_a_bookkeeper_no_forms(client):
    order = recent("paid_held", quantity=2)
    packer, keeper = make_person(), make_person()
    make_member(shop=order.shop, user=packer, role="packer")
    make_member(shop=order.shop, user=keeper, role="bookkeeper")

    packed = page_of(client, packer, order)
    assert "€" not in words(packed)
    assert "Give money back" not in words(packed)
    assert "Mark as sent" in words(packed)
    kept = page_of(client, keeper, order)
    assert "€" in words(kept)
    assert "Mark as sent" not in words(kept)
    for person in (packer, keeper):
        facts = {"key": "back-0", "goods": "1", "reason": "x", "line-1": "1"}
        for name in ("give_back", "call_off_lines"):
            send(client, person, name, order, facts)
    assert not Refund.objects.exists()


def test_strangers_find_no_form(client):
    order = recent("shipped")
    client.force_login(make_person())
    for name in ("extend", "call_off_lines", "give_back"):
        assert client.post(reverse(f"orders:{name}", args=[order.pk])).status_code == 404
