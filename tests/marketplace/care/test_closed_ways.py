"""Ways by which one side of a dispute could take more than is his; each is closed."""

import pytest

from marketplace.care import queries as care
from marketplace.care.services import clock, returns, reviews, rulings, talk
from marketplace.errors import MarketplaceError, NotAllowed, WrongState
from marketplace.orders.models import Order, Refund
from tests.factories.accounts import make_staff
from tests.factories.care import OPENED, make_dispute, make_ruling
from tests.factories.orders import make_goods, make_order
from tests.marketplace.care.sides import (
    DAY,
    LATER,
    buyer,
    offered,
    owner,
    priced,
    sent_back,
    two_lines,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", ["money", "return"])
def test_after_an_agreed_return_went_wrong_both_can_still_agree(kind):
    dispute = make_dispute(priced(5_000, "shipped"), wants="return")
    sent_back(dispute)
    talk.escalate(
        dispute_id=dispute.pk, by_id=owner(dispute), text="Something is missing.", at=LATER
    )
    try:
        again = offered(dispute, kind=kind, at=LATER + DAY)
    except MarketplaceError:
        assert kind == "return"  # refused is a good answer: the goods are on their way already
        return
    talk.accept(offer_id=again.pk, by_id=buyer(dispute), at=LATER + DAY)
    clock.apply_due(at=LATER + 60 * DAY)  # the shop, which has the goods, is silent
    assert Refund.objects.filter(order=dispute.order_id).exists()


@pytest.mark.parametrize("kind", ["nothing", "money"])
def test_what_staff_have_decided_about_a_whole_order_is_not_disputed_anew(kind):
    order = two_lines(state="settled")
    dispute = make_dispute(order, state="escalated")
    more = {} if kind == "nothing" else {"amount_minor": 100}
    make_ruling(dispute, kind=kind, **more)
    with pytest.raises(WrongState):
        make_dispute(order, at=OPENED + DAY)


def test_a_ruled_line_does_not_come_back_as_a_dispute_about_all():
    order = two_lines(state="settled")
    line = order.lines.first()
    make_ruling(make_dispute(order, line_id=line.pk, state="escalated"), kind="nothing")
    try:
        again = make_dispute(order, at=OPENED + DAY)
    except MarketplaceError:
        return
    assert again.goods_minor <= order.goods_minor - line.line_total_minor


def test_staff_note_no_delivery_of_their_own_return():
    staff = make_staff()
    order = make_order(make_goods(), state="shipped", buyer=staff)
    dispute = make_dispute(order, wants="return")
    sent_back(dispute)
    with pytest.raises(NotAllowed):
        returns.mark_delivered(dispute_id=dispute.pk, by_id=staff.pk, at=LATER + DAY)


def test_an_open_appeal_stops_the_clock_of_a_return():
    dispute = make_dispute(priced(5_000, "shipped"), wants="return", state="escalated")
    ruling = make_ruling(dispute, kind="return", at=LATER)
    sent_back(dispute, by_ruling=True)  # a made-up number: nothing was sent
    rulings.appeal(
        ruling_id=ruling.pk, by_id=owner(dispute), text="Nothing has come back.", at=LATER + DAY
    )
    clock.apply_due(at=LATER + 20 * DAY)
    assert not Refund.objects.exists()


def test_goods_that_both_sides_agree_never_came_are_not_reviewed():
    dispute = make_dispute(priced(5_000, "shipped"), reason="not_arrived")
    made = offered(dispute, kind="money")
    talk.accept(offer_id=made.pk, by_id=buyer(dispute), at=LATER)
    order = Order.objects.get(pk=dispute.order_id)
    assert order.state == "settled"
    with pytest.raises(WrongState):
        reviews.post(line_id=order.lines.get().pk, by_id=order.buyer_id, stars=1, text="", at=LATER)


def test_disputes_that_the_buyer_won_by_silence_are_not_fruitless():
    order = two_lines()
    at = OPENED
    for line in order.lines.all()[:2]:
        make_dispute(order, line_id=line.pk, amount_minor=100, at=at)
        at += 10 * DAY
        clock.apply_due(at=at)
    assert care.why_no_dispute(Order.objects.get(pk=order.pk), at=at) == ""
