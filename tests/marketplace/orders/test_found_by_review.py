"""Holes that a review found: each test is red until its hole is closed."""

import contextlib
from datetime import timedelta

import pytest

from marketplace.care.services import clock, returns, talk
from marketplace.errors import MarketplaceError, NotAllowed, WrongState
from marketplace.ledger import services as ledger
from marketplace.orders.models import Claim, Order, Payout, Refund
from marketplace.orders.providers.carriers import CarrierNews
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
from tests.factories.accounts import make_person, make_staff
from tests.factories.care import OPENED, make_dispute, make_ruling
from tests.factories.orders import NOON, make_goods, make_order
from tests.marketplace.care.sides import DAY, LATER, buyer, offered, owner, two_lines
from tests.marketplace.orders.books import balance_minor

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


# 1 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["money", "return"])
def test_after_an_agreed_return_went_wrong_both_can_still_agree(kind):
    dispute = make_dispute(priced(5_000, "shipped"), wants="return")
    sent_back(dispute)
    talk.escalate(
        dispute_id=dispute.pk, by_id=owner(dispute), text="Something is missing.", at=LATER
    )
    try:
        again = offered(dispute, kind=kind, at=LATER + DAY)
    except MarketplaceError:
        assert kind == "return"  # refused is a good answer: the goods are on their way already
        return
    talk.accept(offer_id=again.pk, by_id=buyer(dispute), at=LATER + DAY)
    clock.apply_due(at=LATER + 60 * DAY)  # the shop, which has the goods, is silent
    assert Refund.objects.filter(order=dispute.order_id).exists()


# 2 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["nothing", "money"])
def test_what_staff_have_decided_about_a_whole_order_is_not_disputed_anew(kind):
    order = two_lines(state="settled")
    dispute = make_dispute(order, state="escalated")
    more = {} if kind == "nothing" else {"amount_minor": 100}
    make_ruling(dispute, kind=kind, **more)
    with pytest.raises(WrongState):
        make_dispute(order, at=OPENED + DAY)


def test_a_ruled_line_does_not_come_back_as_a_dispute_about_all():
    order = two_lines(state="settled")
    line = order.lines.first()
    make_ruling(make_dispute(order, line_id=line.pk, state="escalated"), kind="nothing")
    try:
        again = make_dispute(order, at=OPENED + DAY)
    except MarketplaceError:
        return
    assert again.goods_minor <= order.goods_minor - line.line_total_minor


# 3 ------------------------------------------------------------------------------------------


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


# 4 ------------------------------------------------------------------------------------------


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


# 5 ------------------------------------------------------------------------------------------


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


# 6 ------------------------------------------------------------------------------------------


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


# 7 ------------------------------------------------------------------------------------------


def test_staff_note_no_delivery_of_their_own_return():
    staff = make_staff()
    order = make_order(make_goods(), state="shipped", buyer=staff)
    dispute = make_dispute(order, wants="return")
    sent_back(dispute)
    with pytest.raises(NotAllowed):
        returns.mark_delivered(dispute_id=dispute.pk, by_id=staff.pk, at=LATER + DAY)
