"""From a posted listing to a published or a held one."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from antifake.cases import rules, services
from antifake.cases.models import Case, CaseState, Finding, Scan
from antifake.cases.services.scans import SCAN
from antifake.detectors.base import Finding as Found
from antifake.references import services as references
from antifake.references.models import PhotoDescriptor
from marketplace.inbox.models import Message
from marketplace.listings.models import ListingState, Withholding
from marketplace.listings.services import listing as listings
from marketplace.outbox.models import Event, Job, JobState
from tests.factories.antifake import (
    NOW,
    check,
    known_shop,
    make_brand,
    make_case,
    post_listing,
    run_jobs,
    scans_of,
)
from tests.factories.pictures import drawn
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db


def found(detector, log_odds):
    return Found(detector, "1", "kind", "key", 0, 1, "It looks alike.", log_odds)


def test_risks_are_those_the_desk_was_told():
    alone = {5.0: 752, 4.3: 601, 2.6: 216, 1.2: 63}
    assert {odds: rules.risk_permille([found("a", odds)]) for odds in alone} == alone


@given(some.lists(some.tuples(some.sampled_from("ab"), some.floats(0, 6))))
def test_more_evidence_never_lowers_the_risk(facts):
    findings = [found(*fact) for fact in facts]
    assert rules.risk_permille(findings[1:]) <= rules.risk_permille(findings) <= 1000


@pytest.mark.django_db(transaction=True)
def test_a_posted_listing_is_scanned_by_a_job_and_published():
    listing = post_listing()
    assert listing.state == ListingState.PENDING
    assert run_jobs(kind=SCAN) == 1

    listing.refresh_from_db()
    assert listing.state == ListingState.LIVE
    scan = Scan.objects.get(listing=listing)
    assert (scan.risk_permille, scan.findings.count()) == (20, 0)
    assert PhotoDescriptor.objects.filter(photo__listing=listing, region=0).count() == 1


@pytest.mark.django_db(transaction=True)
def test_running_a_scan_job_again_makes_nothing_twice():
    make_brand(seeds=[1])
    listing = post_listing("N1ke shoes", seeds=[1])
    assert run_jobs(kind=SCAN) == 1
    Job.objects.filter(kind=SCAN).update(state=JobState.PENDING, done_at=None)
    assert run_jobs(kind=SCAN) == 1

    assert scans_of(listing) == Case.objects.count() == Withholding.objects.count() == 1
    assert Finding.objects.count() == 2
    assert Event.objects.filter(name="case.opened").count() == 1


def test_a_risky_listing_is_held_with_reasons_and_a_case():
    case = make_case()
    listing = case.listing
    assert listing.state == ListingState.WITHHELD
    assert case.state == CaseState.OPEN
    assert case.due_at == NOW + timedelta(hours=24)
    held = Withholding.objects.get(listing=listing)
    assert held.source == f"scan:{case.scan_id}"
    assert "N1ke" in held.statement.decision_facts
    assert held.statement.automated_detection
    assert held.statement.automated_decision == "AUTOMATED_DECISION_PARTIALLY"
    kinds = set(case.scan.findings.values_list("kind", flat=True))
    assert kinds == {"brand_lookalike", "exact_file"}
    assert case.risk_permille > 900


def test_an_authorised_shop_is_published():
    shop = make_shop()
    brand = make_brand(seeds=[1])
    references.authorise(brand_id=brand.pk, shop_id=shop.pk, at=NOW)
    listing = post_listing("Nike shoes", shop=shop, seeds=[1])
    scan = check(listing)
    assert [finding.kind for finding in scan.findings.all()] == ["authorised"]
    assert scan.risk_permille < 20
    assert listing.state == ListingState.LIVE


def test_a_copy_of_another_shops_photo_asks_the_seller_and_is_published():
    first = post_listing("Basket", seeds=[1])
    check(first)
    later = NOW + timedelta(days=1)
    copy = post_listing("Woven basket", pictures=[drawn(1).resize((320, 240))], at=later)
    scan = check(copy, at=later)

    assert copy.state == ListingState.LIVE
    [finding] = scan.findings.all()
    assert finding.evidence["matched_listing_id"] == first.pk
    question = Message.objects.get(kind="photo.question")
    assert question.user_id == copy.shop.owner_id
    assert "Did you take it yourself?" in question.body


def test_whoever_was_first_is_not_asked():
    first = post_listing("Basket", seeds=[1])
    check(first)
    later = NOW + timedelta(days=1)
    check(post_listing("Woven basket", seeds=[1], at=later), at=later)
    listings.edit(
        listing_id=first.pk,
        by_id=first.shop.owner_id,
        category_id=first.category_id,
        title="Round basket",
        description="",
        at=later,
    )
    assert check(first, at=later).findings.count() == 0


def test_a_shops_own_photo_on_two_listings_is_nothing():
    shop = make_shop()
    check(post_listing(shop=shop, seeds=[1]))
    assert check(post_listing(shop=shop, seeds=[1])).findings.count() == 0


def test_a_slip_that_is_an_ordinary_word_of_two_shops_is_nothing():
    make_brand("Chanel")
    assert check(post_listing("Chamel jug")).outcome == "hold"  # nobody knows this shop yet
    scan = check(post_listing("Chamel candle", shop=known_shop()))
    assert [finding.kind for finding in scan.findings.all()] == ["brand_typo"]
    check(post_listing("Chamel bell", shop=known_shop()))
    assert check(post_listing("Old chamel door")).findings.count() == 0


def test_a_look_at_an_older_version_changes_nothing():
    listing = post_listing()
    findings = services.look(listing_id=listing.pk, content_version=1)
    listings.edit(
        listing_id=listing.pk,
        by_id=listing.shop.owner_id,
        category_id=listing.category_id,
        title="Another title",
        description="",
        at=NOW,
    )
    facts = {"listing_id": listing.pk, "content_version": 1}
    assert services.finish(**facts, findings=findings, at=NOW) is None
    assert services.look(**facts) is None
    listing.refresh_from_db()
    assert (listing.state, scans_of(listing)) == (ListingState.PENDING, 0)


def test_an_ended_listing_is_not_looked_at():
    listing = post_listing()
    listings.end(listing_id=listing.pk, by_id=listing.shop.owner_id, at=NOW)
    assert services.look(listing_id=listing.pk, content_version=1) is None


@pytest.mark.django_db(transaction=True)
def test_a_scan_that_did_not_come_is_asked_for_again_once():
    listing = post_listing()
    late = NOW + timedelta(minutes=3)
    assert services.rescan_stalled(at=late) == 0  # its job waits in a long line
    Job.objects.all().delete()
    assert services.rescan_stalled(at=NOW + timedelta(minutes=1)) == 0
    assert services.rescan_stalled(at=late) == 1
    assert services.rescan_stalled(at=late + timedelta(minutes=1)) == 0
    assert Job.objects.filter(kind=SCAN).count() == 1

    assert run_jobs(kind=SCAN) == 1
    listing.refresh_from_db()
    assert listing.state == ListingState.LIVE
    assert services.rescan_stalled(at=late + timedelta(hours=2)) == 0
