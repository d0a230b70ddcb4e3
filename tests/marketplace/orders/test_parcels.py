"""Orders that are sent in parts, and what of them is called off."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from marketplace.errors import BadInput, KeyReused, NotAllowed, WrongState
from marketplace.orders.models import Escrow, Order, OrderLine, Refund, Shipment, ShipmentLine
from marketplace.orders.providers.carriers import CarrierNews
from marketplace.orders.services import escrow, refund, shipment, tracking
from tests.factories.accounts import make_person
from tests.factories.orders import NOON, make_goods, make_order
from tests.factories.outbox import drain
from tests.factories.shops import make_member
from tests.marketplace.orders.books import assert_books_agree

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=2)


def bought(*, kinds=2, quantity=3, price=1_000, buyer=None):
    """A paid order of one shop with some lines."""
    first = make_goods(price_minor=price, on_hand=50, shipping_minor=500)
    shop = first.listing.shop
    more = [make_goods(price_minor=price, on_hand=50, shop=shop) for _ in range(kinds - 1)]
    order = make_order(first, *more, state="paid_held", quantity=quantity, buyer=buyer)
    return order, [line.pk for line in order.lines.order_by("pk")]


def send(order, quantities=None, *, key="parcel-0", tracking="", at=LATER, by_id=None):
    return shipment.ship(
        order_id=order.pk,
        by_id=by_id or order.shop.owner_id,
        carrier="Post",
        tracking=tracking,
        quantities=quantities,
        key=key,
        at=at,
    )


def call_off(order, quantities, *, key="off-0", by_id=None, at=LATER):
    return refund.cancel_lines(
        order_id=order.pk,
        by_id=by_id or order.shop.owner_id,
        key=key,
        quantities=quantities,
        reason="The kiln broke.",
        at=at,
    )


def test_an_order_goes_in_parts_and_its_clock_starts_with_the_last_one():
    order, (one, two) = bought()

    assert send(order, {one: 2}).state == "paid_held"
    assert Order.objects.get().due_at is None
    assert send(order, {one: 1, two: 3}, key="parcel-1").state == "shipped"

    assert list(OrderLine.objects.values_list("shipped_quantity", flat=True)) == [3, 3]
    assert Order.objects.get().due_at == LATER + timedelta(days=10)
    packed = ShipmentLine.objects.order_by("pk").values_list("line_id", "quantity")
    assert list(packed) == [(one, 2), (one, 1), (two, 3)]


def test_no_more_is_sent_than_was_bought_and_nothing_of_others():
    order, (one, two) = bought()
    _other, (strange, _more) = bought()

    for wrong in ({one: 4}, {one: -1}, {}, {one: 0}, {strange: 1}):
        with pytest.raises(BadInput):
            send(order, wrong)
    send(order, {one: 2})
    with pytest.raises(BadInput):
        send(order, {one: 2}, key="parcel-1")
    assert Shipment.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderLine.objects.filter(pk=two).update(shipped_quantity=4)


def test_the_same_form_sends_one_parcel_and_another_parcel_under_its_key_is_refused():
    order, (one, two) = bought()
    send(order, {one: 2})
    send(order, {one: 2})
    with pytest.raises(KeyReused):
        send(order, {two: 1})
    send(order, {one: 1, two: 3}, key="parcel-1")
    assert send(order, {one: 1, two: 3}, key="parcel-1").state == "shipped"
    assert send(order, key="").state == "shipped"
    with pytest.raises(WrongState):
        send(order, {two: 1}, key="parcel-2")
    assert Shipment.objects.count() == 2


def test_one_form_key_serves_two_orders():
    first, _lines = bought()
    second, _lines = bought()
    assert send(first).state == send(second).state == "shipped"


def test_packers_send_and_strangers_do_not():
    order, (one, _two) = bought()
    packer, keeper = make_person(), make_person()
    make_member(shop=order.shop, user=packer, role="packer")
    make_member(shop=order.shop, user=keeper, role="bookkeeper")

    for by_id in (keeper.pk, order.buyer_id, make_person().pk):
        with pytest.raises(NotAllowed):
            send(order, {one: 1}, by_id=by_id)
    assert send(order, by_id=packer.pk).state == "shipped"


def test_calling_off_the_rest_of_a_sent_part_starts_the_clock():
    order, (one, two) = bought()
    send(order, {one: 3})
    call_off(order, {two: 3})
    drain(at=LATER)

    order.refresh_from_db()
    assert (order.state, order.kept_minor) == ("shipped", 3_500)
    assert order.due_at == LATER + timedelta(days=10)
    escrow.confirm(order_id=order.pk, by_id=order.buyer_id, at=LATER)
    assert Escrow.objects.get().state == "split"
    assert_books_agree()


def test_what_is_called_off_is_not_sent():
    order, (one, two) = bought()
    call_off(order, {two: 2})
    with pytest.raises(BadInput):
        send(order, {two: 2})
    send(order)
    packed = dict(ShipmentLine.objects.values_list("line_id", "quantity"))
    assert packed == {one: 3, two: 1}
    assert Order.objects.get().state == "shipped"


def test_the_same_form_calls_off_once_and_other_units_under_its_key_are_refused():
    order, (one, two) = bought()
    assert call_off(order, {one: 1}) == call_off(order, {one: 1, two: 0})
    with pytest.raises(KeyReused):
        call_off(order, {two: 1})
    assert Refund.objects.count() == 1


def test_a_buyer_calls_off_the_rest_once_the_promised_day_has_passed():
    order, (one, two) = bought()
    late = order.ship_by + timedelta(hours=1)

    def rest(at, quantities):
        return call_off(order, quantities, by_id=order.buyer_id, at=at, key=f"off-{at}")

    with pytest.raises(WrongState):
        rest(late, {one: 3, two: 3})  # nothing sent: the whole order is called off instead
    send(order, {one: 3})
    with pytest.raises(WrongState):
        rest(order.ship_by, {two: 3})
    with pytest.raises(BadInput):
        rest(late, {one: 1})
    rest(late, {two: 3})
    drain(at=late)

    order.refresh_from_db()
    assert (order.state, order.kept_minor) == ("shipped", 3_500)
    assert_books_agree()


def test_an_order_sent_in_part_is_not_called_off_as_a_whole():
    order, (one, _two) = bought()
    send(order, {one: 1})
    with pytest.raises(WrongState):
        refund.cancel(order_id=order.pk, by_id=order.shop.owner_id, reason="No.", at=LATER)


def test_a_part_that_came_early_counts_when_the_rest_is_called_off():
    order, (one, two) = bought()
    send(order, {one: 3}, tracking="RW1")
    scan = CarrierNews("e1", Shipment.objects.get().ref, "delivered", "Door", LATER)
    tracking.receive(told=scan, at=LATER)
    assert Order.objects.get().state == "paid_held"

    call_off(order, {two: 3})
    assert Order.objects.get().state == "delivered"


def test_time_added_on_the_way_outlives_the_delivery():
    order = make_order(state="shipped")
    escrow.extend(order_id=order.pk, by_id=order.buyer_id, key="more-0", at=LATER)
    shipment.mark_delivered(order_id=order.pk, at=LATER)
    assert Order.objects.get().due_at == LATER + timedelta(days=3 + 7)
