"""A card learnt from past applicants keeps its promises. Needs the extra `train`."""

import numpy as np
import pytest

pytest.importorskip("interpret")
pytest.importorskip("lightgbm")
pytest.importorskip("sklearn")

from credit.scoring.training import figures, learn
from credit.scoring.training.batch import probabilities, rows_of, total_points
from credit.scoring.training.frame import Frame
from credit.scoring.training.settings import Settings

QUICK = Settings(bags=1, rounds_most=60, pairs=1, pair_rows=4, smoothing_rounds=10, rows=8)


@pytest.fixture(scope="module")
def learnt():
    chance = np.random.default_rng(1)
    buyers = chance.poisson(12, 3000).astype(float)
    late = chance.random(3000)
    late[::9] = np.nan
    risk = 1 / (1 + np.exp(2 + 0.15 * (buyers - 12) - 3 * np.nan_to_num(late, nan=0.5)))
    frame = Frame({"buyers": buyers, "late": late}, (chance.random(3000) < risk).astype(int))
    settings = {"declared": {"buyers": -1, "late": 1}, "settings": QUICK}
    return frame, learn.train(frame, **settings)


def test_it_ranks_and_its_mean_promise_is_what_was_seen(learnt):
    frame, card = learnt
    promised = probabilities(total_points(card, rows_of(card, frame)))

    assert figures.auc(frame.bad, promised) > 0.7
    assert promised.mean() == pytest.approx(frame.bad.mean(), abs=0.01)


def test_every_declared_direction_holds_in_every_sweep(learnt):
    frame, card = learnt
    swept = figures.monotone_violations(card, rows_of(card, frame), sweeps=2000, seed=1)

    assert swept["violations"] == 0
    assert [one.direction for one in card.attributes] == [1, -1]


def test_scoring_in_bulk_is_scoring_one_by_one(learnt):
    frame, card = learnt
    totals = total_points(card, rows_of(card, frame))

    for row in range(0, len(frame), 97):
        assert card.score(frame.values(row)).total == totals[row]
