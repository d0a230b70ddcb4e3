"""Anybody reports goods; a person looks; nobody is taken down by a crowd."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from antifake.cases import services as cases
from antifake.cases.models import Case, CaseState
from antifake.cases.queries import decisions_about, waiting_about
from antifake.reports import queries, rules, services
from antifake.reports.models import Reason, Report
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.inbox.models import Message
from marketplace.listings.models import ListingState, Withholding
from marketplace.reasons.models import SourceType
from marketplace.trust.services import strike_notifier
from tests.factories.accounts import make_person, make_staff
from tests.factories.antifake import NOW, check, make_brand, post_listing, run_jobs
from tests.factories.reports import answer, make_goods_on_sale, make_report

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_a_visitor_reports_goods_from_their_page_and_reads_what_became_of_it():
    listing = make_goods_on_sale()
    visitor = Client()
    page = visitor.get(reverse("storefront:listing", args=[listing.pk])).content.decode()
    where = reverse("reports:report", args=[listing.pk])
    assert where in page
    form = visitor.get(where).content.decode()
    assert sum(value in form for value in Reason.values) == 5
    key = re.search(r'name="key" value="([^"]+)"', form)[1]
    values = {"key": key, "reason": "scam", "text": "They ask for money by messenger."}
    sent = [visitor.post(where, values) for _twice in range(2)]
    assert {one.status_code for one in sent} == {302}
    assert len({one.url for one in sent}) == 1
    assert Report.objects.count() == Case.objects.count() == 1
    outcome = visitor.get(sent[0].url)
    assert "A person will look" in outcome.content.decode()
    assert outcome.headers["Cache-Control"].startswith("max-age=0")
    answer(Report.objects.get(), at=timezone.now())
    assert "Taken down" in visitor.get(sent[0].url).content.decode()
    assert visitor.get(where).status_code == 404


def test_a_form_without_a_reason_keeps_its_words():
    listing = make_goods_on_sale()
    where = reverse("reports:report", args=[listing.pk])
    answered = Client().post(where, {"key": str(uuid4()), "text": "Look at the seam."})
    assert answered.status_code == 422
    assert "Look at the seam." in answered.content.decode()
    assert not Report.objects.exists()


def test_however_many_report_the_goods_stay_until_a_person_has_looked():
    listing = make_goods_on_sale()
    for number in range(60):
        make_report(listing, network=f"10.0.{number}.0/24")
    for _person in range(5):
        make_report(listing, by=make_person())
    listing.refresh_from_db()
    case = Case.objects.get(listing=listing)
    assert listing.state == ListingState.LIVE
    assert not Withholding.objects.exists()
    assert (case.state, case.risk_permille) == (CaseState.OPEN, rules.MOST_PERMILLE)
    assert case.reported_at == NOW


def test_one_network_and_one_person_are_one_voice():
    listing = make_goods_on_sale()
    first = make_report(listing)
    rank = first.case.risk_permille
    for _again in range(5):
        make_report(listing)
    first.case.refresh_from_db()
    assert first.case.risk_permille == rank
    person = make_person()
    assert make_report(listing, by=person) == make_report(listing, by=person)


def test_who_was_right_before_weighs_more_and_who_was_wrong_less():
    good, bad, new = make_person(), make_person(), make_person()
    for _n in range(3):
        answer(make_report(by=good))
        answer(make_report(by=bad), verdict="allow")
    ranks = [make_report(by=who).case.risk_permille for who in (good, new, bad)]
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) == 3
    strike_notifier(
        user_id=new.pk,
        decision_ref="notice:1",
        facts="It was made up.",
        by_id=make_staff().pk,
        act="knowing",
        at=NOW,
    )
    assert queries.voice_of(new.pk, at=NOW).sanctioned


def test_a_won_appeal_changes_the_reporter_s_record_too():
    who = make_person()
    decision = answer(make_report(by=who))
    assert queries.voice_of(who.pk, at=NOW).right == 1
    appeal = cases.appeal(
        decision_id=decision.pk,
        by_id=decision.case.listing.shop.owner_id,
        text="It is exactly what the title says.",
        at=NOW,
    )
    cases.decide_appeal(
        appeal_id=appeal.pk, by_id=make_staff().pk, won=True, answer="You are right.", at=NOW
    )
    voice = queries.voice_of(who.pk, at=NOW)
    assert (voice.right, voice.wrong) == (0, 1)


def test_a_removal_after_a_report_is_stated_as_made_upon_a_notice():
    decision = answer(make_report(by=make_person()))
    assert decision.statement.source_type == SourceType.NOTICE
    assert decision.statement.automated_detection is False


def test_who_reported_with_an_account_is_told():
    who = make_person()
    decision = answer(make_report(by=who), verdict="allow")
    for _twice in range(2):
        services.tell(case_id=decision.case_id, decision_id=decision.pk, at=NOW)
    (told,) = Message.objects.filter(kind="report.decided", user=who)
    assert "may stay" in told.body


def test_a_report_that_comes_to_nothing_is_not_the_seller_s_news():
    report = make_report()
    owner = report.listing.shop.owner
    assert not waiting_about(owner).exists()
    answer(report, verdict="allow")
    assert not decisions_about(owner).exists()
    assert not Message.objects.filter(user=owner).exists()


def test_what_a_person_allowed_stays_decided_until_much_speaks_against_it():
    listing = make_goods_on_sale()
    answer(make_report(listing), verdict="allow")
    late = make_report(listing, network="198.51.100.0/24")
    assert queries.outcome(late) == queries.KEPT
    assert Case.objects.count() == 1
    for _n in range(5):
        newest = make_report(listing, by=make_person())
    assert Case.objects.count() == 2
    assert queries.outcome(newest) == queries.WAITS


def test_a_report_joins_the_case_of_a_held_listing_s_next_version_not_a_closed_door():
    make_brand(seeds=[1])
    held = post_listing("N1ke shoes", seeds=[1])
    check(held)
    with pytest.raises(WrongState, match="not on sale"):
        make_report(held)


def test_people_of_the_shop_strangers_to_the_reasons_and_floods_are_refused():
    listing = make_goods_on_sale()
    with pytest.raises(NotAllowed):
        make_report(listing, by=listing.shop.owner)
    with pytest.raises(BadInput):
        make_report(listing, reason="ugly")
    with pytest.raises(BadInput):
        make_report(listing, text="x" * (rules.TEXT_MAX + 1))
    for _n in range(services.OF_NETWORK.most):
        make_report(listing)
    with pytest.raises(WrongState, match="a lot"):
        make_report(listing)
    assert make_report(listing, network="192.0.2.0/24")


def test_nothing_of_a_visitor_is_kept_but_a_keyed_hash():
    report = make_report(text="Sealed words about a seam.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM reports_report")
        stored = str(cursor.fetchall())
    assert "203.0.113" not in stored
    assert "seam" not in stored
    desk = Client()
    desk.force_login(make_staff())
    page = desk.get(reverse("admin:reports_report_change", args=[report.pk])).content.decode()
    assert "Sealed words about a seam." in page
    assert report.token not in page


@pytest.mark.django_db(transaction=True)
def test_eight_reports_at_once_open_one_case():
    listing = make_goods_on_sale()
    key = uuid4()

    def one(number):
        try:
            make_report(listing, key=key if number < 4 else uuid4())
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(8)))
    assert Case.objects.count() == 1
    assert Report.objects.count() == 5
    assert run_jobs(kind="nothing") == 0
