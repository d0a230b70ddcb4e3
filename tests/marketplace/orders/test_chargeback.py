"""A buyer's bank takes money back: before release, after it, out of order, and gives it back."""

import itertools
from datetime import timedelta

import pytest

from marketplace.orders.models import Chargeback, Escrow, Order, Refund, SandboxEntry
from marketplace.orders.services import escrow, payment, payout, refund
from tests.factories.orders import NOON, make_goods, make_group, make_order
from tests.factories.outbox import drain
from tests.marketplace.orders.books import assert_books_agree, balance_minor

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=2)


def sandbox():
    return payment.provider()


def charge_back(order, amount_minor=None):
    key = order.group.payments.get().charge_key
    return sandbox().charge_back(charge_key=key, amount_minor=amount_minor, at=LATER)


def tell():
    sandbox().send_due(at=LATER)
    drain(at=LATER)


def paid_order(state, price=10_000):
    return make_order(make_goods(price_minor=price, shipping_minor=500), state=state)


def test_before_release_the_escrow_pays_and_nothing_is_released():
    order = paid_order("shipped")
    charge_back(order)
    tell()
    escrow.complete_due(at=order.due_at)

    order.refresh_from_db()
    assert (order.state, Escrow.objects.get().state) == ("settled", "refunded")
    assert balance_minor("seller_payable", order.shop.ref) == 0
    assert_books_agree()


def test_goods_not_yet_sent_are_called_off():
    order = paid_order("paid_held")
    charge_back(order)
    tell()
    order.refresh_from_db()
    assert (order.state, order.cancelled_by) == ("cancelled", "platform")
    assert_books_agree()


def test_after_release_and_payout_the_shop_owes_it():
    order = paid_order("settled")
    payout.pay_out(shop_id=order.shop_id, period="one", at=LATER)
    drain(at=LATER)
    charge_back(order)
    tell()

    assert balance_minor("seller_debt", order.shop.ref) == -10_200
    assert balance_minor("platform_fees", "platform") == 0
    assert_books_agree()


def test_won_the_shop_has_it_all_again():
    order = paid_order("settled")
    case = charge_back(order)
    tell()
    sandbox().decide(case=case, won=True, at=LATER)
    tell()

    order.refresh_from_db()
    assert (Chargeback.objects.get().state, order.refunded_minor) == ("won", 0)
    assert balance_minor("seller_payable", order.shop.ref) == order.net_minor == 10_200
    assert balance_minor("platform_fees", "platform") == 300
    assert_books_agree()


def test_won_for_goods_never_sent_the_buyer_gets_it():
    order = paid_order("paid_held")
    case = charge_back(order)
    tell()
    sandbox().decide(case=case, won=True, at=LATER)
    tell()

    assert sorted(Refund.objects.values_list("kind", "state")) == [
        ("cancelled", "done"),
        ("chargeback", "reversed"),
    ]
    assert sandbox().balances_minor()["EUR"] == 0
    assert_books_agree()


def test_lost_moves_nothing_more():
    order = paid_order("settled")
    case = charge_back(order)
    tell()
    before = sandbox().balances_minor()
    sandbox().decide(case=case, won=False, at=LATER)
    tell()
    assert Chargeback.objects.get().state == "lost"
    assert sandbox().balances_minor() == before
    assert_books_agree()


def test_what_was_refunded_already_is_the_platforms_loss():
    order = paid_order("settled")
    refund.give_back(
        order_id=order.pk,
        by_id=order.shop.owner_id,
        key="f",
        goods_minor=4_000,
        shipping_minor=0,
        reason="Sorry.",
        at=LATER,
    )
    drain(at=LATER)
    charge_back(order)
    tell()
    case = Chargeback.objects.get()
    assert (case.amount_minor, case.loss_minor) == (10_500, 4_000)
    assert balance_minor("chargeback_losses", "platform") == -4_000
    assert_books_agree()


def test_one_charge_over_two_shops_is_taken_from_both():
    tea, rug = make_goods(price_minor=1_000), make_goods(price_minor=3_000)
    group = make_group(tea, rug)
    payment.pay(group_id=group.pk, card="tok_ok", at=NOON)
    order = group.orders.first()
    charge_back(order, 2_000)
    tell()
    taken = Refund.objects.order_by("order__lines__variant__price_minor")
    assert [one.amount_minor for one in taken] == [500, 1_500]
    assert_books_agree()


@pytest.mark.parametrize("order_of_events", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("times", [1, 3])
def test_events_in_any_order_and_number_end_the_same(order_of_events, times):
    group = make_group(make_goods(price_minor=10_000, shipping_minor=500))
    order = group.orders.get()
    # The charge is made, and the browser never comes back to book it.
    begun = payment._begin(payment_id=group.payments.get().pk, at=NOON)
    sandbox().charge(
        key=begun.charge_key, card="tok_ok", currency="EUR", amount_minor=10_500, at=NOON
    )
    case = charge_back(order)
    sandbox().decide(case=case, won=True, at=LATER)
    entries = list(SandboxEntry.objects.order_by("pk"))
    events = [sandbox().news_of(entry) for entry in entries]
    assert [event.kind for event in events] == [
        "charge.succeeded",
        "chargeback.opened",
        "chargeback.won",
    ]
    for number in order_of_events:
        for _again in range(times):
            payment.receive(event=events[number], at=LATER)
    drain(at=LATER)

    order = Order.objects.get()
    assert order.state == "cancelled"
    assert Chargeback.objects.get().state == "won"
    assert sorted(Refund.objects.values_list("kind", "state")) == [
        ("cancelled", "done"),
        ("chargeback", "reversed"),
    ]
    assert_books_agree()
