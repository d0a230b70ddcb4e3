from datetime import timedelta

import pytest
from django.core.management import call_command

from marketplace.errors import BadInput, SoldOut, WrongState
from marketplace.ledger.models import Account, Transfer
from marketplace.listings.models import Listing, ListingState, Variant
from marketplace.orders.models import (
    Escrow,
    OrderState,
    Payment,
    PaymentState,
    Refund,
    SandboxEntry,
)
from marketplace.orders.services import expiry, payment, payout, refund
from marketplace.outbox.models import Event, Job
from tests.factories.orders import NOON, make_goods, make_group, make_order
from tests.factories.outbox import drain
from tests.factories.shops import make_shop
from tests.marketplace.orders.books import assert_books_agree, balance_minor

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=5)
TOO_LATE = NOON + timedelta(minutes=31)


def pay(group, card="tok_ok", at=LATER):
    return payment.pay(group_id=group.pk, card=card, at=at)


def take_down(variant):
    Listing.objects.filter(pk=variant.listing_id).update(state=ListingState.WITHHELD)


def drain_events(at=LATER + timedelta(minutes=2)):
    sandbox = payment.provider()
    sandbox.settle(at=at)
    return sandbox.send_due(at=at)


def test_a_takedown_between_page_and_pay_charges_and_sells_nothing():
    tea = make_goods(on_hand=5)
    group = make_group(tea)
    take_down(tea)

    with pytest.raises(SoldOut):
        pay(group)

    order = group.orders.get()
    assert (order.state, order.cancelled_by) == ("cancelled", "platform")
    assert "may not be sold" in order.cancel_reason
    assert not SandboxEntry.objects.exists()
    tea.refresh_from_db()
    assert (tea.on_hand, tea.reserved, tea.sold) == (5, 0, 0)


def test_a_takedown_of_one_shops_goods_leaves_the_other_order_payable():
    tea, rug = make_goods(price_minor=1000), make_goods(price_minor=400)
    group = make_group(tea, rug)
    take_down(tea)

    with pytest.raises(SoldOut):
        pay(group)
    [paid] = pay(group)

    assert paid.amount_minor == 400
    assert sorted(group.orders.values_list("state", flat=True)) == ["cancelled", "paid_held"]
    assert_books_agree()


def test_a_takedown_during_the_charge_sells_nothing_and_refunds_that_share():
    tea, rug = make_goods(on_hand=5, price_minor=1000), make_goods(price_minor=400)
    group = make_group(tea, rug)
    pay(group, "tok_delayed")
    take_down(tea)
    drain_events()

    stopped, kept = group.orders.order_by("shop_id")
    assert (stopped.state, kept.state) == ("cancelled", "paid_held")
    assert stopped.cancel_reason.endswith("Your money goes back to you.")
    tea.refresh_from_db()
    assert (tea.on_hand, tea.reserved, tea.sold) == (5, 0, 0)
    assert_books_agree()

    drain(at=LATER)
    drain(at=LATER)
    assert Escrow.objects.get(order=stopped).state == "refunded"
    assert Escrow.objects.get(order=kept).state == "open"
    assert SandboxEntry.objects.get(kind="refund").amount_minor == 1000
    assert_books_agree()


def test_a_suspended_shop_sells_nothing_at_pay():
    tea = make_goods()
    group = make_group(tea)
    type(tea.listing.shop).objects.update(state="suspended")

    with pytest.raises(SoldOut):
        pay(group)
    assert group.orders.get().state == OrderState.CANCELLED


def test_unpaid_orders_run_out_and_give_their_stock_back():
    tea = make_goods()
    group = make_group(tea)

    assert expiry.expire_due(at=LATER) == 0
    assert expiry.expire_due(at=TOO_LATE) == 1
    assert expiry.expire_due(at=TOO_LATE) == 0

    assert group.orders.get().state == OrderState.EXPIRED
    tea.refresh_from_db()
    assert tea.reserved == 0
    with pytest.raises(WrongState):
        pay(group, at=TOO_LATE)
    assert not SandboxEntry.objects.exists()


def test_nobody_pays_after_the_deadline_even_before_the_clock_has_run():
    group = make_group()
    with pytest.raises(WrongState):
        pay(group, at=TOO_LATE)


def test_money_that_comes_after_expiry_takes_the_goods_again_when_there_are_any():
    tea = make_goods(on_hand=1)
    group = make_group(tea)
    pay(group, "tok_delayed")
    expiry.expire_due(at=TOO_LATE)

    drain_events(at=TOO_LATE)

    assert group.orders.get().state == OrderState.PAID_HELD
    assert Variant.objects.get().sold == 1
    assert_books_agree()


def test_money_that_comes_after_expiry_goes_back_when_the_goods_are_gone():
    tea = make_goods(on_hand=1)
    late = make_group(tea)
    pay(late, "tok_delayed")
    expiry.expire_due(at=TOO_LATE)
    pay(make_group(tea, at=TOO_LATE), at=TOO_LATE)

    drain_events(at=TOO_LATE)
    drain(at=TOO_LATE)

    assert late.orders.get().state == OrderState.CANCELLED
    assert late.payments.get().state == PaymentState.REFUNDED
    assert Variant.objects.get().sold == 1
    assert_books_agree()


def test_a_buyer_who_cancels_during_the_charge_gets_the_money_back():
    tea = make_goods()
    order = make_order(tea)
    pay(order.group, "tok_delayed")

    refund.cancel(order_id=order.pk, by_id=order.buyer_id, at=LATER)
    drain_events()
    drain(at=LATER)

    assert order.group.payments.get().state == PaymentState.REFUNDED
    tea.refresh_from_db()
    assert (tea.reserved, tea.sold) == (0, 0)
    assert_books_agree()


def test_a_seller_who_cancels_pays_the_buyer_back_and_says_why():
    order = make_order(state="paid_held")
    seller = order.shop.owner_id
    with pytest.raises(BadInput):
        refund.cancel(order_id=order.pk, by_id=seller, reason=" ", at=LATER)

    refund.cancel(order_id=order.pk, by_id=seller, reason="Broken", at=LATER)
    refund.cancel(order_id=order.pk, by_id=seller, reason="Broken", at=LATER)
    drain(at=LATER)

    order.refresh_from_db()
    assert (order.cancelled_by, order.cancel_reason) == ("seller", "Broken")
    assert Account.objects.get(kind="escrow").closed_at == LATER
    told = Event.objects.get(name="order.cancelled").data
    assert told == {"order_id": order.pk, "shop_id": order.shop_id, "cancelled_by": "seller"}
    assert Transfer.objects.filter(kind="refund").count() == 1
    assert_books_agree()


def test_the_buyer_may_cancel_once_the_promised_ship_date_has_passed():
    order = make_order(state="paid_held")
    with pytest.raises(WrongState):
        refund.cancel(order_id=order.pk, by_id=order.buyer_id, at=order.ship_by)

    after = order.ship_by + timedelta(seconds=1)
    refund.cancel(order_id=order.pk, by_id=order.buyer_id, at=after)
    drain(at=after)
    assert Escrow.objects.get().state == "refunded"
    assert_books_agree()


def test_a_refund_the_provider_refuses_stays_owed_and_is_tried_again():
    order = make_order(state="paid_held")
    refund.cancel(order_id=order.pk, by_id=order.shop.owner_id, reason="Broken", at=LATER)
    SandboxEntry.objects.filter(kind="charge").update(outcome="failed")

    drain(at=LATER, rounds=1)

    job = Job.objects.get(kind="orders.refund")
    assert (job.state, "PaymentRefused" in job.last_error) == ("pending", True)
    owed = Refund.objects.get()
    assert (owed.state, balance_minor("refund", owed.ref)) == ("owed", order.total_minor)


def test_two_currencies_are_two_charges_and_one_may_fail_alone():
    yen = make_shop(currency="JPY")
    group = make_group(make_goods(), make_goods(shop=yen))
    pay(group)

    assert set(Payment.objects.values_list("currency", "state")) == {
        ("EUR", "succeeded"),
        ("JPY", "succeeded"),
    }
    assert_books_agree()


@pytest.fixture
def said(capsys):
    def run():
        try:
            call_command("reconcile")
        except SystemExit as error:
            return error.code, capsys.readouterr().out
        return 0, capsys.readouterr().out

    return run


def test_a_planted_difference_between_the_two_books_is_found(said):
    pay(make_group())
    assert payout.reconcile() == []

    SandboxEntry.objects.update(amount_minor=1249)

    [found] = payout.reconcile()
    assert (found.currency, found.difference_minor) == ("EUR", 1)
    code, words = said()
    assert (code, "EUR: ledger 1250, provider 1249" in words) == (1, True)
