"""A shop sends a part and then nothing: the one dispute about an order that is not sent yet."""

from datetime import timedelta

import pytest

from marketplace.care.services import clock
from marketplace.errors import WrongState
from marketplace.orders.models import Escrow, EscrowState, OrderState, Refund
from marketplace.orders.services import shipment
from tests.factories.care import make_dispute
from tests.factories.orders import make_goods, make_order
from tests.marketplace.care.sides import DAY, LATER
from tests.marketplace.orders.books import assert_books_agree

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    first = make_goods(price_minor=1_000, shipping_minor=500)
    order = make_order(
        first, make_goods(shop=first.listing.shop, price_minor=2_500), state="paid_held"
    )
    shipment.ship(
        order_id=order.pk,
        by_id=order.shop.owner_id,
        tracking="RW1",
        quantities={order.lines.first().pk: 1},
        key="first",
        at=LATER,
    )
    order.refresh_from_db()
    return order


def late(order):
    return order.ship_by + timedelta(hours=1)


def test_before_the_promised_date_there_is_nothing_to_dispute(order):
    with pytest.raises(WrongState):
        make_dispute(order, reason="not_arrived", at=order.ship_by - timedelta(hours=1))


def test_what_never_followed_goes_back_and_the_sent_part_goes_on(order):
    waiting = order.lines.last()
    make_dispute(order, reason="not_arrived", line_id=waiting.pk, at=late(order))
    assert clock.apply_due(at=late(order) + 3 * DAY) == 1
    waiting.refresh_from_db()
    assert (waiting.refunded_quantity, waiting.refunded_minor) == (1, 2_500)
    assert Escrow.objects.get().frozen_by == ""
    order.refresh_from_db()
    assert (order.state, order.open_units()) == (OrderState.SHIPPED, 0)
    assert_books_agree()


def test_all_of_it_back_calls_the_order_off(order):
    make_dispute(order, reason="not_arrived", at=late(order))
    assert clock.apply_due(at=late(order) + 3 * DAY) == 1
    order.refresh_from_db()
    assert (order.state, order.cancelled_by) == (OrderState.CANCELLED, "platform")
    assert Refund.objects.get().amount_minor == 4_000
    assert Escrow.objects.get().state == EscrowState.REFUNDED
    assert_books_agree()
