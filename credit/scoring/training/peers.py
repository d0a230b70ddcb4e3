"""What a card is compared with, on the same folds: two regressions and a tuned LightGBM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from credit.scoring.training.binning import encode, fit
from credit.scoring.training.figures import auc
from credit.scoring.training.frame import Frame, Numbers

Peer = Callable[[Frame, Frame, int], Numbers]

# Two configurations, as docs/scorecard.md says: the better one on held-out rows is used.
LIGHTGBM: tuple[dict[str, Any], ...] = (
    {"num_leaves": 15, "min_data_in_leaf": 50, "lambda_l2": 5.0},
    {"num_leaves": 31, "min_data_in_leaf": 100, "lambda_l2": 20.0},
)
SMALL_LEAVES = 0.02
BAGS, ROUNDS_MOST, PATIENCE, HELD_OUT = 2, 3000, 100, 0.15
WOE_ROWS, WOE_PRIOR = 20, 0.5


def logistic(train: Frame, test: Frame, seed: int) -> Numbers:
    """Plain logistic regression: numbers standardised, the median for missing, words one-hot."""
    return _regression(_plain(train, train), train.bad, _plain(train, test), seed)


def woe_logistic(train: Frame, test: Frame, seed: int) -> Numbers:
    """Logistic regression on weights of evidence of up to twenty rows an attribute."""
    bins = fit(train, rows_most=WOE_ROWS)
    rows, others = encode(train, bins), encode(test, bins)
    weights = [
        _evidence(rows[:, place], train.bad, one.size + 1)
        for place, one in enumerate(bins.values())
    ]
    seen = np.column_stack([one[rows[:, place]] for place, one in enumerate(weights)])
    new = np.column_stack([one[others[:, place]] for place, one in enumerate(weights)])
    return _regression(seen, train.bad, new, seed)


def gradient_boosting(train: Frame, test: Frame, seed: int) -> Numbers:
    """LightGBM: the better of two configurations, two bags, stopped early on held-out rows."""
    seen, new = _coded(train, train), _coded(train, test)
    words = [place for place, name in enumerate(train.columns) if not train.is_number(name)]
    tried = [
        _boosted(one, seen=seen, bad=train.bad, new=new, words=words, seed=seed) for one in LIGHTGBM
    ]
    return max(tried, key=lambda one: one[0])[1]


PEERS: dict[str, Peer] = {
    "logistic_regression": logistic,
    "woe_logistic_regression": woe_logistic,
    "lightgbm": gradient_boosting,
}


def _regression(seen: Numbers, bad: npt.NDArray[np.int64], new: Numbers, seed: int) -> Numbers:
    model = LogisticRegression(max_iter=2000, random_state=seed).fit(seen, bad)
    return np.asarray(model.predict_proba(new)[:, 1])


def _plain(train: Frame, frame: Frame) -> Numbers:
    columns = []
    for name, column in frame.columns.items():
        if not train.is_number(name):
            known = sorted({value for value in train.columns[name] if value is not None})
            columns += [(column == value).astype(float) for value in known]
            continue
        own = train.columns[name]
        middle = float(np.nanmedian(own)) if np.isfinite(own).any() else 0.0
        filled = np.where(np.isnan(own), middle, own)
        spread = float(filled.std()) or 1.0
        columns.append((np.where(np.isnan(column), middle, column) - filled.mean()) / spread)
    return np.column_stack(columns)


def _evidence(rows: npt.NDArray[np.uint8], bad: npt.NDArray[np.int64], size: int) -> Numbers:
    wrong = np.bincount(rows, weights=bad, minlength=size) + WOE_PRIOR
    right = np.bincount(rows, weights=1 - bad, minlength=size) + WOE_PRIOR
    return np.asarray(np.log(wrong / wrong.sum()) - np.log(right / right.sum()))


def _coded(train: Frame, frame: Frame) -> Numbers:
    columns = []
    for name, column in frame.columns.items():
        if train.is_number(name):
            columns.append(column)
            continue
        known = sorted({value for value in train.columns[name] if value is not None})
        places = {value: float(place) for place, value in enumerate(known)}
        columns.append(np.array([places.get(value, np.nan) for value in column]))
    return np.column_stack(columns)


def _boosted(
    settings: dict[str, Any],
    *,
    seen: Numbers,
    bad: npt.NDArray[np.int64],
    new: Numbers,
    words: list[int],
    seed: int,
) -> tuple[float, Numbers]:
    """Return the mean AUC on held-out rows and the mean prediction of the bags."""
    least = max(5, min(settings["min_data_in_leaf"], int(SMALL_LEAVES * len(bad))))
    reached, predicted = [], []
    for bag in range(BAGS):
        rows, held = train_test_split(
            np.arange(len(bad)), test_size=HELD_OUT, random_state=seed + bag, stratify=bad
        )
        data: dict[str, Any] = {"categorical_feature": words, "free_raw_data": False}
        model = lightgbm.train(
            {
                **settings,
                "min_data_in_leaf": least,
                "objective": "binary",
                "metric": "auc",
                "learning_rate": 0.03,
                "bagging_fraction": 0.8,
                "bagging_freq": 1,
                "feature_fraction": 0.6,
                "num_threads": 1,
                "verbose": -1,
                "seed": seed + bag,
            },
            lightgbm.Dataset(seen[rows], bad[rows], **data),
            num_boost_round=ROUNDS_MOST,
            valid_sets=[lightgbm.Dataset(seen[held], bad[held], **data)],
            callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False)],
        )
        reached.append(auc(bad[held], np.asarray(model.predict(seen[held]))))
        predicted.append(np.asarray(model.predict(new)))
    return float(np.mean(reached)), np.mean(predicted, axis=0)
