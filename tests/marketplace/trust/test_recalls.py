"""A proven fake: its money stops, its buyers are paid, and who bears it in the end."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from credit.scoring.queries import features
from marketplace.errors import WrongState
from marketplace.inbox.models import Message
from marketplace.orders.models import Advance, EscrowState, OrderState, Refund, RefundKind
from marketplace.orders.queries import reserve_minor
from marketplace.orders.services import escrow, payout
from marketplace.outbox import services as outbox
from marketplace.outbox.models import Job, JobState
from marketplace.reasons.models import StatementOfReasons
from marketplace.trust import rules, services
from marketplace.trust.models import Recall, RecallState, Strike
from marketplace.trust.services import recalls
from tests.factories.accounts import make_person, make_staff
from tests.factories.listings import make_listing, make_variant
from tests.factories.orders import NOON, make_goods, make_group, make_order
from tests.marketplace.orders.books import assert_books_agree, balance_minor

pytestmark = pytest.mark.django_db
AT = NOON + timedelta(hours=6)
REF = "decision:77"
KINDS = (recalls.LIST, recalls.ONE, recalls.UNDO)


def prove_fake(listing, *, policy="counterfeit", ref=REF, at=AT, by=None):
    services.take_down(
        listing_id=listing.pk,
        decision_ref=ref,
        policy=policy,
        severity=3,
        facts="The title says “N1ke”.",
        explanation="Goods must not carry a disguised name.",
        by_id=(by or make_staff()).pk,
        automated_detection=True,
        at=at,
    )


def undo(*, ref=REF, at=AT):
    services.restore(decision_ref=ref, voided_by_ref="decision:78", by_id=make_staff().pk, at=at)


def work(*, at=AT):
    """Do the recall's jobs, and those they ask for; nobody takes the ruling back before."""
    done = 0
    Job.objects.filter(kind__in=KINDS).update(run_at=recalls.AT_ONCE)
    while waiting := Job.objects.filter(kind__in=KINDS, state=JobState.PENDING).order_by("pk"):
        done += sum(outbox.run(job_id=job.pk, at=at) for job in waiting)
    return done


def goods_of(order):
    return order.lines.first().variant.listing


def fresh(*rows):
    for row in rows:
        row.refresh_from_db()


def shop_money(order):
    ref = order.shop.ref
    return balance_minor("seller_payable", ref), balance_minor("seller_debt", ref)


def test_the_money_of_a_fake_stops_in_the_decision_s_own_transaction():
    order = make_order(state="shipped")
    prove_fake(goods_of(order))
    fresh(order.escrow)
    assert order.escrow.frozen_by == REF
    with pytest.raises(WrongState, match="frozen"):
        escrow.confirm(order_id=order.pk, by_id=order.buyer_id, at=AT)
    assert escrow.complete_due(at=AT + timedelta(days=60)) == 0


@pytest.mark.parametrize(
    ("state", "ends"), [("paid_held", OrderState.CANCELLED), ("shipped", OrderState.SETTLED)]
)
def test_held_money_goes_back_whole_and_the_order_ends(state, ends):
    order = make_order(make_goods(shipping_minor=500), state=state)
    prove_fake(goods_of(order))
    work()
    fresh(order, order.escrow)
    refund = Refund.objects.get()
    assert (refund.kind, refund.amount_minor) == (RefundKind.RECALL, order.total_minor)
    assert (order.state, order.kept_minor) == (ends, 0)
    assert order.escrow.state == EscrowState.REFUNDED
    assert Recall.objects.get().state == RecallState.HELD
    told = Message.objects.filter(user=order.buyer, subject__contains="fakes")
    assert told.count() == 1
    assert_books_agree()


def test_only_the_fake_s_part_of_an_order_goes_back():
    fake = make_goods(shipping_minor=500)
    honest = make_variant(listing=make_listing(shop=fake.listing.shop), price_minor=900)
    order = make_order(fake, honest, state="paid_held")
    prove_fake(fake.listing)
    work()
    fresh(order, order.escrow)
    assert Refund.objects.get().amount_minor == 1250
    assert (order.state, order.kept_minor) == (OrderState.PAID_HELD, 1400)
    assert (order.escrow.state, order.escrow.frozen_by) == (EscrowState.OPEN, "")
    assert order.open_units() == 1
    assert_books_agree()


def test_released_money_is_paid_by_the_platform_first_and_then_by_the_shop():
    order = make_order(state="settled")
    before = shop_money(order)
    prove_fake(goods_of(order))
    work()
    refund = Refund.objects.get()
    row = Recall.objects.get()
    assert (refund.advance, row.state) == (Advance.OPEN, RecallState.ADVANCED)
    assert shop_money(order) == before
    assert balance_minor("refund_advances", "platform") == -refund.net_minor
    assert reserve_minor(shop=order.shop, at=AT) == refund.net_minor
    assert payout.pay_out(shop_id=order.shop_id, period="one", at=AT) is None
    assert_books_agree()

    assert recalls.recover_due(at=AT + timedelta(days=30, seconds=-1)) == 0
    assert recalls.recover_due(at=AT + timedelta(days=30)) == 1
    assert recalls.recover_due(at=AT + timedelta(days=31)) == 0
    fresh(refund, row)
    assert (refund.advance, row.state) == (Advance.RECOVERED, RecallState.RECOVERED)
    assert shop_money(order) == (before[0] - refund.net_minor, 0)
    assert balance_minor("refund_advances", "platform") == 0
    assert_books_agree()


def test_what_the_shop_has_spent_becomes_its_debt():
    order = make_order(state="settled")
    payout.pay_out(shop_id=order.shop_id, period="one", at=AT)
    prove_fake(goods_of(order))
    work()
    recalls.recover_due(at=AT + timedelta(days=30))
    net = Refund.objects.get().net_minor
    assert shop_money(order) == (0, -net)
    assert_books_agree()


def test_an_open_appeal_stops_the_clock_and_a_lost_one_starts_it():
    order = make_order(state="settled")
    prove_fake(goods_of(order))
    work()
    assert services.wait_for_appeal(decision_ref=REF, at=AT) == 1
    assert recalls.recover_due(at=AT + timedelta(days=90)) == 0
    assert services.appeal_lost(decision_ref=REF, at=AT) == 1
    assert recalls.recover_due(at=AT) == 1


@pytest.mark.parametrize("state", ["shipped", "settled", "recovered"])
def test_a_won_appeal_gives_the_shop_its_money_and_the_buyer_keeps_the_refund(state):
    order = make_order(state="settled" if state == "recovered" else state)
    twin = make_order(state="settled")
    prove_fake(goods_of(order))
    work()
    if state == "recovered":
        recalls.recover_due(at=AT + timedelta(days=30))
    undo()
    work()
    assert shop_money(order) == shop_money(twin)
    assert Recall.objects.get().state == RecallState.MADE_GOOD
    assert Refund.objects.get().amount_minor == order.total_minor
    assert balance_minor("refund_advances", "platform") == 0
    assert balance_minor("goodwill_costs", "platform") == -Refund.objects.get().net_minor
    assert recalls.undo(decision_ref=REF, at=AT) == 0
    assert_books_agree()


def test_a_decision_undone_before_its_jobs_ran_moves_no_money():
    order = make_order(state="shipped")
    prove_fake(goods_of(order))
    undo()
    work()
    fresh(order.escrow)
    assert (order.escrow.frozen_by, Refund.objects.count()) == ("", 0)
    escrow.confirm(order_id=order.pk, by_id=order.buyer_id, at=AT)
    assert_books_agree()


def test_the_seller_reads_why_before_any_money_moves():
    order = make_order(state="settled")
    prove_fake(goods_of(order))
    statement = StatementOfReasons.objects.get(source=f"{REF}:recall")
    assert statement.decision_monetary
    assert statement.addressee == order.shop.owner
    assert "30 days" in statement.explanation
    work()
    assert Recall.objects.get().statement == statement


def test_other_breaches_and_goods_nobody_bought_move_no_money():
    order = make_order(state="shipped")
    prove_fake(goods_of(order), policy="misleading")
    prove_fake(make_listing(), ref="decision:79")
    unpaid = make_group().orders.get()
    prove_fake(goods_of(unpaid), ref="decision:80")
    assert work() == 0
    assert not Refund.objects.exists()
    assert not StatementOfReasons.objects.filter(source__endswith=":recall").exists()


def test_a_job_that_comes_twice_pays_once():
    order = make_order(state="settled")
    prove_fake(goods_of(order))
    work()
    facts = {"decision_ref": REF, "listing_id": goods_of(order).pk, "order_id": order.pk}
    recalls.recall_order(**facts, at=AT)
    recalls.ask_for_orders(decision_ref=REF, listing_id=goods_of(order).pk, at=AT)
    assert work() == 0
    assert Refund.objects.count() == Recall.objects.count() == 1
    assert_books_agree()


def test_a_recalled_sale_earns_no_credit_until_the_decision_is_undone():
    order = make_order(state="settled", buyer=make_person())
    before = features(shop_id=order.shop_id, at=AT)
    prove_fake(goods_of(order))
    work()
    assert features(shop_id=order.shop_id, at=AT).buyers is None
    undo()
    work()
    assert features(shop_id=order.shop_id, at=AT) == before


def test_the_database_knows_the_moves_of_a_recall_and_of_an_advance():
    with connection.cursor() as cursor:
        cursor.execute("SELECT old_state, new_state FROM trust_recall_moves()")
        assert set(cursor.fetchall()) == rules.RECALL_MOVES
    order = make_order(state="settled")
    prove_fake(goods_of(order))
    work()
    recalls.recover_due(at=AT + timedelta(days=30))
    for wrong in (
        lambda: Refund.objects.update(advance=Advance.OPEN),
        lambda: Recall.objects.update(state=RecallState.HELD, ended_at=None),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()
    assert Strike.objects.get().voided_at is None


@pytest.mark.django_db(transaction=True)
def test_eight_hands_at_once_pay_and_take_once():
    order = make_order(state="settled")
    prove_fake(goods_of(order))
    facts = {"decision_ref": REF, "listing_id": goods_of(order).pk, "order_id": order.pk}
    at_once(lambda: recalls.recall_order(**facts, at=AT))
    at_once(lambda: recalls.recover_due(at=AT + timedelta(days=30)))
    assert Refund.objects.count() == Recall.objects.count() == 1
    assert Recall.objects.get().state == RecallState.RECOVERED
    undo()
    at_once(lambda: recalls.undo(decision_ref=REF, at=AT))
    assert balance_minor("goodwill_costs", "platform") == -Refund.objects.get().net_minor
    assert_books_agree()


@pytest.mark.django_db(transaction=True)
def test_a_release_and_a_recall_at_once_end_with_the_buyer_paid_once():
    order = make_order(state="shipped")
    goods, buyer_id = goods_of(order), order.buyer_id
    facts = {"decision_ref": REF, "listing_id": goods.pk, "order_id": order.pk}

    def either(number):
        if number == 0:
            prove_fake(goods)
        else:
            with suppress(WrongState):
                escrow.confirm(order_id=order.pk, by_id=buyer_id, at=AT)

    at_once(either, numbered=True)
    recalls.recall_order(**facts, at=AT)
    order.refresh_from_db()
    assert (order.state, order.kept_minor) == (OrderState.SETTLED, 0)
    assert Refund.objects.get().amount_minor == order.total_minor
    assert_books_agree()


def at_once(act, *, numbered=False):
    """Do the same eight times at once; return what came of each."""

    def one(number):
        try:
            return act(number) if numbered else act()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, range(8)))
