from datetime import timedelta

import pytest

from marketplace.errors import NotAllowed, WrongState
from marketplace.inbox.models import Message
from marketplace.ledger import services as ledger
from marketplace.ledger.models import Account, Transfer
from marketplace.orders.models import Escrow, Order, OrderState, Payout, PayoutState, SandboxEntry
from marketplace.orders.queries import shop_money
from marketplace.orders.services import escrow, payout, shipment
from marketplace.outbox.models import Event
from marketplace.shops.models import MemberRole, Shop, ShopMember
from tests.factories.accounts import make_person
from tests.factories.orders import NOON, make_goods, make_order
from tests.factories.outbox import drain
from tests.marketplace.orders.books import assert_books_agree, balance_minor

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=3)


def test_a_confirmed_order_pays_seller_and_fee_and_closes_the_escrow():
    order = make_order(make_goods(price_minor=1000, shipping_minor=200), state="shipped")

    escrow.confirm(order_id=order.pk, by_id=order.buyer_id, at=LATER)

    order.refresh_from_db()
    assert (order.state, order.completed_by) == ("settled", "buyer")
    assert order.completed_at == order.settled_at == LATER
    assert balance_minor("seller_payable", order.shop.ref) == 1170
    assert balance_minor("platform_fees", "platform") == 30
    assert Account.objects.get(kind="escrow", owner_ref=order.ref).closed_at == LATER
    names = Event.objects.filter(subject=order.ref).order_by("pk").values_list("name", flat=True)
    assert list(names)[-2:] == ["order.completed", "order.settled"]
    assert_books_agree()


def test_confirming_twice_releases_once():
    order = make_order(state="shipped")
    for _ in range(2):
        escrow.confirm(order_id=order.pk, by_id=order.buyer_id, at=LATER)

    assert Transfer.objects.filter(kind="release").count() == 1
    assert_books_agree()


def test_only_the_buyer_confirms():
    order = make_order(state="shipped")
    with pytest.raises(NotAllowed):
        escrow.confirm(order_id=order.pk, by_id=order.shop.owner_id, at=LATER)


def test_an_order_without_commission_releases_all_of_it(settings):
    order = make_order(make_goods(price_minor=10), state="shipped")  # 3 % of 10 rounds to nothing
    assert order.commission_minor == 0

    escrow.confirm(order_id=order.pk, by_id=order.buyer_id, at=LATER)

    assert balance_minor("seller_payable", order.shop.ref) == 10


def test_the_clock_completes_ten_days_after_dispatch():
    order = make_order(state="shipped")
    assert order.due_at == order.shipped_at + timedelta(days=10)

    assert escrow.complete_due(at=order.due_at - timedelta(seconds=1)) == 0
    assert escrow.complete_due(at=order.due_at) == 1
    assert escrow.complete_due(at=order.due_at) == 0

    order.refresh_from_db()
    assert (order.state, order.completed_by) == ("settled", "clock")
    assert_books_agree()


def test_the_clock_completes_three_days_after_a_reported_delivery():
    order = make_order(state="delivered")
    assert order.due_at == order.delivered_at + timedelta(days=3)
    assert escrow.complete_due(at=order.due_at) == 1


def test_a_frozen_escrow_is_released_by_nobody():
    order = make_order(state="shipped")
    Escrow.objects.update(frozen_by="dispute:1")

    assert escrow.complete_due(at=order.due_at) == 0
    with pytest.raises(WrongState):
        escrow.confirm(order_id=order.pk, by_id=order.buyer_id, at=LATER)
    assert Order.objects.get().state == OrderState.SHIPPED


def test_one_order_the_clock_cannot_complete_does_not_stop_the_others():
    first, second = make_order(state="shipped"), make_order(state="shipped")
    fees = ledger.platform_account(kind="platform_fees", currency="EUR", at=NOON)
    other = ledger.platform_account(kind="elsewhere", currency="EUR", at=NOON)
    entries = {fees: 1, other: -1}
    key = f"release:{first.ref}"  # taken, so that the release cannot be posted
    ledger.post(key=key, kind="x", entries=entries, ref="x", actor="x", at=NOON)

    assert escrow.complete_due(at=second.due_at) == 1
    second.refresh_from_db()
    assert second.state == OrderState.SETTLED


def test_a_member_ships_and_a_stranger_does_not():
    order = make_order(state="paid_held")
    with pytest.raises(NotAllowed):
        shipment.ship(order_id=order.pk, by_id=make_person().pk, tracking="", at=LATER)

    packer = make_person()
    ShopMember.objects.create(shop=order.shop, user=packer, role=MemberRole.PACKER, since=NOON)
    shipped = shipment.ship(order_id=order.pk, by_id=packer.pk, tracking=" RW 7 ", at=LATER)

    assert (shipped.state, shipped.tracking) == ("shipped", "RW 7")
    again = shipment.ship(order_id=order.pk, by_id=packer.pk, tracking="other", at=LATER)
    assert again.tracking == "RW 7"
    assert Event.objects.filter(name="order.shipped").count() == 1


def pay_out(order, period="2026-03-03"):
    return payout.pay_out(shop_id=order.shop_id, period=period, at=LATER)


def test_a_payout_sends_all_that_is_due_once_and_names_its_orders():
    order = make_order(state="settled")

    first, second = pay_out(order), pay_out(order)
    assert first == second
    assert_books_agree()  # in flight: out of our ledger, not yet at the provider
    drain(at=LATER)

    sent = Payout.objects.get()
    assert (sent.state, sent.amount_minor) == ("paid", order.net_minor)
    assert list(sent.orders.all()) == [order]
    assert balance_minor("seller_payable", order.shop.ref) == 0
    assert SandboxEntry.objects.get(kind="payout").amount_minor == order.net_minor
    assert Event.objects.filter(name="payout.paid").get().data["shop_id"] == order.shop_id
    assert pay_out(order, "2026-03-04") is None
    assert_books_agree()


def test_the_daily_clock_pays_every_shop_once_a_day():
    make_order(state="settled")
    make_order(state="settled")

    assert payout.pay_out_due(at=LATER) == 2
    assert payout.pay_out_due(at=LATER) == 0
    drain(at=LATER)
    assert Payout.objects.filter(state=PayoutState.PAID).count() == 2
    assert_books_agree()


def test_a_payout_that_does_not_arrive_comes_back_and_waits_for_the_next():
    order = make_order(state="settled")
    Shop.objects.update(payout_account_sealed="refuse me")

    pay_out(order)
    drain(at=LATER)
    drain(at=LATER)

    assert Payout.objects.get().state == PayoutState.FAILED
    assert balance_minor("seller_payable", order.shop.ref) == order.net_minor
    returned = Transfer.objects.get(kind="payout_returned")
    assert returned.reverses.kind == "payout"
    assert Message.objects.filter(kind="payout.failed", user=order.shop.owner).count() == 1
    assert_books_agree()

    Shop.objects.update(payout_account_sealed="IBAN 2")
    pay_out(order, "2026-03-04")
    drain(at=LATER)
    order.refresh_from_db()
    assert order.payout.state == PayoutState.PAID
    assert_books_agree()


def test_a_shop_without_a_payout_account_keeps_its_balance():
    order = make_order(state="settled")
    Shop.objects.update(payout_account_sealed="")

    assert pay_out(order) is None
    assert balance_minor("seller_payable", order.shop.ref) == order.net_minor


def test_the_money_page_traces_every_sum_to_its_orders():
    held, due, out = (make_order(make_goods(shop=None), state="shipped") for _ in range(3))
    Order.objects.filter(pk__in=[due.pk, out.pk]).update(shop=held.shop)
    for order in (out, due):
        escrow.confirm(order_id=order.pk, by_id=order.buyer_id, at=LATER)
        if order is out:
            pay_out(held)
            drain(at=LATER)

    book = shop_money.book(held.shop, at=LATER)

    assert list(shop_money.held_orders(held.shop)) == [held]
    assert [list(one.orders.all()) for one in shop_money.payouts_of(held.shop)] == [[out]]
    assert list(held.shop.orders.filter(state="settled", payout=None)) == [due]
    assert book.held_minor == book.due_minor == book.paid_out_minor == held.net_minor
