"""The card of shops and the thinking around it, on random profiles."""

import random
from dataclasses import asdict, fields, replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.scoring import rules
from credit.scoring.rules import Features
from credit.scoring.rules import features as facts

RATES = [field.name for field in fields(Features) if field.name.endswith("_permille")]
COUNTS = {
    "months_trading": 90,
    "active_months": 12,
    "account_months": 90,
    "instalments_paid": 60,
    "days_late": 60,
    "ship_hours": 200,
    "stars_hundredths": 500,
    "payout_months": 90,
    "buyers": 300,
}
NEVER_MISSING = {"account_months"}
PROFILES = 10_000


def profile(chance: random.Random) -> Features:
    def known(name, value):
        return value if name in NEVER_MISSING or chance.random() > 0.15 else None

    rates = {name: known(name, chance.randint(0, 1000)) for name in RATES}
    counts = {name: known(name, chance.randint(0, most)) for name, most in COUNTS.items()}
    fakes = chance.choice([0, 0, 0, 1, 2, 5])
    strikes = fakes * 9 + chance.choice([0, 0, 1, 3, 9, 27])
    level = chance.randint(0, 2)
    return Features(
        **rates, **counts, fakes_proven=fakes, strike_points=strikes, identity_level=level
    )


@pytest.fixture(scope="module")
def profiles():
    chance = random.Random(2026)
    return [profile(chance) for _ in range(PROFILES)]


def test_the_parts_sum_exactly_to_a_score_in_range(profiles):
    card = rules.shop_card().card
    for one in profiles:
        scored = rules.score(one)
        assert sum(scored.contributions.values()) == scored.points
        assert sum(rules.dimensions(card, scored.contributions).values()) == scored.points
        assert rules.LOWEST <= scored.points <= rules.HIGHEST


def test_one_more_proven_fake_never_raises_a_score(profiles):
    for number, one in enumerate(profiles):
        severity = (1, 3, 9, 27)[number % 4]
        worse = replace(
            one,
            fakes_proven=one.fakes_proven + 1,
            strike_points=one.strike_points + severity,
        )
        assert rules.score(worse).points <= rules.score(one).points


@pytest.mark.parametrize(
    "attribute",
    [one for one in rules.shop_card().card.attributes if one.direction],
    ids=lambda one: one.key,
)
def test_a_better_value_never_lowers_a_score(profiles, attribute):
    chance = random.Random(attribute.key)
    for one in profiles[:600]:
        value = getattr(one, attribute.key)
        if value is None:
            continue
        more = replace(one, **{attribute.key: value + chance.randint(1, 60)})
        better, worse = (more, one) if attribute.direction > 0 else (one, more)
        assert rules.score(better).points >= rules.score(worse).points


def test_every_row_of_the_card_has_a_promised_direction():
    assert all(one.direction for one in rules.shop_card().card.attributes)
    assert {one.key for one in rules.shop_card().card.attributes} <= set(asdict(Features()))


def test_a_what_if_is_what_the_engine_says(profiles):
    chance = random.Random(7)
    card = rules.shop_card().card
    for one in profiles:
        key = chance.choice([attribute.key for attribute in card.attributes])
        value = getattr(chance.choice(profiles), key)
        asked = rules.what_if(one, **{key: value})
        told = card.score(asdict(replace(one, **{key: value})))
        assert (asked.points, asked.contributions) == (told.points, told.contributions)


def test_a_stored_row_scores_as_the_values_did(profiles):
    card = rules.shop_card()
    for one in profiles[:2000]:
        scored = rules.score(one)
        assert rules.replayed(card, scored.codes).contributions == scored.contributions


def test_a_frozen_row_stays_where_it_is_and_the_rest_moves(profiles):
    card = rules.shop_card().card
    place = [one.key for one in card.attributes].index("on_time_permille")
    one = replace(profiles[0], on_time_permille=950)
    row = rules.score(one).codes[place]

    frozen = rules.score(replace(one, on_time_permille=100), frozen={"on_time_permille": row})

    assert frozen.points == rules.score(one).points


def test_a_first_honest_sale_never_lowers_a_new_shops_score():
    new = Features(identity_level=1, payout_months=0)
    sold = replace(
        new,
        months_trading=0,
        active_months=1,
        on_time_permille=rules.shrunk_permille([Fraction(1)], prior=facts.PRIOR_ON_TIME),
        cancelled_permille=rules.shrunk_permille([Fraction(0)], prior=facts.PRIOR_CANCELLED),
        refunded_permille=rules.shrunk_permille([Fraction(0)], prior=facts.PRIOR_REFUNDED),
        lost_permille=rules.shrunk_permille([Fraction(0)], prior=facts.PRIOR_LOST),
        repeat_permille=rules.shrunk_permille([Fraction(0)], prior=facts.PRIOR_REPEAT),
        ship_hours=int(facts.pulled([Fraction(24)], prior=facts.PRIOR_SHIP_HOURS)),
        buyers=1,
    )

    assert rules.score(sold).points >= rules.score(new).points


shares = st.lists(st.fractions(0, 1), max_size=30)


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


@pytest.mark.parametrize(
    ("points", "band"),
    [
        (350, "poor"),
        (549, "poor"),
        (550, "medium"),
        (600, "good"),
        (650, "very_good"),
        (699, "very_good"),
        (700, "excellent"),
        (950, "excellent"),
    ],
)
def test_a_band_begins_where_it_is_published(points, band):
    assert rules.band_of(points) == band


def test_each_band_promises_less_failure_than_the_one_below():
    promised = [(one.worst, one.best) for one in rules.promises()]

    assert all(worst > best for worst, best in promised)
    assert promised == sorted(promised, reverse=True)
    assert round(rules.promises()[3].worst, 3) == 0.048  # 650: odds of 20 to 1


def test_fewer_than_three_buyers_give_no_band():
    few = Features(buyers=2)

    assert rules.score(few).band == "unknown"
    assert rules.score(replace(few, buyers=3)).band != "unknown"


def test_reasons_are_ordered_by_points_lost_against_the_maximum_of_the_row(profiles):
    card = rules.shop_card().card
    most = card.extremes
    for one in profiles[:200]:
        contributions = rules.score(one).contributions
        down = rules.reasons_down(card, contributions, limit=4)
        lost = [most[reason.key][1] - contributions[reason.key] for reason in down]
        assert lost == sorted(lost, reverse=True)
        assert [reason.lost for reason in down] == lost
        up = {reason.key for reason in rules.reasons_up(card, contributions)}
        assert not up & {reason.key for reason in down[:3]}


def test_what_moved_sums_to_the_change(profiles):
    before, after = (rules.score(one) for one in profiles[:2])

    moves = rules.moved(before.contributions, after.contributions)

    assert sum(moves.values()) == after.points - before.points


def test_the_longer_the_record_the_narrower_the_bar():
    card = rules.shop_card()
    widths = [card.half_width(buyers) for buyers in (None, 0, 3, 10, 40, 100)]

    assert widths == sorted(widths, reverse=True)
    assert rules.interval(930, 40) == (890, 950)
