"""The slang of fakes is found in many languages; lawful meanings of the same words are not."""

import pytest

from antifake.detectors.base import Bank, KnownBrand, SellerView, Subject
from antifake.detectors.fake_words import FakeWords, phrases
from antifake.detectors.newcomer_brand import LEAST_ORDERS

BANK = Bank(brands=(KnownBrand(1, "Nike"), KnownBrand(2, "Rolex"), KnownBrand(3, "Lego")))


def found(title, *, bank=BANK, **fields):
    subject = Subject(listing_id=1, shop_id=1, title=title, **fields)
    return FakeWords().examine(subject, bank)


@pytest.mark.parametrize(
    "title",
    [
        "Nike mirror quality shoes",
        "Nike 1:1 AAA trainers",
        "Rolex 7A quality watch",
        "Rolex m1rror qua1ity",
        "Rolex super copy",
        "Nike Spiegelqualität Schuhe",
        "Rolex qualité miroir",
        "Nike calidad espejo",
        "Rolex réplica perfecta",
        "Nike qualità specchio",
        "Nike réplica de primeira linha",
        "Кроссовки Nike люкс копия",
        "高仿 Nike 运动鞋",
        "Nike 莆田 鞋",
        "حذاء Nike ماستر كوبي",
        "Nike फर्स्ट कॉपी जूते",
        "Nike birebir kopya ayakkabı",
        "Viatu Nike kopi ya kwanza",
        "Sepatu Nike kw super",
        "Nike shoes, order on WhatsApp",
        "Nike shoes wechat gina8888",
    ],
)
def test_the_slang_beside_a_protected_name_is_strong(title):
    [finding] = found(title)
    assert finding.kind == "fake_words"
    assert finding.log_odds >= 2.6
    assert finding.evidence["beside_brand"]


@pytest.mark.parametrize(
    "title",
    [
        "AAA batteries, pack of 4",
        "Nike torch with AAA batteries",
        "Lego replica toy car",
        "Scale model 1:1 Nike figure",
        "Rolex wall mirror",
        "Not a replica: Rolex watch",
        "No fakes: Nike shoes",
        "Basket inspired by nature",
        "Faux fur coat",
        "Full HD 16:1:1 Nike cable",
        "Copy paper A4",
        "Wool scarf",
        "",
        "!!!",
    ],
)
def test_lawful_meanings_are_no_finding(title):
    assert found(title) == []


def test_a_word_that_is_lawful_alone_counts_beside_a_name_and_little_on_a_shelf_of_fakes():
    [beside] = found("Nike inspired shoes")
    [shelved] = found("Designer inspired bag", category="Handbags")
    assert found("Designer inspired lamp", category="Lamps") == []
    assert beside.log_odds > shelved.log_odds > 0


def test_a_phrase_without_a_name_weighs_less_than_beside_one():
    [alone] = found("Mirror quality shoes")
    [beside] = found("Mirror quality Nike shoes")
    assert alone.log_odds < beside.log_odds


def test_an_authorised_shop_names_its_own_brand():
    own = Bank(brands=(KnownBrand(1, "Nike", authorised=True),))
    assert found("Nike inspired shoes", bank=own) == []


def test_the_description_is_read_for_phrases_alone():
    [finding] = found("Shoes", description="First copy, same as in the picture.")
    assert finding.evidence["where"] == "description"
    assert found("Nike shoes", description="A mirror and a copy are in the box.") == []


def test_what_is_seen_is_told_as_it_was_written():
    [seen] = phrases("Watch 1:1 Quality")
    assert seen.written == "1:1 Quality"


def alone(seller, **told):
    return sum(one.log_odds for one in found(**{"title": "Leather bag", **told}, seller=seller))


@pytest.mark.parametrize("told", [{"title": "Mirror quality bag"}, {"description": "super copy"}])
def test_sure_slang_without_a_name_waits_at_a_newcomers_alone(told):
    prior = 3.9
    assert alone(SellerView(completed_orders=LEAST_ORDERS - 1), **told) > prior
    assert alone(SellerView(completed_orders=LEAST_ORDERS), **told) < prior
    assert alone(None, **told) < prior


def test_words_with_a_lawful_meaning_weigh_no_more_at_a_newcomers():
    new, tried = SellerView(), SellerView(completed_orders=LEAST_ORDERS)
    told = {"title": "Bag, AAA", "category": "bags"}
    assert alone(new, **told) == alone(tried, **told)
