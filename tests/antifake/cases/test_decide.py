"""Rulings: by whom, how, and what each brings about."""

from datetime import timedelta

import psycopg2
import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from antifake.cases import services
from antifake.cases.models import Case, CaseState, Decision
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.inbox.models import Message
from marketplace.listings.models import ListingState, Withholding
from marketplace.listings.services import listing as listings
from marketplace.outbox.models import Event, LogEntry
from marketplace.shops.models import MemberRole, ShopMember
from marketplace.trust.models import Sanction, Strike
from tests.factories.accounts import make_staff
from tests.factories.antifake import NOTE, NOW, check, make_case, post_listing, remove

pytestmark = pytest.mark.django_db


def allow(case, staff, **more):
    facts = {"case_id": case.pk, "verdict": "allow", "note": "", "by_id": staff.pk, "at": NOW}
    return services.decide(**(facts | more))


def test_a_removal_brings_strike_sanction_statement_notice_and_audit():
    case, staff = make_case(), make_staff()
    decision = remove(case, staff)

    case.refresh_from_db()
    case.listing.refresh_from_db()
    assert (case.state, case.listing.state) == (CaseState.DECIDED, ListingState.WITHHELD)
    strike = Strike.objects.get()
    assert (strike.decision_ref, strike.severity) == (decision.ref, 9)
    assert Sanction.objects.get().cause == strike
    assert strike.statement == decision.statement
    assert NOTE in decision.statement.decision_facts
    assert "N1ke" in decision.statement.decision_facts
    assert decision.statement.automated_detection
    sources = Withholding.objects.filter(lifted_at=None).values_list("source", flat=True)
    assert list(sources) == [decision.ref]
    notice = Message.objects.get(kind="case.decided")
    assert notice.user_id == case.listing.shop.owner_id
    assert notice.link == f"/decisions/{decision.pk}/"
    assert LogEntry.objects.filter(action="case.decided", actor=staff.ref).count() == 1
    data = Event.objects.get(name="case.decided").data
    assert (data["decision_id"], data["verdict"]) == (decision.pk, "remove")


def test_allowing_puts_the_listing_on_sale():
    case, staff = make_case(), make_staff()
    decision = allow(case, staff)
    case.listing.refresh_from_db()
    assert case.listing.state == ListingState.LIVE
    assert (decision.statement, Strike.objects.count()) == (None, 0)
    assert not Withholding.objects.filter(lifted_at=None).exists()


def test_what_a_person_allowed_is_not_held_again():
    case, staff = make_case(), make_staff()
    shop = case.listing.shop
    allow(case, staff)
    edit_title(case.listing, "N1ke shoes, size 42")
    assert check(case.listing).risk_permille == 20
    assert case.listing.state == ListingState.LIVE
    assert check(post_listing("N1ke shoes, size 43", shop=shop, seeds=[1])).risk_permille == 20


def test_what_was_allowed_clears_neither_other_evidence_nor_other_shops():
    case, staff = make_case(), make_staff()
    allow(case, staff)
    edit_title(case.listing, "Nik3 shoes")
    assert check(case.listing).risk_permille > 700
    assert check(post_listing("N1ke shoes", seeds=[1])).risk_permille > 900


def edit_title(listing, title):
    facts = {"category_id": listing.category_id, "title": title, "description": "", "at": NOW}
    listings.edit(listing_id=listing.pk, by_id=listing.shop.owner_id, **facts)


def test_the_same_ruling_twice_is_one_and_another_is_refused():
    case, staff = make_case(), make_staff()
    assert remove(case, staff) == remove(case, staff)
    assert Decision.objects.count() == Strike.objects.count() == 1
    with pytest.raises(WrongState):
        allow(case, staff)
    with pytest.raises(WrongState):
        remove(case, make_staff())


@pytest.mark.parametrize(
    "wrong",
    [
        {"verdict": "remove", "policy": "counterfeit", "severity": 9, "note": " "},
        {"verdict": "remove", "policy": "", "severity": 9, "note": NOTE},
        {"verdict": "remove", "policy": "counterfeit", "severity": 2, "note": NOTE},
        {"verdict": "perhaps"},
    ],
)
def test_a_removal_without_rule_severity_or_words_is_refused(wrong):
    case = make_case()
    with pytest.raises(BadInput):
        allow(case, make_staff(), **wrong)
    case.refresh_from_db()
    assert (case.state, Decision.objects.count()) == (CaseState.OPEN, 0)


def test_only_staff_from_outside_the_shop_decide():
    case, staff = make_case(), make_staff()
    with pytest.raises(NotAllowed, match="staff"):
        allow(case, case.listing.shop.owner)
    ShopMember.objects.create(shop=case.listing.shop, user=staff, role=MemberRole.PACKER, since=NOW)
    with pytest.raises(NotAllowed, match="somebody else"):
        allow(case, staff)
    assert services.claim_next(by_id=staff.pk, at=NOW) is None


def test_a_claimed_case_is_its_claimers_for_a_quarter_of_an_hour():
    case, first, second = make_case(), make_staff(), make_staff()
    services.claim(case_id=case.pk, by_id=first.pk, at=NOW)
    with pytest.raises(NotAllowed):
        allow(case, second)
    with pytest.raises(NotAllowed):
        services.claim(case_id=case.pk, by_id=second.pk, at=NOW)
    assert services.claim_next(by_id=second.pk, at=NOW) is None

    later = NOW + timedelta(minutes=15)
    assert services.claim_next(by_id=second.pk, at=later).claimed_by == second
    with pytest.raises(NotAllowed):
        services.unclaim(case_id=case.pk, by_id=first.pk, at=later)
    services.unclaim(case_id=case.pk, by_id=second.pk, at=later)
    assert services.claim_next(by_id=first.pk, at=later).claimed_by == first


def test_the_riskiest_free_case_comes_first_and_ones_own_before_it():
    weak, staff = make_case(), make_staff()
    Case.objects.filter(pk=weak.pk).update(rank=F("rank") - 1)
    strong = make_case()
    assert services.claim_next(by_id=staff.pk, at=NOW) == strong
    assert services.claim_next(by_id=staff.pk, at=NOW) == strong
    assert services.claim_next(by_id=make_staff().pk, at=NOW) == weak


def test_the_database_refuses_a_second_first_decision_and_a_removal_without_reasons():
    case, staff = make_case(), make_staff()
    decision = remove(case, staff)
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(case=case, verdict="allow", at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(statement=None)


def test_decisions_and_findings_cannot_be_rewritten_by_web_and_workers(app_connection):
    decision = remove(make_case(), make_staff())
    cursor = app_connection.cursor()
    for statement in (
        "UPDATE cases_decision SET verdict = 'allow'",
        "DELETE FROM cases_decision",
        "UPDATE cases_finding SET sentence = ''",
        "DELETE FROM cases_finding",
    ):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(statement)
    cursor.execute("SELECT nextval(pg_get_serial_sequence('cases_decision', 'id'))")
    assert cursor.fetchone()[0] > decision.pk
