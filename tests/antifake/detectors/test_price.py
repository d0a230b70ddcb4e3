"""Only a price far below the usual is a finding, and the lower, the more it weighs."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antifake.detectors.base import Bank, PriceView, Subject
from antifake.detectors.price import LEAST_LIKE, MOST_LOG_ODDS, Price, log_odds

VIEW = PriceView(
    unit_minor=1000,
    currency="EUR",
    brand_id=7,
    usual_log=math.log(10_000),
    spread_log=0.3,
    like_count=20,
)


def found(view):
    return Price().examine(Subject(1, 1, "Watch", price=view), Bank())


def test_a_tenth_of_the_usual_price_is_found():
    [finding] = found(VIEW)
    assert finding.kind == "price_low"
    assert finding.distance <= finding.threshold < 0
    assert "10 %" in finding.sentence


@pytest.mark.parametrize(
    "view",
    [
        None,
        replace(VIEW, unit_minor=10_000),
        replace(VIEW, unit_minor=90_000),
        replace(VIEW, unit_minor=5_500),
        replace(VIEW, like_count=LEAST_LIKE - 1),
        replace(VIEW, spread_log=1.5),
        replace(VIEW, spread_log=0.0, unit_minor=5_200),
    ],
)
def test_usual_prices_and_thin_comparisons_are_no_finding(view):
    assert found(view) == []


def test_without_a_common_brand_it_weighs_half():
    [branded], [plain] = found(VIEW), found(replace(VIEW, brand_id=None))
    assert plain.log_odds == pytest.approx(branded.log_odds / 2)


@given(st.floats(-100, 100), st.floats(-100, 100))
def test_a_lower_price_never_weighs_less(one, other):
    low, high = sorted((one, other))
    assert MOST_LOG_ODDS >= log_odds(low) >= log_odds(high) >= 0
