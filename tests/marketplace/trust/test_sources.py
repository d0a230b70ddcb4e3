"""A listing is withheld by a set of sources: each goes alone, and the last one brings it back."""

from itertools import permutations

import pytest
from django.test import Client

from marketplace.listings.models import ListingState
from marketplace.trust import services
from tests.factories.accounts import make_staff
from tests.factories.orders import make_goods
from tests.factories.trust import NOW, strike_listing

pytestmark = pytest.mark.django_db
SOURCES = ("scan:9", "decision:41", "notice:7")


def withhold(listing, source):
    if source.startswith("scan"):
        services.hold(
            listing_id=listing.pk, source=source, facts="A sign.", explanation="A look.", at=NOW
        )
    elif source.startswith("notice"):
        hold = services.Hold(
            source=source,
            facts={listing.pk: "A holder's notice names it."},
            explanation="A look follows.",
            automated_detection=False,
            link="/account/",
            mail_at=NOW,
        )
        assert list(services.hold_for_notice(hold=hold, at=NOW)) == [listing.pk]
    else:
        strike_listing(listing, ref=source, by=make_staff())


def lift(listing, source):
    if source.startswith("scan"):
        services.lift_hold(listing_id=listing.pk, source=source, at=NOW)
    elif source.startswith("notice"):
        lifted = services.lift_for_notice(listing_ids=[listing.pk], source=source, at=NOW)
        assert lifted == [listing.pk]
    else:
        services.restore(decision_ref=source, voided_by_ref="decision:99", by_id=None, at=NOW)


@pytest.mark.parametrize("order", list(permutations(SOURCES)))
def test_lifting_one_source_leaves_the_others_in_whatever_order(order):
    listing = make_goods().listing
    for source in SOURCES:
        withhold(listing, source)
    left = set(SOURCES)
    for source in order:
        assert Client().get(f"/l/{listing.pk}/").status_code == 404
        lift(listing, source)
        left.remove(source)
        active = listing.withholdings.filter(lifted_at=None)
        assert set(active.values_list("source", flat=True)) == left
        listing.refresh_from_db()
        assert listing.state == (ListingState.WITHHELD if left else ListingState.LIVE)
    assert Client().get(f"/l/{listing.pk}/").status_code == 200
