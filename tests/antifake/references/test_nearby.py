"""Who is near: the mapped index and plain Postgres give the same answers, whatever is where."""

import uuid

import numpy as np
import pytest
from django.db import connection

from antifake.detectors.photos.describing import DIM, VERSION
from antifake.references import queries, services
from antifake.references.fields import as_halfvec, column_type, forget_column_types
from antifake.references.index import files, rows
from antifake.references.index.nearest import Asked
from antifake.references.models import IndexBuild, PhotoDescriptor
from antifake.references.queries import nearby
from marketplace.listings.models import Photo
from tests.factories.antifake import NOW
from tests.factories.listings import make_listing, make_photo

pytestmark = pytest.mark.django_db

COLUMN = ("references_photodescriptor", "vector")


@pytest.fixture(autouse=True)
def own_index(settings, tmp_path):
    settings.PHOTO_INDEX_ROOT = tmp_path
    vars(nearby._of_thread).clear()


@pytest.fixture(params=["as the server has it", "bytea"])
def column(request):
    """The vector column as pgvector's, where the server has it, and as plain bytes."""
    if request.param == "bytea":
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE references_photodescriptor ALTER COLUMN vector TYPE bytea USING NULL"
            )
    forget_column_types()
    yield column_type(connection, *COLUMN)
    forget_column_types()


def unit(dice, like=None, noise=1.0):
    vector = dice.normal(size=DIM) * noise + (0 if like is None else like)
    return (vector / np.linalg.norm(vector)).astype("<f2")


def describe(dice, photo, *, vector, bits=None, region=0):
    bits = bits if bits is not None else dice.integers(0, 256, 32, dtype=np.uint8).tobytes()
    return PhotoDescriptor.objects.create(
        photo=photo,
        region=region,
        version=VERSION,
        descriptor=bits * 8,
        upright=bits,
        quality=80,
        vector=vector.tobytes(),
        mirrored=vector.tobytes(),
    )


def stock(dice, count, like):
    """Photos on listings of two shops, every fifth near to `like`."""
    listings = [make_listing(), make_listing()]
    for number in range(count):
        photo = make_photo(listing=listings[number % 2], position=number)
        near = number % 5 == 0
        describe(dice, photo, vector=unit(dice, like, 0.03) if near else unit(dice))
    return listings


def ask(vector, bits=b"\0" * 32):
    asked = Asked(7, (bits,), vector.astype(np.float32)[None])
    return queries.near_photos([asked], within=31, floor=0.4, limit=50)[7]


def test_index_tail_and_plain_postgres_say_the_same(column, monkeypatch):
    monkeypatch.setattr(rows, "PART_ROWS", 7)
    assert column in {"halfvec", "bytea"}
    dice = np.random.default_rng(1)
    like = unit(dice).astype(float)
    stock(dice, 30, like)
    plain = ask(like)
    assert len(plain) == 6

    assert services.build(at=NOW).rows == 30
    assert ask(like) == plain

    late = make_photo(listing=make_listing())
    describe(dice, late, vector=unit(dice, like, 0.03))
    found = ask(like)
    assert {hit.photo_id for hit in found} == {*(hit.photo_id for hit in plain), late.pk}

    vars(nearby._of_thread).clear()
    IndexBuild.objects.all().delete()  # no database vouches for the files: they are not read
    assert ask(like) == found


def test_what_is_written_comes_back_as_it_was(column):
    dice = np.random.default_rng(2)
    vector = unit(dice)
    row = describe(dice, make_photo(listing=make_listing()), vector=vector)
    row.refresh_from_db()
    assert row.vector == vector.tobytes()
    assert as_halfvec(vector.tobytes()).startswith("[")


def test_bits_alone_find_a_photo_and_parts_find_the_photo_they_are_of():
    dice = np.random.default_rng(3)
    like, bits = unit(dice).astype(float), bytes(range(32))
    by_bits = make_photo(listing=make_listing())
    describe(dice, by_bits, vector=unit(dice), bits=bytes([1, *range(1, 32)]))
    collage = make_photo(listing=make_listing())
    describe(dice, collage, vector=unit(dice))
    describe(dice, collage, vector=unit(dice, like, 0.02), region=1)
    hits = ask(like, bits)
    assert [(hit.photo_id, hit.bits < 32) for hit in hits] == [
        (by_bits.pk, True),
        (collage.pk, False),
    ]


def test_a_shops_own_photos_do_not_crowd_out_those_of_others():
    dice = np.random.default_rng(4)
    like = unit(dice).astype(float)
    mine, theirs = stock(dice, 20, like)
    asked = Asked(7, (), like.astype(np.float32)[None])
    found = queries.near_photos([asked], within=31, floor=0.4, limit=1, but_shop=mine.shop_id)
    assert {hit.listing_id for hit in found[7]} == {theirs.pk}


def test_a_photo_that_is_gone_leaves_the_tail():
    dice = np.random.default_rng(5)
    like = unit(dice).astype(float)
    stock(dice, 5, like)
    assert len(ask(like)) == 1
    Photo.objects.filter(pk=ask(like)[0].photo_id).delete()
    assert ask(like) == []


def test_more_new_rows_than_memory_holds_are_read_in_pages(monkeypatch):
    dice = np.random.default_rng(6)
    like = unit(dice).astype(float)
    stock(dice, 25, like)
    all_at_once = ask(like)
    monkeypatch.setattr(nearby, "TAIL_KEPT", 10)
    monkeypatch.setattr(nearby, "PAGE", 7)
    assert ask(like) == all_at_once


def test_the_number_of_statements_does_not_grow_with_the_catalogue(django_assert_num_queries):
    dice = np.random.default_rng(7)
    like = unit(dice).astype(float)
    stock(dice, 12, like)
    services.build(at=NOW)
    ask(like)
    for _ in range(2):
        with django_assert_num_queries(2):  # the newest index, the newer rows' numbers
            ask(like)
        make_listing()


def test_an_index_is_built_when_too_many_rows_are_newer_and_old_files_go(tmp_path):
    dice = np.random.default_rng(8)
    like = unit(dice).astype(float)
    assert services.build_if_due(at=NOW, limit=3) is None
    for _ in range(4):
        stock(dice, 4, like)
        assert services.build_if_due(at=NOW, limit=3) is not None
        assert services.build_if_due(at=NOW, limit=3) is None
    root = nearby.index_root()
    assert len(list(root.iterdir())) == files.KEPT
    vars(nearby._of_thread).clear()
    newest = IndexBuild.objects.order_by("-pk")[0]
    assert len(files.opened(root, newest.token)) == newest.rows
    assert files.opened(root, uuid.uuid4()) is None
