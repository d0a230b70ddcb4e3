"""A match cluster is decided as one, exactly as shown; what is grave takes two people."""

import pytest

from antifake.cases import services
from antifake.cases.models import Case, Decision, Proposal
from antifake.cases.queries import clusters
from antifake.cases.queries.desk import claimable
from antifake.cases.services import bulk
from antifake.cases.services.seconds import NeedsSecond
from marketplace.errors import NotAllowed, WrongState
from marketplace.inbox.models import Message
from marketplace.listings.models import Listing
from marketplace.shops.models import Shop
from marketplace.trust.models import Strike
from tests.factories.accounts import make_staff
from tests.factories.antifake import NOTE, NOW
from tests.factories.desk import found, make_held, set_rule
from tests.factories.orders import make_order
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db
REMOVE = bulk.Ruling("remove", "counterfeit", "slip", NOTE)
GRAVE = bulk.Ruling("remove", "counterfeit", "organised", NOTE)


def like(reference_id=7, **more):
    facts = {"reference_id": reference_id, "brand_id": 1, "photo_id": 1}
    return make_held(findings=[found(kind="reference_photo", evidence=facts)], at=NOW, **more)


@pytest.fixture
def cluster():
    """Three listings of two shops that match one photo; one that matches another."""
    shop = make_shop()
    cases = [like(shop=shop), like(shop=shop), like()]
    like(8)
    return cases


def ids_of(cases):
    return [case.pk for case in cases]


def test_a_cluster_holds_what_matches_the_same_photo_and_may_be_decided_now(cluster):
    staff, other = make_staff(), make_staff()
    assert list(clusters.cluster_of(cluster[0], user_id=staff.pk, at=NOW)) == cluster
    services.claim(case_id=cluster[1].pk, by_id=other.pk, at=NOW)
    services.escalate(case_id=cluster[2].pk, by_id=staff.pk, note="", at=NOW)
    assert list(clusters.cluster_of(cluster[0], user_id=staff.pk, at=NOW)) == cluster[:1]


def test_the_preview_keeps_nothing_and_tells_exactly_what_then_happens(cluster):
    staff, ids = make_staff(), ids_of(cluster)
    variant = cluster[0].listing.variants.get()
    cluster[0].listing.withholdings.update(lifted_at=NOW)
    goods = Listing.objects.filter(pk=cluster[0].listing_id)
    goods.update(state="live", checked_version=1, published_at=NOW)
    make_order(variant, state="paid_held", at=NOW)
    facts = {"case_ids": ids, "ruling": REMOVE, "by_id": staff.pk, "at": NOW}
    shown = bulk.preview(**facts)
    assert (shown.removed, shown.told, shown.shops, shown.held_buyers) == (3, 2, 2, 1)
    assert shown.held == ((variant.price_minor, "EUR"),)
    assert not Decision.objects.exists()
    assert not Strike.objects.exists()
    assert not Message.objects.filter(kind="case.decided").exists()

    assert bulk.decide_all(expected=shown, **facts) == shown
    assert bulk.decide_all(expected=shown, **facts) == shown
    assert Strike.objects.count() == Decision.objects.count() == 3
    told = Message.objects.filter(kind="case.decided").values("user").distinct()
    assert told.count() == shown.told


def test_what_changed_after_the_preview_is_asked_again_and_nothing_is_kept(cluster):
    staff, ids = make_staff(), ids_of(cluster)
    facts = {"case_ids": ids, "ruling": REMOVE, "by_id": staff.pk, "at": NOW}
    shown = bulk.preview(**facts)
    Shop.objects.filter(pk=cluster[2].listing.shop_id).update(owner=cluster[0].listing.shop.owner)
    with pytest.raises(bulk.Changed) as changed:
        bulk.decide_all(expected=shown, **facts)
    assert (shown.told, changed.value.effects.told) == (2, 1)
    assert not Decision.objects.exists()
    services.decide(case_id=ids[2], verdict="allow", note="", by_id=staff.pk, at=NOW)
    with pytest.raises(WrongState, match="meanwhile"):
        bulk.decide_all(expected=shown, **facts)
    assert Decision.objects.count() == 1


def test_many_at_once_take_a_second_person_who_is_not_the_first(cluster):
    set_rule("cases.mass_listings", 3)
    first, second, ids = make_staff(), make_staff(), ids_of(cluster)
    facts = {"case_ids": ids, "ruling": REMOVE, "by_id": first.pk, "at": NOW}
    shown = bulk.preview(**facts)
    for nobody_else in (None, first.pk):
        with pytest.raises(NeedsSecond):
            bulk.decide_all(expected=shown, seconded_by_id=nobody_else, **facts)
    proposal = bulk.propose(case_id=ids[0], expected=shown, **facts)
    assert bulk.propose(case_id=ids[0], expected=shown, **facts) == proposal
    assert not claimable(user_id=second.pk, at=NOW).filter(pk__in=ids).exists()

    answer = {"proposal_id": proposal.pk, "expected": shown, "at": NOW}
    with pytest.raises(NotAllowed, match="Somebody else"):
        bulk.answer_proposal(by_id=first.pk, agreed=True, **answer)
    assert not Decision.objects.exists()
    carried = bulk.answer_proposal(by_id=second.pk, agreed=True, **answer)
    assert bulk.answer_proposal(by_id=second.pk, agreed=True, **answer) == carried
    assert Decision.objects.filter(by=first).count() == 3
    assert (carried.state, carried.answered_by) == ("carried", second)


def test_a_breach_that_suspends_at_once_takes_a_second_person_even_for_one_case():
    case, first, second = make_held(at=NOW), make_staff(), make_staff()
    facts = {"verdict": "remove", "policy": "counterfeit", "act": "organised", "note": NOTE}
    ruling = {"case_id": case.pk, "by_id": first.pk, "at": NOW, **facts}
    with pytest.raises(NeedsSecond):
        services.decide(**ruling)
    with pytest.raises(NotAllowed):
        services.decide(seconded_by_id=first.pk, **ruling)
    assert Case.objects.get().state == "open"
    shown = bulk.preview(case_ids=[case.pk], ruling=GRAVE, by_id=first.pk, at=NOW)
    assert shown.suspended == 1
    proposal = bulk.propose(
        case_id=case.pk, case_ids=[case.pk], ruling=GRAVE, expected=shown, by_id=first.pk, at=NOW
    )
    assert proposal.kind == "closure"
    bulk.answer_proposal(
        proposal_id=proposal.pk, by_id=second.pk, agreed=True, expected=shown, at=NOW
    )
    case.listing.shop.refresh_from_db()
    assert case.listing.shop.sanction_level == 3


def test_a_refused_proposal_frees_its_cases(cluster):
    set_rule("cases.mass_listings", 3)
    first, second, ids = make_staff(), make_staff(), ids_of(cluster)
    facts = {"case_ids": ids, "ruling": REMOVE, "by_id": first.pk, "at": NOW}
    shown = bulk.preview(**facts)
    proposal = bulk.propose(case_id=ids[0], expected=shown, **facts)
    answer = {"proposal_id": proposal.pk, "by_id": second.pk, "expected": shown, "at": NOW}
    bulk.answer_proposal(agreed=False, **answer)
    assert Proposal.objects.get().state == "refused"
    assert claimable(user_id=second.pk, at=NOW).filter(pk__in=ids).count() == 3
    with pytest.raises(WrongState):
        bulk.answer_proposal(agreed=True, **answer)
