"""The probability: monotone, explained to the last bit, and the same for the same words."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from antifake.cases.learning import fitting, promotion
from antifake.cases.learning.fitting import Example, Seen
from antifake.cases.learning.model import FOUNDING, Model, Weight, from_json, probability

KINDS = ["confirmed_fake", "market_photo", "brand_lookalike", "brand_use", "price_low", "new_kind"]
findings = some.lists(some.builds(Seen, some.sampled_from(KINDS), some.floats(0, 7)), max_size=6)
models = some.builds(
    Model,
    prior_logit=some.floats(-6, 0),
    weights=some.dictionaries(
        some.sampled_from(KINDS), some.builds(Weight, some.floats(0, 3), some.floats(0, 3))
    ),
)
AUTHORISED = Seen("authorised", -4.0)


def test_at_cold_start_the_figures_are_those_set_by_hand():
    alone = {5.0: 752, 4.3: 601, 2.6: 216, 1.2: 63}
    assert {odds: probability([Seen("a", odds)]).permille for odds in alone} == alone
    assert probability([]).permille == 20


@given(findings, models)
def test_contributions_sum_to_the_logit_exactly(found, model):
    estimate = probability(found, model)
    assert estimate.logit == math.fsum([model.prior_logit, *estimate.contributions])
    assert len(estimate.contributions) == len(found)


@given(findings, models, some.sampled_from(KINDS), some.floats(0, 7))
def test_more_evidence_never_lowers_the_risk(found, model, kind, log_odds):
    more = [*found, Seen(kind, log_odds)]
    assert probability(more, model).permille >= probability(found, model).permille


@given(findings, models, some.integers(0, 5), some.floats(0, 3))
def test_nearer_evidence_never_lowers_the_risk(found, model, at, nearer):
    if at < len(found):
        closer = [*found]
        closer[at] = Seen(found[at].kind, found[at].log_odds + nearer)
        assert probability(closer, model).permille >= probability(found, model).permille


@given(findings, models)
def test_an_authorisation_never_raises_the_risk(found, model):
    assert probability([*found, AUTHORISED], model).permille <= probability(found, model).permille


def test_nine_more_copies_of_shop_photos_weigh_less_than_the_first():
    one = probability([Seen("market_photo", 2.6)])
    ten = probability([Seen("market_photo", 2.6)] * 10)
    assert ten.logit - one.logit < 2.6


@given(models)
def test_a_model_is_the_same_after_it_was_written_down(model):
    assert from_json(model.as_json()) == model
    assert from_json(model.as_json()).sha256 == model.sha256


def world(count, *, log_odds=5.0, rate=0.3, by=1):
    """Verdicts in which a disguised name is right four times of five."""
    made = []
    for number in range(count):
        is_fake = number % 10 < 10 * rate
        seen = number % 5 != 0 if is_fake else number % 50 == 7
        found = (Seen("brand_lookalike", log_odds),) if seen else ()
        made.append(Example(found, is_fake, 1.0, number, by))
    return made


def test_few_verdicts_move_little_and_many_move_more():
    base = probability([Seen("brand_lookalike", 5.0)]).logit
    moved = [
        abs(probability([Seen("brand_lookalike", 5.0)], fitting.fit(world(n))).logit - base)
        for n in (10, 1000)
    ]
    assert moved[0] < moved[1]
    assert moved[0] < 0.8


def test_a_fitted_model_is_truer_than_the_one_set_by_hand():
    train, later = world(900), world(300)
    fitted = fitting.fit(train)
    before, after = (promotion.figures(model, later, 500) for model in (FOUNDING, fitted))
    assert after.log_loss < before.log_loss
    assert after.ece <= 0.03 < before.ece


def test_verdicts_never_turn_a_sign():
    upside_down = [
        Example((Seen("brand_lookalike", 5.0),), number % 9 == 0, 1.0, number)
        for number in range(300)
    ] + [Example((AUTHORISED,), True, 1.0, 300 + number) for number in range(100)]
    model = fitting.fit(upside_down)
    bare = probability([], model).permille
    assert probability([Seen("brand_lookalike", 5.0)], model).permille >= bare
    assert probability([AUTHORISED], model).permille <= bare


def test_bought_verdicts_cannot_blind_the_check_to_confirmed_fakes():
    bought = [
        Example((Seen("confirmed_fake", 7.0),), is_fake=False, scan_id=number, by=1)
        for number in range(500)
    ]
    honest = [
        Example((Seen("confirmed_fake", 7.0),), is_fake=True, scan_id=1000 + number, by=2 + number)
        for number in range(40)
    ]
    model = fitting.fit([pair for both in zip(bought, honest * 13, strict=False) for pair in both])
    assert model.weight("confirmed_fake").slope >= fitting.SLOPE_LEAST_HARD


def test_one_person_s_verdicts_are_a_third_at_most_once_there_are_three():
    weights = fitting.balanced(
        [Example((), True, 1.0, n, by=1) for n in range(98)]
        + [Example((), False, 1.0, 99, by=2), Example((), False, 1.0, 100, by=3)]
    )
    assert weights[:98].sum() / weights.sum() == pytest.approx(fitting.ONE_PERSON_SHARE, abs=0.02)


def judged(challenger, *, later=(), champion=FOUNDING, traffic=((752, 300), (100, 20))):
    fakes = [Example((Seen("brand_lookalike", 5.0),), True, 1.0, 7)]
    return promotion.judge(
        champion=champion,
        challenger=challenger,
        later=later,
        confirmed=fakes,
        traffic=traffic,
        rule_permille=500,
    )


def test_a_truer_and_lower_probability_holds_from_a_lower_point():
    weaker = Model(weights={"brand_lookalike": Weight(0, 0.5)})
    told = judged(weaker)
    assert (told.outcome, told.lost) == (promotion.Outcome.PROMOTE, ())
    assert told.hold_permille == probability([Seen("brand_lookalike", 5.0)], weaker).permille < 500
    assert judged(FOUNDING).hold_permille == 500


def test_a_challenger_that_keeps_its_fakes_only_by_holding_more_asks_a_person():
    weaker = Model(weights={"brand_lookalike": Weight(0, 0.5)})
    told = judged(weaker, traffic=((752, 300), (100, 250)))
    assert (told.outcome, told.lost) == (promotion.Outcome.ASK, (7,))
    assert (told.caught_before, told.caught_now, told.hold_permille) == (1, 0, 500)
    assert (told.holds_before, told.holds_now) == (1, 0)


def test_a_challenger_that_is_less_true_retires():
    surer = Model(prior_logit=0.0)
    genuine = [Example((), False, 1.0, n) for n in range(9)]
    assert judged(surer, later=genuine).outcome == promotion.Outcome.RETIRE


def test_the_stability_index_is_zero_for_the_same_risks_and_alarms_for_others():
    calm = [20] * 90 + [600] * 10
    assert promotion.stability_index(calm, calm) == 0
    assert promotion.stability_index(calm, [600] * 50 + [20] * 50) > promotion.PSI_ALARM
