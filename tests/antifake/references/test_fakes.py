"""What decisions teach the bank, and what a won appeal takes out of it."""

from datetime import timedelta

import pytest
from PIL import Image, ImageOps

from antifake.cases.services.looks import subject_of
from antifake.references import queries, services
from antifake.references.models import RememberedContact, RememberedPhoto
from antifake.references.queries.contacts import contacts_in
from marketplace.outbox.models import Event
from marketplace.shops.models import Shop
from tests.factories.antifake import NOW, check, make_brand, post_listing
from tests.factories.pictures import drawn

pytestmark = pytest.mark.django_db
REF = "decision:7"


def bank_of(listing):
    for photo in listing.photos.all():
        services.describe_photo(photo_id=photo.pk)
    return queries.bank_for(subject_of(listing=listing, at=NOW))


def test_a_copy_of_a_confirmed_fake_is_compared_with_it_until_the_decision_falls():
    fake = post_listing(seeds=[1])
    assert services.confirm_fake(listing_id=fake.pk, decision_ref=REF, at=NOW) == 1
    assert services.confirm_fake(listing_id=fake.pk, decision_ref=REF, at=NOW) == 0
    assert Event.objects.filter(name="fake.confirmed").count() == 1

    copy = post_listing(pictures=[ImageOps.mirror(drawn(1))])
    [known] = bank_of(copy).references
    assert (known.confirmed_fake, known.brand_id) == (REF, 0)
    [pair] = known.pairs
    assert pair.photo_id == copy.photos.get().pk
    assert pair.copy_permille > 900
    assert bank_of(fake).references == ()  # nobody is a copy of himself

    assert services.forget_fake(decision_ref=REF, at=NOW) == 1
    assert services.forget_fake(decision_ref=REF, at=NOW) == 0
    assert bank_of(copy).references == ()


def test_the_picture_of_a_fake_outlives_the_sellers_own():
    fake = post_listing(seeds=[1])
    services.confirm_fake(listing_id=fake.pk, decision_ref=REF, at=NOW)
    fake.photos.all().delete()
    assert RememberedPhoto.objects.count() == 1
    assert len(bank_of(post_listing(seeds=[1])).references) == 1


def test_part_of_a_picture_is_compared_too():
    brand = make_brand(seeds=[1])
    page = Image.new("RGB", (640, 900), "white")
    page.paste(drawn(2).resize((640, 420)), (0, 0))
    page.paste(drawn(1).resize((640, 420)), (0, 480))
    [known] = [one for one in bank_of(post_listing(pictures=[page])).references if one.pairs]
    assert known.brand_id == brand.pk
    assert known.pairs[0].copy_permille > 900


def test_who_was_first_counts_only_while_his_shop_stands():
    first = post_listing(seeds=[1])
    check(first)
    later = NOW + timedelta(days=1)
    copy = post_listing(seeds=[1], at=later)
    [known] = bank_of(copy).market_photos
    assert (known.listing_id, known.copy_photo_id) == (first.pk, copy.photos.get().pk)
    assert known.pair.copy_permille > 900

    Shop.objects.filter(pk=first.shop_id).update(state="suspended")
    assert bank_of(copy).market_photos == ()


def test_a_removed_sellers_photos_and_contacts_are_known_again_in_another_shop():
    words = "Order on WhatsApp: +44 20 7946 0958"
    gone = post_listing(seeds=[1])
    gone.description = words
    gone.save(update_fields=["description"])
    assert services.remember_seller(shop_id=gone.shop_id, decision_ref=REF, at=NOW) == 2
    services.remember_seller(shop_id=gone.shop_id, decision_ref=REF, at=NOW)
    assert (RememberedPhoto.objects.count(), RememberedContact.objects.count()) == (1, 1)
    kept = str(RememberedContact.objects.values().get())
    assert [one for one in ("79460958", "7946 0958") if one in kept] == []

    again = post_listing(seeds=[1])
    again.description = "Call 0044-20-7946-0958 or +44 (20) 79460958"
    again.save(update_fields=["description"])
    bank_of(again)
    assert queries.shared_with_removed(again) == ("photo", "contact")
    assert queries.shared_with_removed(gone) == ()
    assert queries.shared_with_removed(post_listing(seeds=[2])) == ()
    services.forget_fake(decision_ref=REF, at=NOW)
    assert queries.shared_with_removed(again) == ()


def test_prices_sizes_and_plain_words_are_no_contacts():
    for text in ("Size 38-40, 1.250,00 EUR, made 2024", "A line drawing on a telegram form", ""):
        assert contacts_in(text) == frozenset()
    assert contacts_in("Mail me: Shop.One@Example.org") == {"mail:shop.one@example.org"}
