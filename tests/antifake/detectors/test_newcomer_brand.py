"""A protected name in the words of a shop that nobody knows yet waits for a person, once."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from antifake.cases import rules
from antifake.cases.learning.model import FOUNDING
from antifake.cases.rules.policy import Outcome, ground
from antifake.cases.services.weighing import judged
from antifake.detectors import registry
from antifake.detectors.base import Bank, KnownBrand, SellerView, Subject
from antifake.detectors.newcomer_brand import LEAST_ORDERS, NEWCOMER, NewcomerBrand

BANK = Bank(brands=(KnownBrand(1, "Velmora"), KnownBrand(2, "Kastrelle")))
NEW = SellerView(age_days=3)


def subject(title="Velmora handbag", seller=NEW, **fields):
    return Subject(1, 1, title, seller=seller, **fields)


def ruled(of, bank=BANK, cleared=()):
    findings = rules.news(registry.examine(of, bank), cleared)
    said = judged(findings=findings, model=FOUNDING, hold_permille=500, proven=())
    return said.ruling.outcome, findings


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"title": "Velmorra handbag"},
        {"title": "Vel mora handbag"},
        {"title": "black handbag", "shop_name": "Velmora Corner"},
    ],
)
def test_a_name_or_a_slip_of_it_waits_for_a_person_at_a_newcomers_and_no_machine_decides(told):
    outcome, findings = ruled(subject(**told))
    assert outcome == Outcome.HOLD
    assert ground(findings) == ""
    tried = SellerView(age_days=3, completed_orders=LEAST_ORDERS)
    outcome, findings = ruled(subject(seller=tried, **told))
    assert outcome == Outcome.PUBLISH
    assert NEWCOMER not in {finding.kind for finding in findings}


@pytest.mark.parametrize(
    "honest",
    [
        {"title": "black handbag"},
        {"title": "Case for Velmora handbag"},
        {"title": "Used Velmora handbag"},
        {"second_hand": True},
        {"title": "phone case", "choices": ("Velmora 12",)},
        {"title": "black handbag", "description": "Goes well with a Velmora coat."},
        {"seller": None},
    ],
)
def test_what_is_lawful_or_says_little_does_not_wait(honest):
    outcome, findings = ruled(subject(**honest))
    assert outcome == Outcome.PUBLISH
    assert NEWCOMER not in {finding.kind for finding in findings}


def test_a_document_speaks_for_its_own_brand_alone():
    mine = Bank(brands=(KnownBrand(1, "Velmora", authorised=True), BANK.brands[1]))
    assert ruled(subject(), mine)[0] == Outcome.PUBLISH
    assert ruled(subject("Kastrelle handbag"), mine)[0] == Outcome.HOLD


def test_what_a_person_allowed_once_frees_all_goods_of_the_shop():
    [first] = NewcomerBrand().examine(subject(), BANK)
    [other] = NewcomerBrand().examine(subject("Kastrelle Velmora bag"), BANK)
    assert first.key == other.key
    assert ruled(subject("Kastrelle bag"), cleared={first.key})[0] == Outcome.PUBLISH


def test_a_seller_reads_which_name_and_why_it_waits():
    [finding] = NewcomerBrand().examine(subject(), BANK)
    assert "“Velmora”" in finding.sentence
    assert f"fewer than {LEAST_ORDERS} orders" in finding.sentence
    assert not any(f"{finding.log_odds}" in part for part in finding.sentence.split())


@given(some.integers(0, 50), some.integers(0, 50))
def test_more_completed_orders_never_weigh_more(one, other):
    few, many = sorted((one, other))
    weighs = [
        sum(f.log_odds for f in NewcomerBrand().examine(subject(seller=view), BANK))
        for view in (SellerView(completed_orders=few), SellerView(completed_orders=many))
    ]
    assert weighs[0] >= weighs[1]
