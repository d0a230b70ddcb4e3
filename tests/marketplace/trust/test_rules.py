"""What strikes add up to."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as some

from marketplace.reasons.rules import CATEGORIES, CONTENT_TYPES
from marketplace.trust import rules
from marketplace.trust.models import Policy

START = datetime(2026, 3, 2, tzinfo=UTC)
BARS = rules.Bars(limit=9, suspend=27, warning=timedelta(hours=24), repeat=4)
STRIKES = some.lists(
    some.builds(
        lambda number, severity, days, hours: rules.LiveStrike(
            number, severity, START + timedelta(days=days), START - timedelta(hours=hours)
        ),
        some.integers(1, 1000),
        some.sampled_from([1, 3, 9, 27]),
        some.integers(1, 365),
        some.integers(0, 200),
    ),
    max_size=8,
    unique_by=lambda strike: strike.strike_id,
)


def called_for(strikes):
    return rules.restriction(strikes, BARS)


def test_levels_follow_the_points():
    levels = [rules.sanction_level(points, 9, 27) for points in (0, 1, 8, 9, 26, 27, 100)]
    assert levels == [0, 1, 1, 2, 2, 3, 3]


@given(STRIKES)
def test_one_strike_fewer_never_makes_it_worse(strikes):
    for gone in range(len(strikes)):
        fewer = called_for(strikes[:gone] + strikes[gone + 1 :])
        assert (fewer.level if fewer else 0) <= (called_for(strikes).level if strikes else 0)


@given(STRIKES, some.randoms())
def test_the_order_in_which_strikes_came_does_not_matter(strikes, dice):
    mixed = list(strikes)
    dice.shuffle(mixed)
    assert called_for(mixed) == called_for(strikes)


@given(STRIKES)
def test_a_sanction_ends_when_the_strikes_left_call_for_less(strikes):
    wanted = called_for(strikes)
    if wanted is None:
        return
    left = [strike for strike in strikes if strike.due_at > wanted.due_at]
    before = [strike for strike in strikes if strike.due_at >= wanted.due_at]
    assert (called_for(left).level if left else 0) < wanted.level
    assert called_for(before).level == wanted.level


def test_every_policy_has_its_text_and_known_categories():
    assert set(rules.POLICY_TEXTS) == set(Policy.values)
    for policy in rules.POLICY_TEXTS.values():
        assert policy.category in CATEGORIES
        assert set(policy.content_type) <= set(CONTENT_TYPES)
