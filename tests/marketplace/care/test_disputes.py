"""Opening, talking, silence, withdrawing, by the services; the books agree after each."""

from datetime import timedelta

import pytest

from marketplace.care.models import Dispute, DisputeState, Entry, Offer
from marketplace.care.services import clock, opening, talk
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.inbox.models import Message
from marketplace.orders.models import Escrow, EscrowState, Order, OrderState, Refund
from marketplace.orders.services import escrow, owing
from tests.factories.accounts import make_person
from tests.factories.care import OPENED, TEXT, make_dispute
from tests.factories.orders import make_order
from tests.factories.shops import make_member
from tests.marketplace.care.sides import DAY, LATER, buyer, key, offered, owner, two_lines
from tests.marketplace.orders.books import assert_books_agree, balance_minor

pytestmark = pytest.mark.django_db


def test_a_dispute_freezes_the_money_and_the_clock_of_the_order():
    dispute = make_dispute()
    assert dispute.order.escrow.frozen_by == dispute.ref
    assert not dispute.after_release
    assert dispute.due_at == OPENED + 3 * DAY
    assert escrow.complete_due(at=OPENED + 300 * DAY) == 0
    with pytest.raises(WrongState, match="frozen"):
        escrow.confirm(order_id=dispute.order_id, by_id=buyer(dispute), at=LATER)


def test_only_the_buyer_opens_a_dispute_and_only_with_words_and_an_amount_that_is_there():
    order = make_order(state="shipped")
    ask = {"order_id": order.pk, "by_id": order.buyer_id, "key": key(), "reason": "damaged"}
    ask |= {"wants": "money", "text": TEXT, "at": OPENED}
    with pytest.raises(NotAllowed):
        opening.open_dispute(**ask | {"by_id": order.shop.owner_id})
    for wrong in (
        {"text": "bad"},
        {"reason": "bored"},
        {"wants": "nothing"},
        {"amount_minor": order.total_minor + 1},
        {"amount_minor": 0},
        {"reason": "not_arrived", "wants": "return"},
        {"line_id": make_order().lines.first().pk},
    ):
        with pytest.raises(BadInput):
            opening.open_dispute(**ask | wrong)
    assert not Dispute.objects.exists()
    assert order.escrow.frozen_by == ""


@pytest.mark.parametrize("state", ["awaiting_payment", "paid_held"])
def test_what_was_not_sent_cannot_be_disputed(state):
    with pytest.raises(WrongState):
        make_dispute(make_order(state=state))


def test_the_same_form_sent_twice_opens_one_dispute_and_a_second_form_none():
    order = make_order(state="shipped")
    first = make_dispute(order, key="form-1")
    assert make_dispute(order, key="form-1") == first
    with pytest.raises(WrongState, match="already"):
        make_dispute(order, key="form-2")
    assert Message.objects.filter(kind="dispute.opened").count() == 1


def test_a_silent_seller_loses_after_three_days():
    order = two_lines()
    dispute = make_dispute(order, line_id=order.lines.last().pk)
    assert clock.apply_due(at=OPENED + 3 * DAY - timedelta(seconds=1)) == 0
    assert clock.apply_due(at=OPENED + 3 * DAY) == 1
    assert clock.apply_due(at=OPENED + 3 * DAY) == 0
    dispute.refresh_from_db()
    assert (dispute.state, dispute.won_by) == (DisputeState.CLOSED, "buyer")
    found = Refund.objects.get()
    assert (found.goods_minor, found.shipping_minor) == (2_500, 0)
    assert found.lines.get().line_id == dispute.line_id
    # The order's own clock goes on with the rest.
    order.refresh_from_db()
    assert order.state == OrderState.SHIPPED
    assert Escrow.objects.get(order=order).frozen_by == ""
    assert escrow.complete_due(at=OPENED + 30 * DAY) == 1
    assert_books_agree()


def test_a_silent_buyer_ends_the_dispute_and_the_order_goes_on():
    dispute = make_dispute()
    talk.say(dispute_id=dispute.pk, by_id=owner(dispute), key=key(), text="Sorry, how?", at=LATER)
    assert clock.apply_due(at=LATER + 5 * DAY) == 1
    dispute.refresh_from_db()
    assert (dispute.state, dispute.won_by) == (DisputeState.CLOSED, "seller")
    dispute.order.refresh_from_db()
    assert dispute.order.due_at >= LATER + 8 * DAY
    assert not Refund.objects.exists()
    assert_books_agree()


def test_talk_that_leads_nowhere_goes_to_staff_by_the_clock():
    dispute = make_dispute()
    made = offered(dispute, amount=100)
    talk.refuse(offer_id=made.pk, by_id=buyer(dispute), at=LATER)
    dispute.refresh_from_db()
    assert (dispute.awaits, dispute.due_at) == ("seller", dispute.talk_until)
    assert clock.apply_due(at=dispute.talk_until) == 1
    dispute.refresh_from_db()
    assert (dispute.state, dispute.awaits) == (DisputeState.ESCALATED, "staff")
    assert dispute.due_at == dispute.talk_until + 5 * DAY
    assert clock.apply_due(at=dispute.due_at + 99 * DAY) == 0  # staff are never overruled by it


def test_the_buyer_talks_first_and_may_then_ask_staff():
    dispute = make_dispute()
    with pytest.raises(WrongState, match="Talk first"):
        talk.escalate(dispute_id=dispute.pk, by_id=buyer(dispute), at=LATER)
    talk.say(dispute_id=dispute.pk, by_id=owner(dispute), key=key(), text="No, never.", at=LATER)
    talk.escalate(dispute_id=dispute.pk, by_id=buyer(dispute), at=LATER)
    talk.escalate(dispute_id=dispute.pk, by_id=buyer(dispute), at=LATER)
    assert Entry.objects.filter(kind="escalated").count() == 1


def test_an_accepted_part_of_the_money_goes_back_once_and_the_order_goes_on():
    order = two_lines()
    dispute = make_dispute(order)
    made = offered(dispute, amount=700)
    for _ in range(2):
        talk.accept(offer_id=made.pk, by_id=buyer(dispute), at=LATER)
    dispute.refresh_from_db()
    assert dispute.state == DisputeState.SETTLED
    assert [one.amount_minor for one in Refund.objects.all()] == [700]
    assert Refund.objects.get().lines.count() == 2  # spread over both lines
    assert escrow.complete_due(at=OPENED + 30 * DAY) == 1
    assert Escrow.objects.get(order=order).state == EscrowState.SPLIT
    assert_books_agree()


def test_all_the_money_back_ends_the_order_at_once():
    order = two_lines()
    dispute = make_dispute(order, reason="not_arrived")
    made = offered(dispute)
    talk.accept(offer_id=made.pk, by_id=buyer(dispute), at=LATER)
    order.refresh_from_db()
    assert order.state == OrderState.SETTLED
    assert order.kept_minor == 0
    assert Escrow.objects.get(order=order).state == EscrowState.REFUNDED
    assert [line.refunded_quantity for line in order.lines.all()] == [1, 1]
    assert_books_agree()


def test_nobody_accepts_his_own_offer_and_a_new_one_takes_the_place_of_the_old():
    dispute = make_dispute()
    old = offered(dispute, amount=100)
    with pytest.raises(NotAllowed):
        talk.accept(offer_id=old.pk, by_id=owner(dispute), at=LATER)
    with pytest.raises(NotAllowed):
        talk.accept(offer_id=old.pk, by_id=make_person().pk, at=LATER)
    counter = offered(dispute, by="buyer", amount=200)
    with pytest.raises(WrongState, match="no longer open"):
        talk.accept(offer_id=old.pk, by_id=buyer(dispute), at=LATER)
    talk.accept(offer_id=counter.pk, by_id=owner(dispute), at=LATER)
    assert Refund.objects.get().amount_minor == 200
    assert_books_agree()


def test_an_offer_form_sent_twice_is_one_offer():
    dispute = make_dispute()
    ask = {"dispute_id": dispute.pk, "by_id": owner(dispute), "key": "f", "kind": "money"}
    first = talk.offer(**ask, amount_minor=100, at=LATER)
    assert talk.offer(**ask, amount_minor=100, at=LATER) == first
    assert Offer.objects.count() == 1
    with pytest.raises(BadInput):
        talk.offer(**ask | {"key": "g"}, amount_minor=10**9, at=LATER)


def test_a_replacement_settles_it_and_protects_the_buyer_while_it_travels():
    dispute = make_dispute(wants="replace")
    made = offered(dispute, kind="replace")
    talk.accept(offer_id=made.pk, by_id=buyer(dispute), at=LATER)
    dispute.order.refresh_from_db()
    assert dispute.order.due_at == LATER + 17 * DAY  # seven to send, ten to travel
    again = make_dispute(dispute.order, reason="not_arrived", at=LATER + 16 * DAY)
    assert again.is_active


def test_withdrawn_the_order_goes_on_and_after_two_fruitless_ones_there_is_no_third():
    order = make_order(state="shipped")
    for _ in range(2):
        dispute = make_dispute(order)
        with pytest.raises(NotAllowed):
            talk.withdraw(dispute_id=dispute.pk, by_id=owner(dispute), at=LATER)
        for _ in range(2):
            talk.withdraw(dispute_id=dispute.pk, by_id=buyer(dispute), at=LATER)
        assert Escrow.objects.get(order=order).frozen_by == ""
    with pytest.raises(WrongState, match="nothing"):
        make_dispute(order)
    escrow.confirm(order_id=order.pk, by_id=order.buyer_id, at=LATER)
    assert_books_agree()


def test_after_the_release_it_is_taken_back_from_the_shop_and_the_escrow_stays_closed():
    order = two_lines(state="settled")
    dispute = make_dispute(order, at=OPENED + 20 * DAY)
    assert dispute.after_release
    clock.apply_due(at=OPENED + 23 * DAY)
    held = Escrow.objects.get(order=order)
    assert (held.state, held.frozen_by) == (EscrowState.RELEASED, "")
    assert balance_minor("seller_payable", order.shop.ref) == 0
    assert not Refund.objects.get().from_escrow
    assert_books_agree()


def test_thirty_days_after_the_release_it_is_too_late():
    order = make_order(state="settled")
    with pytest.raises(WrongState):
        make_dispute(order, at=order.completed_at + 30 * DAY + timedelta(seconds=1))


def test_money_that_went_back_meanwhile_is_not_given_twice():
    order = two_lines()
    dispute = make_dispute(order)
    made = offered(dispute)
    owing.owe(
        order=Order.objects.get(pk=order.pk),
        key="gift",
        kind="goodwill",
        goods_minor=3_000,
        shipping_minor=500,
        actor="system",
        at=LATER,
    )
    talk.accept(offer_id=made.pk, by_id=buyer(dispute), at=LATER)
    order.refresh_from_db()
    assert order.kept_minor == 0
    assert sum(one.amount_minor for one in Refund.objects.all()) == order.total_minor
    assert_books_agree()


def test_a_packer_has_no_say_in_a_dispute():
    dispute = make_dispute()
    packer = make_person()
    make_member(shop=dispute.order.shop, user=packer, role="packer")
    with pytest.raises(NotAllowed):
        talk.say(dispute_id=dispute.pk, by_id=packer.pk, key=key(), text="It was fine!", at=LATER)
