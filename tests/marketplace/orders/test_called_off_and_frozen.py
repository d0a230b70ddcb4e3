"""Units that are not sent, protection that grows, and an escrow that a dispute has frozen."""

from datetime import timedelta

import pytest

from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.orders.models import Escrow, Order, Payout, Refund
from marketplace.orders.services import escrow, owing, payment, refund
from tests.factories.accounts import make_person
from tests.factories.orders import make_goods, make_order
from tests.factories.outbox import drain
from tests.marketplace.orders.acts import LATER, give_back, rule, sold
from tests.marketplace.orders.books import assert_books_agree

pytestmark = pytest.mark.django_db


def test_units_that_cannot_be_sent_go_back_and_the_rest_is_sent():
    order = sold("paid_held", price=333, quantity=3)
    line = order.lines.get()

    def call_off(key, count):
        return refund.cancel_lines(
            order_id=order.pk,
            by_id=order.shop.owner_id,
            key=key,
            quantities={line.pk: count},
            reason="The kiln broke.",
            at=LATER,
        )

    assert call_off("a", 2).amount_minor == call_off("a", 2).amount_minor == 666
    line.refresh_from_db()
    assert (line.refunded_quantity, line.refunded_minor) == (2, 666)
    with pytest.raises(BadInput):
        call_off("b", 2)
    call_off("c", 1)
    drain(at=LATER)

    order.refresh_from_db()
    assert (order.state, order.kept_minor) == ("cancelled", 0)
    assert Payout.objects.count() == 0
    assert_books_agree()


def test_units_without_a_price_left_are_called_off_beside_others():
    first = make_goods(price_minor=1_000, on_hand=9)
    second = make_goods(shop=first.listing.shop, price_minor=2_000, on_hand=9)
    order = make_order(first, second, state="paid_held", quantity=2)
    one, two = order.lines.order_by("pk")
    part = owing.LinePart(one.pk, 2_000)
    rule(order, goods_minor=2_000, shipping_minor=0, lines=[part])
    words = {"order_id": order.pk, "by_id": order.shop.owner_id, "reason": "None left.", "key": "a"}
    for _click in range(2):
        made = refund.cancel_lines(**words, quantities={one.pk: 1, two.pk: 1}, at=LATER)
    assert (made.amount_minor, Refund.objects.count()) == (2_000, 2)
    assert list(made.lines.order_by("pk").values_list("amount_minor", "quantity")) == [
        (0, 1),
        (2_000, 1),
    ]
    drain(at=LATER)
    assert_books_agree()


def test_protection_grows_once_a_form_and_not_for_ever():
    order = sold("shipped")
    before = order.due_at

    def extend(key, by_id=order.buyer_id):
        return escrow.extend(order_id=order.pk, by_id=by_id, key=key, at=LATER)

    extend("a")
    assert extend("a").due_at == before + timedelta(days=7)
    extend("b")
    extend("c", by_id=order.shop.owner_id)
    with pytest.raises(WrongState):
        extend("d")
    with pytest.raises(NotAllowed):
        extend("e", by_id=make_person().pk)
    assert Order.objects.get().due_at == before + timedelta(days=21)


def test_a_frozen_escrow_waits_and_a_ruling_ends_it():
    order = sold("shipped")
    assert escrow.freeze(order_id=order.pk, by_ref="dispute:1", at=LATER)
    assert escrow.freeze(order_id=order.pk, by_ref="dispute:1", at=LATER)
    with pytest.raises(WrongState):
        escrow.freeze(order_id=order.pk, by_ref="dispute:2", at=LATER)
    with pytest.raises(WrongState):
        escrow.confirm(order_id=order.pk, by_id=order.buyer_id, at=LATER)

    with pytest.raises(WrongState):
        give_back(order, goods=2_500)
    rule(order, goods_minor=2_500, shipping_minor=0)
    escrow.unfreeze(order_id=order.pk, by_ref="dispute:1", due_at=None, at=LATER)
    escrow.complete_by_ruling(order_id=order.pk, actor="dispute:1", at=LATER)
    drain(at=LATER)

    order.refresh_from_db()
    assert (order.state, order.completed_by) == ("settled", "ruling")
    assert Escrow.objects.get().state == "split"
    assert_books_agree()


def test_a_ruling_that_gives_all_back_leaves_nothing_to_release():
    order = sold("delivered")
    escrow.freeze(order_id=order.pk, by_ref="dispute:1", at=LATER)
    rule(order, goods_minor=10_000, shipping_minor=500)
    escrow.complete_by_ruling(order_id=order.pk, actor="dispute:1", at=LATER)
    drain(at=LATER)

    order.refresh_from_db()
    assert (order.state, Escrow.objects.get().state) == ("settled", "refunded")
    assert payment.provider().balances_minor()["EUR"] == 0
    assert_books_agree()
