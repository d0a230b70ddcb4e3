"""A re-scan knows photos a part of which is near, though no photo of its own was seen there."""

import numpy as np
import pytest
from PIL import Image

from antifake.cases.services import sifting
from antifake.detectors.photos.describing import DIM, VERSION, Parts, packed_small, unpacked_small
from antifake.references import queries, services
from antifake.references.index.nearest import Asked
from antifake.references.models import PhotoDescriptor, PhotoWindows
from antifake.references.queries import windows
from tests.factories.antifake import NOW, check, post_listing
from tests.factories.listings import make_listing, make_photo
from tests.factories.pictures import drawn

pytestmark = pytest.mark.django_db


def unit(dice, like=None, noise=1.0):
    vector = dice.normal(size=DIM) / np.sqrt(DIM) * noise + (0 if like is None else like)
    return vector / np.linalg.norm(vector)


def photo_with(*vectors, version=VERSION):
    """A photo whose windows have these vectors."""
    photo = make_photo(listing=make_listing())
    packed = packed_small([vector.astype("<f2").tobytes() for vector in vectors])
    PhotoWindows.objects.create(photo=photo, version=version, vectors=packed)
    return photo


def sheet():
    """Two photos side by side on white."""
    image = Image.new("RGB", (660, 330), "white")
    for place, seed in enumerate((1, 2)):
        image.paste(drawn(seed, (300, 300)), (15 + 330 * place, 15))
    return image


def test_the_nearest_come_first_page_by_page(monkeypatch):
    monkeypatch.setattr(windows, "PAGE", 2)
    dice = np.random.default_rng(1)
    likes = [unit(dice), unit(dice)]
    far = [photo_with(unit(dice), unit(dice)) for _ in range(3)]
    good, better = (photo_with(unit(dice), unit(dice, likes[0], part)) for part in (0.8, 0.1))
    other = photo_with(unit(dice, likes[1], 0.1))
    photo_with(likes[0], version="photo-before")
    asked = [Asked(key, (), like.astype(np.float32)[None]) for key, like in enumerate(likes)]

    found = queries.near_windows(asked, floor=0.4, limit=9)
    assert [hit.photo_id for hit in found[0]] == [better.pk, good.pk]
    assert [hit.listing_id for hit in found[0]] == [better.listing_id, good.listing_id]
    assert [hit.photo_id for hit in found[1]] == [other.pk]
    assert far[0].pk not in {hit.photo_id for some in found.values() for hit in some}
    only = queries.near_windows(asked, floor=0.4, limit=1)
    assert [hit.photo_id for hit in only[0]] == [better.pk]


def test_a_byte_a_number_takes_no_more_than_was_said():
    dice = np.random.default_rng(2)
    vectors = np.stack([unit(dice) for _ in range(300)]).astype("<f2")
    near = unpacked_small(packed_small([vector.tobytes() for vector in vectors]))
    like = unit(dice)
    assert np.abs(near @ like - vectors.astype(np.float64) @ like).max() < windows.SLACK


def test_windows_and_regions_are_all_glances_and_a_plain_photo_has_neither():
    parts = Parts(sheet())
    assert parts.composite
    assert parts.regions() + parts.windows() == parts.glances()
    assert len(parts.windows()) == 18
    plain = Parts(Image.linear_gradient("L").convert("RGB"))
    assert (plain.regions(), plain.windows()) == ((), ())
    assert len(plain.glances()) == 18


def test_a_new_fake_brings_a_look_at_photos_with_a_part_like_it():
    fake = post_listing("A bag", seeds=[1])
    page = post_listing("Two bags", pictures=[sheet()])
    check(fake)
    check(page)
    # As if nothing but the grid had seen the photo: what is kept of the whole is another's.
    rows = PhotoDescriptor.objects.filter(photo__listing=page)
    rows.exclude(region=0).delete()
    whole = rows.get()
    services.confirm_fake(listing_id=fake.pk, decision_ref="decision:7", at=NOW)
    services.describe_bank()
    [needle] = queries.needles(queries.remembered_by("decision:7"))
    whole.vector = (-needle.vectors.mean(axis=0)).astype("<f2").tobytes()
    whole.upright = bytes(255 - byte for byte in needle.forms[0])
    whole.save()
    assert page.pk in sifting.sift(cause="fake", subject="decision:7", after=0).listing_ids
    PhotoWindows.objects.all().delete()
    assert page.pk not in sifting.sift(cause="fake", subject="decision:7", after=0).listing_ids


def test_an_older_version_leaves_windows_to_the_new_one():
    page = post_listing("Two bags", pictures=[sheet()])
    check(page)
    photo = page.photos.get()
    PhotoDescriptor.objects.filter(photo=photo).update(version="photo-before")
    PhotoWindows.objects.filter(photo=photo).update(version="photo-before")
    services.describe_missing()
    kept = PhotoWindows.objects.filter(photo=photo).values_list("version", flat=True)
    assert sorted(kept) == sorted(["photo-before", VERSION])
