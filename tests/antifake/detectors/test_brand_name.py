"""Titles written by hand: disguises are caught, honest sellers are left alone."""

import pytest

from antifake.detectors.base import Bank, KnownBrand, Subject
from antifake.detectors.brand_name import BrandName, near_words
from antifake.detectors.brand_name_hits import LOOKALIKE, TYPO, USE
from antifake.detectors.text import canonical, distance, words

NAMES = (
    *("Nike", "Adidas", "Levi's", "The North Face", "Louis Vuitton", "Casio", "Lego", "Mango"),
    *("Chanel", "Nestlé", "H&M", "3M", "Samsung", "Coca-Cola", "Vans", "Kawa"),
)
BRANDS = tuple(KnownBrand(number, name) for number, name in enumerate(NAMES, 1))


def found(title, brands=BRANDS, ordinary=()):
    bank = Bank(brands=brands, ordinary_words=frozenset(ordinary))
    subject = Subject(listing_id=1, shop_id=1, title=title)
    findings = BrandName().examine(subject, bank)
    return {finding.evidence["brand"]: finding.kind for finding in findings}


@pytest.mark.parametrize(
    ("title", "brand"),
    [
        ("Nіke running shoes", "Nike"),  # Cyrillic i
        ("Νike running shoes", "Nike"),  # Greek capital Nu
        ("ΝІКЕ shoes", "Nike"),  # no Latin letter at all
        ("Adіdаs trainers", "Adidas"),
        ("Ꭺdidas trainers", "Adidas"),  # Cherokee
        ("N1ke shoes", "Nike"),
        ("N!KE shoes", "Nike"),
        ("NlKE shoes", "Nike"),  # small L
        ("4d1d4$ trainers", "Adidas"),
        ("@didas trainers", "Adidas"),
        ("L3G0 bricks", "Lego"),
        ("Ńïkė shoes", "Nike"),
        ("Ｎｉｋｅ shoes", "Nike"),
        ("𝗡𝗶𝗸𝗲 shoes", "Nike"),
        ("Ni\u200bke shoes", "Nike"),
        ("N\u00adike shoes", "Nike"),
        ("N i k e shoes", "Nike"),
        ("N.I.K.E shoes", "Nike"),
        ("N-i-k-e shoes", "Nike"),
        ("n_i_k_e shoes", "Nike"),
        ("Ni ke shoes", "Nike"),
        ("adi.das trainers", "Adidas"),
        ("adi·das trainers", "Adidas"),
        ("A d i d a s trainers", "Adidas"),
        ("Sarnsung phone", "Samsung"),  # r and n
        ("Louis Vuittοn bag", "Louis Vuitton"),
        ("L0uis Vu1tton bag", "Louis Vuitton"),
        ("The Nоrth Face jacket", "The North Face"),
        ("Case for N1ke", "Nike"),  # nobody needs a disguise for a lawful mention
    ],
)
def test_a_disguised_name_is_found(title, brand):
    assert found(title) == {brand: LOOKALIKE}


@pytest.mark.parametrize(
    ("title", "brand"),
    [
        ("Adibas trainers", "Adidas"),
        ("Addidas trainers", "Adidas"),
        ("Adiads trainers", "Adidas"),
        ("Samsug phone", "Samsung"),
        ("The North Fase jacket", "The North Face"),
        ("Chanell bag", "Chanel"),
    ],
)
def test_one_slip_is_found_and_weighs_little(title, brand):
    assert found(title) == {brand: TYPO}


@pytest.mark.parametrize(
    ("title", "brand"),
    [
        ("Nike running shoes", "Nike"),
        ("NIKE! running shoes", "Nike"),
        ("levis 501 jeans", "Levi's"),
        ("Levi’s 501 jeans", "Levi's"),
        ("Nestle cocoa", "Nestlé"),
        ("Nestlé cocoa", "Nestlé"),
        ("Louis-Vuitton bag", "Louis Vuitton"),
        ("the north face jacket", "The North Face"),
        ("H&M shirt", "H&M"),
        ("Coca Cola can", "Coca-Cola"),
        ("Shoes for men Nike Air", "Nike"),
        ("ＮＩＫＥ 運動靴", "Nike"),  # full-width letters are normal beside Chinese ones
    ],
)
def test_a_plain_name_without_a_known_right_is_found(title, brand):
    assert found(title) == {brand: USE}


@pytest.mark.parametrize(
    "title",
    [
        "Silicone case for Samsung phones",
        "Case compatible with Samsung and Casio",
        "Strap fits Casio",
        "Hülle für Samsung",
        "Coque pour Samsung",
        "Funda para Samsung",
        "Battery works with Samsung",
        "Bricks for your Lego",
        "Strap for Casoi",
    ],
)
def test_a_lawful_mention_is_no_finding(title):
    assert found(title) == {}


@pytest.mark.parametrize(
    "title",
    [
        "Hand-woven cotton scarf",
        "Kite for windy days",
        "Bike lights, set of two",
        "Man go kart, red",
        "A did as told, a memoir",
        "CAS 10 solvent bottle",
        "Modern lamp",
        "Vase of blown glass",
        "Size 36 M shirt",
        "Gruß aus dem Harz",
        "Каша овсяная, 500 г",  # truly Cyrillic: its letters are no disguise
        "Legato music stand",
        "",
        "!!! $$$ |||",
        "501 1337 0 0 0",
    ],
)
def test_an_ordinary_title_is_no_finding(title):
    assert found(title) == {}


def test_a_word_that_honest_shops_use_is_no_slip():
    assert found("Chapel candle", ordinary=["chapel"]) == {}
    assert found("Chanal bag", ordinary=["chapel"]) == {"Chanel": TYPO}


def test_words_one_slip_away_are_told_so_that_they_can_be_looked_up():
    assert near_words("Chapel candle", BRANDS) == {"chapel"}
    assert near_words("Wool scarf", BRANDS) == frozenset()


def test_an_authorised_shop_may_write_its_brand_as_it_likes():
    own = (KnownBrand(1, "Nike", authorised=True), KnownBrand(2, "Adidas"))
    assert found("N1ke and Adidas shoes", brands=own) == {"Adidas": USE}


def test_a_disguise_weighs_more_than_a_slip_and_a_slip_more_than_plain_use():
    def weight(title):
        bank = Bank(brands=BRANDS)
        [finding] = BrandName().examine(Subject(1, 1, title), bank)
        return finding.log_odds

    assert weight("4didas shoes") > weight("Adibas shoes") > weight("Adidas shoes") > 0


def test_the_strongest_finding_of_a_brand_is_told_in_words():
    [finding] = BrandName().examine(Subject(1, 1, "Nike N1ke"), Bank(brands=BRANDS))
    assert finding.kind == LOOKALIKE
    assert "“N1ke”" in finding.sentence
    assert "“Nike”" in finding.sentence


def test_folding_is_stable():
    assert canonical(canonical("Ѕаmѕung")) == canonical("samsung")
    assert distance("", "abc") == 3
    assert [word.plain for word in words("Levi's, 501!")] == ["levis", "501"]
