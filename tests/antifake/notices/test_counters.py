"""A seller answers a notice: who has to move, until when, and what follows."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from antifake.cases import services as cases
from antifake.cases.models import Appeal, Case
from antifake.notices import queries, rules, services
from antifake.notices.models import CounterNotice, CounterState, ItemState, NoticeState
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.listings.models import Listing, ListingState, Withholding
from marketplace.reasons.models import StatementOfReasons
from marketplace.trust.models import Strike
from tests.factories.accounts import make_staff
from tests.factories.notices import (
    NOW,
    PROOF,
    make_goods,
    make_holder,
    make_right,
    send,
    trust_record,
)

pytestmark = pytest.mark.django_db
WORDS = "We bought them from the holder; the invoice is here."


@pytest.fixture
def held():
    """A right, and an item that its notice withheld."""
    right = make_right()
    trust_record(right)
    notice = send(right, make_goods())
    return right, notice.items.select_related("listing__shop").get()


def answer(item, *, at=NOW, **facts):
    owner = item.listing.shop.owner_id
    return services.answer(item_id=item.pk, by_id=owner, text=WORDS, at=at, **facts)


def state_of(listing):
    return Listing.objects.get(pk=listing.pk).state


def rule(case, verdict, staff, *, at=NOW):
    facts = {"policy": "counterfeit", "severity": 3} if verdict == "remove" else {}
    cases.claim(case_id=case.pk, by_id=staff.pk, at=at)
    cases.decide(
        case_id=case.pk, verdict=verdict, note="Seen by a person.", by_id=staff.pk, at=at, **facts
    )
    services.note_ruling(case_id=case.pk, at=at)
    services.note_ruling(case_id=case.pk, at=at)


def test_no_reply_in_ten_business_days_gives_the_goods_back(held):
    right, item = held
    counter = answer(item, upload=PROOF)
    assert answer(item) == counter
    assert counter.due_at == NOW + timedelta(days=14)  # ten days and two weekends
    assert services.lapse_due(at=counter.due_at - timedelta(seconds=1)) == 0
    assert [services.lapse_due(at=counter.due_at) for _ in range(2)] == [1, 0]
    item.refresh_from_db()
    counter.refresh_from_db()
    assert (item.state, counter.state) == (ItemState.RESTORED, CounterState.LAPSED)
    assert state_of(item.listing) == ListingState.LIVE
    assert queries.accuracy_of(right.owner_id, at=NOW + timedelta(days=20)).wrong == 1
    with pytest.raises(WrongState):
        services.reply(counter_id=counter.pk, by_id=right.owner_id, text=WORDS, at=counter.at)


@pytest.mark.parametrize(
    ("begun", "days", "due"),
    [
        ("2026-03-06T23:59", 1, "2026-03-09T23:59"),  # Friday to Monday
        ("2026-03-07T10:00", 1, "2026-03-09T10:00"),  # from a Saturday
        ("2026-03-08T10:00", 5, "2026-03-13T10:00"),  # from a Sunday
        ("2026-03-27T08:00", 2, "2026-03-31T08:00"),  # over a change of clocks in Europe
        ("2026-12-31T20:00", 10, "2027-01-14T20:00"),  # over a year's end
        ("2028-02-28T09:00", 2, "2028-03-01T09:00"),  # a leap year
    ],
)
@pytest.mark.parametrize("hours", [0, 14, -12])
def test_business_days_are_counted_alike_in_every_time_zone(begun, days, due, hours):
    moment = datetime.fromisoformat(begun).replace(tzinfo=UTC)
    there = moment.astimezone(timezone(timedelta(hours=hours)))
    assert rules.business_days_after(there, days) == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_a_reply_brings_a_person_who_may_restore(held):
    right, item = held
    counter = answer(item)
    for _ in range(2):
        counter = services.reply(
            counter_id=counter.pk, by_id=right.owner_id, text="We know no such invoice.", at=NOW
        )
    case = Case.objects.get(pk=counter.case_id)
    assert (counter.state, counter.due_at) == (CounterState.ANSWERED, None)
    assert WORDS in case.scan.findings.get().sentence
    assert services.lapse_due(at=NOW + timedelta(days=90)) == 0
    rule(case, "allow", make_staff())
    item.refresh_from_db()
    counter.refresh_from_db()
    assert (item.state, counter.state) == (ItemState.RESTORED, CounterState.WON)
    assert state_of(item.listing) == ListingState.LIVE
    assert counter.lines.count() == 3
    assert not Strike.objects.exists()


def test_a_reply_brings_a_person_who_may_strike_and_an_appeal_undoes_all(held):
    right, item = held
    counter = answer(item)
    services.reply(counter_id=counter.pk, by_id=right.owner_id, text="It is forged.", at=NOW)
    case = Case.objects.get(scan__occasion=counter.ref)
    rule(case, "remove", make_staff())
    item.refresh_from_db()
    assert (item.state, item.counter.state) == (ItemState.UPHELD, CounterState.LOST)
    decision = case.decisions.get()
    held_by = Withholding.objects.filter(listing=item.listing, lifted_at=None)
    assert [row.source for row in held_by] == [decision.ref]
    assert decision.statement.source_type == "SOURCE_ARTICLE_16"
    assert Strike.objects.get().decision_ref == decision.ref
    assert queries.accuracy_of(right.owner_id, at=NOW).upheld == 61

    owner = item.listing.shop.owner_id
    cases.appeal(decision_id=decision.pk, by_id=owner, text="It is no forgery.", at=NOW)
    cases.decide_appeal(
        appeal_id=Appeal.objects.get().pk,
        by_id=make_staff().pk,
        won=True,
        answer="You are right, it is genuine.",
        at=NOW,
    )
    services.note_ruling(case_id=case.pk, at=NOW)
    item.refresh_from_db()
    assert (item.state, state_of(item.listing)) == (ItemState.RESTORED, ListingState.LIVE)
    assert queries.accuracy_of(right.owner_id, at=NOW).wrong == 1


def test_a_court_keeps_goods_out_of_sight_for_a_time_only(held):
    right, item = held
    counter = answer(item)
    facts = {"counter_id": counter.pk, "by_id": right.owner_id}
    with pytest.raises(BadInput):
        services.go_to_court(**facts, text="", at=NOW)
    counter = services.go_to_court(**facts, text="District court of Oslo, 12/2026.", at=NOW)
    assert services.lapse_due(at=NOW + timedelta(days=100)) == 0
    assert services.lapse_due(at=NOW + timedelta(days=180)) == 1
    assert state_of(item.listing) == ListingState.LIVE


def test_taking_it_back_gives_back_at_once_and_counts_as_wrong(held):
    right, item = held
    counter = answer(item)
    for _ in range(2):
        services.concede(counter_id=counter.pk, by_id=right.owner_id, at=NOW)
    assert state_of(item.listing) == ListingState.LIVE
    assert queries.accuracy_of(right.owner_id, at=NOW).wrong == 1
    item.notice.refresh_from_db()
    assert item.notice.state == NoticeState.DECIDED


def test_a_withdrawal_after_an_answer_closes_the_thread(held):
    right, item = held
    counter = answer(item)
    services.withdraw(notice_id=item.notice_id, by_id=right.owner_id, at=NOW)
    counter.refresh_from_db()
    item.refresh_from_db()
    assert (counter.state, item.state) == (CounterState.CONCEDED, ItemState.RESTORED)


def test_only_the_shop_answers_only_the_holder_replies_and_only_in_time(held):
    right, item = held
    with pytest.raises(NotAllowed):
        services.answer(item_id=item.pk, by_id=right.owner_id, text=WORDS, at=NOW)
    with pytest.raises(BadInput):
        services.answer(item_id=item.pk, by_id=item.listing.shop.owner_id, text="no", at=NOW)
    late = item.statement.redress_until + timedelta(seconds=1)
    with pytest.raises(WrongState):
        answer(item, at=late)
    counter = answer(item)
    for act in (services.reply, services.go_to_court):
        with pytest.raises(NotAllowed):
            act(counter_id=counter.pk, by_id=make_holder().pk, text=WORDS, at=NOW)
    assert CounterNotice.objects.count() == 1


def test_unanswered_withholdings_count_as_right_after_a_month(held):
    right, item = held
    assert item.notice.state == NoticeState.WITHHELD
    seen = [
        queries.accuracy_of(right.owner_id, at=NOW + timedelta(days=d)).upheld for d in (29, 30)
    ]
    assert seen == [60, 61]


def test_statements_of_a_notice_name_no_person(held):
    right, item = held
    text = str(list(StatementOfReasons.objects.values()))
    assert "@" not in text
    assert "Ingrid" not in text
    assert item.statement.redress_until > NOW + timedelta(days=180)
    assert right.holder in item.statement.decision_facts


@pytest.mark.parametrize(
    ("upheld", "wrong", "reached"), [(0, 0, False), (28, 0, False), (29, 0, True), (90, 5, False)]
)
def test_the_bar_asks_for_what_is_surely_so(upheld, wrong, reached):
    accuracy = rules.Accuracy(upheld, wrong, 900)
    assert accuracy.reached == reached
    more = accuracy.more_needed
    if not reached:
        assert rules.Accuracy(upheld + more, wrong, 900).reached
        assert not rules.Accuracy(upheld + more - 1, wrong, 900).reached
