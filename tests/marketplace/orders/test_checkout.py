from datetime import timedelta

import pytest

from marketplace.errors import BadInput, NotAllowed, SoldOut, WrongState
from marketplace.listings.models import ListingState, Reservation
from marketplace.orders.models import Cart, CartLine, Order, OrderGroup, Payment
from marketplace.orders.queries import baskets
from marketplace.orders.services import cart, checkout
from marketplace.outbox.models import Event
from marketplace.rulebook.models import RuleValue
from tests.factories.accounts import make_person
from tests.factories.orders import ADDRESS, NOON, make_goods, make_group

pytestmark = pytest.mark.django_db


def filled_cart(*wanted, buyer=None):
    buyer = buyer or make_person()
    for variant, quantity in wanted:
        line = cart.add_to_cart(
            buyer_id=buyer.pk, variant_id=variant.pk, quantity=quantity, at=NOON
        )
    return line.cart


def place(filled, **more):
    return checkout.place(
        buyer_id=filled.buyer_id, cart_id=filled.pk, at=NOON, **{**ADDRESS, **more}
    )


def test_the_same_variant_added_twice_is_one_line():
    tea = make_goods()
    filled = filled_cart((tea, 2), (tea, 3))

    assert [line.quantity for line in filled.lines.all()] == [5]


def test_a_quantity_of_zero_takes_the_line_out():
    filled = filled_cart((make_goods(), 2))
    line = filled.lines.get()

    cart.set_quantity(buyer_id=filled.buyer_id, line_id=line.pk, quantity=0)

    assert not filled.lines.exists()


def test_nobody_changes_another_persons_cart():
    line = filled_cart((make_goods(), 2)).lines.get()

    with pytest.raises(BadInput):
        cart.set_quantity(buyer_id=make_person().pk, line_id=line.pk, quantity=1)


def test_goods_that_are_not_live_do_not_enter_a_cart():
    tea = make_goods()
    tea.listing.state = ListingState.WITHHELD
    tea.listing.save()

    with pytest.raises(SoldOut):
        filled_cart((tea, 1))


def test_nobody_buys_from_their_own_shop():
    tea = make_goods()

    with pytest.raises(NotAllowed):
        filled_cart((tea, 1), buyer=tea.listing.shop.owner)
    sneaked = Cart.objects.create(buyer=tea.listing.shop.owner, created_at=NOON)
    CartLine.objects.create(cart=sneaked, variant=tea, quantity=1)
    with pytest.raises(NotAllowed):
        place(sneaked)


def test_a_checkout_makes_one_order_a_shop_with_shipping_and_commission_frozen():
    tea = make_goods(price_minor=1250, shipping_minor=300)
    rug = make_goods(price_minor=9999, shipping_minor=0)

    group = place(filled_cart((tea, 2), (rug, 1)))

    first, second = group.orders.order_by("shop_id")
    assert (first.goods_minor, first.shipping_minor, first.total_minor) == (2500, 300, 2800)
    assert (first.commission_bp, first.commission_minor) == (300, 75)
    assert (second.total_minor, second.commission_minor) == (9999, 300)
    payment = Payment.objects.get(group=group)
    assert (payment.currency, payment.amount_minor) == ("EUR", 12_799)
    assert Event.objects.filter(name="order.placed").count() == 2
    assert group.due_at == NOON + timedelta(minutes=30)
    tea.refresh_from_db()
    assert tea.reserved == 2


def test_shops_of_two_currencies_make_two_payments():
    group = place(filled_cart((make_goods(), 1), (make_goods(currency="JPY"), 1)))

    assert {p.currency: p.amount_minor for p in group.payments.all()} == {"EUR": 1250, "JPY": 1250}


def test_a_second_submit_returns_the_same_group():
    filled = filled_cart((make_goods(), 1))

    assert place(filled) == place(filled)
    assert OrderGroup.objects.count() == Order.objects.count() == 1
    assert Reservation.objects.count() == 1


def test_a_later_price_does_not_reach_a_placed_order():
    tea = make_goods(price_minor=1000)
    group = make_group(tea)
    type(tea).objects.update(price_minor=2000)
    RuleValue.objects.create(
        key="orders.commission_bp", value=900, valid_from=NOON, reason="", published_at=NOON
    )

    order = group.orders.get()
    assert (order.total_minor, order.lines.get().unit_price_minor) == (1000, 1000)
    assert order.commission_minor == 30


def test_a_price_that_moved_under_the_buyers_eyes_is_shown_again():
    tea = make_goods(price_minor=1000)
    filled = filled_cart((tea, 1))
    seen = baskets.basket(cart_id=filled.pk, country=ADDRESS["country"], at=NOON).seen
    type(tea).objects.update(price_minor=2000)

    with pytest.raises(WrongState, match="total"):
        place(filled, seen=seen)
    seen = baskets.basket(cart_id=filled.pk, country=ADDRESS["country"], at=NOON).seen
    assert place(filled, seen=seen).orders.get().total_minor == 2000


def test_two_lines_of_one_variant_are_checked_against_the_stock_together():
    tea = make_goods(on_hand=3)
    filled = filled_cart((tea, 2))
    CartLine.objects.create(cart=filled, variant=tea, quantity=2)

    with pytest.raises(SoldOut):
        place(filled)
    type(tea).objects.update(on_hand=4)
    assert place(filled).orders.get().lines.get().quantity == 4


def test_sold_out_names_the_goods_and_leaves_the_cart_as_it_was():
    tea, rug = make_goods(on_hand=5), make_goods(on_hand=1)
    filled = filled_cart((tea, 1), (rug, 2))

    with pytest.raises(SoldOut, match=rug.listing.title):
        place(filled)

    filled.refresh_from_db()
    assert filled.checked_out_at is None
    assert filled.lines.count() == 2
    assert not Order.objects.exists()
    tea.refresh_from_db()
    assert tea.reserved == 0


@pytest.mark.parametrize("missing", ["recipient", "address", "country"])
def test_an_address_needs_all_its_parts(missing):
    filled = filled_cart((make_goods(), 1))

    with pytest.raises(BadInput) as caught:
        place(filled, **{missing: ""})
    assert caught.value.field == missing


def test_an_empty_cart_and_another_persons_cart_cannot_be_placed():
    empty = cart.open_cart(buyer_id=make_person().pk, at=NOON)
    with pytest.raises(BadInput):
        place(empty)
    with pytest.raises(BadInput):
        checkout.place(buyer_id=make_person().pk, cart_id=empty.pk, at=NOON, **ADDRESS)
