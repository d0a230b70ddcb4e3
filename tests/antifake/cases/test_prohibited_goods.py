"""Prohibited goods go the way of the fakes: held with reasons, decided by a person, appealed."""

import pytest

from antifake.cases import services
from antifake.cases.models import Case, CaseState, Finding
from marketplace.listings.models import ListingState
from marketplace.listings.services import listing as listings
from marketplace.reasons.models import StatementOfReasons
from marketplace.trust.models import Strike
from tests.factories.accounts import make_staff
from tests.factories.antifake import NOW, check, post_listing
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db


def test_prohibited_goods_are_held_and_struck_by_a_person():
    listing = post_listing("Elephant ivory bracelet")
    scan = check(listing)
    case = Case.objects.get(scan=scan)
    assert (listing.state, case.state) == (ListingState.WITHHELD, CaseState.OPEN)
    assert Finding.objects.get(scan=scan).kind == "prohibited_wildlife"
    held = StatementOfReasons.objects.get()
    assert "prohibited goods" in held.explanation
    assert "“Elephant ivory”" in held.decision_facts
    services.decide(
        case_id=case.pk,
        verdict="remove",
        policy="prohibited",
        severity=9,
        note="Ivory may not be sold.",
        by_id=make_staff().pk,
        at=NOW,
    )
    listing.refresh_from_db()
    assert listing.state == ListingState.WITHHELD
    assert Strike.objects.get().policy == "prohibited"


def test_what_a_person_allowed_is_not_asked_again_but_other_words_are():
    shop = make_shop()
    listing = post_listing("Starting pistol of 1900, for a museum", shop=shop)
    case = Case.objects.get(scan=check(listing))
    services.decide(case_id=case.pk, verdict="allow", by_id=make_staff().pk, note="", at=NOW)
    listing.refresh_from_db()
    assert listing.state == ListingState.LIVE
    again = post_listing("Starting pistol of 1900, for a museum", shop=shop)
    check(again)
    assert again.state == ListingState.LIVE
    other = post_listing("Pistol, loaded", shop=shop)
    check(other)
    assert other.state == ListingState.WITHHELD


def test_a_description_is_checked_too_and_an_edit_is_checked_again():
    listing = post_listing("Basket")
    check(listing)
    assert listing.state == ListingState.LIVE
    from_edit = {"category_id": listing.category_id, "title": "Basket"}
    edit(listing, description="Ask me for cocaine.", **from_edit)
    check(listing)
    assert listing.state == ListingState.WITHHELD


def edit(listing, **words):
    listings.edit(listing_id=listing.pk, by_id=listing.shop.owner_id, at=NOW, **words)
