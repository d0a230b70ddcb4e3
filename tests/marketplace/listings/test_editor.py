"""The phone editor: a draft that saves itself, price ladders, versions of what buyers read."""

import uuid
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as some

from marketplace.errors import BadInput
from marketplace.listings import queries, rules
from marketplace.listings.models import Listing, ListingState, ListingVersion, PriceTier
from marketplace.listings.rules import Content
from marketplace.listings.services import listing as listings
from marketplace.listings.services import photos
from marketplace.listings.services.listing import VariantRow
from tests.factories.accounts import make_person, make_staff
from tests.factories.listings import (
    make_category,
    make_listing,
    make_photo,
    make_ready_draft,
    make_variant,
)
from tests.factories.orders import make_goods, make_order
from tests.factories.pictures import picture
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db
NEW, AUTOSAVE = "/sell/new/", "/sell/autosave/"


@pytest.fixture
def shop(client):
    shop = make_shop()
    client.force_login(shop.owner)
    return shop


def typed(*rows, key, **words):
    form = {
        "key": str(key),
        "title": "Woven basket",
        "description": "Sisal",
        "category": make_category().pk,
        "choice-TOTAL_FORMS": len(rows),
        "choice-INITIAL_FORMS": 0,
        **words,
    }
    for number, row in enumerate(rows):
        form |= {f"choice-{number}-{name}": value for name, value in row.items()}
    return form


# A draft saves itself ----------------------------------------------------------------------------


def test_what_is_typed_is_one_draft_however_often_it_is_saved(client, shop):
    key = uuid.uuid4()
    for words in ("W", "Woven", "Woven basket"):
        page = client.post(AUTOSAVE, typed({"price": "12", "on_hand": "1"}, key=key, title=words))
        assert "Draft saved at" in page.content.decode()
    listing = Listing.objects.get()
    assert (listing.title, listing.state, listing.variants.count()) == (
        "Woven basket",
        ListingState.DRAFT,
        1,
    )
    assert not ListingVersion.objects.exists()


def test_half_typed_choices_leave_no_stray_ones_and_the_last_stock_counts(client, shop):
    key = uuid.uuid4()
    for name, pieces in (("sm", "1"), ("small", "1"), ("small", "12")):
        row = {"name": name, "price": "10", "on_hand": pieces}
        client.post(AUTOSAVE, typed(row, key=key))
    client.post(NEW, {**typed({"name": "small", "price": "10", "on_hand": "12"}, key=key)})
    assert list(Listing.objects.get().variants.values_list("name", "on_hand")) == [("small", 12)]


def test_the_answer_tells_the_form_the_rows_it_has_saved(client, shop):
    row = {"name": "small", "price": "10", "on_hand": "4"}
    page = client.post(AUTOSAVE, typed(row, key=uuid.uuid4())).content.decode()
    variant = Listing.objects.get().variants.get()
    assert f'name="choice-0-variant"\n           value="{variant.pk}"' in page
    assert 'name="choice-0-seen"\n           value="4"' in page


def test_a_wrong_price_does_not_stop_the_words_from_being_kept(client, shop):
    page = client.post(AUTOSAVE, typed({"price": "1,234", "on_hand": "1"}, key=uuid.uuid4()))
    assert "not right yet" in page.content.decode()
    assert Listing.objects.get().title == "Woven basket"


def test_goods_on_their_way_to_sale_are_not_changed_by_a_late_save(client, shop):
    key = uuid.uuid4()
    row = {"price": "12", "on_hand": "1"}
    upload = SimpleUploadedFile("a.jpg", picture())
    client.post(NEW, {**typed(row, key=key), "photos": [upload], "post": "1"})
    page = client.post(AUTOSAVE, typed(row, key=key, title="Late"))
    assert "on their way to sale" in page.content.decode()
    listing = Listing.objects.get()
    assert (listing.title, listing.state) == ("Woven basket", ListingState.PENDING)
    address = reverse("listings:autosave", args=[listing.pk])
    client.post(address, typed(row, key=key, title="Later"))
    listing.refresh_from_db()
    assert listing.title == "Woven basket"


def test_an_autosave_without_a_key_or_by_a_stranger_keeps_nothing(client, shop):
    client.post(AUTOSAVE, typed({}, key=""))
    assert not Listing.objects.exists()
    draft = make_ready_draft()
    address = reverse("listings:autosave", args=[draft.pk])
    assert client.post(address, typed({}, key=uuid.uuid4())).status_code == 404
    taken = uuid.uuid4()
    Listing.objects.filter(pk=draft.pk).update(draft_key=taken)
    client.post(AUTOSAVE, typed({"price": "1", "on_hand": "1"}, key=taken, title="Mine now"))
    draft.refresh_from_db()
    assert draft.title != "Mine now"


def test_a_photo_may_come_straight_from_the_camera(client, shop):
    form = typed({"price": "12", "on_hand": "1"}, key=uuid.uuid4(), post="1")
    page = client.get(NEW).content.decode()
    assert 'capture="environment"' in page
    assert page.index('name="camera"') < page.index('name="title"')
    client.post(NEW, {**form, "camera": [SimpleUploadedFile("a.jpg", picture())]})
    assert Listing.objects.get().photos.count() == 1


# Price ladders -----------------------------------------------------------------------------------


def test_a_ladder_smallest_order_and_warning_are_kept_and_shown_again(client, shop):
    row = {"price": "10", "on_hand": "99", "least": "2", "low_stock": "7"}
    steps = {"from_1": "10", "each_1": "9.50", "from_2": "50", "each_2": "8"}
    client.post(NEW, typed({**row, **steps}, key=uuid.uuid4()))
    variant = Listing.objects.get().variants.get()
    assert (variant.least_quantity, variant.low_stock_at) == (2, 7)
    assert list(variant.tiers.values_list("from_quantity", "price_minor")) == [(10, 950), (50, 800)]
    address = reverse("listings:edit", args=[variant.listing_id])
    page = client.get(address).content.decode()
    assert 'value="9.50"' in page
    client.post(address, typed({**row, "variant": variant.pk, "seen": 99}, key=""))
    assert not PriceTier.objects.exists()


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ({"from_1": "10"}, "needs both"),
        ({"from_1": "10", "each_1": "10"}, "must cost less"),
        ({"from_1": "10", "each_1": "9", "from_2": "5", "each_2": "8"}, "needs more pieces"),
    ],
)
def test_a_ladder_that_does_not_fall_is_refused_in_words(client, shop, steps, words):
    row = {"price": "10", "on_hand": "99", **steps}
    page = client.post(NEW, typed(row, key=uuid.uuid4()))
    assert words in page.content.decode()
    assert not PriceTier.objects.exists()


@given(
    some.integers(1, 10_000),
    some.integers(1, 9),
    some.lists(some.tuples(some.integers(2, 99), some.integers(1, 10_000)), max_size=4),
)
def test_more_pieces_never_cost_more_each_on_a_right_ladder(price, least, tiers):
    if rules.wrong_ladder(price_minor=price, least=least, tiers=tiers) == "":
        prices = [price, *(each for _quantity, each in tiers)]
        assert prices == sorted(set(prices), reverse=True)
        quantities = [least, *(quantity for quantity, _each in tiers)]
        assert quantities == sorted(set(quantities))


def test_prices_and_ladders_change_without_a_new_version(now, shop):
    listing = make_listing(shop=shop)
    variant = make_variant(listing=listing)
    row = VariantRow("", 1000, 10, variant.pk, seen_on_hand=10, tiers=((5, 900),))
    for _twice in range(2):
        listings.set_variants(listing_id=listing.pk, by_id=shop.owner_id, rows=[row], at=now)
    listing.refresh_from_db()
    assert (listing.state, listing.content_version) == (ListingState.LIVE, 1)
    assert variant.tiers.get().price_minor == 900
    rows = [replace(row, tiers=((5, 1000),))]
    with pytest.raises(BadInput):
        listings.set_variants(listing_id=listing.pk, by_id=shop.owner_id, rows=rows, at=now)


# Versions ----------------------------------------------------------------------------------------


def edit(listing, now, **words):
    kept = {"category_id": listing.category_id, "title": listing.title, "description": ""}
    by = listing.shop.owner_id
    listings.edit(listing_id=listing.pk, by_id=by, at=now, **{**kept, **words})


def test_every_content_version_is_kept_as_it_was(now):
    listing = make_ready_draft(title="Red bowl")
    by = listing.shop.owner_id
    edit(listing, now, title="Red  bowl")
    for _twice in range(2):
        listings.post(listing_id=listing.pk, by_id=by, at=now)
    edit(listing, now, title="Blue bowl")
    edit(listing, now, title="Blue bowl")
    photos.add_photo(listing_id=listing.pk, data=picture(), at=now)
    kept = list(listing.versions.order_by("version"))
    assert [row.version for row in kept] == [1, 2, 3]
    assert [row.title for row in kept] == ["Red  bowl", "Blue bowl", "Blue bowl"]
    assert [len(row.photo_names) for row in kept] == [1, 1, 2]


def test_one_version_is_written_once(now):
    listing = make_ready_draft()
    listings.post(listing_id=listing.pk, by_id=listing.shop.owner_id, at=now)
    twin = listing.versions.get()
    twin.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


def test_the_differences_are_said_word_by_word(now):
    old = Content("Red bowl", "Fired twice.", "Home", ("a",), ("",))
    new = replace(old, title="Red soup bowl", photos=("b",), choices=("", "large"))
    found = {change.name: change.pieces for change in rules.changes(old, new)}
    assert set(found) == {"title", "photos", "choices"}
    assert "".join(text for mark, text in found["title"] if mark != "gone") == "Red soup bowl"
    assert "".join(text for mark, text in found["title"] if mark != "new") == "Red bowl"
    assert found["photos"] == (("gone", "a"), ("new", "b"))


def test_seller_and_staff_see_the_versions_and_a_stranger_does_not(client, now):
    listing = make_ready_draft(title="Red bowl")
    listings.post(listing_id=listing.pk, by_id=listing.shop.owner_id, at=now)
    edit(listing, now, title="Blue bowl")
    address = reverse("listings:versions", args=[listing.pk])
    for person in (listing.shop.owner, make_staff()):
        client.force_login(person)
        page = client.get(address).content.decode()
        assert "<del>Red</del>" in page
        assert "<ins>Blue</ins>" in page
    client.force_login(make_person())
    assert client.get(address).status_code == 404
    client.force_login(make_staff())
    desk = client.get(reverse("admin:listings_listing_change", args=[listing.pk]))
    assert f"{address}#version-2" in desk.content.decode()


def test_a_buyer_sees_the_listing_as_it_was_bought(client, now):
    goods = make_goods()
    listing = goods.listing
    make_photo(listing=listing)
    Listing.objects.filter(pk=listing.pk).update(
        title="Oak stool", content_version=4, checked_version=4
    )
    listing.refresh_from_db()
    edit(listing, now, title="Oak stool, oiled")
    listings.publish(listing_id=listing.pk, content_version=5, at=now)
    order = make_order(goods, at=now)
    edit(listing, now, title="Pine stool")
    line = order.lines.get()
    assert line.listing_version == 5
    client.force_login(order.buyer)
    assert (
        reverse("orders:as_bought", args=[line.pk])
        in client.get(reverse("orders:detail", args=[order.pk])).content.decode()
    )
    page = client.get(reverse("orders:as_bought", args=[line.pk])).content.decode()
    assert "Oak stool, oiled" in page
    assert "Pine" not in page
    assert "has been changed since" in page
    client.force_login(make_person())
    assert client.get(reverse("orders:as_bought", args=[line.pk])).status_code == 404


def test_the_versions_page_asks_the_database_as_often_for_ten_as_for_one(
    now, django_assert_num_queries
):
    listing = make_ready_draft()
    listings.post(listing_id=listing.pk, by_id=listing.shop.owner_id, at=now)
    for number in range(10):
        edit(listing, now, title=f"Bowl {number}")
    with django_assert_num_queries(2):
        assert len(queries.versions_with_changes(listing)) == 11
