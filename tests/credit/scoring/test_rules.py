from dataclasses import asdict, replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.scoring import rules
from credit.scoring.rules import Features

# Rows in which more is better; in the others more is worse.
MORE_IS_BETTER = {"months_trading", "on_time_permille", "approved", "buyers"}

some_features = st.builds(
    Features,
    buyers=st.none() | st.integers(1, 500),
    months_trading=st.none() | st.integers(0, 200),
    on_time_permille=st.none() | st.integers(0, 1000),
    cancelled_permille=st.none() | st.integers(0, 1000),
    largest_buyer_permille=st.none() | st.integers(1, 1000),
    strike_points=st.integers(0, 500),
    approved=st.integers(0, 1),
)
shares = st.lists(st.fractions(0, 1), max_size=30)


@given(some_features)
def test_the_parts_sum_exactly_to_a_score_in_range(features):
    scored = rules.score(features)

    assert sum(scored.contributions.values()) == scored.points
    assert sum(rules.dimensions(scored.contributions).values()) == scored.points
    assert rules.LOWEST <= scored.points <= rules.HIGHEST


@pytest.mark.parametrize("row", rules.TABLE, ids=lambda row: row.key)
def test_the_points_of_a_row_move_in_one_direction(row):
    points = [step[1] for step in row.steps]
    bounds = [step[0] for step in row.steps]

    assert bounds == sorted(set(bounds))
    assert bounds[0] == 0
    assert points == sorted(points, reverse=row.key not in MORE_IS_BETTER)


@given(some_features, st.sampled_from(rules.TABLE), st.integers(0, 500))
def test_a_better_value_never_lowers_a_score(features, row, more):
    value = getattr(features, row.key)
    if value is None:
        return
    other = replace(features, **{row.key: value + more})
    better, worse = (other, features) if row.key in MORE_IS_BETTER else (features, other)

    assert rules.score(better).points >= rules.score(worse).points


@given(some_features, st.integers(0, 100))
def test_more_strikes_never_raise_a_score(features, more):
    struck = replace(features, strike_points=features.strike_points + more)

    assert rules.score(struck).points <= rules.score(features).points


@given(shares, st.fractions(0, 1))
def test_one_more_good_share_never_lowers_a_rate_and_one_more_bad_never_raises_it(given_, prior):
    before = rules.shrunk_permille(given_, prior=prior)
    if before is None:
        return

    assert rules.shrunk_permille([*given_, Fraction(1)], prior=prior) >= before
    assert rules.shrunk_permille([*given_, Fraction(0)], prior=prior) <= before


def test_few_parcels_decide_little():
    one_late = rules.shrunk_permille([Fraction(0)], prior=rules.PRIOR_ON_TIME)
    all_late = rules.shrunk_permille([Fraction(0)] * 20, prior=rules.PRIOR_ON_TIME)

    assert one_late == 800
    assert all_late < 300


def test_no_buyer_gives_no_rate():
    assert rules.shrunk_permille([], prior=rules.PRIOR_ON_TIME) is None


def test_a_record_that_is_missing_is_neither_good_nor_bad():
    for row in rules.TABLE:
        assert row.missing == 0


@pytest.mark.parametrize(
    ("points", "band"),
    [
        (350, "poor"),
        (549, "poor"),
        (550, "medium"),
        (599, "medium"),
        (600, "good"),
        (650, "very_good"),
        (699, "very_good"),
        (700, "excellent"),
        (950, "excellent"),
    ],
)
def test_a_band_begins_where_it_is_published(points, band):
    assert rules.band_of(points) == band


def test_fewer_than_three_settled_orders_give_no_band():
    few = Features(2, 1, 900, 20, None, 0, 1)

    assert rules.score(few).band == "unknown"
    assert rules.score(replace(few, buyers=3)).band != "unknown"


def test_reasons_are_ordered_by_points_lost_against_the_maximum_of_the_row():
    scored = rules.score(Features(40, 30, 700, 0, 100, 9, 1))

    down = rules.reasons_down(scored.contributions)

    assert [reason.key for reason in down] == ["strike_points", "on_time_permille", "buyers"]
    assert [reason.lost for reason in down] == [220, 92, 12]


@given(some_features)
def test_a_row_is_never_a_reason_in_both_directions(features):
    contributions = rules.score(features).contributions

    up = {reason.key for reason in rules.reasons_up(contributions)}
    down = {reason.key for reason in rules.reasons_down(contributions)}

    assert not up & down


def test_the_limit_row_carries_what_the_range_gives():
    worst = rules.score(Features(1, 0, 0, 1000, 1000, 500, 0))

    assert worst.points == 350
    assert worst.contributions["limit"] > 0


def test_the_hash_follows_the_table(monkeypatch):
    before = rules.table_hash()
    assert before == rules.table_hash()

    monkeypatch.setattr(rules, "BASE", rules.BASE + 1)

    assert rules.table_hash() != before


def test_features_are_plain_values_that_can_be_stored_and_replayed():
    features = Features(5, 3, 900, 20, 200, 0, 1)

    assert rules.score(Features(**asdict(features))) == rules.score(features)
