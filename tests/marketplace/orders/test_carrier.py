"""The carrier's web hooks none, once and three times, early, late and out of order: one end."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.errors import BadInput, KeyReused
from marketplace.inbox.models import Message
from marketplace.orders import rules, tasks
from marketplace.orders.models import (
    Order,
    SandboxParcel,
    SandboxScan,
    Shipment,
    TrackingEvent,
)
from marketplace.orders.providers.carriers import CarrierNews
from marketplace.orders.services import escrow, shipment, tracking
from tests.factories.accounts import make_person
from tests.factories.orders import NOON, make_goods, make_order
from tests.factories.outbox import drain

pytestmark = pytest.mark.django_db
SENT = NOON + timedelta(hours=2)
HOUR = timedelta(hours=1)


def sent(number="SB-OK-1", *, at=SENT):
    order = make_order(state="paid_held", at=at - timedelta(hours=2))
    return shipment.ship(
        order_id=order.pk, by_id=order.shop.owner_id, carrier="Sandbox", tracking=number, at=at
    )


def clock(at):
    """Let the minute's clock run, with the jobs it queues."""
    tasks.queue_parcels(at)
    drain(at=at)


def scan(status, *, parcel=None, hours=48, event_id=None):
    return CarrierNews(
        event_id=event_id or f"{status}-{hours}",
        key=(parcel or Shipment.objects.get()).ref,
        status=status,
        place="Kigali",
        happened_at=SENT + hours * HOUR,
    )


def end():
    """What the parcels and the order have come to, without the moments we heard of it."""
    order, parcel = Order.objects.get(), Shipment.objects.get()
    events = TrackingEvent.objects.order_by("happened_at", "event_id")
    told = Message.objects.filter(kind__in=["order.parcel"]).count()
    return (
        order.state,
        parcel.delivered_at,
        list(events.values_list("event_id", "status", "place", "happened_at")),
        told,
    )


@pytest.mark.parametrize(
    "number", ["SB-OK", "SB-REPEAT-2", "SB-MIXED", "SB-LATE", "SB-SILENT", "sb-ok-lower"]
)
def test_however_the_carrier_tells_it_the_order_is_delivered(number):
    sent(number)
    clock(SENT)
    assert SandboxParcel.objects.get().tracking == number
    for hours in (1, 13, 45, 60, 200):
        clock(SENT + hours * HOUR)

    order, parcel = Order.objects.get(), Shipment.objects.get()
    assert (order.state, parcel.delivered_at) == ("delivered", SENT + 48 * HOUR)
    assert TrackingEvent.objects.count() == 4
    assert SandboxScan.objects.filter(events_due__gt=0).count() == 0
    assert tracking.reconcile(since=NOON, at=SENT + 300 * HOUR) == []


@pytest.mark.parametrize("number", ["SB-FAIL", "SB-BACK", "SB-NOW", "SB-CUSTOMS"])
def test_each_journey_ends_as_its_word_says(number):
    sent(number)
    clock(SENT)
    for hours in (1, 47, 49, 71, 73, 200):
        clock(SENT + hours * HOUR)
    assert Order.objects.get().state == ("shipped" if number == "SB-BACK" else "delivered")


def test_an_unknown_number_keeps_the_longer_clock():
    order = sent("RW123")
    clock(SENT)
    clock(SENT + 100 * HOUR)
    order.refresh_from_db()
    assert (order.state, order.due_at) == ("shipped", SENT + timedelta(days=10))
    assert TrackingEvent.objects.count() == SandboxParcel.objects.count() == 0


def test_a_parcel_without_a_number_is_never_asked_about():
    sent("")
    assert tracking.ask_due(at=SENT + HOUR) == 0


def test_every_order_and_number_of_web_hooks_ends_the_same():
    told = [("failed", 30), ("delivered", 48), ("delivered", 50)]
    ends = set()
    for turn, order_of in enumerate(itertools.permutations(told)):
        for times in (1, 3):
            sent(f"RW-{turn}-{times}")
            for status, hours in order_of * times:
                tracking.receive(told=scan(status, hours=hours), at=SENT + 60 * HOUR)
            ends.add(str(end()))
            wipe()
    assert len(ends) == 1
    assert "'delivered'" in ends.pop()


@given(
    st.lists(st.tuples(st.sampled_from(["out", "delivered", "returned"]), st.integers(-99, 99))),
    st.randoms(),
)
def test_the_moment_of_delivery_does_not_hang_on_the_order_of_scans(scans, chance):
    told = [(status, SENT + hours * HOUR) for status, hours in scans]
    mixed = [*told, *told]
    chance.shuffle(mixed)
    assert rules.delivered_at(mixed, shipped_at=SENT) == rules.delivered_at(told, shipped_at=SENT)
    came = [hours for status, hours in scans if status == "delivered" and hours >= -24]
    expected = SENT + min(came) * HOUR if came else None
    assert rules.delivered_at(mixed, shipped_at=SENT) == expected


def wipe():
    TrackingEvent.objects.all().delete()
    Message.objects.all().delete()
    for parcel in Shipment.objects.all():
        parcel.lines.all().delete()
        parcel.delete()
    Order.objects.get().extensions.all().delete()
    order = Order.objects.get()
    order.lines.all().delete()
    order.escrow.delete()
    order.delete()


def test_a_scan_before_its_parcel_is_refused_and_asked_for_later():
    with pytest.raises(BadInput):
        tracking.receive(told=CarrierNews("e", "shipment:987654", "out", "", SENT), at=SENT)
    for key in ("shipment:", "shipment:²", "order:1", "shipment:" + "9" * 30):
        with pytest.raises(BadInput):
            tracking.receive(told=CarrierNews("e", key, "out", "", SENT), at=SENT)


def test_a_scan_that_lies_ahead_or_has_no_known_state_is_refused():
    sent("RW1")
    with pytest.raises(BadInput):
        tracking.receive(told=scan("delivered", hours=48), at=SENT)
    with pytest.raises(BadInput):
        tracking.receive(told=scan("lost", hours=0), at=SENT)


def test_a_known_scan_cannot_be_put_on_another_parcel():
    sent("RW1")
    first = Shipment.objects.get()
    tracking.receive(told=scan("out", parcel=first, event_id="e", hours=1), at=SENT + HOUR)
    sent("RW2")
    second = Shipment.objects.order_by("pk").last()
    with pytest.raises(KeyReused):
        tracking.receive(
            told=scan("delivered", parcel=second, event_id="e", hours=1), at=SENT + HOUR
        )


def test_a_number_used_before_does_not_shorten_the_buyers_time():
    sent("RW1")
    tracking.receive(told=scan("delivered", hours=-200), at=SENT)
    assert Order.objects.get().state == "shipped"
    assert Shipment.objects.get().delivered_at is None


def sent_to(buyer, goods, number):
    order = make_order(goods, state="paid_held", buyer=buyer)
    owner_id = goods.listing.shop.owner_id
    return shipment.ship(order_id=order.pk, by_id=owner_id, tracking=number, at=SENT)


def arrived(*orders):
    for number, order in enumerate(orders):
        told = scan("delivered", parcel=order.shipments.get(), event_id=f"door-{number}")
        for _turn in range(2):
            tracking.receive(told=told, at=SENT + 50 * HOUR)
    return [Order.objects.get(pk=order.pk).state for order in orders]


@pytest.mark.parametrize("spelt", ["RW 7", "rw7", "Rw-7"])
def test_a_number_on_parcels_to_two_buyers_delivers_to_neither(spelt):
    goods = make_goods(on_hand=9)
    orders = [sent_to(make_person(), goods, number) for number in ("RW7", spelt)]
    assert arrived(*orders) == ["shipped", "shipped"]
    told = Message.objects.filter(kind="order.number_used_twice")
    assert {message.user_id for message in told} == {goods.listing.shop.owner_id}
    assert told.count() == 2


def test_two_orders_of_one_buyer_may_share_a_parcel():
    buyer, goods = make_person(), make_goods(on_hand=9)
    orders = [sent_to(buyer, goods, "RW7") for _turn in range(2)]
    assert arrived(*orders) == ["delivered", "delivered"]


def test_a_number_that_comes_round_again_after_months_counts():
    goods = make_goods(on_hand=9)
    old, new = (sent_to(make_person(), goods, "RW7") for _turn in range(2))
    old.shipments.update(shipped_at=SENT - 2 * tracking.ASK_FOR)
    assert arrived(new) == ["delivered"]


def test_the_buyer_is_told_of_a_delivery_and_of_the_new_date():
    order = sent("RW1")
    for turn in "ab":
        tracking.receive(told=scan("delivered", event_id=turn), at=SENT + 50 * HOUR)
    told = Message.objects.get(kind="order.delivered")
    order.refresh_from_db()
    assert told.user_id == order.buyer_id
    assert f"{order.due_at:%Y}" in told.body


def test_a_delivery_does_not_end_the_time_that_a_dispute_promised():
    order, look = sent("RW1"), SENT + timedelta(days=30)
    escrow.freeze(order_id=order.pk, by_ref="dispute:1", at=SENT)
    escrow.unfreeze(order_id=order.pk, by_ref="dispute:1", due_at=look, at=SENT)
    escrow.extend(order_id=order.pk, by_id=order.buyer_id, key="more", at=SENT)
    tracking.receive(told=scan("delivered"), at=SENT + 50 * HOUR)
    order.refresh_from_db()
    assert order.state == "delivered"
    assert order.due_at == look + timedelta(days=order.extended_days)


def test_all_parcels_must_be_there_before_the_order_is():
    goods = make_goods(on_hand=9)
    order = make_order(goods, state="paid_held", quantity=2)
    line = order.lines.get()
    for key in ("a", "b"):
        shipment.ship(
            order_id=order.pk,
            by_id=order.shop.owner_id,
            tracking=f"RW-{key}",
            quantities={line.pk: 1},
            key=key,
            at=SENT,
        )
    first, second = Shipment.objects.order_by("pk")
    at = SENT + 60 * HOUR
    tracking.receive(told=scan("delivered", parcel=second, event_id="2"), at=at)
    assert Order.objects.get().state == "shipped"
    tracking.receive(told=scan("delivered", parcel=first, event_id="1"), at=at)
    order.refresh_from_db()
    assert (order.state, order.due_at) == ("delivered", at + timedelta(days=3))


def test_trouble_is_told_to_both_sides_once():
    order = sent("RW1")
    at = SENT + 60 * HOUR
    for status in ("failed", "returned"):
        for _turn in range(3):
            tracking.receive(told=scan(status), at=at)
    told = Message.objects.filter(kind="order.parcel").values_list("user_id", flat=True)
    assert sorted(told) == sorted([order.buyer_id, order.shop.owner_id] * 2)


def test_late_scans_of_a_settled_order_are_kept_and_move_nothing():
    make_order(state="settled")
    tracking.receive(told=scan("delivered"), at=SENT + 60 * HOUR)
    assert Order.objects.get().state == "settled"
    assert TrackingEvent.objects.count() == 1


def test_the_clock_asks_four_times_a_day_and_not_for_ever():
    sent("RW1")
    asked = [tracking.ask_due(at=SENT + hours * HOUR) for hours in range(25)]
    assert sum(asked) == 5
    after = SENT + timedelta(days=61)
    assert [tracking.ask_due(at=after), tracking.ask_due(at=after + 100 * HOUR)] == [1, 0]


def test_the_two_books_are_compared_scan_by_scan():
    sent("SB-OK")
    clock(SENT)
    at = SENT + 60 * HOUR
    assert len(tracking.reconcile(since=NOON, at=at)) == 3  # happened, and not told yet
    clock(at)
    assert tracking.reconcile(since=NOON, at=at) == []

    tracking.receive(told=scan("out", event_id="forged"), at=at)
    TrackingEvent.objects.filter(status="accepted").update(status="on_the_way")
    named = tracking.reconcile(since=NOON, at=at)
    assert len(named) == 2
    assert any("forged" in line and "not the carrier's" in line for line in named)
