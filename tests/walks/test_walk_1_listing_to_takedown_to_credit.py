"""Walk 1: a listing is scanned, withheld, decided, taken down; the score shows it; an appeal wins.

Over HTTP, with a real worker. The database is only read, to wait and to compare.
"""

from __future__ import annotations

import pytest
from django.utils import timezone

from antifake.cases.models import Appeal, Case, CaseState, Decision, Verdict
from antifake.references import services as references
from credit.scoring.models import Score
from credit.scoring.queries import features
from marketplace.inbox.models import Message
from marketplace.listings.models import Listing, ListingState
from marketplace.outbox.models import Job, JobState
from marketplace.shops.models import Shop
from marketplace.trust.models import Strike
from tests.factories.pictures import picture, resaved
from tests.live import until
from tests.walks.conftest import open_shop, put_on_sale

pytestmark = pytest.mark.walks


def idle() -> bool:
    return not Job.objects.filter(
        state__in=[JobState.PENDING, JobState.LEASED], run_at__lte=timezone.now()
    ).exists()


def newest_score(shop: Shop) -> Score | None:
    return Score.objects.filter(shop=shop).order_by("-pk").first()


def state_of(title: str) -> str:
    return Listing.objects.get(title=title).state


def test_a_fake_comes_down_and_a_won_appeal_leaves_no_trace(live, person):
    staff = person("staff@example.org", staff=True)
    second = person("second@example.org", staff=True)
    brand = references.register_brand(name="Lindenhof", holder="Lindenhof", at=timezone.now())
    references.add_reference_photo(brand_id=brand.pk, data=picture(1), at=timezone.now())
    seller = person("seller@example.org")
    open_shop(seller, staff, "Honest Toys")
    shop = Shop.objects.get(name="Honest Toys")

    # An ordinary listing goes live by itself, once a worker has looked.
    put_on_sale(seller, "Wooden spinning top", picture(2))
    until(lambda: state_of("Wooden spinning top") == ListingState.LIVE, "the scan to publish")
    assert "Wooden spinning top" in seller.open("/").text
    until(idle, "the worker to finish")
    before = newest_score(shop)
    assert before is not None

    # A look-alike name with a copied photo is withheld, and the page says so.
    fake = "L1ndenh0f wooden train"
    put_on_sale(seller, fake, resaved(picture(1)))
    until(lambda: Case.objects.filter(listing__title=fake).exists(), "the scan to open a case")
    assert state_of(fake) == ListingState.WITHHELD
    assert fake not in staff.open("/search?q=train").text
    assert "withheld" in seller.open("/sell/").text.lower()

    # Staff decide in the admin, seeing photo, reference and reasons.
    case = Case.objects.get(listing__title=fake)
    review = staff.open(f"/admin/cases/case/{case.pk}/change/")
    staff.send(review, "/claim/")
    review = staff.open(f"/admin/cases/case/{case.pk}/change/")
    assert "Lindenhof" in review.text
    assert len([i for i in review.soup.find_all("img") if "photo" in i["src"]]) >= 2
    values = {"policy": "counterfeit", "act": "knowing", "note": "A copy of Lindenhof's train."}
    staff.send(review, "/decide/", values, button="verdict=remove")

    decision = Decision.objects.get(case=case)
    assert (decision.verdict, decision.by.email) == (Verdict.REMOVE, "staff@example.org")
    strike = Strike.objects.get(shop=shop)
    assert strike.decision_ref == decision.ref
    assert decision.statement.decision_facts
    until(lambda: newest_score(shop).points < before.points, "the score to show the strike")
    until(idle, "the worker to finish")
    shop.refresh_from_db()
    assert shop.sanction_level > 0

    # The seller is told why, and appeals.
    assert Message.objects.filter(user=shop.owner, link__contains="/decisions/").exists()
    assert "copy of Lindenhof" in seller.open(f"/decisions/{decision.pk}/").text
    score_page = seller.open("/credit/").text
    assert str(newest_score(shop).points) in score_page
    page = seller.open(f"/decisions/{decision.pk}/")
    seller.send(page, "/appeal/", {"text": "The photo is ours: Lindenhof bought it from us."})

    # The first decider may not answer; another person does.
    appeal = Appeal.objects.get(decision=decision)
    answer = {"answer": "You are right, you made this train first."}
    page = staff.open(f"/admin/cases/appeal/{appeal.pk}/change/")
    refused = staff.send(page, "/answer/", answer, button="outcome=won", expect=422)
    assert "another person must answer" in refused.text
    appeal.refresh_from_db()
    assert appeal.decided_by is None
    page = second.open(f"/admin/cases/appeal/{appeal.pk}/change/")
    second.send(page, "/answer/", answer, button="outcome=won")

    # Everything is back, and the score is what it would be had the strike never been.
    until(lambda: state_of(fake) == ListingState.LIVE, "the listing to return")
    until(lambda: newest_score(shop).points == before.points, "the score to return")
    until(idle, "the worker to finish")
    shop.refresh_from_db()
    strike.refresh_from_db()
    assert shop.sanction_level == 0
    assert strike.voided_at is not None
    assert newest_score(shop).contributions == before.contributions
    assert features(shop_id=shop.pk, at=timezone.now()) is not None
    assert Decision.objects.get(overrides=decision).verdict == Verdict.ALLOW
    case.refresh_from_db()
    assert case.state == CaseState.DECIDED
    assert "You are right" in seller.open(f"/decisions/{decision.pk}/").text
