"""Titles written by hand: goods nobody may offer are found, honest goods are left alone."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from antifake.cases.rules import risk_permille
from antifake.detectors.base import Bank, Subject
from antifake.detectors.prohibited import LOG_ODDS, Prohibited
from antifake.detectors.prohibited_words import KINDS

HOLD_PERMILLE = 500  # cases.hold_permille
SHOPS = Path(__file__).parents[3] / "ewtp" / "demo" / "shops"


def examine(title="", description=""):
    subject = Subject(listing_id=1, shop_id=1, title=title, description=description)
    return Prohibited().examine(subject, Bank())


def goods(title="", description=""):
    return {finding.evidence["goods"] for finding in examine(title, description)}


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("AK-47 rifle, ships fast", "weapon"),
        ("AK47", "weapon"),
        ("Compact pistol with two magazines", "weapon"),
        ("Replica handgun, full metal", "weapon"),
        ("Brass knuckles, gold", "weapon"),
        ("9mm ammo 50 rounds", "weapon"),
        ("Pistole, kaum benutzt", "weapon"),
        ("Пистолет ТТ", "weapon"),
        ("军用手枪", "weapon"),
        ("Frag hand grenade, live", "explosive"),
        ("Box of firecrackers", "explosive"),
        ("Feuerwerk Batterie 100 Schuss", "explosive"),
        ("烟花爆竹 大号", "explosive"),
        ("Pure cocaine 10 g", "drug"),
        ("C0caine 10 g", "drug"),
        ("Cocaine, free shipping", "drug"),
        ("Cocaína", "drug"),
        ("Magic mushrooms dried", "drug"),
        ("Кокаин", "drug"),
        ("Cannabis seeds feminised", "drug"),
        ("Viagra 100 mg", "medicine"),
        ("V1agra 100 mg", "medicine"),
        ("Amoxicillin capsules", "medicine"),
        ("Ozempic pen", "medicine"),
        ("Antibiotics without prescription", "medicine"),
        ("Cuban cigars, 25", "tobacco"),
        ("Cigarettes, 10 packs", "tobacco"),
        ("Loose tobacco 500 g", "tobacco"),
        ("Zigaretten, eine Stange", "tobacco"),
        ("Сигареты блок", "tobacco"),
        ("Elephant ivory bracelet", "wildlife"),
        ("Bracelet of real elephant ivory", "wildlife"),
        ("Genuine ivory carving", "wildlife"),
        ("Rhino horn powder", "wildlife"),
        ("Tiger teeth pendant", "wildlife"),
        ("Pangolin scales", "wildlife"),
        ("Бивень слона", "wildlife"),
        ("天然犀牛角", "wildlife"),
        ("Human skull, old", "human_remains"),
        ("Real human bones", "human_remains"),
        ("Fake passport, any country", "forged_document"),
        ("Counterfeit money, good quality", "forged_document"),
        ("Gefälschter Ausweis", "forged_document"),
        ("办理假护照", "forged_document"),
        ("Live tortoises, pair", "live_animal"),
        ("Puppies for sale", "live_animal"),
        ("Animales vivos: loros", "live_animal"),
    ],
)
def test_what_nobody_may_offer_is_found_and_held_for_a_person(title, kind):
    found = examine(title)
    assert kind in {finding.evidence["goods"] for finding in found}
    assert risk_permille(found) >= HOLD_PERMILLE


@pytest.mark.parametrize(
    "title",
    [
        "Toy gun for children, wooden",
        "Water gun, 2 pieces",
        "Hot glue gun with 20 sticks",
        "Massage gun, quiet",
        "Tufting gun for rugs",
        "Gunmetal grey earrings",
        "Leather holster for garden shears",
        "Gun dog collar, leather",
        "Bullet journal, dotted, A5",
        "Bullet point stamps",
        "Ammunition box, wooden, for storage",
        "Pistol shrimp poster",
        "Crossbow brooch, brass",
        "Drug store rack, enamel, 1950s",
        "Bath bomb with lavender",
        "Grenadine syrup from pomegranates",
        "Sirop de grenade maison",
        "Firework earrings, glass",
        "Fireworks quilt pattern",
        "Ivory-coloured silk dress",
        "Ivory wool yarn, 100 g",
        "Ivory white candle, carved",
        "Faux ivory buttons",
        "Vegetable ivory (tagua) beads",
        "Tortoiseshell hair clip, acetate",
        "Leopard print scarf",
        "Crocodile embossed leather wallet",
        "Elephant figurine, soapstone",
        "Aloe vera soap",
        "Dragon tree, tiger aloe plant",
        "Cigar box guitar, three strings",
        "Cigarette case, hand-tooled leather",
        "Ashtray, fired clay, for cigarettes",
        "Tobacco brown leather belt",
        "Vanilla and tobacco candle",
        "Hemp rope bag",
        "Heroine of the village, a novel",
        "Weed remover with oak handle",
        "Poppy seed bread mix",
        "Opium perfume flacon, antique",
        "Pill box, silver",
        "Honey, free of antibiotics",
        "Antibiotic-free goat cheese",
        "Passport cover, vegetable tanned",
        "Paper for diplomas, hand-made",
        "Money clip, brass",
        "Human hair wig stand",
        "Anatomical human skeleton model",
        "Skull mug",
        "Live edge walnut table",
        "Live laugh love wooden sign",
        "Parrot cushion, embroidered",
        "Puppy collar, braided",
        "Snake plant in a pot",
        "Chicken coop, cedar",
        "玩具水枪",
        "象牙白连衣裙",
        "Игрушечный пистолет",
        "Jouet: pistolet en bois",
        "Spielzeug Pistole aus Holz",
    ],
)
def test_honest_goods_are_left_alone(title):
    assert goods(title) == set()


def test_all_that_the_demo_sells_is_left_alone():
    shops = [tomllib.loads(path.read_text(encoding="utf-8")) for path in SHOPS.glob("*.toml")]
    told = [(good["title"], good["description"]) for shop in shops for good in shop["goods"]]
    assert len(told) > 100
    assert [title for title, words in told if goods(title, words)] == []


@pytest.mark.parametrize(
    ("description", "is_held"),
    [
        ("Message me for cocaine.", True),
        ("Made of elephant ivory, very old.", True),
        ("Cut with a knife; no gun was used.", False),
        ("He fired the gun twice.", False),  # adds, but asks for nobody by itself
        ("This blend holds no tobacco and no nicotine.", False),
        ("Not real elephant ivory but resin.", False),
        ("We never sell live animals.", False),
    ],
)
def test_a_description_is_read_with_more_patience(description, is_held):
    held = risk_permille(examine("Basket", description)) >= HOLD_PERMILLE
    assert held == is_held


def test_one_kind_is_found_once_and_in_words_for_the_seller():
    found = examine("Pistol and rifle", "A pistol, a rifle and ammunition.")
    assert len(found) == 1
    assert found[0].log_odds == max(LOG_ODDS["title", False], LOG_ODDS["description", False])
    assert found[0].sentence == (
        "The title says “Pistol”. We read it as a weapon or its ammunition, "
        "which may not be offered here."
    )


def test_what_was_allowed_is_allowed_in_these_very_words():
    first, again, other = (
        examine(title)[0].key for title in ("Blue pistol", "blue  PISTOL", "Red pistol")
    )
    assert first == again != other


def test_every_kind_has_words_and_none_is_empty():
    for kind in KINDS:
        phrases = [phrase.split() for phrase in f"{kind.sure},{kind.likely}".split(",")]
        assert all(phrases), kind.name


@given(some.text(max_size=120), some.text(max_size=200))
def test_any_text_is_read_and_read_alike_again(title, description):
    assert examine(title, description) == examine(title, description)


def test_each_choice_is_read_by_itself_and_colours_are_no_goods():
    subject = Subject(1, 1, "Garden things", choices=("Ivory", "Gunmetal", "AK-47 assault rifle"))
    [finding] = Prohibited().examine(subject, Bank())
    assert finding.evidence["where"] == "choice"
    assert risk_permille([finding]) >= HOLD_PERMILLE
