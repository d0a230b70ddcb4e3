"""Holes that a review found: each test is red until its hole is closed."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from antifake.cases.services import scans
from marketplace.care import queries as care
from marketplace.care.services import clock, returns, reviews, rulings, talk
from marketplace.errors import MarketplaceError, WrongState
from marketplace.orders.models import Claim, Order, Refund
from marketplace.orders.providers.payments import Result
from marketplace.orders.queries import order_page
from marketplace.orders.services import (
    payout,
    refund,
    shipment,
)
from marketplace.shops.services import shipping
from tests.factories.care import OPENED, make_dispute, make_ruling
from tests.factories.listings import make_listing, make_variant
from tests.factories.orders import NOON, make_goods, make_order
from tests.factories.shops import make_shop
from tests.marketplace.care.sides import DAY, LATER, buyer, offered, owner, two_lines
from tests.marketplace.orders.test_found_by_review import claim_of

pytestmark = pytest.mark.django_db


def priced(minor, state, **more):
    return make_order(make_goods(price_minor=minor, **more), state=state)


def sent_back(dispute, *, by_ruling=False):
    if not by_ruling:
        made = offered(dispute, kind="return")
        talk.accept(offer_id=made.pk, by_id=buyer(dispute), at=LATER)
    returns.say_where(dispute_id=dispute.pk, by_id=owner(dispute), address="1 Quay", at=LATER)
    returns.send_back(
        dispute_id=dispute.pk, by_id=buyer(dispute), carrier="Post", tracking="RR1", at=LATER
    )
    dispute.refresh_from_db()


# 8 ------------------------------------------------------------------------------------------


def test_an_open_appeal_stops_the_clock_of_a_return():
    dispute = make_dispute(priced(5_000, "shipped"), wants="return", state="escalated")
    ruling = make_ruling(dispute, kind="return", at=LATER)
    sent_back(dispute, by_ruling=True)  # a made-up number: nothing was sent
    rulings.appeal(
        ruling_id=ruling.pk, by_id=owner(dispute), text="Nothing has come back.", at=LATER + DAY
    )
    clock.apply_due(at=LATER + 20 * DAY)
    assert not Refund.objects.exists()


# 9 ------------------------------------------------------------------------------------------


def test_goods_that_both_sides_agree_never_came_are_not_reviewed():
    dispute = make_dispute(priced(5_000, "shipped"), reason="not_arrived")
    made = offered(dispute, kind="money")
    talk.accept(offer_id=made.pk, by_id=buyer(dispute), at=LATER)
    order = Order.objects.get(pk=dispute.order_id)
    assert order.state == "settled"
    with pytest.raises(WrongState):
        reviews.post(line_id=order.lines.get().pk, by_id=order.buyer_id, stars=1, text="", at=LATER)


# 10 -----------------------------------------------------------------------------------------


def test_disputes_that_the_buyer_won_by_silence_are_not_fruitless():
    order = two_lines()
    at = OPENED
    for line in order.lines.all()[:2]:
        make_dispute(order, line_id=line.pk, amount_minor=100, at=at)
        at += 10 * DAY
        clock.apply_due(at=at)
    assert care.why_no_dispute(Order.objects.get(pk=order.pk), at=at) == ""


# 11 -----------------------------------------------------------------------------------------


def test_the_names_of_choices_are_read_for_prohibited_goods():
    listing = make_listing(shop=make_shop(), title="Garden things")
    make_variant(listing=listing, name="AK-47 assault rifle")
    found = scans.look(listing_id=listing.pk, content_version=listing.content_version)
    assert any(one.kind.startswith("prohibited") for one in found or [])


# 12 -----------------------------------------------------------------------------------------


def test_units_whose_price_went_back_can_still_be_called_off():
    first = make_goods(price_minor=1_000, on_hand=9)
    second = make_goods(shop=first.listing.shop, price_minor=2_000, on_hand=9)
    order = make_order(first, second, state="paid_held", quantity=2)
    one, two = order.lines.order_by("pk")
    shop = {"order_id": order.pk, "by_id": order.shop.owner_id}
    shipment.ship(**shop, tracking="T", quantities={one.pk: 1, two.pk: 2}, key="a", at=OPENED)
    late = order.ship_by + DAY
    make_dispute(order, line_id=one.pk, at=late)
    clock.apply_due(at=late + 10 * DAY)  # the shop is silent: the line's money is back
    refund.cancel_lines(
        **shop, key="b", quantities={one.pk: 1}, reason="None left.", at=late + 11 * DAY
    )
    assert Order.objects.get(pk=order.pk).state == "shipped"


def test_a_refund_in_full_does_not_leave_an_unsent_order_to_be_sent():
    order = priced(5_000, "paid_held")
    refund.give_back(
        order_id=order.pk,
        by_id=order.shop.owner_id,
        key="all",
        goods_minor=5_000,
        shipping_minor=0,
        reason="None left.",
        at=LATER,
    )
    order.refresh_from_db()
    assert order.state == "cancelled"


# 13 -----------------------------------------------------------------------------------------


def test_a_disputed_order_takes_no_goodwill_beside_the_dispute():
    order = two_lines()
    make_dispute(order, line_id=order.lines.first().pk)
    with pytest.raises(WrongState):  # as refund.give_back promises
        refund.give_back(
            order_id=order.pk,
            by_id=order.shop.owner_id,
            key="more",
            goods_minor=1_000,
            shipping_minor=0,
            reason="Sorry for that.",
            at=LATER,
        )


def test_a_failed_payout_lets_no_claim_take_its_share_twice():
    order = priced(10_000, "settled")
    claim_of(order.shop, share_bp=5_000)
    first = payout.pay_out(shop_id=order.shop_id, period="one", at=LATER)
    once = Claim.objects.get().paid_minor
    payout.finish(payout_id=first.pk, result=Result("failed", "x"), at=LATER)
    payout.pay_out(shop_id=order.shop_id, period="two", at=LATER + DAY)
    assert Claim.objects.get().paid_minor == once


def test_a_discount_that_leaves_nothing_to_pay_is_refused_in_words():
    goods = make_goods(price_minor=1)
    shop = goods.listing.shop
    shipping.give_discount(
        shop_id=shop.pk, by_id=shop.owner_id, percent_bp=9_000, from_minor=0, at=NOON
    )
    try:
        order = make_order(goods, at=NOON + timedelta(minutes=1))
    except MarketplaceError:
        return
    assert order.total_minor > 0


# 14 -----------------------------------------------------------------------------------------


def extend(client, order, by, key):
    client.force_login(by)
    return client.post(reverse("orders:extend", args=[order.pk]), {"key": key})


def shown_key(order):
    return order_page.form_keys(order_page.visible_to(order.buyer_id).get(pk=order.pk)).extend


def test_a_shop_cannot_use_up_the_key_of_its_buyers_next_click(client):
    order = make_order(make_goods(), state="shipped", at=timezone.now())
    first = shown_key(order)
    following = first[:-1] + str(int(first[-1]) + 1)
    extend(client, order, order.shop.owner, following)
    order.refresh_from_db()
    granted = order.extended_days
    extend(client, order, order.buyer, shown_key(order))
    order.refresh_from_db()
    assert order.extended_days > granted


def test_a_shop_cannot_use_up_the_key_with_which_its_buyer_calls_off(client):
    first = make_goods(price_minor=1_000, on_hand=9)
    long_ago = timezone.now() - 20 * DAY
    order = make_order(first, state="paid_held", quantity=3, at=long_ago)
    line = order.lines.get()
    shop = {"order_id": order.pk, "by_id": order.shop.owner_id}
    shipment.ship(**shop, tracking="T", quantities={line.pk: 1}, key="a", at=long_ago + DAY)
    client.force_login(order.shop.owner)
    form = {"goods": "0.01", "shipping": "", "reason": "A cent."}
    client.post(reverse("orders:give_back", args=[order.pk]), {**form, "key": "back-1"})
    page = order_page.visible_to(order.buyer_id).get(pk=order.pk)
    assert Refund.objects.count() == 1, "the shop's cent went back"
    client.force_login(order.buyer)
    client.post(
        reverse("orders:call_off_lines", args=[order.pk]),
        {"key": order_page.form_keys(page).refund, f"line-{line.pk}": 2, "reason": ""},
    )
    line.refresh_from_db()
    assert line.refunded_quantity == 2
