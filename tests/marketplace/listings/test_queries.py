"""What buyers may see, and what staff may look at."""

import pytest
from django.urls import reverse

from marketplace.accounts import second_factor
from marketplace.accounts.models import Role
from marketplace.accounts.services import grant_role
from marketplace.listings import queries
from marketplace.listings.models import ListingState
from marketplace.shops.models import ShopState
from tests.factories.accounts import make_person
from tests.factories.listings import make_listing, make_photo, make_variant
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db


def test_only_live_goods_of_open_shops_are_seen():
    live = make_listing()
    make_listing(shop=make_shop(state=ShopState.SUSPENDED))
    for state in (ListingState.PENDING, ListingState.WITHHELD, ListingState.ENDED):
        make_listing(state=state)
    assert list(queries.live()) == [live]


def test_a_card_needs_no_further_query(django_assert_num_queries):
    listing = make_listing()
    photo = make_photo(listing=listing)
    make_photo(listing=listing)
    make_variant(listing=listing, name="a", price_minor=300, on_hand=5, reserved=2)
    make_variant(listing=listing, name="b", price_minor=200, on_hand=1)
    with django_assert_num_queries(1):
        card = queries.live().get()
        assert (card.lowest_price_minor, card.free_units) == (200, 4)
        assert card.thumb_url == photo.thumb_url == queries.photo_url(photo, "thumb")
        assert card.shop.name
        assert card.category.name


def test_goods_without_photo_or_price_have_an_empty_card():
    make_listing()
    card = queries.live().get()
    assert (card.thumb_url, card.lowest_price_minor, card.free_units) == ("", None, 0)


def test_counts_are_of_one_shop_alone():
    listing = make_listing()
    make_listing(shop=listing.shop, state=ListingState.PENDING)
    make_listing()
    expected = {"live": 1, "pending": 1, "withheld": 0, "draft": 0}
    assert queries.counts(listing.shop_id) == expected


def test_staff_look_at_goods_but_type_no_state(client, now):
    staff = make_person()
    grant_role(user_id=staff.pk, role=Role.STAFF, by_id=None, at=now)
    second_factor.give(user_id=staff.pk, at=now)
    client.force_login(staff)
    listing = make_listing()
    make_photo(listing=listing)
    make_variant(listing=listing)
    address = reverse("admin:listings_listing_change", args=[listing.pk])
    assert listing.title in client.get(address).content.decode()
    assert client.post(address, {"state": "ended"}).status_code == 403
    for model in ("listing", "variant", "withholding", "reservation", "category"):
        assert client.get(reverse(f"admin:listings_{model}_changelist")).status_code == 200
