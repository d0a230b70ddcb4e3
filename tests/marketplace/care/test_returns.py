"""Goods go back, then the money; the books agree at the end of each path."""

import pytest

from marketplace.care.models import DisputeState
from marketplace.care.services import clock, returns, talk
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.orders.models import Refund
from tests.factories.accounts import make_staff
from tests.factories.care import make_dispute
from tests.marketplace.care.sides import DAY, LATER, buyer, offered, owner, two_lines
from tests.marketplace.orders.books import assert_books_agree

pytestmark = pytest.mark.django_db


def sent_back(dispute, at=LATER):
    made = offered(dispute, kind="return")
    talk.accept(offer_id=made.pk, by_id=buyer(dispute), at=at)
    with pytest.raises(WrongState, match="where"):
        returns.send_back(
            dispute_id=dispute.pk, by_id=buyer(dispute), carrier="P", tracking="1", at=at
        )
    for _ in range(2):
        returns.say_where(dispute_id=dispute.pk, by_id=owner(dispute), address="1 Quay", at=at)
        returns.send_back(
            dispute_id=dispute.pk, by_id=buyer(dispute), carrier="Post", tracking="RR1", at=at
        )
    dispute.refresh_from_db()


def test_goods_go_back_then_the_money_when_the_shop_has_them():
    order = two_lines()
    dispute = make_dispute(order, line_id=order.lines.first().pk, wants="return")
    sent_back(dispute)
    assert not Refund.objects.exists()
    with pytest.raises(NotAllowed):
        returns.confirm_arrival(dispute_id=dispute.pk, by_id=buyer(dispute), at=LATER)
    for _ in range(2):
        returns.confirm_arrival(dispute_id=dispute.pk, by_id=owner(dispute), at=LATER + DAY)
    found = Refund.objects.get()
    assert (found.kind, found.amount_minor) == ("return", 1_000)
    assert order.lines.first().refunded_quantity == 1
    dispute.refresh_from_db()
    assert dispute.state == DisputeState.SETTLED
    assert_books_agree()


def test_a_shop_silent_about_a_delivered_return_pays_by_the_clock():
    dispute = make_dispute(wants="return")
    sent_back(dispute)
    assert dispute.due_at == LATER + 14 * DAY
    staff = make_staff()
    for _ in range(2):
        returns.mark_delivered(dispute_id=dispute.pk, by_id=staff.pk, at=LATER + 2 * DAY)
    with pytest.raises(NotAllowed):
        returns.mark_delivered(dispute_id=dispute.pk, by_id=buyer(dispute), at=LATER)
    assert clock.apply_due(at=LATER + 5 * DAY) == 1
    assert Refund.objects.get().kind == "return"
    assert_books_agree()


def test_a_shop_that_never_says_where_to_loses_goods_and_money():
    dispute = make_dispute(wants="return")
    made = offered(dispute, kind="return")
    talk.accept(offer_id=made.pk, by_id=buyer(dispute), at=LATER)
    assert clock.apply_due(at=LATER + 3 * DAY) == 1
    assert Refund.objects.get().kind == "dispute"
    assert_books_agree()


def test_a_buyer_who_never_sends_the_goods_back_gets_nothing():
    dispute = make_dispute(wants="return")
    made = offered(dispute, kind="return")
    talk.accept(offer_id=made.pk, by_id=buyer(dispute), at=LATER)
    returns.say_where(dispute_id=dispute.pk, by_id=owner(dispute), address="1 Quay", at=LATER)
    assert clock.apply_due(at=LATER + 14 * DAY) == 1
    dispute.refresh_from_db()
    assert (dispute.state, dispute.won_by) == (DisputeState.CLOSED, "seller")
    assert not Refund.objects.exists()
    assert_books_agree()


def test_something_wrong_with_the_returned_goods_goes_to_staff():
    dispute = make_dispute(wants="return")
    sent_back(dispute)
    with pytest.raises(BadInput):
        talk.escalate(dispute_id=dispute.pk, by_id=owner(dispute), at=LATER)
    text = "The box was full of stones."
    talk.escalate(dispute_id=dispute.pk, by_id=owner(dispute), text=text, at=LATER)
    dispute.refresh_from_db()
    assert dispute.state == DisputeState.ESCALATED


def test_goods_that_are_on_their_way_are_not_asked_back_again():
    dispute = make_dispute(wants="return")
    sent_back(dispute)
    text = "The box was full of stones."
    talk.escalate(dispute_id=dispute.pk, by_id=owner(dispute), text=text, at=LATER)
    with pytest.raises(BadInput, match="way"):
        offered(dispute, kind="return", at=LATER + DAY)
    made = offered(dispute, kind="money", amount=100, at=LATER + DAY)
    talk.accept(offer_id=made.pk, by_id=buyer(dispute), at=LATER + DAY)
    assert Refund.objects.get().amount_minor == 100
    assert_books_agree()
