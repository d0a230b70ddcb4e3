"""A brand that the pictures show and the words leave out, and a name beside a record of fakes."""

import pytest

from antifake.cases.learning.model import FOUNDING
from antifake.cases.rules.policy import Outcome, Why
from antifake.cases.services.weighing import judged
from antifake.detectors import registry
from antifake.detectors.base import (
    Bank,
    KnownBrand,
    KnownReference,
    Pair,
    PhotoView,
    SellerView,
    Subject,
)
from antifake.detectors.brand_again import AGAIN
from antifake.detectors.hidden_brand import HIDDEN, HiddenBrand

# Has sold a little: no newcomer any more (test_newcomer_brand.py), and without a record yet.
NEW = SellerView(age_days=3, completed_orders=5)
TRIED = SellerView(age_days=400, verified=True, completed_orders=90)
FORMS = (b"\0" * 32,) * 8
PHOTO = PhotoView(1, 0, "mine", FORMS, 100)
COPY = Pair(1, 90, 0.6, inliers=60, agreement=0.9, overlap=0.9, blocks=80, copy_permille=980)
BRANDS = (KnownBrand(1, "Velmora"), KnownBrand(2, "Amber Row"))


def bank(pair=COPY, brands=BRANDS, brand_id=1):
    held = next(brand for brand in brands if brand.brand_id == brand_id)
    known = KnownReference(
        5, brand_id, held.name, b"\xff" * 32, authorised=held.authorised, pairs=(pair,)
    )
    return Bank(brands=brands, references=(known,))


def subject(title="black handbag", seller=NEW, **fields):
    return Subject(1, 1, title, photos=(PHOTO,), seller=seller, **fields)


def ruled(of, known=None):
    findings = registry.examine(of, known or bank())
    said = judged(findings=findings, model=FOUNDING, hold_permille=500, proven=())
    return said.ruling, {finding.kind for finding in findings}, said


def test_a_holders_photo_without_its_name_by_an_untried_shop_waits_for_a_person():
    ruling, kinds, _said = ruled(subject())
    assert kinds == {"reference_photo", HIDDEN}
    assert ruling.outcome == Outcome.HOLD
    [finding] = HiddenBrand().examine(subject(), bank())
    assert finding.sentence.startswith("Photo 1 belongs to the holder of the protected name")


def test_a_tried_shop_is_asked():
    assert ruled(subject(seller=TRIED))[0].why == Why.ONLY_A_COPY
    linked = SellerView(**vars(TRIED) | {"linked_to_removed": ("phone",)})
    assert ruled(subject(seller=linked))[0].outcome == Outcome.HOLD


@pytest.mark.parametrize(
    "honest",
    [
        {"title": "Used black handbag"},
        {"title": "handbag gebraucht", "second_hand": True},
        {"title": "Case for Velmora handbag"},
        {"seller": None},
    ],
)
def test_second_hand_and_lawful_mentions_are_only_asked(honest):
    ruling, kinds, _said = ruled(subject(**honest))
    assert HIDDEN not in kinds
    assert ruling.outcome == Outcome.PUBLISH


@pytest.mark.parametrize("worn", ["worn twice,", "d'occasion", "pre-owned", "getragen:", "vintage"])
def test_second_hand_goods_with_their_name_and_the_holders_photo_are_asked(worn):
    ruling, kinds, _said = ruled(subject(title=f"{worn} Velmora handbag"))
    assert kinds == {"brand_use", "reference_photo"}
    assert ruling.why == Why.ONLY_A_COPY
    assert ruled(subject(title="Velmora handbag"))[0].outcome == Outcome.HOLD


def test_a_patch_of_the_same_background_shows_no_brand():
    patch = Pair(1, 90, 0.05, inliers=12, agreement=0.9, overlap=0.07, blocks=4, copy_permille=980)
    ruling, kinds, _said = ruled(subject(), bank(patch))
    assert (kinds, ruling.outcome) == ({"reference_photo"}, Outcome.PUBLISH)


def test_a_name_in_the_picture_that_the_words_leave_out_waits_when_the_shop_is_new():
    shown = {"picture_texts": ((1, "VELMORA"),)}
    nothing = Bank(brands=BRANDS)
    assert ruled(subject(**shown), nothing)[0].outcome == Outcome.HOLD
    assert ruled(subject(seller=TRIED, **shown), nothing)[0].outcome == Outcome.PUBLISH
    assert ruled(subject(title="Velmora bag", **shown), nothing)[0].outcome == Outcome.PUBLISH
    mine = Bank(brands=(KnownBrand(1, "Velmora", authorised=True),))
    assert ruled(subject(**shown), mine)[1] == set()


def test_a_name_joined_to_another_word_alone_waits_when_the_shop_is_new():
    nothing = Bank(brands=BRANDS)
    joined = "#velmorastyle hoodie navy"
    assert ruled(subject(title=joined), nothing)[0].outcome == Outcome.HOLD
    [told] = HiddenBrand().examine(subject(title=joined), nothing)
    assert "velmorastyle" in told.sentence
    assert ruled(subject(title=joined, seller=TRIED), nothing)[0].outcome == Outcome.PUBLISH
    assert HIDDEN not in ruled(subject(title=f"Velmora {joined}"), nothing)[1]


def test_slang_beside_a_misspelt_name_waits_for_a_person():
    says = {"description": "1:1 quality, same factory"}
    nothing = Bank(brands=BRANDS)
    assert ruled(subject(title="Velmorra handbag", **says), nothing)[0].outcome == Outcome.HOLD
    assert ruled(subject(**says), nothing)[0].outcome == Outcome.PUBLISH


def test_evidence_about_two_brands_is_not_added_as_if_about_one():
    crossed = subject(title="Bracelet, double amber row", seller=TRIED)
    ruling, kinds, said = ruled(crossed)
    assert kinds >= {"brand_use", "reference_photo"}
    assert ruling.why == Why.ONLY_A_COPY
    assert sum(said.contributions) == pytest.approx(said.estimate.logit - said.model.prior_logit)
    own = bank(brand_id=2)
    assert ruled(crossed, own)[0].outcome == Outcome.HOLD


def test_a_name_beside_a_record_of_fakes_waits_and_each_alone_does_not():
    record = SellerView(age_days=40, completed_orders=5, removed_fakes=1)
    plain = Bank(brands=BRANDS)
    ruling, kinds, _said = ruled(subject(title="Velmora handbag", seller=record), plain)
    assert AGAIN in kinds
    assert ruling.outcome == Outcome.HOLD
    for other in (
        subject(title="Velmora handbag"),
        subject(title="black handbag", seller=record),
        subject(title="used Velmora handbag", seller=record),
        subject(title="case for Velmora handbag", seller=record),
    ):
        ruling, kinds, _said = ruled(other, plain)
        assert AGAIN not in kinds
        assert ruling.outcome == Outcome.PUBLISH
    mine = Bank(brands=(KnownBrand(1, "Velmora", authorised=True),))
    assert ruled(subject(title="Velmora handbag", seller=record), mine)[0].outcome == "publish"
    slip = {"picture_texts": ((1, "VELMQRA"),)}
    assert AGAIN in ruled(subject(seller=record, **slip), plain)[1]
    assert AGAIN not in ruled(subject(**slip), plain)[1]
