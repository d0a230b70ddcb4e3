"""The ladder and what it leads to, as tables: a test for each row."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from marketplace.reasons.queries import redress_until
from marketplace.reasons.rules import stated_until
from marketplace.rulebook.models import RuleValue
from marketplace.rulebook.rules import CATALOGUE
from marketplace.rulebook.rules.ladder import ACTS, FOUNDING, rung
from marketplace.trust import queries, rules
from marketplace.trust.models import Act, PersonPolicy, Policy
from tests.factories.listings import make_listing
from tests.factories.trust import NOW, strike_listing

BARS = rules.Bars(limit=9, suspend=27, warning=timedelta(hours=24), repeat=4)
ZONES = ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York", "Asia/Kathmandu")

# policy, act, points: the founding rule book.
LADDER = [
    ("misleading", "slip", 1),
    ("misleading", "careless", 1),
    ("misleading", "knowing", 3),
    ("misleading", "organised", 9),
    ("stolen_photo", "slip", 1),
    ("stolen_photo", "careless", 3),
    ("stolen_photo", "knowing", 3),
    ("stolen_photo", "organised", 9),
    ("counterfeit", "slip", 1),
    ("counterfeit", "careless", 3),
    ("counterfeit", "knowing", 9),
    ("counterfeit", "organised", 27),
    ("prohibited", "slip", 3),
    ("prohibited", "careless", 3),
    ("prohibited", "knowing", 9),
    ("prohibited", "organised", 27),
    ("bad_faith_notice", "slip", 1),
    ("bad_faith_notice", "careless", 1),
    ("bad_faith_notice", "knowing", 3),
    ("bad_faith_notice", "organised", 9),
]
# (severity, hour of the decision) of each live strike → level, for repeating alone.
JUDGED = [
    ([], 0, False),
    ([(1, 0)], 1, False),
    ([(3, 0)], 1, False),
    ([(3, 0), (3, 30)], 1, False),
    ([(9, 0)], 2, False),
    ([(3, 0), (3, 30), (3, 60)], 2, False),
    # One breach so grave that it suspends at once.
    ([(27, 0)], 3, False),
    # Three grave breaches: decided together, nobody was warned between them.
    ([(9, 0), (9, 0), (9, 0)], 2, False),
    ([(9, 0), (9, 23), (9, 23)], 2, False),
    ([(9, 0), (9, 0), (9, 24)], 3, False),
    # A repeat infringer: four real breaches after three warnings, and few points.
    ([(3, 0), (3, 24), (3, 48), (3, 72)], 3, True),
    ([(3, 0), (3, 24), (3, 48), (3, 71)], 2, False),
    # Slips are no breaches: they never make a repeat infringer.
    ([(1, 0), (1, 24), (1, 48), (1, 72), (1, 96)], 1, False),
    ([(9, 0), (9, 24), (3, 48), (3, 72)], 3, True),
]
FRICTION = [
    # level, ranking trust in thousandths, payouts rest, identity asked for, a deposit stays
    (0, 1000, False, False, False),
    (1, 900, False, False, False),
    (2, 500, True, True, True),
    (3, 0, False, True, False),
]
NOTICES = [
    # level, withholds at once, notices a day
    (0, True, None),
    (1, False, None),
    (2, False, 3),
    (3, False, 0),
]


def strikes_of(rows):
    start = datetime(2026, 3, 2, tzinfo=UTC)
    return [
        rules.LiveStrike(number, severity, start + timedelta(days=365), start + timedelta(hours=h))
        for number, (severity, h) in enumerate(rows, start=1)
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(("policy", "act", "points"), LADDER)
def test_the_ladder_gives_these_points(policy, act, points):
    assert queries.severity_of(policy=policy, act=act, at=NOW) == points


def test_the_ladder_has_a_rung_for_every_policy_and_act():
    everything = {*Policy.values, *PersonPolicy.values}
    assert set(FOUNDING) == everything
    assert {row[:2] for row in LADDER} == {(policy, act) for policy in everything for act in ACTS}
    assert tuple(Act.values) == ACTS
    assert {rung(*row[:2]) for row in LADDER} <= set(CATALOGUE)


@pytest.mark.parametrize("policy", FOUNDING)
def test_a_worse_act_never_counts_less(policy):
    assert list(FOUNDING[policy]) == sorted(FOUNDING[policy])


@pytest.mark.parametrize(("rows", "level", "repeat"), JUDGED)
def test_strikes_lead_to_these_levels(rows, level, repeat):
    assert rules.judge(strikes_of(rows), BARS) == (level, repeat)


@pytest.mark.parametrize(("level", "permille", "rest", "asked", "deposit"), FRICTION)
def test_each_level_has_its_friction(level, permille, rest, asked, deposit):
    assert rules.FRICTION[level] == rules.Friction(permille, rest, asked, deposit)


@pytest.mark.parametrize(("level", "fast", "a_day"), NOTICES)
def test_each_level_of_a_notifier_mirrors_it(level, fast, a_day):
    assert rules.notice_standing(level, None, 3) == rules.NoticeStanding(level, fast, a_day, None)


@pytest.mark.django_db
def test_the_rule_book_changes_the_ladder_from_a_day_on():
    RuleValue.objects.create(
        key=rung("counterfeit", "slip"),
        value=2,
        valid_from=NOW,
        reason="Too many slips.",
        published_at=NOW,
    )
    before = NOW - timedelta(seconds=1)
    assert queries.severity_of(policy="counterfeit", act="slip", at=before) == 1
    assert queries.severity_of(policy="counterfeit", act="slip", at=NOW) == 3


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ZONES)
def test_a_deadline_is_the_same_moment_in_every_time_zone(zone):
    """Also across a change of the clocks: 2 March to 2 March has 365 times 24 hours."""
    there = NOW.astimezone(ZoneInfo(zone))
    with timezone.override(ZoneInfo(zone)):
        strike = strike_listing(make_listing(), severity=9, at=there)
        end = strike.due_at
        shop_id = strike.shop_id
        assert end == NOW + timedelta(days=365)
        assert strike.statement.redress_until == redress_until(NOW)
        second = timedelta(seconds=1)
        for moment, live in ((end - second, 1), (end, 0)):
            local = moment.astimezone(ZoneInfo(zone))
            assert queries.live_strikes(shop_id, local).count() == live
            assert (queries.active_sanction(shop_id, local) is not None) is bool(live)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hour", [0, 11, 12, 23])
def test_whoever_acts_on_the_date_we_name_is_in_time_wherever_they_live(zone, hour):
    until = datetime(2026, 9, 4, hour, 30, tzinfo=UTC)
    day = stated_until(until)
    last_second = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=ZoneInfo(zone))
    assert last_second < until


@pytest.mark.django_db
@pytest.mark.parametrize("month", range(1, 13))
def test_the_date_we_name_is_at_least_six_months_away(month):
    """EU Digital Services Act, art. 20(1)."""
    decided = datetime(2026, month, 1, 23, 59, tzinfo=UTC)
    year, six_later = divmod(month + 5, 12)
    assert stated_until(redress_until(decided)) >= date(2026 + year, six_later + 1, 1)
