"""A card judged by cross-validation, beside its peers on the same folds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedKFold

from credit.scoring.rules.card import Card
from credit.scoring.training import figures
from credit.scoring.training.batch import probabilities, rows_of, total_points
from credit.scoring.training.frame import Frame
from credit.scoring.training.learn import train
from credit.scoring.training.peers import PEERS
from credit.scoring.training.settings import Settings

CARD, LIGHTGBM = "card", "lightgbm"
TIMED_AT_MOST = 2_000

Report = dict[str, Any]


def evaluate(
    frame: Frame,
    *,
    declared: Mapping[str, int],
    folds: int,
    sweeps: int,
    settings: Settings,
    tell: Callable[[str], None],
) -> Report:
    """Return mean figures over stratified folds, each learner's and the card's own promises.

    Everything is fitted inside the fold: rows, directions, pairs. `sweeps` monotonicity sweeps
    are spread over the folds. `tell` is called with a line of progress after each fold.
    """
    split = StratifiedKFold(folds, shuffle=True, random_state=settings.seed)
    each: dict[str, list[dict[str, float]]] = {name: [] for name in (CARD, *PEERS)}
    kept = {"sweeps": 0, "violations": 0, "unequal_sums": 0}
    latencies, promised = [], set(frame.columns)
    for number, (seen, unseen) in enumerate(split.split(frame.bad, frame.bad)):
        own = replace(settings, seed=settings.seed + number)
        learning, judging = frame.take(seen), frame.take(unseen)
        card = train(learning, declared=declared, settings=own)
        rows = rows_of(card, judging)
        each[CARD].append(figures.of(judging.bad, probabilities(total_points(card, rows))))
        for name, peer in PEERS.items():
            each[name].append(figures.of(judging.bad, peer(learning, judging, own.seed)))
        share = sweeps // folds + (number < sweeps % folds)
        for key, value in _kept(card, judging, rows, share, own.seed).items():
            kept[key] += value
        people = [judging.values(row) for row in range(min(len(judging), TIMED_AT_MOST))]
        latencies.append(figures.latency_us(card, people))
        promised &= {one.key for one in card.attributes if one.direction}
        done = {name: round(found[-1]["auc"], 4) for name, found in each.items()}
        tell(f"fold {number + 1} of {folds}: AUC {done}")
    mean = {name: _mean(found) for name, found in each.items()}
    return {
        "rows": len(frame),
        "bad_share": float(frame.bad.mean()),
        "folds": folds,
        "seed": settings.seed,
        "mean": mean,
        "auc_by_fold": {name: [one["auc"] for one in found] for name, found in each.items()},
        "auc_of_lightgbm": mean[CARD]["auc"] / mean[LIGHTGBM]["auc"],
        "gini_of_lightgbm": (2 * mean[CARD]["auc"] - 1) / (2 * mean[LIGHTGBM]["auc"] - 1),
        "monotone_in_every_fold": sorted(promised),
        "monotonicity": {"sweeps": kept["sweeps"], "violations": kept["violations"]},
        "unequal_sums": kept["unequal_sums"],
        "latency_us": {
            key: float(np.median([one[key] for one in latencies])) for key in latencies[0]
        },
    }


def _kept(card: Card, judging: Frame, rows: Any, sweeps: int, seed: int) -> dict[str, int]:
    people = [judging.values(row) for row in range(len(judging))]
    swept = figures.monotone_violations(card, rows, sweeps=sweeps, seed=seed)
    return {**swept, "unequal_sums": figures.unequal_sums(card, people)}


def _mean(found: list[dict[str, float]]) -> dict[str, float]:
    return {key: float(np.mean([one[key] for one in found])) for key in found[0]}
