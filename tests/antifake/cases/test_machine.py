"""What a machine may do alone, and who watches it."""

from datetime import timedelta

import pytest
from django.db import connection

from antifake.cases import services
from antifake.cases.models import AuditSample, Case, CaseState, Decision, Population, Scan
from antifake.cases.queries import audits as figures
from antifake.cases.queries import decisions_about, waiting_about
from antifake.cases.rules.policy import Ground
from antifake.cases.services import audits
from antifake.references.models import RememberedPhoto
from marketplace.inbox.models import Message
from marketplace.listings.models import ListingState, Withholding
from marketplace.rulebook import services as rulebook
from marketplace.trust.models import Strike
from tests.factories.accounts import make_staff
from tests.factories.antifake import NOW, check, make_case, post_listing, remove
from tests.factories.pictures import drawn

pytestmark = pytest.mark.django_db
BOUND = "cases.protected_brand_bound"
LATER = NOW + timedelta(hours=2)


def publish(key, value, at=NOW):
    rulebook.publish(key=key, value=value, valid_from=at, reason="A test.", by_id=None, at=at)


@pytest.fixture
def vouched():
    publish(BOUND, 99_900)
    publish("cases.audit_permille", 0)


def test_at_cold_start_a_machine_holds_what_it_could_take_down():
    case = make_case()
    assert (case.scan.ground, case.scan.outcome) == (Ground.BRAND, "hold")
    assert not Decision.objects.exists()


def test_a_vouched_ground_takes_down_with_reasons_an_automated_statement_and_an_appeal(vouched):
    case = make_case()
    decision = Decision.objects.get(case=case)
    assert (decision.by, decision.verdict, decision.policy) == (None, "remove", "counterfeit")
    assert case.state == CaseState.DECIDED
    assert decision.statement.automated_decision == "AUTOMATED_DECISION_FULLY"
    assert "if you appeal" in decision.statement.decision_facts
    held = Withholding.objects.filter(lifted_at=None).values_list("source", flat=True)
    assert list(held) == [decision.ref]
    assert Strike.objects.get().severity == 3
    assert Message.objects.filter(kind="case.decided").count() == 1
    assert not RememberedPhoto.objects.exists()  # a machine confirms no fakes

    owner, staff = case.listing.shop.owner, make_staff()
    appeal = services.appeal(
        decision_id=decision.pk, by_id=owner.pk, text="These are my own shoes.", at=LATER
    )
    services.decide_appeal(
        appeal_id=appeal.pk, by_id=staff.pk, won=True, answer="They are indeed.", at=LATER
    )
    case.listing.refresh_from_db()
    assert case.listing.state == ListingState.LIVE


def test_an_appeal_won_against_a_machine_stops_it(vouched):
    case = make_case()
    assert figures.is_ground_proven(Ground.BRAND, at=LATER)
    appeal = services.appeal(
        decision_id=Decision.objects.get().pk,
        by_id=case.listing.shop.owner_id,
        text="These are my own shoes.",
        at=LATER,
    )
    services.decide_appeal(
        appeal_id=appeal.pk, by_id=make_staff().pk, won=True, answer="They are indeed.", at=LATER
    )
    told = figures.ground_figures(Ground.BRAND, at=LATER)
    assert (told.reviewed.hits, told.reviewed.seen, told.is_proven) == (0, 1, False)


def test_a_machines_takedown_done_twice_is_one(vouched):
    case = make_case()
    listing = case.listing
    assert check(listing) == case.scan
    assert Decision.objects.count() == Strike.objects.count() == Case.objects.count() == 1


def test_a_drawn_takedown_is_held_for_a_person_like_any_other():
    publish(BOUND, 99_900)
    publish("cases.audit_permille", 200)
    number = 0
    with connection.cursor() as cursor:
        while not audits.is_drawn(key=f"machine {number + 1}", chance_permille=200):
            cursor.execute("SELECT nextval(pg_get_serial_sequence('cases_scan', 'id'))")
            number = cursor.fetchone()[0]
    case = make_case()
    assert case.scan_id == number + 1
    assert (case.scan.outcome, case.state) == ("take_down", CaseState.OPEN)
    assert AuditSample.objects.get().population == Population.MACHINE
    assert waiting_about(case.listing.shop.owner).get() == case  # withheld, so it is told
    remove(case, make_staff())
    told = figures.ground_figures(Ground.BRAND, at=LATER)
    assert (told.reviewed.hits, told.reviewed.seen) == (1, 1)


def test_rulings_on_holds_measure_the_ground():
    for verdict in ("remove", "allow"):
        case, staff = make_or_next_case(), make_staff()
        if verdict == "remove":
            remove(case, staff)
        else:
            services.decide(case_id=case.pk, verdict="allow", note="", by_id=staff.pk, at=NOW)
    told = figures.ground_figures(Ground.BRAND, at=LATER)
    assert (told.reviewed.hits, told.reviewed.seen) == (1, 2)


def make_or_next_case():
    """The first case, or one more of the same kind from another shop."""
    if not Case.objects.exists():
        return make_case()
    return Case.objects.get(scan=check(post_listing("N1ke shoes", seeds=[1])))


def drawn_listing():
    """A live listing whose scan is drawn at one in five."""
    for seed in range(60):
        scan = check(post_listing("Hand-woven basket", pictures=[drawn(500 + seed)]))
        if audits.is_drawn(key=f"scan {scan.pk}", chance_permille=200):
            return scan
    raise AssertionError("nothing was drawn")


@pytest.fixture
def audited():
    publish("cases.audit_permille", 200)
    scan = drawn_listing()
    assert services.draw_allowed(at=NOW + timedelta(minutes=30)) == 0  # too soon
    assert services.draw_allowed(at=LATER) >= 1
    return Case.objects.get(scan=scan)


def test_an_audit_of_what_was_allowed_leaves_it_on_sale_and_tells_nobody(audited, client):
    audited.listing.refresh_from_db()
    assert audited.listing.state == ListingState.LIVE
    assert 500 <= audited.risk_permille < 1000
    assert AuditSample.objects.get(case=audited).population == Population.ALLOWED
    cases = Case.objects.count()
    assert services.draw_allowed(at=LATER) == 0
    assert Case.objects.count() == cases
    owner, staff = audited.listing.shop.owner, make_staff()
    assert not waiting_about(owner).exists()

    client.force_login(staff)
    page = client.get(f"/admin/cases/case/{audited.pk}/change/").content.decode()
    assert "audit" not in page.lower()
    services.decide(case_id=audited.pk, verdict="allow", note="", by_id=staff.pk, at=LATER)
    assert not Message.objects.filter(kind="case.decided").exists()
    assert not decisions_about(owner).exists()


def test_a_fake_that_an_audit_finds_is_removed_and_counted_as_missed(audited):
    assert figures.figures(at=LATER).recall_percent is None
    remove(audited, make_staff(), at=LATER)
    audited.listing.refresh_from_db()
    assert audited.listing.state == ListingState.WITHHELD
    told = figures.figures(at=LATER)
    assert (told.missed.hits, told.missed.seen) == (1, 1)
    assert told.recall_percent == 0
    assert told.recall_low_percent <= told.recall_percent <= told.recall_high_percent
    assert [row.case_id for row in figures.answered()] == [audited.pk]


def test_a_listing_that_changed_since_its_scan_is_not_drawn():
    publish("cases.audit_permille", 200)
    scan = drawn_listing()
    scan.listing.content_version += 1
    scan.listing.state = ListingState.PENDING
    scan.listing.save()
    services.draw_allowed(at=LATER)
    assert not Case.objects.filter(scan=scan).exists()


def test_a_persons_removal_confirms_a_fake_but_not_photos_copied_from_others():
    case = make_case()  # its photo is the rights holder's own
    remove(case, make_staff())
    assert not RememberedPhoto.objects.exists()
    own = Case.objects.get(scan=check(post_listing("N1ke cap", pictures=[drawn(77)])))
    decision = remove(own, make_staff())
    assert RememberedPhoto.objects.get().decision_ref == decision.ref
    appeal = services.appeal(
        decision_id=decision.pk,
        by_id=own.listing.shop.owner_id,
        text="These are my own caps.",
        at=LATER,
    )
    services.decide_appeal(
        appeal_id=appeal.pk, by_id=make_staff().pk, won=True, answer="They are indeed.", at=LATER
    )
    assert RememberedPhoto.objects.get().forgotten_at == LATER


def test_most_scans_are_not_drawn():
    assert Scan.objects.count() == 0
    share = (
        sum(audits.is_drawn(key=f"scan {n}", chance_permille=15) for n in range(20_000)) / 20_000
    )
    assert 0.011 < share < 0.019
