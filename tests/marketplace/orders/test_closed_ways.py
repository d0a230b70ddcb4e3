"""Ways by which money, stock or keys could go astray around an order; each is closed."""

import contextlib
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from marketplace.care.services import clock, talk
from marketplace.errors import MarketplaceError, WrongState
from marketplace.ledger import services as ledger
from marketplace.orders.models import Claim, Order, Payout, Refund
from marketplace.orders.providers.carriers import CarrierNews
from marketplace.orders.providers.payments import Result
from marketplace.orders.queries import order_page
from marketplace.orders.services import (
    chargeback,
    claims,
    closing,
    payout,
    refund,
    shipment,
    tracking,
)
from marketplace.shops.models import Shop
from marketplace.shops.services import shipping
from tests.factories.accounts import make_person
from tests.factories.care import OPENED, make_dispute
from tests.factories.orders import NOON, make_goods, make_order
from tests.marketplace.care.sides import DAY, LATER, buyer, offered, priced, two_lines
from tests.marketplace.orders.books import balance_minor

pytestmark = pytest.mark.django_db


def test_a_closing_shop_is_not_paid_out_while_a_dispute_is_open():
    order = priced(5_000, "settled")
    make_dispute(order)
    Shop.objects.filter(pk=order.shop_id).update(state="closing", closing_from=NOON)
    closing.go_on(shop_id=order.shop_id, at=OPENED + timedelta(hours=1))
    assert not Payout.objects.exists()


def test_a_closed_shop_gives_nothing_back_out_of_the_platforms_pocket():
    order = priced(5_000, "settled")
    payout.pay_out(shop_id=order.shop_id, period="one", at=LATER)
    Shop.objects.filter(pk=order.shop_id).update(state="closed", closing_from=NOON, closed_at=LATER)
    with contextlib.suppress(MarketplaceError):
        refund.give_back(
            order_id=order.pk,
            by_id=order.shop.owner_id,
            key="friend",
            goods_minor=5_000,
            shipping_minor=0,
            reason="For a friend.",
            at=LATER + 300 * DAY,
        )
    assert balance_minor("seller_debt", order.shop.ref) == 0


def test_goodwill_makes_no_debt_in_a_suspended_shop():
    order = priced(5_000, "settled")
    payout.pay_out(shop_id=order.shop_id, period="one", at=LATER)
    Shop.objects.filter(pk=order.shop_id).update(state="suspended")
    with contextlib.suppress(MarketplaceError):
        refund.give_back(
            order_id=order.pk,
            by_id=order.shop.owner_id,
            key="friend",
            goods_minor=5_000,
            shipping_minor=0,
            reason="For a friend.",
            at=LATER + DAY,
        )
    assert balance_minor("seller_debt", order.shop.ref) == 0


def test_a_late_scan_of_the_lost_parcel_does_not_take_the_replacements_time():
    dispute = make_dispute(reason="not_arrived", wants="replace")
    made = offered(dispute, kind="replace")
    talk.accept(offer_id=made.pk, by_id=buyer(dispute), at=LATER)
    before = Order.objects.get(pk=dispute.order_id).due_at
    parcel = dispute.order.shipments.get()
    tracking.receive(
        told=CarrierNews("late", parcel.ref, "delivered", "Kigali", LATER + DAY), at=LATER + DAY
    )
    assert Order.objects.get(pk=dispute.order_id).due_at >= before


def test_a_parcel_delivered_before_the_order_was_paid_is_another_parcel():
    order = priced(5_000, "shipped")
    parcel = order.shipments.get()
    told = CarrierNews(
        "old", parcel.ref, "delivered", "Elsewhere", order.paid_at - timedelta(hours=12)
    )
    tracking.receive(told=told, at=OPENED)
    order.refresh_from_db()
    assert order.state == "shipped"


def test_one_tracking_number_does_not_deliver_to_two_buyers():
    goods = make_goods(on_hand=9)
    first, second = (make_order(goods, state="paid_held", buyer=make_person()) for _ in range(2))
    for order in (first, second):
        try:
            shipment.ship(
                order_id=order.pk,
                by_id=goods.listing.shop.owner_id,
                carrier="Sandbox",
                tracking="SB-NOW-1",
                at=LATER,
            )
        except MarketplaceError:
            return
    for parcel in [*first.shipments.all(), *second.shipments.all()]:
        heard = tracking.ask(shipment_id=parcel.pk, at=LATER)
        heard = tracking.ask(shipment_id=parcel.pk, at=LATER + timedelta(hours=1))
        tracking.heard(told=heard, at=LATER + timedelta(hours=1))
    states = set(Order.objects.values_list("state", flat=True))
    assert states != {"delivered"}


def test_a_bank_case_won_between_two_refunds_blocks_no_later_refund():
    order = priced(100, "shipped")

    def give(minor, name):
        return refund.give_back(
            order_id=order.pk,
            by_id=order.shop.owner_id,
            key=name,
            goods_minor=minor,
            shipping_minor=0,
            reason="Sorry for that.",
            at=LATER,
        )

    assert order.commission_minor == 3
    case = {"payment_id": order.payment_id, "provider_case": "c1", "amount_minor": 50}
    chargeback.opened(**case, at=LATER)
    give(1, "one")
    chargeback.won(provider_case="c1", at=LATER)
    give(99, "rest")
    order.refresh_from_db()
    assert (order.kept_minor, order.fee_minor) == (0, 0)


def claim_of(shop, share_bp=10_000):
    loan = ledger.open_account(kind="loan_repaid", owner_ref="loan:1", currency="EUR", at=NOON)
    claims.set_claim(
        shop_id=shop.pk,
        key="loan:1",
        share_bp=share_bp,
        cap_minor=50_000,
        currency="EUR",
        target_account=loan,
        at=NOON,
    )


@pytest.mark.parametrize("second_price", [5_000, 7_000])
def test_a_second_look_in_one_period_counts_claims_as_the_ledger_does(second_price):
    first = priced(5_000, "settled")
    claim_of(first.shop)
    assert payout.pay_out(shop_id=first.shop_id, period="one", at=LATER) is None
    make_order(make_goods(shop=first.shop, price_minor=second_price), state="settled")
    payout.pay_out(shop_id=first.shop_id, period="one", at=LATER)
    assert Claim.objects.get().paid_minor == balance_minor("loan_repaid", "loan:1")


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
