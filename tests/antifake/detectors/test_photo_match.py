"""Copies are found in all the ways people make them; other pictures are not."""

import io

import pytest
from PIL import Image, ImageOps

from antifake.cases.rules.policy import is_verified_fake
from antifake.detectors.base import Bank, KnownPhoto, KnownReference, Pair, PhotoView, Subject
from antifake.detectors.photo_match import (
    EXACT,
    FAKE,
    MARKET,
    REFERENCE,
    STRONG_BITS,
    WEAK_BITS,
    PhotoMatch,
    bits_apart,
    describe,
)
from antifake.detectors.photos.comparing import POLICY
from antifake.detectors.registry import ALL, detector_set_hash, examine
from tests.factories.pictures import as_bytes, drawn

COPIES = {
    "identical": lambda image: image,
    "half the size": lambda image: image.resize((image.width // 2, image.height // 2)),
    "compressed hard": lambda image: Image.open(io.BytesIO(as_bytes(image, quality=20))),
    "stored as WebP": lambda image: Image.open(io.BytesIO(as_bytes(image, "WEBP", quality=70))),
    "mirrored": ImageOps.mirror,
    "upside down": ImageOps.flip,
    "turned left": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "turned over": lambda image: image.transpose(Image.Transpose.ROTATE_180),
    "turned right": lambda image: image.transpose(Image.Transpose.ROTATE_270),
    "mirrored and turned": lambda image: image.transpose(Image.Transpose.TRANSPOSE),
    "gray": ImageOps.grayscale,
    "darker": lambda image: image.point(lambda value: value * 0.7),
}


def view(image, photo_id=1, sha256="a"):
    hashes, quality = describe(image)
    return PhotoView(photo_id, 0, sha256, hashes, quality)


def upright(image):
    return describe(image)[0][0]


def examined(photo, **bank):
    return PhotoMatch().examine(Subject(1, 7, "Basket", photos=(photo,)), Bank(**bank))


def reference(image, *, authorised=False):
    return KnownReference(5, 3, "Nike", upright(image), authorised=authorised)


@pytest.mark.parametrize("edit", COPIES.values(), ids=COPIES.keys())
@pytest.mark.parametrize("seed", range(8))
def test_a_copy_of_a_reference_is_found(edit, seed):
    [finding] = examined(view(edit(drawn(seed))), references=(reference(drawn(seed)),))
    assert finding.kind == REFERENCE
    assert finding.distance <= finding.threshold <= WEAK_BITS


def test_two_hundred_other_pictures_are_no_copies():
    bank = tuple(KnownReference(n, 3, "Nike", upright(drawn(n))) for n in range(20))
    found = [n for n in range(1000, 1200) if examined(view(drawn(n)), references=bank)]
    assert found == []


def test_a_picture_too_plain_to_compare_matches_nothing():
    blank = Image.new("RGB", (400, 400), "white")
    photo = view(blank)
    assert photo.quality <= 49
    assert examined(photo, references=(reference(blank),)) == []


def test_an_authorised_shop_may_use_the_holders_photos():
    assert examined(view(drawn(1)), references=(reference(drawn(1), authorised=True),)) == []


def test_another_shops_photo_asks_the_seller_and_weighs_less_than_a_reference():
    known = KnownPhoto(2, 9, 8, upright(drawn(1)), copy_photo_id=1)
    [asked] = examined(view(drawn(1)), market_photos=(known,))
    [stated] = examined(view(drawn(1)), references=(reference(drawn(1)),))
    assert asked.kind == MARKET
    assert asked.sentence.endswith("Did you take it yourself?")
    assert asked.log_odds < stated.log_odds


def test_a_shops_own_photos_never_count():
    known = KnownPhoto(2, 9, 7, upright(drawn(1)), copy_photo_id=1)
    assert examined(view(drawn(1)), market_photos=(known,)) == []


def test_an_earlier_photo_counts_only_against_the_photo_it_was_earlier_than():
    known = KnownPhoto(2, 9, 8, upright(drawn(1)), copy_photo_id=99)
    assert examined(view(drawn(1)), market_photos=(known,)) == []


def test_a_farther_copy_weighs_less():
    photo = view(drawn(1))
    blurred = bytearray(photo.hashes[0])
    for place in range(25):
        blurred[place] ^= 1
    assert STRONG_BITS < bits_apart(photo.hashes[0], bytes(blurred)) <= WEAK_BITS
    [weak] = examined(photo, references=(KnownReference(5, 3, "Nike", bytes(blurred)),))
    [strong] = examined(photo, references=(reference(drawn(1)),))
    assert weak.log_odds < strong.log_odds


def pair(photo_id=1, copy_permille=980, overlap=0.9):
    return Pair(
        photo_id,
        90,
        0.6,
        inliers=60,
        agreement=0.9,
        overlap=overlap,
        blocks=80,
        copy_permille=copy_permille,
    )


def test_a_compared_pair_is_believed_before_the_hash():
    far = KnownReference(5, 3, "Nike", upright(drawn(2)), pairs=(pair(),))
    [finding] = examined(view(drawn(1)), references=(far,))
    least = POLICY.copy_permille
    assert (finding.kind, finding.distance) == (REFERENCE, 20)
    assert finding.threshold == 1000 - least
    assert finding.evidence["copy_permille"] == 980
    assert finding.evidence["needed_permille"] == least
    near = KnownReference(5, 3, "Nike", upright(drawn(1)), pairs=(pair(copy_permille=30),))
    assert examined(view(drawn(1)), references=(near,)) == []
    other = KnownReference(5, 3, "Nike", upright(drawn(1)), pairs=(pair(photo_id=2),))
    assert examined(view(drawn(1)), references=(other,)) == []


def test_a_copy_that_agrees_in_a_patch_of_background_alone_is_not_corroborated():
    def found(**changed):
        known = KnownReference(
            5, 0, "", upright(drawn(2)), confirmed_fake="decision:1", pairs=(pair(**changed),)
        )
        return examined(view(drawn(1)), references=(known,))[0]

    assert is_verified_fake(found())
    patch = found(overlap=0.07)
    assert patch.evidence["copy_permille"] == 980
    assert not is_verified_fake(patch)
    assert patch.log_odds < found().log_odds


def test_what_may_be_a_copy_weighs_less():
    may = KnownReference(5, 3, "Nike", upright(drawn(2)), pairs=(pair(copy_permille=600),))
    sure = KnownReference(5, 3, "Nike", upright(drawn(2)), pairs=(pair(),))
    [weak] = examined(view(drawn(1)), references=(may,))
    [strong] = examined(view(drawn(1)), references=(sure,))
    assert weak.log_odds < strong.log_odds
    assert weak.distance <= weak.threshold


def test_a_confirmed_fakes_photo_counts_for_authorised_shops_too():
    known = KnownReference(
        5, 3, "Nike", upright(drawn(2)), authorised=True, confirmed_fake="D7", pairs=(pair(),)
    )
    [finding] = examined(view(drawn(1)), references=(known,))
    assert finding.kind == FAKE
    assert finding.evidence["confirmed_fake"] == "D7"
    assert "Nike" not in finding.sentence


def test_the_same_file_is_known_without_comparing_however_plain():
    blank = Image.new("RGB", (400, 400), "white")
    known = KnownReference(5, 3, "Nike", upright(drawn(1)), sha256="a", confirmed_fake="D7")
    [finding] = examined(view(blank), references=(known,))
    assert (finding.kind, finding.distance, finding.threshold) == (EXACT, 0, 0)
    assert finding.evidence["confirmed_fake"] == "D7"
    shop = KnownPhoto(2, 9, 8, upright(drawn(1)), copy_photo_id=1, sha256="a")
    [asked] = examined(view(blank), market_photos=(shop,))
    assert asked.sentence.endswith("Did you take it yourself?")
    assert asked.log_odds < finding.log_odds


def test_the_key_stays_when_the_same_photo_is_found_another_way():
    by_hash = KnownReference(5, 3, "Nike", upright(drawn(1)))
    by_pair = KnownReference(5, 3, "Nike", upright(drawn(1)), pairs=(pair(),))
    [one] = examined(view(drawn(1)), references=(by_hash,))
    [other] = examined(view(drawn(1)), references=(by_pair,))
    assert one.key == other.key


def test_colour_modes_of_uploads_can_be_described():
    for mode in ("L", "LA", "P", "RGBA", "CMYK", "1", "I;16"):
        hashes, quality = describe(drawn(1).convert("L" if mode == "I;16" else mode).convert(mode))
        assert [len(one) for one in hashes] == [32] * 8
        assert 0 <= quality <= 100


def test_the_set_of_detectors_has_one_stable_name():
    assert detector_set_hash() == detector_set_hash()
    assert len(detector_set_hash()) == 64
    names = [detector.name for detector in ALL]
    assert len(set(names)) == len(names)
    assert {"brand_name", "photo_match", "prohibited"} <= set(names)


def test_all_detectors_look_and_find_the_same_each_time():
    subject = Subject(1, 7, "N1ke shoes", photos=(view(drawn(1)),))
    bank = Bank(references=(reference(drawn(1)),))
    assert examine(subject, bank) == examine(subject, bank)
