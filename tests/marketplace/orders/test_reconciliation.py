"""The nightly comparison names every way in which two books can disagree."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse

from marketplace.inbox.models import Message
from marketplace.ledger import services as ledger
from marketplace.orders.models import (
    ReconciliationDifference,
    ReconciliationRun,
    Refund,
    SandboxEntry,
)
from marketplace.orders.queries import reconciliation
from marketplace.orders.services import accounts, payout, refund
from marketplace.orders.services.payment import provider, receive
from marketplace.orders.services.reconciliation import read_book, reconcile
from marketplace.outbox import registry
from marketplace.outbox.models import Job
from tests.factories.accounts import make_staff
from tests.factories.orders import NOON, make_goods, make_order
from tests.factories.outbox import drain
from tests.marketplace.orders.books import assert_books_agree

pytestmark = pytest.mark.django_db
SOON = NOON + timedelta(hours=2)
NIGHT = NOON + timedelta(hours=12)


@pytest.fixture
def order():
    """A settled order with a refund and a payout, and a second one that waits to be sent."""
    order = make_order(make_goods(price_minor=10_000), state="settled")
    make_order(make_goods(price_minor=700), state="paid_held")
    give_back(order)
    payout.pay_out(shop_id=order.shop_id, period="one", at=SOON)
    drain(at=SOON)
    assert_books_agree()
    return order


def give_back(order, key="form-1", goods=1_000):
    refund.give_back(
        order_id=order.pk,
        by_id=order.shop.owner_id,
        key=key,
        goods_minor=goods,
        shipping_minor=0,
        reason="A crack.",
        at=SOON,
    )


def night(at=NIGHT):
    return reconcile(day=at.date(), lines=read_book(), at=at)


def found(at=NIGHT):
    differences = reconciliation.compare(lines=read_book(), at=at).differences
    return [
        (one.kind, one.subject.split(":")[0], one.ledger_minor, one.provider_minor)
        for one in differences
    ]


def at_provider(kind, **facts):
    """The provider's line of one kind, changed behind everybody's back."""
    entries = SandboxEntry.objects.filter(kind=kind)
    return entries.update(**facts) if facts else entries.order_by("pk").first()


def test_books_that_agree_leave_a_run_with_its_size_and_wake_nobody(order):
    make_staff()
    run = night()

    assert (run.found, run.matched) == (0, 4)  # two charges, a refund, a payout
    assert (run.ledger_entries, run.provider_lines) == (4, 4)
    assert not Message.objects.filter(kind="orders.books_differ").exists()


def test_a_refund_the_provider_has_lost_is_named(order):
    at_provider("refund").delete()
    assert found() == [("missing_at_provider", "refund", -1_000, 0)]


def test_a_charge_the_provider_does_not_know_is_named(order):
    at_provider("charge").delete()
    assert found() == [("missing_at_provider", "payment", 10_000, 0)]


def test_money_the_provider_moved_without_us_is_named(order):
    provider().payout(key="by-hand", account="IBAN", currency="EUR", amount_minor=55, at=SOON)
    assert found() == [("missing_in_ledger", "by-hand", 0, -55)]


def test_a_charge_that_was_never_booked_is_named(order):
    provider().charge(key="payment:999:1", card="tok_ok", currency="EUR", amount_minor=42, at=SOON)
    assert found() == [("missing_in_ledger", "payment", 0, 42)]


@pytest.mark.parametrize(
    ("kind", "ours", "theirs"), [("refund", -1_000, -900), ("payout", -8_730, -900)]
)
def test_another_amount_is_named_with_both(order, kind, ours, theirs):
    at_provider(kind, amount_minor=900)
    assert found() == [("amount", kind, ours, theirs)]


def test_a_refund_sent_twice_under_another_name_is_named_as_that(order):
    charge_ref = at_provider("refund").behaviour
    provider().refund(
        key="again-by-hand", charge_ref=charge_ref, currency="EUR", amount_minor=1_000, at=SOON
    )
    assert found() == [("twice", "refund", -1_000, -2_000)]
    [named] = reconciliation.compare(lines=read_book(), at=NIGHT).differences
    assert named.subject == Refund.objects.get().ref
    assert len(named.provider_refs) == 2


def test_a_charge_taken_twice_is_named_at_once_however_young(order):
    charge = at_provider("charge")
    payment, _colon, attempt = charge.idempotency_key.rpartition(":")
    provider().charge(
        key=f"{payment}:{int(attempt) + 1}",
        card="tok_ok",
        currency="EUR",
        amount_minor=charge.amount_minor,
        at=NIGHT,
    )
    assert found() == [("twice", "payment", 10_000, 20_000)]


def test_a_transfer_that_nobody_foresaw_is_named(order):
    at = {"currency": "EUR", "at": SOON}
    ledger.post(
        key="correction:1",
        kind="correction",
        entries={accounts.provider(**at): -5, accounts.fees(**at): 5},
        ref="platform",
        actor="user:1",
        at=SOON,
    )
    assert found() == [("missing_at_provider", "correction", 5, 0)]


def test_a_refund_owed_for_too_long_is_late(order):
    give_back(order, key="form-2", goods=300)
    assert found(SOON) == []
    assert found() == [("late", "refund", -300, 0)]


def test_what_is_younger_than_an_hour_is_on_its_way(order):
    provider().payout(key="payout:999", account="IBAN", currency="EUR", amount_minor=55, at=NIGHT)
    assert found(NIGHT + timedelta(minutes=59)) == []
    assert len(found(NIGHT + timedelta(minutes=60))) == 1


def test_a_payout_that_came_back_is_no_difference(order):
    order.shop.payout_account_sealed = "refuse me"
    order.shop.save(update_fields=["payout_account_sealed"])
    make_order(make_goods(price_minor=5_000, shop=order.shop), state="settled")
    payout.pay_out(shop_id=order.shop_id, period="two", at=SOON)
    drain(at=SOON)
    assert found() == []


@pytest.mark.parametrize("won", [None, True, False])
@pytest.mark.parametrize("state", ["paid_held", "shipped", "settled"])
def test_a_bank_s_case_is_one_movement_however_it_ends(order, won, state):
    disputed = make_order(make_goods(price_minor=3_000), state=state)
    give_back(disputed, key="form-9", goods=500)
    drain(at=SOON)
    sandbox = provider()
    case = sandbox.charge_back(charge_key=disputed.payment.charge_key, at=SOON)
    if won is not None:
        sandbox.decide(case=case, won=won, at=SOON)
    assert found() != [] or won is True
    for entry in SandboxEntry.objects.filter(events_due__gt=0).order_by("pk"):
        receive(event=sandbox.news_of(entry), at=SOON)
    drain(at=SOON)
    assert found() == []
    assert_books_agree()


def test_a_night_is_compared_once_and_staff_are_told_once(order):
    staff = make_staff()
    at_provider("refund", amount_minor=900)

    first, again = night(), night(NIGHT + timedelta(hours=3))

    assert first == again
    assert (ReconciliationRun.objects.count(), ReconciliationDifference.objects.count()) == (1, 1)
    message = Message.objects.get(kind="orders.books_differ")
    assert message.user == staff
    assert message.link == reverse("admin:orders_reconciliationrun_change", args=[first.pk])
    assert night(NIGHT + timedelta(days=1)).found == 1
    assert Message.objects.filter(kind="orders.books_differ").count() == 2


def test_the_clock_compares_and_staff_read_it_in_the_admin(client, order):
    at_provider("refund", amount_minor=900)
    registry.periodics["orders.reconcile"].handler(NIGHT)
    registry.periodics["orders.reconcile"].handler(NIGHT)
    drain()

    assert Job.objects.filter(kind="orders.reconcile_day", state="done").count() == 1
    run = ReconciliationRun.objects.get()
    client.force_login(make_staff())
    page = client.get(reverse("admin:orders_reconciliationrun_change", args=[run.pk]))
    assert "-900" in page.content.decode()
    assert client.get(reverse("admin:orders_reconciliationrun_changelist")).status_code == 200
    assert client.get(reverse("admin:orders_reconciliationrun_add")).status_code == 403


def test_the_command_names_each_movement(order, capsys):
    at_provider("refund", amount_minor=900)
    with pytest.raises(SystemExit):
        call_command("reconcile")
    said = capsys.readouterr().out
    assert f"{Refund.objects.get().ref}: Both have it, with different amounts" in said
