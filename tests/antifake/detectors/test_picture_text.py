"""Names and contact strings in what was read from pictures."""

import pytest

from antifake.detectors.base import Bank, KnownBrand, Subject
from antifake.detectors.picture_text import BRAND, CONTACT, PictureText, contact_strings

NAMES = ("Nike", "Louis Vuitton", "Vans", "Gucci", "Chanel")
BANK = Bank(brands=tuple(KnownBrand(number, name) for number, name in enumerate(NAMES, 1)))


def found(*texts, title="Bag", bank=BANK, **fields):
    read = tuple(enumerate(texts, 1))
    subject = Subject(1, 1, title, picture_texts=read, **fields)
    return PictureText().examine(subject, bank)


@pytest.mark.parametrize(
    ("text", "brand"),
    [
        ("NIKE AIR", "Nike"),
        ("LOUIS VUITTON PARIS", "Louis Vuitton"),
        ("LOUISVUITTONPARIS", "Louis Vuitton"),
        ("Chane1 CHANNEL", "Chanel"),
    ],
)
def test_a_name_in_a_picture_is_found(text, brand):
    [finding] = found(text)
    assert (finding.kind, finding.evidence["brand"]) == (BRAND, brand)


@pytest.mark.parametrize("text", ["CANVAS", "ADVANSED", "Snikers", "gu cc", "size 42", ""])
def test_short_names_need_a_word_of_their_own(text):
    assert found(text) == []


def test_a_name_that_the_title_keeps_silent_about_weighs_more():
    [silent], [said] = found("NIKE"), found("NIKE", title="Nike shoes")
    assert silent.log_odds > said.log_odds > 0


def test_lawful_and_authorised_names_are_no_finding():
    assert found("NIKE", title="Laces for Nike") == []
    own = Bank(brands=(KnownBrand(1, "Nike", authorised=True),))
    assert found("NIKE", bank=own) == []


def test_second_hand_goods_show_their_maker():
    [finding] = found("GUCCI", title="Used bag")
    assert finding.log_odds < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "WhatsApp +86 138 0013 8000",
        "wechat: best8bags",
        "微信 abc123",
        "+44 7911 123456",
        "write to bags@mail.example.com",
        "www.bags.example/x",
        "fakebags.cn",
        "t.me/bagsbags",
        "see my yupoo",
    ],
)
def test_ways_out_of_the_market_are_found(text):
    [finding] = found(text)
    assert finding.kind == CONTACT


@pytest.mark.parametrize(
    "text", ["ISBN 9781234567897", "2.5 x 10 cm", "100% cotton", "EUR 19.99", "Made in Italy 2024"]
)
def test_numbers_on_goods_are_no_contacts(text):
    assert contact_strings(text) == []


def test_nothing_read_says_nothing():
    assert found() == []
