"""Staff rule, one side appeals, another person answers; the books agree at the end of each."""

from datetime import timedelta

import pytest

from marketplace.care import queries
from marketplace.care.models import Appeal, Ruling
from marketplace.care.services import clock, returns, rulings, talk
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.ledger.models import Transfer
from marketplace.orders.models import Escrow, OrderState, Refund
from marketplace.orders.services import compensation, escrow
from marketplace.outbox.models import Event
from marketplace.reasons.models import StatementOfReasons
from tests.factories.accounts import make_staff
from tests.factories.care import OPENED, make_dispute, make_ruling
from tests.factories.orders import make_goods, make_order
from tests.factories.shops import make_member
from tests.marketplace.care.sides import offered, two_lines
from tests.marketplace.orders.books import assert_books_agree, balance_minor

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SOON = OPENED + timedelta(hours=2)
LATER = OPENED + DAY
WORDS = "The photos show otherwise, and the parcel was whole."


def an_order(state="shipped"):
    goods = make_goods(price_minor=10_000, on_hand=9, shipping_minor=1_000)
    return make_order(goods, state=state)


def escalated(order=None, **fields):
    return make_dispute(order or an_order(), state="escalated", **fields)


def appealed(ruling, *, by="seller"):
    order = ruling.dispute.order
    by_id = order.shop.owner_id if by == "seller" else order.buyer_id
    return rulings.appeal(ruling_id=ruling.pk, by_id=by_id, text=WORDS, at=LATER)


def answered(row, *, changed=True, by=None, at=LATER + DAY, **ruling):
    by = by or make_staff()
    return rulings.decide_appeal(
        appeal_id=row.pk, by_id=by.pk, changed=changed, answer=WORDS, at=at, **ruling
    )


def earned(order):
    return balance_minor("seller_payable", order.shop.ref)


def test_all_the_money_back_ends_the_order_and_tells_the_seller_why():
    ruling = make_ruling(escalated())
    order = ruling.dispute.order
    order.refresh_from_db()
    assert (order.state, order.kept_minor) == (OrderState.SETTLED, 0)
    statement = StatementOfReasons.objects.get()
    assert (statement.addressee_id, ruling.statement) == (order.shop.owner_id, statement)
    assert statement.decision_monetary
    event = Event.objects.get(name="dispute.ruled")
    assert event.data["won_by"] == "buyer"
    assert_books_agree()


def test_a_part_of_the_money_back_releases_the_rest_to_the_seller():
    ruling = make_ruling(escalated(), amount_minor=4_000)
    order = ruling.dispute.order
    order.refresh_from_db()
    assert (order.state, order.completed_by) == (OrderState.SETTLED, "ruling")
    assert earned(order) == order.net_minor == 7_000 - 180  # 3 % of the 6,000 of goods left
    assert Event.objects.get(name="dispute.ruled").data["won_by"] == "nobody"
    assert_books_agree()


def test_a_ruling_for_the_seller_gives_nothing_back_and_needs_no_statement():
    ruling = make_ruling(escalated(), kind="nothing")
    assert ruling.statement is None
    assert not Refund.objects.exists()
    assert earned(ruling.dispute.order) == 11_000 - 300
    assert Event.objects.get(name="dispute.ruled").data["won_by"] == "seller"
    assert_books_agree()


def test_a_ruling_on_one_line_leaves_the_clock_of_the_order_running():
    order = an_order()
    ruling = make_ruling(escalated(order, line_id=order.lines.get().pk), amount_minor=500)
    order.refresh_from_db()
    assert order.state == OrderState.SHIPPED
    assert order.due_at >= ruling.at + 3 * DAY
    assert Escrow.objects.get(order=order).frozen_by == ""
    assert escrow.complete_due(at=LATER + 30 * DAY) == 1
    assert_books_agree()


def test_the_same_ruling_sent_twice_is_one_and_another_person_s_is_refused():
    dispute, staff = escalated(), make_staff()
    first = make_ruling(dispute, by=staff)
    assert make_ruling(dispute, by=staff) == first
    with pytest.raises(WrongState):
        make_ruling(dispute, kind="nothing")
    assert Refund.objects.count() == Ruling.objects.count() == 1


def test_only_staff_who_are_no_party_rule_and_only_with_reasons():
    dispute = escalated()
    insider = make_staff()
    make_member(shop=dispute.order.shop, user=insider, role="packer")
    for person in (insider, dispute.order.buyer, dispute.order.shop.owner):
        with pytest.raises(NotAllowed):
            make_ruling(dispute, by=person)
    for wrong in ({"reasons": "no"}, {"kind": "replace"}, {"amount_minor": 99_999}):
        with pytest.raises(BadInput):
            make_ruling(dispute, **wrong)
    with pytest.raises(WrongState):
        make_ruling(make_dispute(an_order()))


def test_goods_go_back_before_the_money_when_the_ruling_says_so():
    dispute = escalated(wants="return")
    make_ruling(dispute, kind="return")
    ids = {"dispute_id": dispute.pk, "at": LATER}
    owner_id, buyer_id = dispute.order.shop.owner_id, dispute.order.buyer_id
    assert not Refund.objects.exists()
    returns.say_where(by_id=owner_id, address="1 Quay", **ids)
    returns.send_back(by_id=buyer_id, carrier="", tracking="RR1", **ids)
    with pytest.raises(WrongState, match="appeal"):
        talk.escalate(by_id=owner_id, text="Only stones in the box.", **ids)
    returns.confirm_arrival(by_id=owner_id, **ids)
    dispute.refresh_from_db()
    assert (dispute.state, dispute.won_by) == ("ruled", "buyer")
    assert Refund.objects.get().kind == "return"
    assert_books_agree()


def test_a_buyer_who_does_not_send_back_what_the_ruling_wants_back_gets_nothing():
    dispute = escalated(wants="return")
    make_ruling(dispute, kind="return")
    returns.say_where(
        dispute_id=dispute.pk, by_id=dispute.order.shop.owner_id, address="1 Quay", at=LATER
    )
    assert clock.apply_due(at=LATER + 14 * DAY) == 1
    dispute.refresh_from_db()
    assert (dispute.state, dispute.won_by) == ("ruled", "seller")
    assert_books_agree()


def test_a_won_appeal_of_the_seller_is_paid_by_the_platform_and_the_buyer_keeps_the_money():
    ruling = make_ruling(escalated())
    order = ruling.dispute.order
    assert earned(order) == 0
    row, judge = appealed(ruling), make_staff()
    for _ in range(2):
        answered(row, kind="nothing", by=judge)
    assert earned(order) == 11_000 - 300  # what the sale would have brought
    assert balance_minor("goodwill_costs", "platform") == -(11_000 - 300)
    assert Refund.objects.get().amount_minor == 11_000
    later = Ruling.objects.get(overrides=ruling)
    assert (later.kind, later.statement) == ("nothing", None)
    ruling.dispute.refresh_from_db()
    assert ruling.dispute.won_by == "seller"
    assert Event.objects.filter(name="dispute.overruled").count() == 1
    assert_books_agree()


def test_a_partly_won_appeal_pays_the_difference():
    ruling = make_ruling(escalated())
    answered(appealed(ruling), kind="money", amount_minor=4_000)
    # 6,000 of the goods less 3 %, and the shipping.
    assert earned(ruling.dispute.order) == 6_000 - 180 + 1_000
    assert_books_agree()


def test_a_won_appeal_of_the_buyer_takes_the_money_back_from_the_shop():
    ruling = make_ruling(escalated(), kind="nothing")
    order = ruling.dispute.order
    answered(appealed(ruling, by="buyer"), kind="money", amount_minor=5_000)
    assert earned(order) == 6_000 - 150
    assert not Refund.objects.get().from_escrow
    assert_books_agree()


def test_an_appeal_against_a_return_that_was_not_sent_yet_ends_it():
    dispute = escalated(wants="return")
    ruling = make_ruling(dispute, kind="return")
    answered(appealed(ruling), kind="nothing")
    dispute.refresh_from_db()
    assert (dispute.state, dispute.won_by) == ("ruled", "seller")
    assert earned(dispute.order) == 11_000 - 300
    assert_books_agree()


def test_an_upheld_ruling_changes_nothing():
    ruling = make_ruling(escalated())
    before = Transfer.objects.count()
    row = answered(appealed(ruling), changed=False)
    assert row.state == "upheld"
    assert (Transfer.objects.count(), Ruling.objects.count()) == (before, 1)
    with pytest.raises(WrongState, match="answered"):
        answered(row, kind="nothing")


def test_an_upheld_return_gives_time_again_to_whoever_is_next():
    dispute = escalated(wants="return")
    row = appealed(make_ruling(dispute, kind="return"))
    late = LATER + 40 * DAY
    assert clock.apply_due(at=late) == 0
    dispute.refresh_from_db()
    assert "appeal" in queries.clock_words(dispute, at=late)
    answered(row, changed=False, at=late)
    assert clock.apply_due(at=late + DAY) == 0
    assert clock.apply_due(at=late + 3 * DAY) == 1
    assert_books_agree()


def test_a_promised_replacement_may_still_be_missed_in_a_dispute_about_all():
    order = two_lines()
    line = order.lines.first()
    dispute = make_dispute(order, line_id=line.pk, wants="replace")
    talk.accept(offer_id=offered(dispute, kind="replace").pk, by_id=order.buyer_id, at=OPENED + DAY)
    again = make_dispute(order, at=OPENED + 2 * DAY)
    assert again.goods_minor == order.goods_minor


def test_what_was_ruled_about_a_line_is_not_given_by_a_dispute_about_all():
    order = two_lines()
    line, other = order.lines.all()
    make_ruling(make_dispute(order, line_id=line.pk, state="escalated"), kind="nothing")
    make_dispute(order, at=OPENED + DAY)
    clock.apply_due(at=OPENED + 10 * DAY)
    line.refresh_from_db()
    other.refresh_from_db()
    assert (line.refunded_minor, other.refunded_minor) == (0, other.line_total_minor)
    assert_books_agree()


def test_who_ruled_does_not_answer_the_appeal():
    staff = make_staff()
    row = appealed(make_ruling(escalated(), by=staff))
    with pytest.raises(NotAllowed, match="another person"):
        answered(row, kind="nothing", by=staff)
    with pytest.raises(NotAllowed):
        answered(row, kind="nothing", by=row.by)
    with pytest.raises(BadInput):
        answered(row, kind="return")


def test_one_appeal_a_ruling_in_time_and_by_a_party():
    ruling = make_ruling(escalated())
    order = ruling.dispute.order
    ask = {"ruling_id": ruling.pk, "by_id": order.shop.owner_id, "text": WORDS, "at": LATER}
    with pytest.raises(NotAllowed):
        rulings.appeal(**ask | {"by_id": make_staff().pk})
    with pytest.raises(WrongState):
        rulings.appeal(**ask | {"at": ruling.at + 187 * DAY})
    with pytest.raises(BadInput):
        rulings.appeal(**ask | {"text": "no"})
    assert rulings.appeal(**ask) == rulings.appeal(**ask)
    with pytest.raises(WrongState, match="other side"):
        rulings.appeal(**ask | {"by_id": order.buyer_id})
    assert Appeal.objects.count() == 1
    answered(Appeal.objects.get(), kind="nothing")
    with pytest.raises(WrongState):
        rulings.appeal(**ask | {"ruling_id": Ruling.objects.get(overrides=ruling).pk})


def test_a_compensation_is_never_more_than_what_went_back():
    order = an_order(state="settled")
    with pytest.raises(BadInput):
        compensation.compensate(
            order_id=order.pk, key="k", goods_minor=1, shipping_minor=0, actor="system", at=SOON
        )


def test_a_ruling_after_the_release_takes_the_money_back_from_the_shop():
    order = an_order(state="settled")
    ruling = make_ruling(escalated(order), amount_minor=4_000)
    assert ruling.dispute.after_release
    assert earned(order) == 7_000 - 180
    assert_books_agree()
