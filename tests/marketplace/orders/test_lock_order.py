"""Who waits for whom: deterministic encounters that once ended in a deadlock or an error page."""

from datetime import timedelta

import pytest
from django.db import transaction

from marketplace.errors import BadInput, SoldOut
from marketplace.listings.models import Listing, ListingState, Variant
from marketplace.orders.models import Cart, CartLine, Order, OrderState
from marketplace.orders.services import cart, checkout, escrow, locks, payment
from tests.factories.accounts import make_person
from tests.factories.crowds import started, wait_for_a_lock
from tests.factories.orders import ADDRESS, NOON, make_goods, make_group, make_order
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOON + timedelta(minutes=5)


def test_dropping_two_taken_down_orders_locks_their_goods_in_order():
    """The order of shops and that of variants differ: the variants' order must win."""
    early, late = make_shop(), make_shop()
    tea, rug = make_goods(shop=late), make_goods(shop=early)
    group = make_group(tea, rug)
    Listing.objects.update(state=ListingState.WITHHELD)

    with transaction.atomic():
        Variant.objects.select_for_update(no_key=True).get(pk=tea.pk)
        paying = started(lambda: payment.pay(group_id=group.pk, card="tok_ok", at=LATER))
        wait_for_a_lock()
        Variant.objects.select_for_update(no_key=True, nowait=True).get(pk=rug.pk)

    with pytest.raises(SoldOut):
        paying.result(timeout=60)
    assert set(Order.objects.values_list("state", flat=True)) == {OrderState.CANCELLED}


def test_goods_put_in_a_cart_that_is_just_checked_out_go_into_a_new_one():
    tea, rug = make_goods(), make_goods()
    buyer = make_person()
    old = cart.add_to_cart(buyer_id=buyer.pk, variant_id=tea.pk, quantity=1, at=NOON).cart

    with transaction.atomic():
        Cart.objects.select_for_update().get(pk=old.pk)
        adding = started(
            lambda: cart.add_to_cart(buyer_id=buyer.pk, variant_id=rug.pk, quantity=1, at=NOON)
        )
        wait_for_a_lock()
        checkout.place(buyer_id=buyer.pk, cart_id=old.pk, at=NOON, **ADDRESS)

    line = adding.result(timeout=60)
    assert line.cart_id != old.pk
    assert line.variant_id == rug.pk


def test_a_quantity_changed_while_the_cart_is_checked_out_changes_nothing():
    tea, buyer = make_goods(), make_person()
    line = cart.add_to_cart(buyer_id=buyer.pk, variant_id=tea.pk, quantity=1, at=NOON)

    with transaction.atomic():
        Cart.objects.select_for_update().get(pk=line.cart_id)
        changing = started(
            lambda: cart.set_quantity(buyer_id=buyer.pk, line_id=line.pk, quantity=5)
        )
        wait_for_a_lock()
        checkout.place(buyer_id=buyer.pk, cart_id=line.cart_id, at=NOON, **ADDRESS)

    with pytest.raises(BadInput):
        changing.result(timeout=60)
    assert CartLine.objects.get().quantity == 1


def test_an_order_that_moved_twice_commits_while_somebody_holds_its_payment():
    """At the commit PostgreSQL looks at the payment of a row that changed twice in a transaction.

    A payment locked FOR UPDATE would make that wait, and whoever holds it waits for the order.
    """
    order = make_order(state="shipped")

    with transaction.atomic():
        Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        recalling = started(lambda: locked(order))
        wait_for_a_lock()
        escrow.confirm(order_id=order.pk, by_id=order.buyer_id, at=LATER)

    assert recalling.result(timeout=60) == OrderState.SETTLED


@transaction.atomic
def locked(order):
    """Lock as every refund does; return the state it found."""
    return locks.order_with_payment(order_id=order.pk).state
