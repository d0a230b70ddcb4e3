"""Scoring many at once, from rows or from a table."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from credit.scoring.rules.card import EVEN, FACTOR, Card
from credit.scoring.training.binning import Bins, encode
from credit.scoring.training.frame import Frame, Numbers


def total_points(card: Card, codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Return everybody's sum of points from their rows, before the limits of the scale."""
    place = {one.key: number for number, one in enumerate(card.attributes)}
    totals = np.full(len(codes), card.base, dtype=np.int64)
    for number, one in enumerate(card.attributes):
        totals += np.array(one.points)[codes[:, number]]
    for pair in card.pairs:
        first = np.array(pair.first_groups)[codes[:, place[pair.first]]]
        second = np.array(pair.second_groups)[codes[:, place[pair.second]]]
        totals += np.array(pair.points)[first, second]
    return totals


def probabilities(totals: npt.NDArray[np.int64]) -> Numbers:
    """Return the promised probabilities of default of sums of points."""
    return np.asarray(1 / (1 + np.exp((totals - EVEN) / FACTOR)))


def rows_of(card: Card, frame: Frame) -> npt.NDArray[np.uint8]:
    """Return everybody's rows in a card, whatever it was trained on."""
    bins = {one.key: Bins(one.cuts, one.categories) for one in card.attributes}
    empty = np.full(len(frame), np.nan)
    columns = {name: frame.columns.get(name, empty) for name in bins}
    return encode(Frame(columns, frame.bad), bins)
