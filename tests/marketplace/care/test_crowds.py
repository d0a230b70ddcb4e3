"""Both sides at once, through the real services on real connections."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from marketplace.care.models import Dispute, Review, Ruling
from marketplace.care.services import clock, opening, reviews, rulings, talk
from marketplace.care.services.reviews import recount
from marketplace.errors import MarketplaceError
from marketplace.orders.models import Escrow, Refund
from marketplace.orders.services import escrow
from tests.factories.accounts import make_staff
from tests.factories.care import OPENED, TEXT, make_dispute, make_ruling
from tests.factories.orders import make_goods, make_order
from tests.marketplace.orders.books import assert_books_agree

pytestmark = pytest.mark.django_db(transaction=True)
LATER = OPENED + timedelta(hours=5)
DAY = timedelta(days=1)


def at_once(*works):
    """Run all on connections of their own; a refusal is its name, anything else is raised."""

    def one(work):
        try:
            work()
        except MarketplaceError as error:
            return type(error).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def test_eight_equal_forms_open_one_dispute():
    order = make_order(state="shipped")
    ask = {"order_id": order.pk, "by_id": order.buyer_id, "key": "form", "reason": "damaged"}
    ask |= {"wants": "money", "text": TEXT, "at": OPENED}
    assert at_once(*[lambda: opening.open_dispute(**ask)] * 8) == ["done"] * 8
    assert Dispute.objects.count() == 1
    assert Escrow.objects.get().frozen_by == Dispute.objects.get().ref


def test_eight_acceptances_of_one_offer_give_the_money_once():
    dispute = make_dispute()
    made = talk.offer(
        dispute_id=dispute.pk,
        by_id=dispute.order.shop.owner_id,
        key="f",
        kind="money",
        amount_minor=300,
        at=LATER,
    )
    buyer_id = dispute.order.buyer_id
    accept = [lambda: talk.accept(offer_id=made.pk, by_id=buyer_id, at=LATER)] * 8
    assert at_once(*accept) == ["done"] * 8
    assert Refund.objects.get().amount_minor == 300
    assert_books_agree()


@pytest.mark.parametrize("turn", range(3))
def test_accepting_withdrawing_and_the_clock_at_once_end_it_in_exactly_one_way(turn):
    dispute = make_dispute()
    owner_id, buyer_id = dispute.order.shop.owner_id, dispute.order.buyer_id
    made = talk.offer(
        dispute_id=dispute.pk, by_id=buyer_id, key="f", kind="money", amount_minor=300, at=LATER
    )
    late = OPENED + 3 * DAY
    works = [
        lambda: talk.accept(offer_id=made.pk, by_id=owner_id, at=late),
        lambda: talk.withdraw(dispute_id=dispute.pk, by_id=buyer_id, at=late),
        lambda: clock.apply_due(at=late),
        lambda: escrow.complete_due(at=late + 30 * DAY),
    ]
    at_once(*works[turn:], *works[:turn])
    dispute.refresh_from_db()
    given = sum(one.amount_minor for one in Refund.objects.all())
    by_state = {"settled": 300, "withdrawn": 0, "closed": dispute.amount_minor}
    assert given == by_state[dispute.state]
    assert Escrow.objects.get().frozen_by == ""
    assert_books_agree()


def test_eight_rulings_and_eight_answers_to_the_appeal_have_one_effect_each():
    dispute, judge, other = make_dispute(state="escalated"), make_staff(), make_staff()
    assert at_once(*[lambda: make_ruling(dispute, by=judge)] * 8) == ["done"] * 8
    row = rulings.appeal(
        ruling_id=Ruling.objects.get().pk,
        by_id=dispute.order.shop.owner_id,
        text="It left whole; look at the photo.",
        at=LATER,
    )
    ask = {"appeal_id": row.pk, "by_id": other.pk, "changed": True, "kind": "nothing"}
    ask |= {"answer": "The photo shows it whole.", "at": LATER}
    assert at_once(*[lambda: rulings.decide_appeal(**ask)] * 8) == ["done"] * 8
    assert (Ruling.objects.count(), Refund.objects.count()) == (2, 1)
    assert_books_agree()


def test_many_reviews_of_one_listing_at_once_are_all_counted():
    goods = make_goods(on_hand=99)
    orders = [make_order(goods, state="settled") for _ in range(8)]
    works = [
        lambda order=order: reviews.post(
            line_id=order.lines.get().pk, by_id=order.buyer_id, stars=4, text="", at=LATER
        )
        for order in orders
        for _ in range(2)
    ]
    assert at_once(*works) == ["done"] * 16
    assert Review.objects.count() == 8
    assert recount() == 0


def test_clocks_of_two_processes_share_the_work():
    for _ in range(6):
        make_dispute(key=uuid.uuid4().hex)
    late = OPENED + 3 * DAY
    at_once(*[lambda: clock.apply_due(at=late)] * 3)
    clock.apply_due(at=late)
    assert Refund.objects.count() == 6
    assert not Dispute.objects.filter(ended_at=None).exists()
    assert_books_agree()
