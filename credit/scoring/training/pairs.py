"""The few small tables of what two attributes say together.

Candidates are ranked by FAST (Lou et al. 2013) on what the single attributes leave unexplained,
learnt by boosting, rounded, and then bent until the promises of both attributes hold: an
attribute with a promise is in one pair at most, so that its points and this pair's alone decide.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from interpret.glassbox import ExplainableBoostingClassifier
from interpret.utils import measure_interactions

from credit.scoring.rules.card import EVEN, FACTOR, Attribute, Card, Pair
from credit.scoring.training import monotone
from credit.scoring.training.batch import total_points
from credit.scoring.training.settings import Settings

Ints = npt.NDArray[np.int_]
# Of many candidates only the strongest are looked at.
RANKED = 60


def learn(
    card: Card, codes: npt.NDArray[np.uint8], bad: npt.NDArray[np.int64], settings: Settings
) -> list[Pair]:
    """Return the pairs that add to a card of single attributes."""
    groups = [
        _groups(codes[:, place], one, settings.pair_rows)
        for place, one in enumerate(card.attributes)
    ]
    inputs = np.column_stack([of[codes[:, place]] for place, of in enumerate(groups)])
    inputs = inputs.astype(np.float64)
    for place, of in enumerate(groups):
        inputs[inputs[:, place] == of[-1], place] = np.nan
    kinds = ["nominal" if one.categories else "continuous" for one in card.attributes]
    start = (EVEN - total_points(card, codes)) / FACTOR
    ranked = measure_interactions(
        inputs, bad, interactions=RANKED, init_score=start, feature_types=kinds
    )
    chosen = _chosen([pair for pair, _ in ranked], card.attributes, settings.pairs)
    if not chosen:
        return []
    model = ExplainableBoostingClassifier(
        feature_types=kinds,
        interactions=chosen,
        exclude="mains",
        max_interaction_bins=256,
        outer_bags=settings.bags,
        learning_rate=settings.learning_rate,
        interaction_smoothing_rounds=settings.pair_smoothing_rounds,
        max_rounds=settings.rounds_most,
        random_state=settings.seed,
        n_jobs=settings.jobs,
    )
    model.fit(inputs, bad, init_score=start)
    return [
        _pair(model, term, places, card.attributes, groups)
        for term, places in enumerate(model.term_features_)
    ]


def _groups(rows: npt.NDArray[np.uint8], attribute: Attribute, wanted: int) -> Ints:
    """Map an attribute's rows to at most so many groups of about equal size; missing is the last.

    Categories keep a group each while there are few of them; else the rarest share the last.
    """
    counts = np.bincount(rows, minlength=attribute.missing + 1)[:-1].astype(float)
    if len(counts) <= wanted:
        dense = np.arange(len(counts))
    elif attribute.categories:
        order = np.argsort(-counts, kind="stable")
        dense = np.full(len(counts), wanted - 1)
        dense[order[: wanted - 1]] = np.arange(wanted - 1)
    else:
        middle = np.cumsum(counts) - counts / 2
        rough = np.minimum((middle / max(counts.sum(), 1) * wanted).astype(int), wanted - 1)
        _, dense = np.unique(rough, return_inverse=True)
    return np.append(dense, dense.max() + 1)


def _chosen(
    ranked: Sequence[tuple[int, int]], attributes: Sequence[Attribute], wanted: int
) -> list[tuple[int, int]]:
    taken: set[int] = set()
    chosen: list[tuple[int, int]] = []
    for pair in ranked:
        if len(chosen) < wanted and not taken & set(pair):
            chosen.append((int(pair[0]), int(pair[1])))
            taken |= {place for place in pair if attributes[place].direction}
    return chosen


def _pair(
    model: ExplainableBoostingClassifier,
    term: int,
    places: tuple[int, int],
    attributes: Sequence[Attribute],
    groups: Sequence[Ints],
) -> Pair:
    sizes = [int(groups[place][-1]) + 1 for place in places]
    grids = np.meshgrid(*[np.arange(size) for size in sizes], indexing="ij")
    probe = np.zeros((grids[0].size, len(attributes)))
    for place, size, grid in zip(places, sizes, grids, strict=True):
        flat = grid.ravel().astype(float)
        probe[:, place] = np.where(flat == size - 1, np.nan, flat)
    log_odds = np.asarray(model.eval_terms(probe)[:, term], dtype=float).reshape(sizes)
    points = np.rint(-FACTOR * log_odds).astype(int)
    # What an attribute's own points give between neighbouring groups is room for the pair.
    rooms = [
        np.reshape(_room(attributes[place], groups[place]), (-1, 1) if axis == 0 else (1, -1))
        for axis, place in enumerate(places)
    ]
    points = points + rooms[0] + rooms[1]
    for axis, place in enumerate(places):
        if attributes[place].direction:
            points = monotone.forced(points, axis=axis, direction=attributes[place].direction)
    points = points - rooms[0] - rooms[1]
    return _merged(attributes[places[0]].key, attributes[places[1]].key, places, groups, points)


def _room(attribute: Attribute, groups: Ints) -> Ints:
    """Return the points that the steps between groups add up to; 0 for missing and categories."""
    room = np.zeros(int(groups[-1]) + 1, dtype=int)
    if not attribute.direction:
        return room
    for row in range(1, attribute.missing):
        if groups[row] != groups[row - 1]:
            step = attribute.points[row] - attribute.points[row - 1]
            room[groups[row]] = room[groups[row - 1]] + step
    return room


def _merged(
    first: str, second: str, places: tuple[int, int], groups: Sequence[Ints], points: Ints
) -> Pair:
    """Merge equal lines, so that the table is as small as it can be."""
    lines, points = _distinct(points)
    columns, turned = _distinct(points.T)
    return Pair(
        first=first,
        second=second,
        first_groups=tuple(lines[group] for group in groups[places[0]]),
        second_groups=tuple(columns[group] for group in groups[places[1]]),
        points=tuple(tuple(int(cell) for cell in line) for line in turned.T),
    )


def _distinct(points: Ints) -> tuple[list[int], Ints]:
    known: dict[tuple[int, ...], int] = {}
    places = [known.setdefault(tuple(int(cell) for cell in line), len(known)) for line in points]
    return places, np.array(list(known), dtype=int)
