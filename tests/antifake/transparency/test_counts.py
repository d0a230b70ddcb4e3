"""What is counted in public, and that no figure stands for fewer than five people."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as some

from antifake.transparency.queries import counts
from antifake.transparency.rules import counts as rules
from antifake.transparency.words import COLUMNS, TITLES, WORDS
from marketplace.reasons.rules import ACCOUNT, CATEGORIES, MONETARY, PROVISION, VISIBILITY
from tests.factories.accounts import make_user
from tests.factories.listings import make_listing
from tests.factories.reasons import make_statement
from tests.factories.shops import make_shop
from tests.factories.transparency import seal_all
from tests.factories.trust import strike_listing

FACTS = some.lists(
    some.tuples(
        some.tuples(some.sampled_from("abcde"), some.sampled_from("xy")), some.integers(1, 12)
    ),
    max_size=60,
)
THIS = rules.Quarter(2026, 1)
DURING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
AFTER = datetime(2026, 5, 1, tzinfo=UTC)


@given(FACTS)
def test_every_published_cell_stands_for_five_people_or_more(facts):
    shown = rules.publishable(rules.counted(facts), closed=True)
    named = {cell.key for cell in shown} - {(rules.OTHER,) * 2}
    for cell in shown:
        inside = [
            (key, person)
            for key, person in facts
            if key == cell.key or (cell.key[0] == rules.OTHER and key not in named)
        ]
        assert cell.value == len(inside)
        assert len({person for _key, person in inside}) >= rules.K


@given(FACTS)
def test_a_total_less_the_cells_gives_no_small_group_away(facts):
    """Either everything is published, together, or nothing at all."""
    shown = rules.publishable(rules.counted(facts), closed=True)
    assert sum(cell.value for cell in shown) in (0, len(facts))
    if len({person for _key, person in facts}) >= rules.K:
        assert sum(cell.value for cell in shown) == len(facts)


def test_the_smallest_cell_hides_those_that_are_too_small():
    """Twelve, six and two people: two alone would show as the total less the rest."""
    sizes = {("a", "x"): range(1, 13), ("b", "x"): range(20, 26), ("c", "x"): range(30, 32)}
    facts = [(key, person) for key, people in sizes.items() for person in people]
    shown = rules.publishable(rules.counted(facts), closed=True)
    assert {cell.key: cell.value for cell in shown} == {("a", "x"): 12, (rules.OTHER,) * 2: 8}


@given(FACTS)
def test_a_running_quarter_shows_whole_fives(facts):
    shown = rules.publishable(rules.counted(facts), closed=False)
    assert all(cell.value % 5 == 0 and cell.value for cell in shown)


def test_many_restrictions_of_one_shop_are_one_person():
    facts = [(("removed", "fakes", "person"), 1)] * 40
    assert rules.publishable(rules.counted(facts), closed=True) == []


def test_quarters_follow_each_other_across_years():
    names = [quarter.name for quarter in rules.quarters(datetime(2026, 2, 1, tzinfo=UTC), 3)]
    assert names == ["2026-Q1", "2025-Q4", "2025-Q3"]
    late = datetime(2026, 3, 31, 23, 59, tzinfo=UTC)
    assert rules.quarter_of(late) == THIS
    assert rules.quarter_of(late + timedelta(minutes=1)) == rules.Quarter(2026, 2)


def test_a_median_of_four_people_is_not_told():
    assert rules.median_hours([(3600.0 * n, n) for n in range(4)]) is None
    assert rules.median_hours([(3600.0 * n, n) for n in range(5)]) == 2


def test_every_value_has_its_words():
    assert set(TITLES) == set(counts.TABLES)
    assert {column for columns in counts.TABLES.values() for column in columns} <= set(COLUMNS)
    codes = {*VISIBILITY, *MONETARY, *PROVISION, *ACCOUNT, *CATEGORIES}
    assert codes <= set(WORDS)


def tables(at=AFTER):
    report = counts.report(THIS, at)
    return {name: {cell.key: cell.value for cell in cells} for name, cells in report.tables.items()}


@pytest.mark.django_db
def test_restrictions_are_counted_by_kind_ground_and_who_decided():
    for _ in range(6):
        strike_listing(make_listing(shop=make_shop()), severity=3, at=DURING)
    make_statement(addressee_id=make_user().pk, at=AFTER)
    found = tables()
    fakes = "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS"
    rest = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
    assert found["restrictions"] == {
        ("DECISION_VISIBILITY_CONTENT_REMOVED", fakes, "machine"): 6,
        ("DECISION_VISIBILITY_CONTENT_DEMOTED", rest, "machine_and_person"): 6,
    }
    assert found["found"] == {("platform", "machine"): 6, ("platform", "person"): 6}
    assert found["sanctions"] == {("shop", "warned"): 6}
    assert found["appeals"] == found["hours"] == {}


@pytest.mark.django_db
def test_everybody_reads_the_page_and_takes_the_data_along(client):
    now = timezone.now()
    for _ in range(5):
        strike_listing(make_listing(shop=make_shop()), severity=3, at=now)
    seal_all(at=now)
    page = client.get(reverse("transparency:home"))
    text = page.content.decode()
    assert "Fakes and stolen photos" in text
    assert "Fewer than 5 people" in text
    assert "Newest seal" in text
    assert "max-age" in page["Cache-Control"]

    data = client.get(reverse("transparency:json")).json()
    assert (data["k"], data["licence"]) == (5, "CC0-1.0")
    table = client.get(reverse("transparency:csv"))
    rows = list(csv.DictReader(io.StringIO(table.content.decode())))
    assert len(rows) == len(data["rows"]) > 0
    assert [str(row["value"]) for row in data["rows"]] == [row["value"] for row in rows]
    assert {row["closed"] for row in rows} == {"False"}
    assert all(row["made_at"] and row["from"] < row["until"] for row in rows)


@pytest.mark.django_db
def test_a_quarter_that_is_not_offered_does_not_exist(client):
    address = reverse("transparency:home")
    before = rules.quarter_of(timezone.now()).before()
    assert client.get(address, {"quarter": before.name}).status_code == 200
    for wrong in ("2019-Q1", "x", ""):
        assert client.get(address, {"quarter": wrong}).status_code == 404


@pytest.mark.django_db
def test_the_foot_of_every_page_leads_there(client):
    assert reverse("transparency:home") in client.get("/").content.decode()
