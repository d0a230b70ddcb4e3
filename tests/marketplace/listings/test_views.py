"""A seller lists goods with one form; nothing typed or uploaded gets lost."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from marketplace.listings.models import Listing, ListingState
from marketplace.listings.services import listing as listings
from marketplace.shops.models import ShopState
from tests.factories.accounts import make_person
from tests.factories.listings import (
    make_category,
    make_listing,
    make_photo,
    make_ready_draft,
    make_statement,
    make_variant,
)
from tests.factories.pictures import picture
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db
NEW = "/sell/new/"


@pytest.fixture
def shop(client):
    shop = make_shop()
    client.force_login(shop.owner)
    return shop


def upload(name="basket.jpg", data=None):
    return SimpleUploadedFile(name, data or picture())


def sent(*choices, button="post", **words):
    """The form as a browser sends it."""
    rows = list(choices) or [{"price": "12,50", "on_hand": "3"}]
    form = {
        "title": "Woven basket",
        "description": "Sisal",
        "category": make_category().pk,
        "choice-TOTAL_FORMS": len(rows),
        "choice-INITIAL_FORMS": 0,
        button: "1",
        **words,
    }
    for number, row in enumerate(rows):
        form |= {f"choice-{number}-{name}": value for name, value in row.items()}
    return form


def test_one_form_puts_goods_on_the_way_to_sale(client, shop):
    answer = client.post(NEW, sent(photos=[upload(), upload(data=picture(seed=2))]), follow=True)
    listing = Listing.objects.get()
    assert (listing.shop, listing.state) == (shop, ListingState.PENDING)
    assert listing.photos.count() == 2
    variant = listing.variants.get()
    assert (variant.price_minor, variant.on_hand) == (1250, 3)
    assert answer.redirect_chain[-1][0] == reverse("listings:mine")
    assert "is being checked" in answer.content.decode()


def test_save_draft_keeps_anything_even_nothing(client, shop):
    client.post(NEW, sent({}, button="draft", title="", description=""))
    listing = Listing.objects.get()
    assert (listing.state, listing.title) == (ListingState.DRAFT, "")
    assert "Untitled" in client.get(reverse("listings:mine")).content.decode()


def test_a_wrong_price_loses_neither_words_nor_photos(client, shop):
    page = client.post(NEW, sent({"price": "1,234", "on_hand": "3"}, photos=[upload()]))
    text = page.content.decode()
    listing = Listing.objects.get()
    assert (listing.state, listing.title) == (ListingState.DRAFT, "Woven basket")
    assert listing.photos.count() == 1
    assert "at most 2 digits" in text
    assert "Please look at this again" in text
    assert 'value="1,234"' in text
    assert f'action="{reverse("listings:edit", args=[listing.pk])}"' in text

    client.post(reverse("listings:edit", args=[listing.pk]), sent({"price": "12", "on_hand": "3"}))
    listing.refresh_from_db()
    assert (listing.state, listing.variants.get().price_minor) == (ListingState.PENDING, 1200)


def test_a_bad_photo_is_named_and_the_good_one_kept(client, shop):
    photos = [upload("notes.jpg", b"no picture"), upload()]
    page = client.post(NEW, sent(photos=photos)).content.decode()
    assert "notes.jpg: This file is not a picture we can read" in page
    assert Listing.objects.get().photos.count() == 1
    assert Listing.objects.get().state == ListingState.DRAFT


def test_what_is_missing_for_sale_is_said_and_the_draft_kept(client, shop):
    page = client.post(NEW, sent(title="")).content.decode()
    assert "Give your goods a title. Add at least one photo." in page
    assert Listing.objects.get().variants.count() == 1


def test_the_same_form_sent_twice_makes_one_listing(client, shop):
    form = sent(key=str(uuid.uuid4()))
    for _twice in range(2):
        client.post(NEW, {**form, "photos": [upload()]})
    listing = Listing.objects.get()
    assert (listing.variants.count(), listing.photos.count()) == (1, 1)


def test_further_choices_come_from_further_rows(client, shop):
    rows = [
        {"name": "small", "price": "10", "on_hand": "1"},
        {"name": "large", "price": "20", "on_hand": "2"},
        {"name": "", "price": "", "on_hand": ""},
    ]
    client.post(NEW, sent(*rows, photos=[upload()]))
    assert list(Listing.objects.get().variants.values_list("name", "price_minor")) == [
        ("small", 1000),
        ("large", 2000),
    ]


def test_a_shop_that_waits_for_approval_keeps_drafts(client):
    shop = make_shop(state=ShopState.APPLIED)
    client.force_login(shop.owner)
    page = client.post(NEW, sent(photos=[upload()])).content.decode()
    assert "not open yet" in page
    assert Listing.objects.get().state == ListingState.DRAFT


def test_changing_price_keeps_goods_on_sale_and_changing_words_does_not(client, shop):
    listing = make_listing(shop=shop, description="Sisal")
    variant = make_variant(listing=listing)
    make_photo(listing=listing)
    address = reverse("listings:edit", args=[listing.pk])
    assert "off sale until the new version is checked" in client.get(address).content.decode()
    same = {"title": listing.title, "category": listing.category_id, "button": "save"}
    row = {"variant": variant.pk, "seen": 10, "price": "9.99", "on_hand": "10"}

    client.post(address, sent(row, **same))
    variant.refresh_from_db()
    listing.refresh_from_db()
    assert (variant.price_minor, listing.state) == (999, ListingState.LIVE)

    client.post(address, sent(row, **{**same, "title": "New words"}))
    listing.refresh_from_db()
    assert listing.state == ListingState.PENDING


def test_a_photo_is_taken_off(client, shop):
    draft = make_ready_draft(shop=shop)
    photo = draft.photos.get()
    address = reverse("listings:edit", args=[draft.pk])
    client.post(address, sent(button="draft", remove_photo=[photo.pk]))
    assert not draft.photos.exists()


def test_a_withheld_listing_leads_to_its_reasons(client, shop, now):
    listing = make_listing(shop=shop)
    statement = make_statement(listing=listing)
    listings.withhold(listing_id=listing.pk, source="decision:1", statement_id=statement.pk, at=now)
    page = client.get(reverse("listings:mine")).content.decode()
    assert reverse("reasons:statement", args=[statement.puid]) in page


def test_a_stranger_finds_nothing(client, shop):
    foreign = make_listing()
    client.force_login(make_person())
    assert client.get(reverse("listings:edit", args=[foreign.pk])).status_code == 404
    assert client.post(reverse("listings:end", args=[foreign.pk])).status_code == 404
    assert client.get(reverse("listings:counts", args=[foreign.shop_id])).status_code == 404
    assert client.get(NEW)["Location"] == reverse("shops:apply")
    assert client.get(f"{NEW}?shop={foreign.shop_id}").status_code == 404


def test_ending_takes_goods_off_for_good(client, shop):
    listing = make_listing(shop=shop)
    client.post(reverse("listings:end", args=[listing.pk]))
    listing.refresh_from_db()
    assert listing.state == ListingState.ENDED


def test_the_counts_of_a_shop_are_a_fragment(client, shop):
    make_listing(shop=shop)
    page = client.get(reverse("listings:counts", args=[shop.pk])).content.decode()
    assert "<html" not in page
    assert "<dd>1</dd>" in page


@pytest.mark.parametrize("count", [3, 25])
def test_the_list_costs_the_same_queries_however_long(
    client, shop, count, django_assert_max_num_queries
):
    category = make_category()
    for _each in range(count):
        make_photo(listing=make_listing(shop=shop, category=category))
    with django_assert_max_num_queries(8):
        assert client.get(reverse("listings:mine")).status_code == 200
