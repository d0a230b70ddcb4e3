"""The provider's web hooks come 0, 1 or 3 times, early, late, out of order: one end state."""

import itertools
import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from marketplace.inbox.models import Message
from marketplace.ledger.models import Transfer
from marketplace.listings.models import Variant
from marketplace.orders import tasks
from marketplace.orders.models import Chargeback, Escrow, Order, Payment, Refund, SandboxEntry
from marketplace.orders.services import escrow, followup, payment, payout, shipment
from marketplace.orders.views.webhook import signature
from tests.factories.orders import make_goods, make_group
from tests.factories.outbox import drain
from tests.marketplace.orders.books import assert_books_agree, balance_minor

pytestmark = pytest.mark.django_db
KINDS = ("charge.succeeded", "chargeback.opened", "chargeback.won")
TIMES = (0, 1, 3)
ONE_END = ["chargeback_won", "clawback", "payment", "payout", "release"]


@pytest.fixture
def start():
    return timezone.now() - timedelta(days=2)


def hook(client, news):
    """Deliver one event as the provider does: signed, over HTTP."""
    told = {name: getattr(news, name) for name in news.__slots__}
    body = json.dumps(told).encode()
    answer = client.post(
        reverse("orders:webhook"),
        body,
        content_type="application/json",
        headers={"X-Signature": signature(body)},
    )
    assert answer.status_code == 200, answer.content


def news_by_kind():
    book = SandboxEntry.objects.order_by("pk")
    told = [payment.provider().news_of(one) for one in book if one.kind.startswith("charge")]
    return {news.kind: news for news in told}


def what_the_clocks_do(at):
    """The provider is asked about whatever it has not told."""
    followup.follow_up(at=at)
    tasks.queue_cases(at)
    drain(at=at)


def end_state():
    """All that anybody can see afterwards, without the numbers of rows."""
    order = Order.objects.get()
    variant = Variant.objects.get()
    return {
        "order": (order.state, order.cancelled_by),
        "escrow": list(Escrow.objects.values_list("state", flat=True)),
        "payment": list(Payment.objects.values_list("state", flat=True)),
        "chargebacks": list(Chargeback.objects.values_list("state", "amount_minor")),
        "refunds": sorted(Refund.objects.values_list("kind", "state", "amount_minor")),
        "stock": (variant.on_hand, variant.reserved, variant.sold),
        "seller": balance_minor("seller_payable", order.shop.ref),
        "debt": balance_minor("seller_debt", order.shop.ref),
        "transfers": sorted(Transfer.objects.values_list("kind", flat=True)),
        "told": sorted(Message.objects.values_list("kind", flat=True)),
    }


def begun_charge(group, at, card="tok_ok"):
    """Charge without booking: the browser's answer is still on its way."""
    begun = payment._begin(payment_id=group.payments.get().pk, at=at)
    payment.provider().charge(
        key=begun.charge_key,
        card=card,
        currency=begun.currency,
        amount_minor=begun.amount_minor,
        at=at,
    )


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("when", ["before the answer", "after the answer", "no answer"])
def test_a_charge_ends_the_same_whenever_and_however_often_it_is_told(client, start, when, times):
    group = make_group(make_goods(price_minor=4_000, on_hand=3), at=start)
    begun_charge(group, start)
    news = news_by_kind()["charge.succeeded"]
    if when == "after the answer":
        payment.pay(group_id=group.pk, card="tok_ok", at=start)
    for _again in range(times):
        hook(client, news)
    if when == "before the answer":
        payment.pay(group_id=group.pk, card="tok_ok", at=start)
    what_the_clocks_do(start + timedelta(hours=1))

    end = end_state()
    assert (end["order"][0], end["payment"], end["escrow"]) == (
        "paid_held",
        ["succeeded"],
        ["open"],
    )
    assert (end["stock"], end["transfers"]) == ((2, 0, 1), ["payment"])
    assert len(end["told"]) == 2
    assert_books_agree()


def _story(client, start, deliveries):
    """An order is released and paid out; its bank takes it back and returns it. Then the hooks."""
    group = make_group(make_goods(price_minor=10_000, shipping_minor=500, on_hand=3), at=start)
    payment.pay(group_id=group.pk, card="tok_ok", at=start)
    order = group.orders.get()
    late = start + timedelta(hours=1)
    shipment.ship(order_id=order.pk, by_id=order.shop.owner_id, tracking="RW1", at=late)
    shipment.mark_delivered(order_id=order.pk, at=late)
    escrow.confirm(order_id=order.pk, by_id=order.buyer_id, at=late)
    payout.pay_out(shop_id=order.shop_id, period="one", at=late)
    drain(at=late)
    case = payment.provider().charge_back(charge_key=group.payments.get().charge_key, at=late)
    payment.provider().decide(case=case, won=True, at=late)
    news = news_by_kind()
    for kind in deliveries:
        hook(client, news[kind])
    what_the_clocks_do(late + timedelta(hours=1))
    assert_books_agree()
    return end_state()


COUNTS = list(itertools.product(TIMES, repeat=len(KINDS)))
ORDERS = list(itertools.permutations(KINDS))


@pytest.mark.parametrize("counts", COUNTS, ids=str)
def test_a_chargeback_after_release_ends_the_same_however_often_it_is_told(client, start, counts):
    # Each number of deliveries in one of the six orders, so that all are met several times.
    told = dict(zip(KINDS, counts, strict=True))
    deliveries = [
        kind for kind in ORDERS[COUNTS.index(counts) % len(ORDERS)] for _ in range(told[kind])
    ]
    end = _story(client, start, deliveries)
    assert end["chargebacks"] == [("won", 10_500)]
    # What was clawed back is owed and due again; the next payout nets the two.
    assert (end["order"][0], end["seller"] + end["debt"]) == ("settled", 0)
    assert [row[:2] for row in end["refunds"]] == [("chargeback", "reversed")]
    assert end["stock"] == (2, 0, 1)
    assert end["transfers"] == ONE_END


@pytest.mark.parametrize("order_of", ORDERS, ids="-".join)
def test_all_orders_of_hooks_leave_the_very_same_books(client, start, order_of):
    end = _story(client, start, order_of)
    assert end["chargebacks"] == [("won", 10_500)]
    assert end["seller"] + end["debt"] == 0
    assert end["transfers"] == ONE_END
