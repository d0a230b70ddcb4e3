"""Glued, masked, torn and stretched names; other places than the title; other languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antifake.detectors.base import Bank, KnownBrand, Subject
from antifake.detectors.brand_name import BrandName, near_words
from antifake.detectors.brand_name_hits import GLUED, LOOKALIKE, TYPO, USE
from antifake.detectors.text import canonical, words
from antifake.detectors.text_letters import look

NAMES = (
    *("Nike", "Adidas", "Louis Vuitton", "The North Face", "Samsung", "Smirnoff", "BMW", "Lego"),
    *("Estée Lauder", "Apple", "Boss"),
)
BRANDS = tuple(KnownBrand(number, name) for number, name in enumerate(NAMES, 1))


def found(title, *, brands=BRANDS, ordinary=(), **fields):
    bank = Bank(brands=brands, ordinary_words=frozenset(ordinary))
    subject = Subject(listing_id=1, shop_id=1, title=title, **fields)
    return {f.evidence["brand"]: f.kind for f in BrandName().examine(subject, bank)}


@pytest.mark.parametrize(
    ("title", "brand"),
    [
        ("N*ke shoes", "Nike"),
        ("Sams∣ng phone", "Samsung"),
        ("Smir☼off bottle", "Smirnoff"),
        ("Smirno** bottle", "Smirnoff"),
        ("L#uis Vuitton bag", "Louis Vuitton"),
        ("Lou·is Vuitton bag", "Louis Vuitton"),
        ("L.o.u.i.s V.u.i.t.t.o.n", "Louis Vuitton"),
        ("s•m•i•r•n•o•f•f", "Smirnoff"),  # r and n apart, though together they look like an m
        ("Nikeeee shoes", "Nike"),
        ("N̶i̶k̶e̶ shoes", "Nike"),  # struck through
        ("ⓃⒾⓀⒺ shoes", "Nike"),
        ("🅽🅸🅺🅴 shoes", "Nike"),
        ("🇳🇮🇰🇪 shoes", "Nike"),
        ("𝐀𝐝𝐢𝐝𝐚𝐬 运动鞋", "Adidas"),  # dressed up, in a Chinese title
        ("Кроссовки ａｄｉｄａｓ", "Adidas"),
        ("Кроссовки Adidаs", "Adidas"),  # one Cyrillic letter in a Russian title
        ("Aδidas shoes", "Adidas"),
        ("BМW badge", "BMW"),
        ("De north fac3 +H3 N0RTH FAC3", "The North Face"),
        ("$am$ung! phone", "Samsung"),
        ("@did@s", "Adidas"),
        ("N\u2062i\U000e0061ke", "Nike"),
        ("ꓠꓲꓗꓰ shoes", "Nike"),
        ("аԁіԁаѕ shoes", "Adidas"),
    ],
)
def test_further_disguises_are_found(title, brand):
    assert found(title) == {brand: LOOKALIKE}


@pytest.mark.parametrize(
    ("title", "brand"),
    [
        ("nikeshoes for men", "Nike"),
        ("Cheap newadidas 2026", "Adidas"),
        ("LouisVuittonbag", "Louis Vuitton"),
        ("nike2026", "Nike"),
    ],
)
def test_a_name_against_a_market_word_is_found(title, brand):
    assert found(title) == {brand: GLUED}


@pytest.mark.parametrize("title", ["Nyke shoes", "Adydas shoes", "Louiz Wuitton bag"])
def test_a_name_spelt_by_its_sound_weighs_more_than_a_slip(title):
    bank = Bank(brands=BRANDS)
    [sounding] = BrandName().examine(Subject(1, 1, title), bank)
    [slip] = BrandName().examine(Subject(1, 1, "Adibas shoes"), bank)
    assert (sounding.kind, slip.kind) == (TYPO, TYPO)
    assert sounding.log_odds > slip.log_odds


def test_a_rest_counts_as_a_market_word_when_honest_shops_use_it():
    assert found("nikekikoi") == {}
    assert near_words("nikekikoi", BRANDS) >= {"nikekikoi", "kikoi"}
    assert found("nikekikoi", ordinary=["kikoi"]) == {"Nike": GLUED}
    assert found("applecare", ordinary=["care", "applecare"]) == {}


@pytest.mark.parametrize(
    "title",
    [
        *("Legolas figure", "Grapples and hooks", "Embossed leather", "Pineapple rings"),
        *("Part 1eg0 .052.00", "Adagio das Lied", "B&W print", "U.S.A. flag", "5*5 cm tiles"),
        *("iPhone 12/Pro", "A * did * as told", "Bossa nova", "Nickel spoon", "Kike's café"),
    ],
)
def test_ordinary_things_are_no_finding(title):
    assert found(title) == {}


@pytest.mark.parametrize(
    "title",
    [
        *("Samsung compatible charger", "Чехол для Samsung", "Funda compatible con Samsung"),
        *("适用于Samsung手机壳", "Samsung için kılıf", "Kesi kwa Samsung", "Casing untuk Samsung"),
        *("Etui do Samsung", "Capa compatível com Samsung", "Samsung 対応 ケース"),
    ],
)
def test_lawful_mentions_in_many_languages_are_no_finding(title):
    assert found(title) == {}


@pytest.mark.parametrize(
    "title", ["Used Nike shoes", "Vintage Nike", "Nike, second hand", "二手 Nike"]
)
def test_a_maker_named_on_second_hand_goods_weighs_almost_nothing(title):
    [finding] = BrandName().examine(Subject(1, 1, title), Bank(brands=BRANDS))
    assert finding.kind == USE
    assert finding.log_odds < 0.5


def test_a_disguise_on_second_hand_goods_is_a_disguise():
    assert found("Used N1ke shoes") == {"Nike": LOOKALIKE}


def test_choices_shop_name_and_description_are_read_each_in_its_way():
    assert found("Shoes", choices=("red", "N1ke")) == {"Nike": LOOKALIKE}
    assert found("Shoes", shop_name="Adidaas outlet") == {"Adidas": TYPO}
    assert found("Shoes", description="Looks like n.i.k.e of old.") == {"Nike": LOOKALIKE}
    # A description may mention anything in plain words, and long texts hold many slips.
    assert found("Shoes", description="Neither Nike nor Adibas.") == {}


def test_an_authorised_brand_is_left_out_though_the_names_are_prepared_together():
    own = tuple(KnownBrand(b.brand_id, b.name, authorised=b.name == "Nike") for b in BRANDS)
    assert found("N1ke", brands=own) == {}
    assert found("N1ke") == {"Nike": LOOKALIKE}
    assert near_words("Nikke shoes", own) == frozenset()


def test_every_look_is_lower_case_and_folding_twice_changes_nothing():
    for letter in "кЖѕԁᏴ𝓷🅴ﬁ№½Æß":
        assert look(letter) == look(letter).lower()
        assert canonical(canonical(letter)) == canonical(letter)


@given(st.text(max_size=40))
def test_any_title_is_read_the_same_twice_and_raises_nothing(title):
    subject, bank = Subject(1, 1, title), Bank(brands=BRANDS)
    assert BrandName().examine(subject, bank) == BrandName().examine(subject, bank)
    assert all(word.written for word in words(title))
