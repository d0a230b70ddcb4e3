"""Imports that meet a stop, a damaged file, or two rows that mean one choice."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from marketplace.errors import BadInput
from marketplace.listings.importing import archives, finishing, queries, services, steps
from marketplace.listings.models import GoodsImport, Listing, Photo, Variant
from marketplace.listings.services import photos
from tests.factories.importing import (
    HEAD,
    a_row,
    checked,
    csv_of,
    imported,
    make_import,
    send,
    undone,
    work,
    xlsx_of,
    zip_of,
)
from tests.factories.listings import make_category, make_listing, make_variant
from tests.factories.pictures import picture
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db
WITH_PHOTOS = [*HEAD, "Photos"]


@pytest.fixture
def shop():
    make_category(slug="home", name="Home")
    return make_shop()


def at_its_photos(shop, *rows, at):
    """An import that has written its goods and comes to its photos next."""
    data = csv_of(WITH_PHOTOS, *rows)
    there = checked(shop, data, at=at, photos=zip_of({"a.jpg": picture()}))
    services.run(import_id=there.pk, by_id=shop.owner_id, put_on_sale=True, at=at)
    assert steps.step(import_id=there.pk, at=at)
    steps.step(import_id=there.pk, at=at)
    assert GoodsImport.objects.get(pk=there.pk).state == "finishing"
    return there


def meanwhile(monkeypatch, where, act):
    """Let `act` happen once, right before or after the photo is added: a person in another tab."""
    add, met = photos.add_photo, []

    def adding(**told):
        if not met and where == "before":
            met.append(act())
        photo = add(**told)
        if not met and where == "after":
            met.append(act())
        return photo

    monkeypatch.setattr(photos, "add_photo", adding)


@pytest.mark.parametrize("where", ["before", "after"])
def test_nothing_goes_on_sale_after_the_import_was_stopped(shop, now, monkeypatch, where):
    there = at_its_photos(shop, [*a_row(1), "a.jpg"], [*a_row(2), "a.jpg"], at=now)
    by = {"import_id": there.pk, "by_id": shop.owner_id, "at": now}
    meanwhile(monkeypatch, where, lambda: services.stop(**by))
    finishing.step(import_id=there.pk, at=now)

    assert set(Listing.objects.values_list("state", flat=True)) == {"draft"}
    # The second listing is not begun.
    assert Photo.objects.count() == 1
    services.run(put_on_sale=True, **by)
    assert work(there, at=now).state == "done"
    assert set(Listing.objects.values_list("state", flat=True)) == {"pending"}
    assert Photo.objects.count() == 2


@pytest.mark.parametrize("where", ["before", "after"])
def test_an_import_undone_while_a_photo_was_added_leaves_nothing(shop, now, monkeypatch, where):
    own = make_variant(listing=make_listing(shop=shop, title="Own"), on_hand=3)
    changed = a_row(2, sku=f"choice-{own.pk}", title="", shelf="", price="7.00")
    there = at_its_photos(shop, [*changed, "a.jpg"], [*a_row(1), "a.jpg"], at=now)
    by = {"import_id": there.pk, "by_id": shop.owner_id, "at": now}

    def undo():
        services.stop(**by)
        undone(GoodsImport.objects.get(pk=there.pk), at=now)

    meanwhile(monkeypatch, where, undo)
    finishing.step(import_id=there.pk, at=now)
    assert work(there, at=now).state == "undone"
    assert list(Listing.objects.values_list("title", flat=True)) == ["Own"]
    assert Photo.objects.count() == 0
    assert set(there.rows.values_list("stage", flat=True)) == {"undone"}


def test_goods_undone_while_their_photo_was_cleaned_are_no_fault(shop, now, monkeypatch):
    there = at_its_photos(shop, [*a_row(1), "a.jpg"], at=now)
    by = {"import_id": there.pk, "by_id": shop.owner_id, "at": now}

    def undo():
        services.stop(**by)
        undone(GoodsImport.objects.get(pk=there.pk), at=now)

    meanwhile(monkeypatch, "before", undo)
    finishing.step(import_id=there.pk, at=now)
    assert (Listing.objects.count(), Photo.objects.count()) == (0, 0)


def test_a_photo_the_seller_added_by_hand_is_not_the_imports(shop, now):
    done = imported(shop, csv_of(HEAD, a_row(1)), at=now)
    listing = Listing.objects.get()
    photos.add_photo(listing_id=listing.pk, data=picture(), by_id=shop.owner_id, at=now)
    undone(done, at=now)
    assert Photo.objects.count() == 1
    assert "edited after the import" in done.rows.get().note


def damaged(data, part, method=zipfile.ZIP_DEFLATED):
    """The ZIP with the packed bytes of one part turned over; its directory is whole."""
    stored, right = io.BytesIO(), zipfile.ZipFile(io.BytesIO(data))
    with zipfile.ZipFile(stored, "w", method) as archive:
        for name in right.namelist():
            archive.writestr(name, right.read(name))
    packed = bytearray(stored.getvalue())
    entry = zipfile.ZipFile(stored).getinfo(part)
    begin = entry.header_offset + 30 + len(part)
    for place in range(begin, begin + entry.compress_size):
        packed[place] ^= 0xFF
    return bytes(packed)


METHODS = [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2]


@pytest.mark.parametrize("method", METHODS)
def test_a_damaged_table_is_refused_in_words(shop, now, method):
    data = damaged(xlsx_of(HEAD, a_row(1)), "xl/worksheets/sheet1.xml", method)
    refused = work(send(shop, data, at=now, name="goods.xlsx"), at=now)
    assert refused.state == "refused"
    assert "cannot be opened" in refused.refusal


@pytest.mark.parametrize("method", METHODS)
def test_a_photo_damaged_in_its_zip_is_said_in_words(method):
    data = damaged(zip_of({"a.jpg": picture()}), "a.jpg", method)
    with pytest.raises(BadInput, match="damaged"):
        archives.photo(io.BytesIO(data), "a.jpg")


def test_an_import_that_is_never_read_can_be_called_off(shop, now, client):
    there = send(shop, csv_of(HEAD, a_row(1)), at=now)
    client.force_login(shop.owner)
    address = reverse("listings:import_stop", args=[there.pk])
    assert address in client.get(reverse("listings:import", args=[there.pk])).content.decode()
    client.post(address)
    called_off = work(there, at=now)
    assert (called_off.state, called_off.stored_table) == ("cancelled", "")


@pytest.mark.parametrize(
    ("state", "days", "goes"),
    [
        ("reading", 6, False),
        ("reading", 8, True),
        ("running", 31, False),
        ("undoing", 31, False),
        ("running", 38, True),
        ("undoing", 38, True),
        ("done", 31, True),
        ("mapping", 8, True),
    ],
)
def test_imports_whose_job_died_are_forgotten_too(shop, now, state, days, goes):
    make_import(shop=shop, sha256="x", state=state, created_at=now - timedelta(days=days))
    assert services.forget(at=now) == goes
    assert GoodsImport.objects.exists() != goes


@pytest.mark.parametrize("batch", [1, 250])
@pytest.mark.parametrize("goods", ["", "G-1"])
def test_two_numbers_of_one_choice_move_its_stock_once(shop, now, monkeypatch, batch, goods):
    monkeypatch.setattr(steps, "BATCH", batch)
    imported(shop, csv_of(HEAD, a_row(1, goods="G-1")), at=now)
    variant = Variant.objects.get()
    head = [*HEAD, "Stock when exported"]
    words = {"title": "", "shelf": "", "price": "", "stock": "9"}
    other = a_row(2, sku=f"choice-{variant.pk}", goods=goods, **words)
    data = csv_of(head, [*a_row(1, goods="G-1", **words), "5"], [*other, "5"])
    there = checked(shop, data, at=now)
    [wrong] = queries.wrong_rows(there)
    assert wrong.number == 3
    assert ["Number", "Row 2 means the same choice already."] in wrong.errors

    services.run(import_id=there.pk, by_id=shop.owner_id, put_on_sale=False, at=now)
    assert work(there, at=now).state == "done"
    variant.refresh_from_db()
    assert variant.on_hand == 9
    assert queries.counts(there)["wrong"] == 1


@pytest.mark.parametrize("batch", [1, 250])
def test_a_choice_named_by_word_and_by_our_number_is_changed_once(shop, now, monkeypatch, batch):
    monkeypatch.setattr(steps, "BATCH", batch)
    listing = make_listing(shop=shop, title="Bowl")
    red = make_variant(listing=listing, name="Red", on_hand=5)
    words = {"title": "", "shelf": "", "price": "", "stock": "9"}
    renamed = a_row(1, sku=f"choice-{red.pk}", choice="Crimson", **words)
    by_name = a_row(2, goods=f"goods-{listing.pk}", choice="Red", **words)
    head = [*HEAD, "Stock when exported"]
    done = imported(shop, csv_of(head, [*renamed, "5"], [*by_name, "5"]), at=now)
    [wrong] = queries.wrong_rows(done)
    assert wrong.number == 3
    assert list(Variant.objects.values_list("name", "on_hand")) == [("Crimson", 9)]


def test_columns_chosen_anew_forget_which_choices_rows_meant(shop, now):
    imported(shop, csv_of(HEAD, a_row(1)), at=now)
    there = checked(shop, csv_of(HEAD, a_row(1, price="9.00")), at=now)
    by = {"import_id": there.pk, "by_id": shop.owner_id, "at": now}
    services.choose_columns(columns=[*there.columns[:4], "", *there.columns[5:]], **by)
    assert queries.counts(work(there, at=now))["changed"] == 1


def test_a_choice_added_to_a_draft_goes_with_the_undo(shop, now):
    imported(shop, csv_of(HEAD, a_row(1, goods="G")), at=now)
    added = a_row(2, goods="G", title="", shelf="", choice="Blue")
    done = imported(shop, csv_of(HEAD, added), at=now)
    assert Variant.objects.count() == 2
    assert undone(done, at=now).state == "undone"
    connection.check_constraints()
    assert list(Variant.objects.values_list("name", flat=True)) == [""]
