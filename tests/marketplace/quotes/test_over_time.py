"""What the clock does when orders are not paid, or late; what can be ordered again."""

from datetime import timedelta

import pytest
from django.db import connection

from marketplace.orders.models import Payment
from marketplace.orders.services import expiry, payment
from marketplace.quotes.models import Quote
from marketplace.quotes.rules import Rung
from marketplace.quotes.services import asking, clock
from tests.factories.orders import NOON, make_goods
from tests.factories.quotes import accept, fresh, make_request, make_version, market_shelf

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def two():
    """A request with quotes of two shops."""
    first, second = make_goods(on_hand=500), make_goods(on_hand=500)
    market_shelf(second, first)
    request = make_request(first)
    return make_version(request, first), make_version(request, second)


def unpaid(version, *, at):
    """The order of an accepted version runs out; return when."""
    accept(version, at=at)
    late = at + timedelta(hours=49)
    expiry.expire_due(at=late)
    clock.apply_due(at=late)
    return late


def test_one_request_that_cannot_move_on_does_not_stop_the_clock_for_the_others(two):
    first, second = two
    late = unpaid(first, at=NOON)
    again = make_version(second.quote.request, second.variant, at=late)
    unpaid(again, at=late)
    other = make_version()
    over = unpaid(other, at=late)
    asking.close(request_id=first.quote.request_id, by_id=first.quote.request.buyer_id, at=over)
    for quote in Quote.objects.order_by("pk"):
        paid = Payment.objects.get(group=quote.order.group_id)
        payment.complete_payment(payment_id=paid.pk, provider_ref=f"late-{quote.pk}", at=over)

    for _ in range(2):
        clock.apply_due(at=over)

    assert fresh(other.quote).state == "accepted"
    states = [fresh(version.quote).state for version in two]
    assert sorted(states) == ["accepted", "lapsed"]  # a request has one accepted quote


def test_a_row_that_fails_is_told_and_the_next_one_moves_on(two, caplog):
    first, second = two
    with connection.cursor() as cursor:  # what no service does: one row that may not move
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            f"ALTER TABLE quotes_quote ADD CONSTRAINT stuck CHECK (id <> {first.quote_id}"
            " OR state <> 'expired') NOT VALID"
        )
    assert clock.apply_due(at=NOON + 7 * DAY) == 1
    assert (fresh(first.quote).state, fresh(second.quote).state) == ("sent", "expired")
    assert f"{first.quote_id}" in caplog.text


def test_a_sample_that_nobody_paid_can_be_ordered_again():
    goods = make_goods(on_hand=500)
    version = make_version(make_request(goods), goods, sample=Rung(2, 1_500, 600))
    first = accept(version, sample=True).orders.get()
    late = NOON + timedelta(hours=49)
    expiry.expire_due(at=late)

    again = accept(version, sample=True, at=late).orders.get()
    assert accept(version, sample=True, at=late).orders.get() == again != first
    assert (again.total_minor, again.agreed_ref) == (3_600, f"{version.ref}:sample:2")
    payment.pay(group_id=again.group_id, card="tok_ok", at=late)
    assert accept(version, sample=True, at=late + DAY).orders.get() == again
