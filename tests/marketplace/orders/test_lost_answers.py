"""Answers of the provider that never came: a clock asks, and nothing is charged or paid twice."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from marketplace.errors import WrongState
from marketplace.orders import queries, tasks
from marketplace.orders.models import (
    Escrow,
    Order,
    OrderState,
    Payment,
    PaymentState,
    Payout,
    PayoutState,
    ProviderEvent,
    Refund,
    SandboxEntry,
)
from marketplace.orders.providers.payments import PENDING, ProviderNews, Result
from marketplace.orders.services import expiry, payment, payout, refund
from marketplace.outbox.models import Job
from tests.factories.accounts import make_person
from tests.factories.orders import NOON, make_goods, make_group, make_order
from tests.factories.outbox import drain
from tests.marketplace.orders.books import assert_books_agree, balance_minor

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=5)
MUCH_LATER = LATER + timedelta(minutes=10)
TOO_LATE = NOON + timedelta(minutes=31)


def charge_and_crash(group, card="tok_ok"):
    """The provider has taken the money, our process died, and its event never came either."""
    opened = payment._begin(payment_id=group.payments.get().pk, at=LATER)
    payment.provider().charge(
        key=opened.charge_key,
        card=card,
        currency=opened.currency,
        amount_minor=opened.amount_minor,
        at=LATER,
    )
    SandboxEntry.objects.update(events_due=0)


def follow_up(at=MUCH_LATER):
    tasks.follow_up(at)
    drain(at=at)


def test_a_charge_whose_answer_and_event_were_lost_is_asked_for_and_completed():
    group = make_group()
    charge_and_crash(group)

    follow_up()
    follow_up(at=MUCH_LATER + timedelta(minutes=10))

    assert group.orders.get().state == OrderState.PAID_HELD
    assert SandboxEntry.objects.count() == Escrow.objects.count() == 1
    assert_books_agree()


def test_a_lost_answer_that_was_no_lets_the_buyer_try_another_card():
    group = make_group()
    charge_and_crash(group, "tok_declined")

    follow_up()
    assert group.payments.get().state == PaymentState.FAILED
    payment.pay(group_id=group.pk, card="tok_ok", at=MUCH_LATER)

    assert group.orders.get().state == OrderState.PAID_HELD
    assert_books_agree()


def test_a_charge_that_never_reached_the_provider_is_given_up_once_its_orders_are_over():
    group = make_group()
    payment._begin(payment_id=group.payments.get().pk, at=LATER)

    follow_up()
    assert group.payments.get().state == PaymentState.STARTED  # the buyer may still press pay
    expiry.expire_due(at=TOO_LATE)
    follow_up(at=TOO_LATE)

    assert group.payments.get().state == PaymentState.FAILED
    with pytest.raises(WrongState):
        payment.pay(group_id=group.pk, card="tok_ok", at=TOO_LATE)
    assert not SandboxEntry.objects.exists()


def test_a_pending_charge_is_asked_for_until_it_is_decided():
    group = make_group()
    payment.pay(group_id=group.pk, card="tok_delayed", at=LATER)

    follow_up()
    assert group.payments.get().state == PaymentState.PENDING
    SandboxEntry.objects.update(outcome="succeeded")
    expiry.expire_due(at=TOO_LATE)
    follow_up(at=TOO_LATE)

    assert group.orders.get().state == OrderState.PAID_HELD
    assert_books_agree()


def test_an_event_that_is_neither_yes_nor_no_changes_nothing():
    group = make_group()
    payment.pay(group_id=group.pk, card="tok_delayed", at=LATER)
    entry = SandboxEntry.objects.get()
    news = ProviderNews(
        event_id="evt_1",
        kind="charge.pending",
        key=entry.idempotency_key,
        provider_ref=entry.provider_ref,
        currency="EUR",
        amount_minor=entry.amount_minor,
    )

    assert payment.receive(event=news, at=LATER)

    assert group.payments.get().state == PaymentState.PENDING
    assert ProviderEvent.objects.count() == 1


def two_currencies():
    buyer = make_person()
    group = make_group(make_goods(currency="EUR"), make_goods(currency="USD"), buyer=buyer)
    return group, *group.orders.order_by("payment__currency")


def test_an_order_called_off_does_not_keep_the_other_currency_from_being_paid():
    group, euros, dollars = two_currencies()
    refund.cancel(order_id=euros.pk, by_id=euros.buyer_id, at=LATER)

    payment.pay(group_id=group.pk, card="tok_ok", at=LATER)

    dollars.refresh_from_db()
    assert dollars.state == OrderState.PAID_HELD
    assert SandboxEntry.objects.get().currency == "USD"
    assert_books_agree()


def test_an_order_called_off_during_its_failed_charge_leaves_the_other_currency_payable():
    group, euros, dollars = two_currencies()
    payment._begin(payment_id=euros.payment_id, at=LATER)
    refund.cancel(order_id=euros.pk, by_id=euros.buyer_id, at=LATER)
    payment.learn(payment_id=euros.payment_id, attempt=1, result=Result("failed", ""), at=LATER)

    payment.pay(group_id=group.pk, card="tok_ok", at=LATER)

    dollars.refresh_from_db()
    assert dollars.state == OrderState.PAID_HELD
    assert SandboxEntry.objects.get().currency == "USD"


def test_nothing_left_to_pay_is_said():
    group, euros, dollars = two_currencies()
    for order in (euros, dollars):
        refund.cancel(order_id=order.pk, by_id=order.buyer_id, at=LATER)

    with pytest.raises(WrongState):
        payment.pay(group_id=group.pk, card="tok_ok", at=LATER)


def test_an_order_called_off_during_a_charge_that_failed_is_not_charged_again():
    tea, rug = make_goods(price_minor=1000), make_goods(price_minor=400)
    group = make_group(tea, rug)
    payment.pay(group_id=group.pk, card="tok_delayed", at=LATER)
    off = Order.objects.get(lines__variant=tea)
    refund.cancel(order_id=off.pk, by_id=off.buyer_id, at=LATER)
    SandboxEntry.objects.update(outcome="failed")
    follow_up()

    [paid] = payment.pay(group_id=group.pk, card="tok_ok", at=MUCH_LATER)

    assert paid.amount_minor == 400
    assert SandboxEntry.objects.get(outcome="succeeded").amount_minor == 400
    assert not Escrow.objects.filter(order=off).exists()
    assert_books_agree()


def owed_refund():
    order = make_order(state="paid_held")
    refund.cancel(order_id=order.pk, by_id=order.shop.owner_id, reason="Sold elsewhere.", at=LATER)
    return order


def kill_job(kind):
    Job.objects.filter(kind=kind).update(state="dead", attempts=5, last_error="PaymentRefused: x")


def test_a_debt_whose_job_died_stays_visible_and_is_tried_again_every_day():
    order = owed_refund()
    kill_job("orders.refund")

    [debt] = queries.refunds_owed(at=LATER + timedelta(hours=2))
    assert (debt.order_id, debt.amount_minor) == (order.pk, order.total_minor)
    follow_up(at=LATER + timedelta(days=1, minutes=1))

    assert Escrow.objects.get().state == "refunded"
    assert not queries.refunds_owed(at=LATER + timedelta(days=2))
    assert SandboxEntry.objects.filter(kind="refund").count() == 1
    assert_books_agree()


def test_reconcile_names_money_owed_back_too_long(capsys):
    order = owed_refund()
    Refund.objects.update(created_at=NOON - timedelta(days=3))

    with pytest.raises(SystemExit):
        call_command("reconcile")

    assert f"order:{order.pk}" in capsys.readouterr().out


def test_a_payout_whose_job_died_is_sent_again_with_its_own_key():
    order = make_order(state="settled")
    payout.pay_out(shop_id=order.shop_id, period="2026-03-02", at=LATER)
    kill_job("orders.payout_send")

    follow_up(at=LATER + timedelta(days=1, minutes=1))

    assert Payout.objects.get().state == PayoutState.PAID
    assert SandboxEntry.objects.filter(kind="payout").count() == 1
    assert_books_agree()


def test_a_payout_on_its_way_is_not_taken_for_a_failed_one():
    order = make_order(state="settled")
    sent = payout.pay_out(shop_id=order.shop_id, period="2026-03-02", at=LATER)

    payout.finish(payout_id=sent.pk, result=Result(PENDING, "sb_1"), at=LATER)

    sent.refresh_from_db()
    assert sent.state == PayoutState.CREATED
    assert balance_minor("seller_payable", order.shop.ref) == 0
    assert list(queries.payouts_late(at=LATER + timedelta(days=1))) == [sent]


def test_a_refund_on_its_way_is_waited_for():
    order = owed_refund()
    owed = order.refunds.get()

    waiting = refund.finish(refund_id=owed.pk, result=Result(PENDING, "sb_1"), at=LATER)

    assert waiting.state == "owed"
    assert balance_minor("refund", owed.ref) == order.total_minor


def test_the_clocks_come_back_until_every_order_is_done(monkeypatch):
    for _ in range(5):
        make_group()
    monkeypatch.setattr(tasks, "BATCH", 2)

    tasks.expire(TOO_LATE)
    assert Order.objects.filter(state=OrderState.EXPIRED).count() == 2
    drain(at=TOO_LATE)

    assert Order.objects.filter(state=OrderState.EXPIRED).count() == 5


def test_one_shop_that_cannot_be_paid_keeps_nobody_else_from_being_paid():
    broken, well = make_order(state="settled"), make_order(state="settled")
    type(broken.shop).objects.filter(pk=broken.shop_id).update(currency="??")

    tasks.pay_out(LATER)
    drain(at=LATER)

    assert Payout.objects.get().shop_id == well.shop_id
    assert Payment.objects.count() == 2
