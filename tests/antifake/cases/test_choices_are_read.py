"""Every word that a buyer reads of goods is read by the check."""

import pytest

from antifake.cases.services import scans
from tests.factories.listings import make_listing, make_variant
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db


def test_the_names_of_choices_are_read_for_prohibited_goods():
    listing = make_listing(shop=make_shop(), title="Garden things")
    make_variant(listing=listing, name="AK-47 assault rifle")
    found = scans.look(listing_id=listing.pk, content_version=listing.content_version)
    assert any(one.kind.startswith("prohibited") for one in (found.findings if found else []))
