"""The engine of a score card: exact sums, honest gaps, a stable hash."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.scoring.rules.card import (
    Attribute,
    Card,
    Pair,
    card_of,
    default_probability,
    points_of_log_odds,
)

ON_TIME = Attribute("on_time", points=(-60, 10, 45, 0), cuts=(0.8, 0.95), direction=1)
TRADE = Attribute("trade", points=(5, -5, 2), categories=("crafts", "food"))
TOGETHER = Pair("on_time", "trade", (0, 1, 1, 2), (0, 1, 2), ((1, 2, 0), (-3, 4, 0), (0, 0, 0)))
CARD = Card(600, (ON_TIME, TRADE), (TOGETHER,))


@given(
    on_time=st.none() | st.floats(allow_nan=True, allow_infinity=True),
    trade=st.none() | st.text(max_size=8),
)
def test_the_contributions_sum_to_the_score_whatever_comes_in(on_time, trade):
    scored = CARD.score({"on_time": on_time, "trade": trade})

    assert sum(scored.contributions.values()) == scored.points
    assert 350 <= scored.points <= 950


@pytest.mark.parametrize(
    ("value", "row"),
    [(0.79, 0), (0.8, 1), ("0.95", 2), (None, 3), (math.nan, 3), ("soon", 3)],
)
def test_a_number_falls_into_the_row_whose_bound_it_reaches(value, row):
    assert ON_TIME.row(value) == row


def test_a_category_never_seen_counts_as_no_record():
    assert TRADE.row("food") == 1
    assert TRADE.row("weapons") == TRADE.row(None) == 2


def test_the_limits_of_the_scale_are_a_contribution_of_their_own():
    rich = Card(1200, (ON_TIME, TRADE))
    scored = rich.score({"on_time": 1, "trade": "crafts"})

    assert (scored.points, scored.total, scored.contributions["limit"]) == (950, 1250, -300)


def test_a_card_survives_being_stored():
    again = card_of(json.loads(json.dumps(CARD.as_json())))

    assert again == CARD
    assert again.hash == CARD.hash
    assert again.score({"on_time": 0.9, "trade": "food"}) == CARD.score(
        {"on_time": 0.9, "trade": "food"}
    )


def test_the_hash_follows_every_point():
    moved = Attribute("on_time", points=(-60, 11, 45, 0), cuts=(0.8, 0.95), direction=1)

    assert Card(600, (moved, TRADE), (TOGETHER,)).hash != CARD.hash


def test_fifty_points_double_the_odds():
    odds = [(1 - p) / p for p in map(default_probability, (600, 650, 700))]

    assert odds == pytest.approx([10, 20, 40])
    assert points_of_log_odds(math.log(1 / 40)) == pytest.approx(700)


def test_points_that_do_not_fit_the_rows_are_refused():
    with pytest.raises(ValueError, match="on_time"):
        Attribute("on_time", points=(1, 2), cuts=(0.8, 0.95))
