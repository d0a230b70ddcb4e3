"""Many buyers at once: exactly what is there is sold, and nobody sees a deadlock."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from marketplace.errors import SoldOut
from marketplace.listings.models import ListingState, Reservation, ReservationState, Variant
from marketplace.listings.services import listing as listings
from marketplace.listings.services import stock
from tests.factories.listings import make_statement, make_variant

pytestmark = pytest.mark.django_db(transaction=True)
CONNECTIONS = 32
SOON = timedelta(minutes=30)


def at_once(work, count):
    """Call `work(number)` from a bounded pool; return how often each outcome came."""
    hands = min(CONNECTIONS, count)
    start = threading.Barrier(hands)
    waited = threading.local()

    def one(number):
        if not getattr(waited, "done", False):
            waited.done = True
            start.wait(timeout=30)
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(hands) as pool:
        return Counter(pool.map(one, range(count)))


def test_two_hundred_buyers_of_one_hundred_units_in_either_order(now):
    one, other = make_variant(on_hand=100), make_variant(on_hand=100)

    def buy(number):
        pair = [one.pk, other.pk] if number % 2 else [other.pk, one.pk]
        ref = f"order:{number}"
        try:
            stock.reserve(ref=ref, demand=dict.fromkeys(pair, 1), due_at=now + SOON, at=now)
            stock.commit(ref=ref, at=now)
        except SoldOut:
            return "sold out"
        return "bought"

    assert at_once(buy, 200) == {"bought": 100, "sold out": 100}
    for variant in Variant.objects.all():
        assert (variant.on_hand, variant.reserved, variant.sold) == (0, 0, 100)


def test_buyers_payers_and_quitters_mixed_never_lose_a_unit(now):
    variants = [make_variant(on_hand=40) for _each in range(3)]
    ids = [v.pk for v in variants]

    def visit(number):
        ref, later = f"order:{number}", now + timedelta(minutes=number)
        demand = {ids[number % 3]: 1, ids[(number * 7 + 1) % 3]: 2}
        try:
            stock.reserve(ref=ref, demand=demand, due_at=later + SOON, at=later)
            if number % 3 == 0:
                stock.release(ref=ref, at=later)
            elif number % 3 == 1:
                stock.commit(ref=ref, at=later)
            else:
                stock.release_expired(at=later)
        except SoldOut:
            return "sold out"
        return "served"

    assert sum(at_once(visit, 150).values()) == 150
    for variant in Variant.objects.all():
        held = variant.reservations.filter(state=ReservationState.HELD)
        assert variant.reserved == sum(held.values_list("quantity", flat=True))
        gone = variant.reservations.filter(state=ReservationState.SOLD)
        assert variant.sold == sum(gone.values_list("quantity", flat=True))
        assert variant.on_hand + variant.sold == 40


def test_one_checkout_sent_many_times_at_once_reserves_and_sells_once(now):
    variant = make_variant(on_hand=10)

    def send(_number):
        stock.reserve(ref="order:1", demand={variant.pk: 2}, due_at=now + SOON, at=now)
        stock.commit(ref="order:1", at=now)
        return "done"

    assert at_once(send, 24) == {"done": 24}
    variant.refresh_from_db()
    assert (variant.on_hand, variant.reserved, variant.sold) == (8, 0, 2)
    assert Reservation.objects.count() == 1


def test_a_takedown_among_payments_lets_none_through_after_it(now):
    variant = make_variant(on_hand=100)
    listing = variant.listing
    statement = make_statement(listing=listing)
    for number in range(60):
        ref = f"order:{number}"
        stock.reserve(ref=ref, demand={variant.pk: 1}, due_at=now + SOON, at=now)

    def act(number):
        if number == 30:
            listings.withhold(
                listing_id=listing.pk, source="decision:1", statement_id=statement.pk, at=now
            )
            return "withheld"
        try:
            stock.commit(ref=f"order:{number}", at=now)
        except SoldOut:
            return "refused"
        return "sold"

    outcome = at_once(act, 60)
    variant.refresh_from_db()
    listing.refresh_from_db()
    assert listing.state == ListingState.WITHHELD
    assert variant.sold == outcome["sold"]
    with pytest.raises(SoldOut):
        stock.commit(ref="order:30", at=now)


def test_a_payment_that_waited_for_a_takedown_is_refused(now):
    variant = make_variant(on_hand=5)
    statement = make_statement(listing=variant.listing)
    stock.reserve(ref="order:1", demand={variant.pk: 1}, due_at=now + SOON, at=now)
    outcome = []

    def pay():
        try:
            stock.commit(ref="order:1", at=now)
            outcome.append("sold")
        except SoldOut:
            outcome.append("refused")
        finally:
            connection.close()

    payer = threading.Thread(target=pay)
    with transaction.atomic():
        Variant.objects.select_for_update().get(pk=variant.pk)
        payer.start()
        wait_until_somebody_waits_for_a_lock()
        listings.withhold(
            listing_id=variant.listing_id, source="decision:1", statement_id=statement.pk, at=now
        )
    payer.join(timeout=30)

    assert outcome == ["refused"]
    variant.refresh_from_db()
    assert (variant.on_hand, variant.reserved, variant.sold) == (5, 1, 0)


def wait_until_somebody_waits_for_a_lock():
    for _try in range(200):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if cursor.fetchone()[0]:
                return
            cursor.execute("SELECT pg_stat_clear_snapshot()")
        time.sleep(0.05)
    raise AssertionError("nobody waited")
