"""From findings and a probability to publish, hold or take down."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from antifake.cases.rules import policy
from antifake.cases.rules.bounds import interval, lower_bound, upper_bound
from antifake.cases.rules.policy import Ground, Outcome, Why
from antifake.cases.rules.trusted import is_trusted, is_untried
from antifake.detectors.base import Finding, SellerView

SURE = {"copy_permille": 990, "needed_permille": 900, "corroborated": True}


def found(kind, log_odds=4.0, detector="d", **evidence):
    return Finding(detector, "1", kind, f"{kind}:1", 0, 1, "It looks alike.", log_odds, evidence)


def rule(*findings, risk=800, prohibited=20, proven=()):
    return policy.policy(
        findings,
        risk_permille=risk,
        prohibited_permille=prohibited,
        hold_permille=500,
        proven=proven,
    )


def test_a_likely_fake_is_held_and_a_likely_genuine_one_published():
    assert rule(found("brand_lookalike")).outcome == Outcome.HOLD
    assert rule(found("brand_use", 1.2), risk=499).outcome == Outcome.PUBLISH
    assert rule(risk=20).why == Why.LIKELY_GENUINE


@pytest.mark.parametrize("kind", ["reference_photo", "market_photo", "exact_file"])
def test_a_copied_photo_alone_asks_and_never_holds(kind):
    alone = rule(found(kind, 4.8, brand_id=1), risk=990)
    assert (alone.outcome, alone.why) == (Outcome.PUBLISH, Why.ONLY_A_COPY)
    faint = rule(found(kind, 4.8, brand_id=1), found("price_low", 0.5), risk=990)
    assert faint.outcome == Outcome.PUBLISH
    doubtful = found("confirmed_fake", 3.0, **SURE | {"copy_permille": 700})
    assert rule(found(kind, 4.8, brand_id=1), doubtful, risk=990).why == Why.ONLY_A_COPY
    company = rule(found(kind, 4.8, brand_id=1), found("brand_use", 1.2), risk=990)
    assert company.outcome == Outcome.HOLD


THIN = SURE | {"corroborated": False, "photo_id": 1}


def test_a_copy_of_a_fake_waits_for_a_person_though_little_speaks_for_it():
    thin = found("confirmed_fake", 3.0, **THIN)
    alone = rule(thin, risk=291, proven=list(Ground))
    assert (alone.outcome, alone.ground, alone.why) == (Outcome.HOLD, "", Why.COPY_OF_FAKE)
    shop = found("market_photo", 2.6, **THIN)
    assert rule(thin, shop, risk=291).why == Why.COPY_OF_FAKE


def test_a_copy_of_a_fakes_photo_and_of_a_rights_holders_asks():
    """The faker edited the holder's photo, which honest resellers use as well."""
    thin = found("confirmed_fake", 3.0, **THIN)

    def beside(kind="reference_photo", **changed):
        return rule(thin, found(kind, 4.3, reference_id=3, **THIN | changed), risk=291).why

    assert beside() == beside("exact_file") == Why.LIKELY_GENUINE
    assert beside(photo_id=2) == beside(copy_permille=700) == Why.COPY_OF_FAKE
    assert beside("exact_file", confirmed_fake="decision:7") == Why.HARD_UNPROVEN


def test_a_machine_takes_down_only_on_hard_evidence_and_only_when_it_is_proven():
    fake = found("confirmed_fake", 6.5, **SURE)
    assert rule(fake).why == Why.HARD_UNPROVEN
    assert rule(fake, proven=[Ground.BRAND]).outcome == Outcome.HOLD
    tied = rule(fake, found("seller_linked", 1.5), proven=[Ground.CONFIRMED_FAKE])
    assert tied.outcome == Outcome.TAKE_DOWN
    soft = [found("brand_lookalike"), found("seller_history"), found("price_low")]
    assert rule(*soft, risk=1000, proven=list(Ground)).outcome == Outcome.HOLD


def test_a_photo_alone_is_never_taken_down_by_machine_its_owner_may_have_come_second():
    fake = found("confirmed_fake", 6.5, **SURE)
    alone = rule(fake, proven=list(Ground))
    assert (alone.outcome, alone.why) == (Outcome.HOLD, Why.MAY_OWN)
    file = found("exact_file", 7.0, confirmed_fake="decision:7")
    cheap = rule(fake, file, found("price_low", 0.5), proven=list(Ground))
    assert (cheap.outcome, cheap.ground) == (Outcome.HOLD, Ground.CONFIRMED_FAKE)


def test_a_near_photo_of_a_fake_is_not_a_verified_copy():
    near = found("confirmed_fake", 3.0, **SURE | {"copy_permille": 700})
    assert policy.ground([near]) == ""
    thin = found("confirmed_fake", 3.0, **SURE | {"corroborated": False})
    assert policy.ground([thin]) == ""
    assert policy.ground([found("confirmed_fake", 6.5)]) == ""
    assert policy.ground([found("exact_file", 7.0, confirmed_fake="decision:7")])


def test_hard_evidence_about_a_brand_needs_two_kinds_that_look_at_different_things():
    title, photo = found("brand_lookalike", brand_id=1), found("reference_photo", brand_id=1)
    label = found("picture_brand", brand_id=1)
    assert policy.ground([title, photo]) == Ground.BRAND
    assert policy.ground([title, found("fake_words", 3.0)]) == Ground.BRAND
    assert policy.ground([title, found("brand_glued", brand_id=1)]) == ""
    assert policy.ground([photo, label]) == ""  # the label is in the holder's own photo
    assert policy.ground([title, found("reference_photo", brand_id=2)]) == ""
    assert policy.ground([title, found("reference_photo", 1.0, brand_id=1)]) == ""
    assert policy.ground([title, photo, found("authorised", -4.0, brand_id=1)]) == ""
    assert policy.ground([found("fake_words", 5.0), found("refused_again", 3.0)]) == ""
    assert policy.ground([title, found("exact_file", 4.0, matched_photo_id=3)]) == ""


def test_an_authorisation_speaks_for_its_own_brand_alone():
    mine, other = found("authorised", -4.0, brand_id=1), found("brand_lookalike", brand_id=2)
    own = found("picture_brand", brand_id=1)
    assert policy.weighable([mine, other]) == [other]
    assert policy.weighable([mine, own]) == [mine, own]


def test_nothing_outweighs_prohibited_goods():
    assert rule(found("authorised", -4.0), risk=5, prohibited=700).why == Why.PROHIBITED


@pytest.mark.parametrize(
    ("right", "reviewed", "published", "proven"),
    [
        (0, 0, 0.0, False),
        (2994, 2994, 0.0, False),
        (2995, 2995, 0.0, True),
        (4000, 4001, 0.0, False),
        (0, 0, 0.9989, False),
        (0, 0, 0.999, True),
        (40, 40, 0.999, True),
        (9, 10, 0.999, False),  # what was measured here contradicts the word
    ],
)
def test_a_ground_is_proven_by_enough_rulings_or_an_uncontradicted_word(
    right, reviewed, published, proven
):
    assert policy.is_proven(right=right, reviewed=reviewed, published=published) is proven


@settings(deadline=None, max_examples=40)
@given(some.integers(1, 400), some.data())
def test_bounds_hold_the_share_between_them_and_close_in(seen, data):
    hits = data.draw(some.integers(0, seen))
    low, high = interval(hits, seen)
    assert 0 <= low <= hits / seen <= high <= 1
    assert low <= lower_bound(hits, seen) + 1e-12
    assert upper_bound(hits, seen) <= high + 1e-12
    if hits == seen:
        assert math.isclose(lower_bound(hits, seen), 0.05 ** (1 / seen), rel_tol=1e-9)


def test_only_long_clean_records_are_trusted_while_checks_stand_still():
    limits = {"cases.trusted_days": 90, "cases.trusted_orders": 20}
    good = {"age_days": 90, "verified": True, "completed_orders": 20}

    def trusted(standing="steady", **changed):
        return is_trusted(SellerView(**(good | changed)), standing=standing, limits=limits)

    assert trusted()
    assert not trusted("new")
    assert not trusted("watched")
    for worse in (
        {"age_days": 89},
        {"verified": False},
        {"completed_orders": 19},
        {"removed_fakes": 1},
        {"refused_alike": 1},
        {"linked_to_removed": ("phone",)},
    ):
        assert not trusted(**worse)
    assert is_untried(None, limits=limits)
    assert is_untried(SellerView(age_days=400), limits=limits)
    assert not is_untried(SellerView(**good), limits=limits)
