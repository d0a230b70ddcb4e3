"""Statements as the public gets them: the EU's fields and values, and nobody's name."""

import json
import random
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from antifake.transparency.queries import statements
from antifake.transparency.rules.statements import without_people
from marketplace.reasons import rules
from marketplace.reasons.models import StatementOfReasons
from tests.antifake.transparency.dsa_schema import breaches
from tests.factories.accounts import make_user
from tests.factories.listings import make_listing
from tests.factories.orders import make_goods, make_order
from tests.factories.reasons import make_statement
from tests.factories.reports import answer, make_report
from tests.factories.shops import make_shop
from tests.factories.trust import strike_listing

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SPAN = {"since": START - timedelta(days=400), "until": START + timedelta(days=400)}
SECRETS = (
    "amina.uwase@example.org",
    "+250 788 123 456",
    "0788123456",
    "DE89 3704 0044 0532 0130 00",
    "https://www.example.org/amina",
    "@amina_makes",
    "Amina Uwase",
    "Uwase",
    "Amina's Baskets",
)


def generated(dice, user, subjects):
    """One statement, each part drawn by the dice from all that the schema allows."""
    at = START + timedelta(hours=dice.randrange(2000))
    kinds = [dice.random() < 0.5 for _ in range(4)]
    kinds[dice.randrange(4)] = True
    visible, monetary, provision, account = kinds
    words = " ".join(dice.choices([*SECRETS, "the", "title", "says", "“N1ke”", "photo 1"], k=40))
    return make_statement(
        addressee_id=user.pk,
        subject=dice.choice(subjects),
        visibility=dice.sample(rules.VISIBILITY, dice.randint(1, 3)) if visible else [],
        monetary=dice.choice(rules.MONETARY) if monetary else "",
        provision=dice.choice(rules.PROVISION) if provision else "",
        account=dice.choice(rules.ACCOUNT) if account else "",
        ground=dice.choice(rules.GROUNDS),
        facts="\n".join([words] * dice.randint(1, 5)),
        explanation=words[:1_900],
        category=dice.choice(rules.CATEGORIES),
        content_type=dice.sample(rules.CONTENT_TYPES, dice.randint(1, 3)),
        source_type=dice.choice(rules.SOURCE_TYPES),
        source="decision:7",
        automated_detection=dice.random() < 0.5,
        automated_decision=dice.choice(rules.AUTOMATED_DECISIONS),
        territorial_scope=dice.sample(["DE", "FR", "IS"], dice.randint(0, 3)),
        application_date=at,
        end_date=at + timedelta(days=dice.randrange(400)) if dice.random() < 0.5 else None,
        at=at,
    )


def test_1000_generated_statements_keep_every_field_rule_and_hold_nobodys_data():
    user = make_user(display_name="Amina Uwase", email=SECRETS[0])
    shop = make_shop(owner=user, name="Amina's Baskets")
    subjects = [make_listing(shop=shop).ref, shop.ref, user.ref, "review:9"]
    dice = random.Random(20_260_701)
    for _ in range(1_000):
        generated(dice, user, subjects)

    out = list(statements.export(**SPAN))

    assert len(out) == 1_000
    assert {field for one in out for field in breaches(one)} == set()
    text = json.dumps(out, ensure_ascii=False).lower()
    assert [secret for secret in SECRETS if secret.lower() in text] == []
    assert "amina" not in text
    assert "decision:7" not in text
    # All that the schema allows was drawn: the rules were not kept by leaving things out.
    assert len({one["category"] for one in out}) == len(rules.CATEGORIES)
    assert len({kind for one in out for kind in one["content_type"]}) == len(rules.CONTENT_TYPES)


def test_what_the_platform_itself_writes_keeps_the_rules():
    strike_listing(make_listing(), severity=27, at=START)
    out = list(statements.export(**SPAN))
    assert len(out) == StatementOfReasons.objects.count() == 2
    assert [breaches(one) for one in out] == [set(), set()]
    assert {one["account_type"] for one in out} == {"ACCOUNT_TYPE_BUSINESS"}


def test_removals_after_reports_and_refunds_for_fakes_keep_the_rules_and_name_nobody():
    seller = make_user(display_name="Amina Uwase", email=SECRETS[0])
    shop = make_shop(owner=seller, payout_account_sealed="IBAN 1")
    sold = make_order(make_goods(shop=shop), state="settled", at=START)
    listing = sold.lines.get().variant.listing
    listing.title = f"N1ke by Amina Uwase, call {SECRETS[1]}"
    listing.save(update_fields=["title"])
    answer(make_report(listing, at=START), at=START)
    strike_listing(listing, at=START + timedelta(hours=2))
    out = list(statements.export(**SPAN))
    assert [breaches(one) for one in out] == [set()] * len(out)
    assert {one["source_type"] for one in out} >= {"SOURCE_ARTICLE_16", "SOURCE_VOLUNTARY"}
    assert "DECISION_MONETARY_SUSPENSION" in {one.get("decision_monetary") for one in out}
    text = json.dumps(out, ensure_ascii=False).lower()
    assert [secret for secret in SECRETS if secret.lower() in text] == []
    assert "amina" not in text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"puid": "a b"}, "puid"),
        ({"decision_visibility": ["DECISION_VISIBILITY_SHOUTED_AT"]}, "decision_visibility"),
        ({"decision_visibility": []}, "decision"),
        ({"decision_facts": "x" * 5001}, "decision_facts"),
        ({"incompatible_content_explanation": None}, "incompatible_content_explanation"),
        ({"category": "STATEMENT_CATEGORY_COUNTERFEIT"}, "category"),
        ({"automated_detection": True}, "automated_detection"),
        ({"application_date": "2.3.2026"}, "application_date"),
        ({"end_date_visibility_restriction": "2020-01-01"}, "end_date_visibility_restriction"),
        ({"end_date_account_restriction": "2027-01-01"}, "end_date_account_restriction"),
        ({"territorial_scope": ["US"]}, "territorial_scope"),
        ({"addressee": "Amina"}, "addressee"),
    ],
)
def test_the_rules_as_written_here_see_a_breach(change, field):
    make_statement(addressee_id=make_user().pk)
    (good,) = statements.export(**SPAN)
    assert breaches(good) == set()
    changed = {name: value for name, value in {**good, **change}.items() if value is not None}
    assert field in breaches(changed)


@pytest.mark.parametrize("secret", SECRETS[:6])
def test_what_finds_people_is_taken_out_whoever_they_are(secret):
    left = without_people(f"Write to {secret} about lot 12, size 42.", [])
    assert secret not in left
    assert "lot 12, size 42" in left


def test_prices_sizes_dates_and_short_names_stay():
    kept = "Photo 12 of 2026-03-02 shows 3 x 40 cm for 12.50 EUR; it is an art."
    assert without_people(kept, ["is", "an"]) == kept


def test_the_command_writes_the_days_asked_for_and_no_others():
    for day in (0, 1, 2):
        make_statement(addressee_id=make_user().pk, at=START + timedelta(days=day))
    out = StringIO()
    call_command("export_statements", "--since=2026-03-03", "--until=2026-03-03", stdout=out)
    (line,) = out.getvalue().splitlines()
    assert breaches(json.loads(line)) == set()
