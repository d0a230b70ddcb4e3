"""Taking a ruling back within a minute: nothing was mailed, and all is as before."""

from datetime import timedelta

import pytest
from django.utils import timezone

from antifake.cases import services
from antifake.cases.models import CaseState, Decision, Verdict
from antifake.cases.queries import audits, decisions_about, decisions_for
from marketplace.errors import NotAllowed, WrongState
from marketplace.inbox import queries as inbox
from marketplace.inbox.models import Message
from marketplace.listings.models import ListingState, Withholding
from marketplace.outbox import services as outbox
from marketplace.outbox.models import Job
from marketplace.trust.models import Strike
from tests.factories.accounts import make_staff
from tests.factories.antifake import NOTE, NOW
from tests.factories.desk import make_held

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(seconds=59)
LATE = NOW + timedelta(seconds=60)


def ruled(case, staff, verdict="remove", *, at=NOW):
    facts = {"policy": "counterfeit", "act": "knowing", "note": NOTE}
    more = facts if verdict == "remove" else {"note": ""}
    return services.decide(case_id=case.pk, verdict=verdict, by_id=staff.pk, at=at, **more)


def mail_of(decision):
    message = Message.objects.get(key=decision.message_key)
    return message, Job.objects.get(kind="inbox.deliver", payload__message_id=message.pk)


def test_a_removal_taken_back_leaves_the_listing_held_the_strike_void_and_nobody_mailed():
    case, staff, now = make_held(at=NOW), make_staff(), timezone.now()
    soon, late = now + timedelta(seconds=59), now + timedelta(seconds=60)
    decision = ruled(case, staff, at=now)
    message, job = mail_of(decision)
    assert job.run_at == late
    assert message in inbox.of_user(case.listing.shop.owner_id)

    taken = services.undo(case_id=case.pk, by_id=staff.pk, at=soon)
    assert services.undo(case_id=case.pk, by_id=staff.pk, at=soon) == taken
    assert (taken.state, taken.claimed_by) == (CaseState.CLAIMED, staff)
    undo = Decision.objects.get(verdict=Verdict.UNDO)
    assert undo.overrides == decision
    case.listing.refresh_from_db()
    assert case.listing.state == ListingState.WITHHELD
    sources = Withholding.objects.filter(lifted_at=None).values_list("source", flat=True)
    assert list(sources) == [f"undo:{undo.pk}"]
    assert Strike.objects.get().voided_at == soon
    assert not inbox.of_user(case.listing.shop.owner_id).filter(kind="case.decided").exists()

    Job.objects.filter(pk=job.pk).update(run_at=NOW)
    assert outbox.run(job_id=job.pk, at=late)
    message.refresh_from_db()
    assert message.delivered_at is None


@pytest.mark.parametrize("again", ["allow", "remove"])
def test_after_taking_back_a_case_is_decided_anew_and_the_chain_tells_all(again):
    case, staff = make_held(at=NOW), make_staff()
    first = ruled(case, staff, "allow")
    case.listing.refresh_from_db()
    assert case.listing.state == ListingState.LIVE
    services.undo(case_id=case.pk, by_id=staff.pk, at=SOON)
    case.listing.refresh_from_db()
    assert case.listing.state == ListingState.WITHHELD
    last = ruled(case, staff, again, at=LATE)
    case.listing.refresh_from_db()
    expected = ListingState.LIVE if again == "allow" else ListingState.WITHHELD
    assert case.listing.state == expected
    assert (last.overrides.verdict, last.overrides.overrides) == (Verdict.UNDO, first)
    assert ruled(case, staff, again, at=LATE) == last
    assert list(Decision.objects.first_rulings()) == [last]
    assert list(Decision.objects.standing()) == [last]
    held = audits.figures(at=LATE).held
    assert (held.hits, held.seen) == (int(again == "remove"), 1)
    seller = case.listing.shop.owner
    assert Verdict.UNDO not in decisions_for(seller).values_list("verdict", flat=True)
    assert Verdict.UNDO not in decisions_about(staff).values_list("verdict", flat=True)


def test_only_who_decided_takes_back_and_only_in_time():
    case, staff = make_held(at=NOW), make_staff()
    with pytest.raises(WrongState, match="Nothing"):
        services.undo(case_id=case.pk, by_id=staff.pk, at=NOW)
    decision = ruled(case, staff)
    with pytest.raises(NotAllowed):
        services.undo(case_id=case.pk, by_id=make_staff().pk, at=SOON)
    with pytest.raises(WrongState, match="over"):
        services.undo(case_id=case.pk, by_id=staff.pk, at=LATE)
    Message.objects.filter(key=decision.message_key).update(delivered_at=NOW)
    with pytest.raises(WrongState, match="told"):
        services.undo(case_id=case.pk, by_id=staff.pk, at=SOON)
    Message.objects.filter(key=decision.message_key).update(delivered_at=None)
    owner, words = case.listing.shop.owner_id, "The photo is mine, see the film."
    services.appeal(decision_id=decision.pk, by_id=owner, text=words, at=NOW)
    with pytest.raises(WrongState, match="appealed"):
        services.undo(case_id=case.pk, by_id=staff.pk, at=SOON)
    case.refresh_from_db()
    assert case.state == CaseState.APPEALED
    assert Strike.objects.get().voided_at is None


def test_a_bulk_decision_is_taken_back_whole():
    cases, staff = [make_held(at=NOW) for _ in range(2)], make_staff()
    for case in cases:
        ruled(case, staff)
    ids = [case.pk for case in cases]
    assert services.undo_all(case_ids=ids, by_id=staff.pk, at=SOON) == 2
    assert Decision.objects.filter(verdict=Verdict.UNDO).count() == 2
