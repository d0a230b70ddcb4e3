from datetime import timedelta

import pytest

from marketplace.errors import BadInput, KeyReused, PaymentRefused
from marketplace.inbox.models import Message
from marketplace.ledger.models import Transfer
from marketplace.orders.models import (
    Escrow,
    Order,
    OrderState,
    PaymentState,
    ProviderEvent,
    SandboxEntry,
)
from marketplace.orders.providers.payments import ProviderNews
from marketplace.orders.providers.sandbox import Sandbox
from marketplace.orders.services import payment, payout
from marketplace.outbox.models import Event
from tests.factories.orders import NOON, make_goods, make_group
from tests.marketplace.orders.books import assert_books_agree, balance_minor

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=5)


def pay(group, card="tok_ok", at=LATER):
    return payment.pay(group_id=group.pk, card=card, at=at)


def event_of(group, **more):
    entry = SandboxEntry.objects.get(kind="charge")
    told = {
        "event_id": "evt_1",
        "kind": "charge.succeeded",
        "key": entry.idempotency_key,
        "provider_ref": entry.provider_ref,
        "currency": entry.currency,
        "amount_minor": entry.amount_minor,
    }
    return ProviderNews(**{**told, **more})


def test_a_paid_order_is_held_sold_and_told_to_both():
    tea = make_goods(on_hand=5)
    group = make_group(tea, quantity=2)

    [paid] = pay(group)

    order = group.orders.get()
    assert (paid.state, order.state, order.paid_at) == ("succeeded", "paid_held", LATER)
    assert order.ship_by == LATER + timedelta(days=7)
    assert balance_minor("escrow", order.ref) == order.total_minor
    tea.refresh_from_db()
    assert (tea.on_hand, tea.reserved, tea.sold) == (3, 0, 2)
    assert Event.objects.filter(name="order.paid", subject=order.ref).count() == 1
    assert set(Message.objects.values_list("user_id", flat=True)) == {
        order.buyer_id,
        order.shop.owner_id,
    }
    assert_books_agree()


@pytest.mark.parametrize("card", ["tok_ok", "tok_repeat"])
def test_paying_twice_charges_once(card):
    group = make_group()

    pay(group, card)
    pay(group, card)
    drain_events()

    assert SandboxEntry.objects.filter(kind="charge").count() == 1
    assert Transfer.objects.count() == Escrow.objects.count() == 1
    assert ProviderEvent.objects.count() == 1
    assert_books_agree()


def drain_events(at=LATER + timedelta(minutes=2)):
    sandbox = payment.provider()
    sandbox.settle(at=at)
    return sandbox.send_due(at=at)


def test_an_event_that_overtakes_the_answer_completes_the_payment_once():
    group = make_group()
    states = []

    def watch(event, at):
        payment.receive(event=event, at=at)
        states.append(Order.objects.get(group=group).state)

    opened = payment._begin(payment_id=group.payments.get().pk, at=LATER)
    Sandbox(tell=watch).charge(
        key=opened.charge_key, card="tok_repeat", currency="EUR", amount_minor=1250, at=LATER
    )
    assert states == ["paid_held"]
    pay(group, "tok_repeat")

    assert drain_events() == 2
    assert drain_events() == 0
    assert Transfer.objects.count() == 1
    assert_books_agree()


def test_a_crash_between_charge_and_booking_is_healed_by_the_event():
    group = make_group()
    opened = payment._begin(payment_id=group.payments.get().pk, at=LATER)
    payment.provider().charge(
        key=opened.charge_key, card="tok_ok", currency="EUR", amount_minor=1250, at=LATER
    )
    assert payout.reconcile() != []

    drain_events()

    assert group.orders.get().state == OrderState.PAID_HELD
    assert_books_agree()


def test_a_declined_card_takes_nothing_and_another_may_be_tried():
    group = make_group()

    with pytest.raises(PaymentRefused):
        pay(group, "tok_declined")
    assert group.payments.get().state == PaymentState.FAILED
    assert not Transfer.objects.exists()

    pay(group, "tok_ok")
    assert group.orders.get().state == OrderState.PAID_HELD
    assert_books_agree()


def test_a_delayed_card_waits_for_its_event():
    group = make_group()

    [waiting] = pay(group, "tok_delayed")
    [again] = pay(group, "tok_ok")
    assert waiting.state == again.state == PaymentState.PENDING
    assert SandboxEntry.objects.count() == 1

    drain_events()
    assert group.orders.get().state == OrderState.PAID_HELD
    assert_books_agree()


def test_a_delayed_charge_that_fails_lets_the_buyer_try_again():
    group = make_group()
    pay(group, "tok_delayed")

    payment.receive(event=event_of(group, kind="charge.failed"), at=LATER)

    assert group.payments.get().state == PaymentState.FAILED


def test_an_event_with_another_amount_or_of_nobody_is_refused_and_not_stored():
    group = make_group()
    pay(group, "tok_delayed")

    for wrong in ({"amount_minor": 1}, {"currency": "USD"}, {"key": "payment:0:1"}, {"key": "x"}):
        with pytest.raises(BadInput):
            payment.receive(event=event_of(group, **wrong), at=LATER)
    assert not ProviderEvent.objects.exists()


def test_the_sandbox_refuses_a_key_with_another_amount():
    pay(make_group())
    entry = SandboxEntry.objects.get()

    with pytest.raises(KeyReused):
        payment.provider().charge(
            key=entry.idempotency_key, card="tok_ok", currency="EUR", amount_minor=1, at=LATER
        )
