"""From past applicants to a score card: a monotone EBM, compiled to whole points, then dropped.

Method: explainable boosting machine (Lou, Caruana, Gehrke 2012, 2013; interpret-core). Its terms
are read at every row, forced to the promised directions, rounded, and the base is set so that
the card's mean probability of default is the observed one.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from interpret.glassbox import ExplainableBoostingClassifier

from credit.scoring.rules.card import FACTOR, Attribute, Card
from credit.scoring.training import directions, monotone, pairs
from credit.scoring.training.batch import probabilities, total_points
from credit.scoring.training.binning import Bins, encode, fit
from credit.scoring.training.frame import Frame, Numbers
from credit.scoring.training.settings import Settings


def train(frame: Frame, *, declared: Mapping[str, int], settings: Settings) -> Card:
    """Return a card learnt from `frame`.

    `declared` says which way the probability of default goes (1, -1, 0); for other numbers the
    direction is found, and promised unless the data contradict it.
    """
    bins = fit(frame, rows_most=settings.rows, each_value=settings.each_value)
    codes = encode(frame, bins)
    promised = directions.find(codes, frame.bad, bins, declared)
    model = _mains(bins, promised, settings)
    inputs = _inputs(codes, [one.size for one in bins.values()])
    model.fit(inputs, frame.bad)
    attributes = _attributes(model, bins, promised, settings)
    card = _based(Card(0, attributes), codes, frame.bad)
    if settings.pairs and len(bins) > 1:
        card = Card(card.base, attributes, tuple(pairs.learn(card, codes, frame.bad, settings)))
    return _based(card, codes, frame.bad)


def _mains(
    bins: Mapping[str, Bins], promised: Mapping[str, int], settings: Settings
) -> ExplainableBoostingClassifier:
    return ExplainableBoostingClassifier(
        feature_names=list(bins),
        feature_types=["nominal" if one.categories else "continuous" for one in bins.values()],
        monotone_constraints=[promised[name] for name in bins],
        interactions=0,
        max_bins=256,
        outer_bags=settings.bags,
        learning_rate=settings.learning_rate,
        smoothing_rounds=settings.smoothing_rounds,
        max_rounds=settings.rounds_most,
        random_state=settings.seed,
        n_jobs=settings.jobs,
    )


def _attributes(
    model: ExplainableBoostingClassifier,
    bins: Mapping[str, Bins],
    promised: Mapping[str, int],
    settings: Settings,
) -> tuple[Attribute, ...]:
    most = max(one.size for one in bins.values())
    probe = np.tile(np.arange(most + 1)[:, None], (1, len(bins))).astype(np.uint8)
    terms = model.eval_terms(_inputs(probe, [one.size for one in bins.values()]))
    found = []
    for place, (name, one) in enumerate(bins.items()):
        table = np.asarray(terms[: one.size + 1, place], dtype=float)
        points = np.rint(-FACTOR * table).astype(int)
        if promised[name]:
            points = monotone.forced(points, axis=0, direction=-promised[name])
        found.append(
            Attribute(
                key=name,
                points=tuple(int(point) for point in points),
                cuts=one.cuts,
                categories=one.categories,
                # The card speaks of the score, which goes against the probability of default.
                direction=-promised[name],
                dimension=settings.dimensions.get(name, ""),
            )
        )
    return tuple(found)


def _inputs(codes: npt.NDArray[np.uint8], sizes: list[int]) -> Numbers:
    """Rows as the EBM reads them: whole numbers, NaN for missing and beyond."""
    inputs = codes.astype(np.float64)
    inputs[codes >= np.array(sizes)] = np.nan
    return inputs


def _based(card: Card, codes: npt.NDArray[np.uint8], bad: npt.NDArray[np.int64]) -> Card:
    """Set the base so that the mean probability of default is what was observed."""
    totals, wanted = total_points(card, codes) - card.base, float(bad.mean())
    low, high = -20_000, 20_000
    while low < high:  # the mean falls as the base grows
        middle = (low + high) // 2
        if float(probabilities(totals + middle).mean()) > wanted:
            low = middle + 1
        else:
            high = middle
    return Card(low, card.attributes, card.pairs)
