"""Words are folded, cut and put right; ranks follow from facts; without a database."""

import random
from itertools import pairwise

import pytest

from marketplace.listings.rules import ranking, words

WEIGHTS = ranking.Weights(400, 60, 700, 300, 60, 10, 400, 50)


def facts(**known):
    base = {
        "trust_permille": 1000,
        "age_days": 10,
        "shop_age_days": 900,
        "place": 50,
        "in_stock": True,
    }
    return ranking.Facts(**base | known)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Café", "CAFE"),
        ("Straße", "strasse"),
        ("سَلَّـة", "سلة"),
        ("إبريق", "ابريق"),
        ("مصطفى", "مصطفي"),
        ("ﾊﾝｶﾁ", "ハンカチ"),
        ("Łódź", "lodz"),
    ],
)
def test_what_nobody_types_makes_no_difference(one, other):
    assert words.fold(one) == words.fold(other)


def test_vowel_signs_of_indic_scripts_stay_and_bind_their_word():
    assert words.held("बांस की टोकरी") == ["बांस", "की", "टोकरी"]


def test_a_single_wrong_letter_always_shares_a_near_code_in_any_script():
    dice = random.Random(5)
    for word in ("basket", "canasta", "kikapu", "صينية", "коврик", "handwoven"):
        for _ in range(40):
            place = dice.randrange(len(word))
            wrong = dice.choice(
                (
                    word[:place] + "x" + word[place + 1 :],
                    word[:place] + word[place + 1 :],
                    word[:place] + "x" + word[place:],
                )
            )
            assert set(words.near(words.fold(wrong))) & set(words.near(words.fold(word)))


def test_the_near_come_before_the_common():
    assert words.nearest("bowk", {"bowl": 1, "book": 50, "bowls": 900}) == ["book", "bowl"]


def test_a_well_known_pair_of_signs_is_never_mended_away():
    assert words.mended("竹篮", {"竹篮": 1, "竹席": 900}) == "竹篮"


def test_trust_lowers_and_a_new_shop_lifts_its_first_goods_alone():
    usual = ranking.factors(facts(), WEIGHTS).rank
    assert ranking.factors(facts(trust_permille=500), WEIGHTS).rank == pytest.approx(
        usual / 2, abs=1
    )
    new = facts(shop_age_days=0, place=0)
    assert ranking.factors(new, WEIGHTS).rank > usual
    assert ranking.factors(facts(shop_age_days=0, place=10), WEIGHTS).rank == usual
    assert ranking.factors(facts(shop_age_days=61, place=0), WEIGHTS).rank == usual


def test_a_newcomers_lift_is_bounded_and_fades():
    ranks = [
        ranking.factors(facts(shop_age_days=day, place=0), WEIGHTS).rank for day in range(0, 70, 5)
    ]
    assert ranks == sorted(ranks, reverse=True)
    assert ranks[0] <= 1.3 * ranks[-1] + 1


def test_age_never_takes_more_than_the_floor():
    old = ranking.factors(facts(age_days=100_000), WEIGHTS)
    assert old.freshness == pytest.approx(0.7)


def test_bands_meet_without_gaps():
    for digits in (0, 2, 3):
        limits = [ranking.band_limits(band, digits) for band in range(20)]
        assert all(one[1] == other[0] for one, other in pairwise(limits))
        for band, (low, high) in enumerate(limits):
            assert ranking.price_band(low, digits) == ranking.price_band(high - 1, digits) == band
