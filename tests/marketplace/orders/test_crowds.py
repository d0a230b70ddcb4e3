"""Many people at once, through the real services on real connections."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from marketplace.errors import MarketplaceError, SoldOut
from marketplace.ledger.models import Transfer
from marketplace.listings.models import Listing, ListingState, Variant
from marketplace.orders.models import Cart, CartLine, Escrow, Order, ProviderEvent, SandboxEntry
from marketplace.orders.providers.payments import ProviderNews
from marketplace.orders.services import checkout, escrow, expiry, payment
from tests.factories.accounts import make_person
from tests.factories.orders import ADDRESS, NOON, make_goods, make_group, make_order
from tests.factories.outbox import drain
from tests.factories.shops import make_shop
from tests.marketplace.orders.books import assert_books_agree, balance_minor

pytestmark = pytest.mark.django_db(transaction=True)
CONNECTIONS = 200
BUYERS = 200
UNITS = 100
LATER = NOON + timedelta(minutes=5)


def at_once(work, arguments):
    """Run `work` for all arguments on 200 connections; anything unexpected is raised here."""

    def one(argument):
        try:
            return work(argument)
        finally:
            connection.close()

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return list(pool.map(one, arguments))


def buy(cart_id):
    """What a buyer sees; a deadlock would be an OperationalError and fail the test."""
    buyer_id = Cart.objects.values_list("buyer_id", flat=True).get(pk=cart_id)
    try:
        group = checkout.place(buyer_id=buyer_id, cart_id=cart_id, at=NOON, **ADDRESS)
        payment.pay(group_id=group.pk, card="tok_ok", at=LATER)
    except SoldOut:
        return "sold out"
    return "bought"


def carts(lines_of):
    """One cart a buyer; `lines_of(number)` names the variants of its lines, in order."""
    made = []
    for number in range(BUYERS):
        one = Cart.objects.create(buyer=make_person(), created_at=NOON)
        CartLine.objects.bulk_create(
            CartLine(cart=one, variant=variant, quantity=1) for variant in lines_of(number)
        )
        made.append(one.pk)
    return made


def assert_sold(*variants):
    for variant in variants:
        variant.refresh_from_db()
        assert (variant.on_hand, variant.reserved, variant.sold) == (0, 0, UNITS)
    assert_books_agree()


def test_two_hundred_buyers_of_a_hundred_units_buy_exactly_a_hundred():
    tea = make_goods(on_hand=UNITS)

    seen = Counter(at_once(buy, carts(lambda number: [tea])))

    assert seen == {"bought": 100, "sold out": 100}
    assert_sold(tea)
    assert SandboxEntry.objects.count() == 100


def test_two_lines_of_one_variant_take_two_units_each():
    tea = make_goods(on_hand=UNITS)

    seen = Counter(at_once(buy, carts(lambda number: [tea, tea])))

    assert seen == {"bought": 50, "sold out": 150}
    assert_sold(tea)


def test_lines_in_reversed_order_over_two_shops_never_block_each_other():
    tea, rug = make_goods(on_hand=UNITS), make_goods(on_hand=UNITS)

    seen = Counter(at_once(buy, carts(lambda number: [tea, rug] if number % 2 else [rug, tea])))

    assert seen == {"bought": 100, "sold out": 100}
    assert_sold(tea, rug)


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0


def test_a_checkout_that_waits_for_one_variant_holds_no_later_one():
    """The order of shops and that of variants differ here: the variants' order must win."""
    early_shop, late_shop = make_shop(), make_shop()
    tea, rug = make_goods(shop=late_shop), make_goods(shop=early_shop)
    one = Cart.objects.create(buyer=make_person(), created_at=NOON)
    CartLine.objects.create(cart=one, variant=rug, quantity=1)
    CartLine.objects.create(cart=one, variant=tea, quantity=1)

    def order(cart_id):
        try:
            return buy(cart_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Variant.objects.select_for_update().get(pk=tea.pk)
            waiting = pool.submit(order, one.pk)
            for _ in range(500):
                if somebody_waits():
                    break
                time.sleep(0.02)
            Variant.objects.select_for_update(nowait=True).get(pk=rug.pk)
        assert waiting.result() == "bought"


def test_when_all_is_confirmed_every_escrow_is_empty_and_the_books_agree():
    orders = [make_order(state="shipped") for _ in range(8)]

    def confirm_or_clock(order):
        try:
            escrow.confirm(order_id=order.pk, by_id=order.buyer_id, at=LATER)
        except MarketplaceError as error:
            return error.reason
        return escrow.complete_due(at=NOON + timedelta(days=30))

    at_once(confirm_or_clock, orders * 4)

    assert set(Order.objects.values_list("state", flat=True)) == {"settled"}
    assert Transfer.objects.filter(kind="release").count() == 8
    assert all(balance_minor("escrow", order.ref) == 0 for order in orders)
    assert_books_agree()


def test_a_double_click_on_pay_charges_and_books_once():
    group = make_group()

    at_once(lambda _: payment.pay(group_id=group.pk, card="tok_ok", at=LATER), range(16))

    assert SandboxEntry.objects.count() == Transfer.objects.count() == Escrow.objects.count() == 1
    assert_books_agree()


def test_a_double_click_on_order_makes_one_group():
    tea = make_goods()
    one = Cart.objects.create(buyer=make_person(), created_at=NOON)
    CartLine.objects.create(cart=one, variant=tea, quantity=1)

    groups = at_once(
        lambda _: checkout.place(buyer_id=one.buyer_id, cart_id=one.pk, at=NOON, **ADDRESS).pk,
        range(16),
    )

    assert len(set(groups)) == 1
    tea.refresh_from_db()
    assert tea.reserved == 1


def test_one_event_many_times_at_once_completes_once_beside_the_browser():
    group = make_group()
    payment.pay(group_id=group.pk, card="tok_delayed", at=LATER)
    charge = SandboxEntry.objects.get()
    SandboxEntry.objects.update(outcome="succeeded")
    event = ProviderNews(
        event_id="evt_1",
        kind="charge.succeeded",
        key=charge.idempotency_key,
        provider_ref=charge.provider_ref,
        currency="EUR",
        amount_minor=charge.amount_minor,
    )

    def knock(number):
        if number % 4 == 0:
            return payment.pay(group_id=group.pk, card="tok_ok", at=LATER)
        return payment.receive(event=event, at=LATER)

    at_once(knock, range(24))

    assert ProviderEvent.objects.count() == Transfer.objects.count() == 1
    assert group.orders.get().state == "paid_held"
    assert_books_agree()


def test_expiry_and_payment_at_the_same_moment_agree_on_one_end():
    groups = [make_group(make_goods(on_hand=1)) for _ in range(8)]
    just_before, due = groups[0].due_at - timedelta(seconds=1), groups[0].due_at

    def race(work):
        group, paying = work
        if not paying:
            return expiry.expire_due(at=due)
        try:
            return payment.pay(group_id=group.pk, card="tok_ok", at=just_before)
        except MarketplaceError as error:
            return error.reason

    at_once(race, [(group, paying) for group in groups for paying in (True, False)])
    drain(at=due)
    expiry.expire_due(at=due)

    for variant in Variant.objects.all():
        order = Order.objects.get(lines__variant=variant)
        assert variant.reserved == 0
        assert variant.sold == (1 if order.state == "paid_held" else 0)
        assert order.state in {"paid_held", "expired", "cancelled"}
    assert_books_agree()


def test_a_takedown_in_the_middle_of_a_rush_sells_nothing_afterwards():
    tea = make_goods(on_hand=UNITS)
    made = carts(lambda number: [tea])
    Listing.objects.filter(pk=tea.listing_id).update(state=ListingState.LIVE)
    placed = [
        checkout.place(buyer_id=Cart.objects.get(pk=pk).buyer_id, cart_id=pk, at=NOON, **ADDRESS)
        for pk in made[:40]
    ]

    def act(number):
        if number == 20:
            Listing.objects.filter(pk=tea.listing_id).update(state=ListingState.WITHHELD)
            return Variant.objects.get(pk=tea.pk).sold
        try:
            payment.pay(group_id=placed[number].pk, card="tok_ok", at=LATER)
        except SoldOut:
            return None
        return None

    at_once(act, range(40))
    drain(at=LATER)

    tea.refresh_from_db()
    assert tea.sold == Order.objects.filter(state="paid_held").count()
    with pytest.raises(SoldOut):
        payment.pay(group_id=placed[20].pk, card="tok_ok", at=LATER)
    assert_books_agree()
