"""Who comes first, who holds what, and until when."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antifake.cases import rules, services
from antifake.cases.models import Case, CaseKind, CaseState, ItemClaim, SecondLook
from antifake.cases.queries import reviewers, waiting
from antifake.cases.queries.desk import claimable
from antifake.cases.rules import queue
from antifake.cases.services import second_looks, stakes
from antifake.cases.services.noticed import Noticed, open_for_notice
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.inbox.models import Message
from marketplace.outbox.models import LogEntry
from tests.factories.accounts import make_staff
from tests.factories.antifake import NOTE, NOW
from tests.factories.desk import found, make_held, set_rule
from tests.factories.listings import make_listing, make_variant
from tests.factories.talk import make_report

pytestmark = pytest.mark.django_db
MOMENTS = st.integers(0, 2_000_000).map(lambda minutes: NOW + timedelta(minutes=minutes))
RISKS, EUROS = st.integers(0, 999), st.floats(0, 1e6)


@given(RISKS, EUROS, MOMENTS)
def test_more_risk_more_money_and_more_waiting_each_come_first(risk, euro, opened):
    place = queue.place(risk_permille=risk, euro=euro, opened_at=opened)
    assert queue.place(risk_permille=risk + 1, euro=euro, opened_at=opened) > place
    assert queue.place(risk_permille=risk, euro=euro * 2 + 1, opened_at=opened) > place
    earlier = opened - queue.DOUBLES_EVERY
    assert queue.place(risk_permille=risk, euro=euro, opened_at=earlier) == pytest.approx(place + 1)


def test_a_case_says_what_it_is_about_and_what_is_at_stake():
    about = {
        CaseKind.FAKE: "brand_lookalike",
        CaseKind.PROHIBITED: "prohibited",
        CaseKind.PHOTO: "market_photo",
    }
    for kind, what in about.items():
        case = make_held(findings=[found(kind=what)], at=NOW)
        assert (case.kind, case.stake_minor, case.stake_currency) == (kind, 12_500, "EUR")
    dear = make_held(price_minor=500_000, at=NOW)
    assert dear.rank > case.rank
    dear.listing.variants.update(on_hand=0)
    assert stakes.weigh_waiting(at=NOW) == 1
    dear.refresh_from_db()
    assert (dear.stake_minor, dear.rank < case.rank) == (0, True)


def test_a_notice_does_not_jump_the_queue():
    waits = make_held(risk=900, price_minor=5_000, at=NOW - timedelta(hours=6))
    goods = [make_variant(listing=make_listing(), price_minor=5_000).listing for _ in range(2)]
    noticed = [Noticed(one.pk, "It bears our name.") for one in goods]
    facts = {"occasion": "notice:7", "rank_permille": 600, "at": NOW}
    opened = open_for_notice(noticed=noticed, **facts)
    assert list(claimable(user_id=make_staff().pk, at=NOW)) == [
        waits,
        *Case.objects.filter(pk__in=opened.values()).order_by("pk"),
    ]
    for case in Case.objects.filter(pk__in=opened.values()):
        assert (case.stake_minor, case.stake_currency) == (50_000, "EUR")
        assert 600 <= queue.urgency(place=case.rank, at=NOW) < 4_000
    assert stakes.weigh_waiting(at=NOW) == 0


def test_one_queue_holds_cases_and_reported_messages_and_serves_each_once():
    weak = make_held(risk=10, price_minor=1, at=NOW)
    report, strong = make_report(at=NOW), make_held(price_minor=900_000, at=NOW)
    first, second, third, idle = (make_staff() for _ in range(4))
    take = services.take_next
    assert take(by_id=first.pk, at=NOW) == strong.ref
    assert take(by_id=second.pk, at=NOW) == report.ref
    assert take(by_id=third.pk, at=NOW) == weak.ref
    assert take(by_id=idle.pk, at=NOW) is None
    assert take(by_id=first.pk, at=NOW) == strong.ref
    items, count = waiting.page(user_id=first.pk, kinds=[], only="", at=NOW)
    assert [item.ref for item in items] == [strong.ref, report.ref, weak.ref]
    assert (count, items[0].is_mine, items[1].worked_on_by) == (3, True, str(second))
    later = NOW + rules.CLAIM_LASTS
    assert take(by_id=idle.pk, at=later, kinds=["message"]) == report.ref
    assert ItemClaim.objects.get().by == idle


def test_filters_narrow_what_comes_next():
    make_held(at=NOW)
    goods = make_held(findings=[found(kind="prohibited")], at=NOW)
    staff = make_staff()
    assert services.take_next(by_id=staff.pk, at=NOW, kinds=["prohibited"]) == goods.ref
    counts = waiting.counts(user_id=staff.pk)
    assert (counts["fake"], counts["prohibited"], counts["message"]) == (1, 1, 0)
    for only, expected in (("mine", 1), ("free", 1), ("due", 0), ("passed", 0), ("resting", 0)):
        _items, count = waiting.page(user_id=staff.pk, kinds=[], only=only, at=NOW)
        assert (only, count) == (only, expected)


def test_an_open_page_keeps_a_claim_and_a_silent_one_loses_it():
    case, first, second = make_held(at=NOW), make_staff(), make_staff()
    services.claim(case_id=case.pk, by_id=first.pk, at=NOW)
    beat = {"case_id": case.pk, "by_id": first.pk, "lasts": rules.HEARTBEAT_LASTS}
    assert services.keep(at=NOW, **beat)
    assert not services.keep(at=NOW, **{**beat, "by_id": second.pk})
    silent = NOW + rules.HEARTBEAT_LASTS
    assert services.free_stale(at=silent - timedelta(seconds=1)) == 0
    assert services.claim_next(by_id=second.pk, at=silent) == case
    assert not services.keep(at=silent, **beat)
    with pytest.raises(NotAllowed):
        services.decide(case_id=case.pk, verdict="allow", note="", by_id=first.pk, at=silent)
    later = silent + rules.CLAIM_LASTS
    assert services.free_stale(at=later) == 1
    case.refresh_from_db()
    assert (case.state, case.claimed_by, case.claim_until) == (CaseState.OPEN, None, None)
    assert LogEntry.objects.filter(action="case.released", actor="system").exists()


def test_what_somebody_passed_on_goes_higher_and_to_somebody_else():
    case, first, second = make_held(at=NOW), make_staff(), make_staff()
    services.claim(case_id=case.pk, by_id=first.pk, at=NOW)
    facts = {"case_id": case.pk, "by_id": first.pk, "note": "Is this a lookalike?", "at": NOW}
    passed = services.escalate(**facts)
    assert services.escalate(**facts).rank == passed.rank == pytest.approx(case.rank + 2)
    assert services.take_next(by_id=first.pk, at=NOW) is None
    with pytest.raises(NotAllowed, match="passed"):
        services.decide(case_id=case.pk, verdict="allow", note="", by_id=first.pk, at=NOW)
    assert services.take_next(by_id=second.pk, at=NOW) == case.ref


def test_a_case_rests_until_the_seller_answers_or_the_time_is_over():
    case, staff = make_held(at=NOW), make_staff()
    facts = {"case_id": case.pk, "by_id": staff.pk, "at": NOW}
    with pytest.raises(BadInput):
        services.ask_evidence(words="?", **facts)
    asked = services.ask_evidence(words="Please send the invoice.", **facts)
    assert services.ask_evidence(words="Please send the invoice.", **facts) == asked
    assert Message.objects.get(kind="case.asked").body.startswith("Please send the invoice.")
    assert services.take_next(by_id=staff.pk, at=NOW) is None
    assert services.take_next(by_id=make_staff().pk, at=asked.rests_until) == case.ref
    Case.objects.update(state="open", claimed_by=None)
    assert services.claims.wake(shop_id=case.listing.shop_id, at=NOW) == 1
    assert services.take_next(by_id=staff.pk, at=NOW) == case.ref


@pytest.fixture
def known():
    """A case that somebody allowed two days ago, one that waits, and somebody who looks."""
    set_rule("cases.known_permille", 300)
    case, before = make_held(at=NOW), NOW - timedelta(days=2)
    services.decide(case_id=case.pk, verdict="allow", note="", by_id=make_staff().pk, at=before)
    make_held(at=NOW)
    return case, make_staff()


def test_known_answers_are_drawn_answered_without_effect_and_counted(known, monkeypatch):
    case, staff = known
    monkeypatch.setattr(second_looks, "_lot", lambda _key: 0)
    assert services.take_next(by_id=staff.pk, at=NOW) == case.ref
    assert services.take_next(by_id=staff.pk, at=NOW) == case.ref
    look = second_looks.look_at(case_id=case.pk, by_id=staff.pk, at=NOW)
    assert (look.known, look.answered_at) == ("allow", None)
    answer = {"case_id": case.pk, "by_id": staff.pk, "at": NOW}
    with pytest.raises(BadInput):
        second_looks.answer(verdict="remove", policy="", note=NOTE, **answer)
    second_looks.answer(verdict="remove", policy="counterfeit", note=NOTE, **answer)
    case.refresh_from_db()
    assert (case.state, case.decisions.count()) == (CaseState.DECIDED, 1)
    [row] = reviewers.reviewers(at=NOW + timedelta(seconds=1))
    assert (row.share.hits, row.share.seen, row.too_strict) == (0, 1, 1)
    with pytest.raises(WrongState):
        second_looks.answer(verdict="allow", policy="", note="", **answer)
    second_looks.take_back(**answer)
    assert SecondLook.objects.get().verdict == ""
    assert services.take_next(by_id=staff.pk, at=NOW) == case.ref
    second_looks.pass_over(case_id=case.pk, by_id=staff.pk)
    assert not SecondLook.objects.exists()


def test_about_one_in_twenty_is_a_known_answer(known):
    _case, staff = known
    drawn = sum(second_looks._lot(f"{staff.pk} {number} x") < 50 for number in range(4_000))
    assert 140 <= drawn <= 260
