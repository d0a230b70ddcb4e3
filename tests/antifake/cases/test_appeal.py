"""The way back."""

from datetime import timedelta

import pytest
from django.forms.models import model_to_dict

from antifake.cases import services
from antifake.cases.models import Appeal, AppealState, CaseState, Decision
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.inbox.models import Message
from marketplace.listings.models import ListingState
from marketplace.outbox.models import Event
from marketplace.shops.models import MemberRole, ShopMember
from marketplace.trust.models import Sanction, Strike
from tests.factories.accounts import make_person, make_staff
from tests.factories.antifake import NOW, make_case, remove
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db
WORDS = "The photo is mine; the film is on my shelf."
ANSWER = "The negatives show that the photo is yours."


def removed(staff, shop=None):
    case = make_case(shop=shop)
    return case, remove(case, staff)


def appealed(decision, *, by=None, text=WORDS, at=NOW):
    by = by or decision.case.listing.shop.owner
    return services.appeal(decision_id=decision.pk, by_id=by.pk, text=text, at=at)


def answered(appeal, staff, *, won, answer=ANSWER):
    return services.decide_appeal(
        appeal_id=appeal.pk, by_id=staff.pk, won=won, answer=answer, at=NOW
    )


def test_a_won_appeal_gives_everything_back():
    shop = make_shop()
    before = model_to_dict(shop)
    case, decision = removed(make_staff(), shop)
    shop.refresh_from_db()
    assert model_to_dict(shop) != before
    second = make_staff()
    appeal = answered(appealed(decision), second, won=True)

    overriding = decision.overridden_by
    assert (overriding.verdict, overriding.by, overriding.note) == ("allow", second, ANSWER)
    assert (appeal.state, appeal.decided_by) == (AppealState.WON, second)
    shop.refresh_from_db()
    case.refresh_from_db()
    case.listing.refresh_from_db()
    assert model_to_dict(shop) == before
    assert (case.state, case.listing.state) == (CaseState.DECIDED, ListingState.LIVE)
    strike = Strike.objects.get()
    assert strike.voided_by_ref == overriding.ref
    assert not Sanction.objects.filter(lifted_at=None).exists()
    assert Message.objects.get(kind="appeal.decided").body == ANSWER
    assert Event.objects.filter(name="strike.voided").count() == 1


def test_a_lost_appeal_is_answered_in_words_and_changes_nothing():
    case, decision = removed(make_staff())
    appeal = answered(appealed(decision), make_staff(), won=False)
    case.refresh_from_db()
    case.listing.refresh_from_db()
    assert (appeal.state, appeal.answer) == (AppealState.LOST, ANSWER)
    assert (case.state, case.listing.state) == (CaseState.DECIDED, ListingState.WITHHELD)
    assert Decision.objects.count() == 1
    assert Strike.objects.get().voided_at is None


def test_whoever_decided_first_may_not_answer_the_appeal():
    first = make_staff()
    _case, decision = removed(first)
    appeal = appealed(decision)
    with pytest.raises(NotAllowed, match="another person"):
        answered(appeal, first, won=False)
    with pytest.raises(NotAllowed, match="staff"):
        answered(appeal, make_person(), won=True)
    appeal.refresh_from_db()
    assert appeal.state == AppealState.OPEN


def test_staff_who_work_in_the_shop_may_not_answer():
    _case, decision = removed(make_staff())
    friend = make_staff()
    ShopMember.objects.create(
        shop=decision.case.listing.shop, user=friend, role=MemberRole.PACKER, since=NOW
    )
    with pytest.raises(NotAllowed):
        answered(appealed(decision), friend, won=True)


def test_an_answer_needs_words():
    _case, decision = removed(make_staff())
    with pytest.raises(BadInput):
        answered(appealed(decision), make_staff(), won=True, answer="no")


def test_answering_twice_is_once_and_otherwise_is_refused():
    _case, decision = removed(make_staff())
    appeal, second = appealed(decision), make_staff()
    answered(appeal, second, won=True)
    answered(appeal, second, won=True)
    assert Decision.objects.count() == 2
    with pytest.raises(WrongState):
        answered(appeal, second, won=False)
    with pytest.raises(WrongState):
        answered(appeal, make_staff(), won=True)


def test_only_people_of_the_shop_may_appeal_and_only_once():
    _case, decision = removed(make_staff())
    with pytest.raises(NotAllowed):
        appealed(decision, by=make_person())
    first = appealed(decision)
    assert appealed(decision, text="Another text, sent later.") == first
    assert Appeal.objects.get().text == WORDS
    assert first.due_at == NOW + timedelta(days=14)
    decision.case.refresh_from_db()
    assert decision.case.state == CaseState.APPEALED


def test_the_window_is_186_days():
    _case, decision = removed(make_staff())
    with pytest.raises(WrongState, match="over"):
        appealed(decision, at=NOW + timedelta(days=187))
    appealed(decision, at=NOW + timedelta(days=186))


def test_an_appeal_needs_words_and_something_to_appeal():
    case, decision = removed(make_staff())
    with pytest.raises(BadInput):
        appealed(decision, text="no")
    other = make_case(shop=case.listing.shop)
    allowed = services.decide(
        case_id=other.pk, verdict="allow", note="", by_id=make_staff().pk, at=NOW
    )
    with pytest.raises(WrongState, match="nothing"):
        appealed(allowed)
