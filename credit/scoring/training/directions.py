"""Which way the probability of default goes with a number, where nobody said so."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2
from sklearn.isotonic import IsotonicRegression

from credit.scoring.training.binning import Bins

# A direction is promised unless the data contradict it. The best monotone curve over twenty rows
# stands when it keeps nearly all that a free curve explains, or when the free one fits no better
# than chance would (likelihood ratio test): in a large file every wiggle is significant.
KEPT = 0.995
LEVEL = 0.01
GROUPS = 20


def find(
    codes: npt.NDArray[np.uint8],
    bad: npt.NDArray[np.int64],
    bins: Mapping[str, Bins],
    declared: Mapping[str, int],
) -> dict[str, int]:
    """Return 1 (never falls), -1 (never rises) or 0 for each attribute; categories have none."""
    found = {}
    for place, (name, one) in enumerate(bins.items()):
        if name in declared:
            found[name] = 0 if one.categories else declared[name]
        elif one.categories:
            found[name] = 0
        else:
            known = codes[:, place] < one.size
            found[name] = _direction(codes[known, place], bad[known])
    return found


def _direction(rows: npt.NDArray[np.uint8], bad: npt.NDArray[np.int64]) -> int:
    groups = _grouped(rows)
    counts = np.bincount(groups).astype(float)
    rates = np.bincount(groups, weights=bad) / counts
    if len(counts) < 2:
        return 0
    free = _log_likelihood(rates, rates, counts)
    best, direction = -np.inf, 0
    for sign in (1, -1):
        curve = IsotonicRegression(increasing=sign > 0)
        fitted = curve.fit_transform(np.arange(len(rates)), rates, sample_weight=counts)
        likelihood = _log_likelihood(rates, fitted, counts)
        if likelihood > best:
            best, direction, levels = likelihood, sign, len(np.unique(fitted))
    flat = _log_likelihood(rates, np.full(len(rates), bad.mean()), counts)
    freedom = len(rates) - levels
    if not freedom or best - flat >= KEPT * (free - flat):
        return direction
    return 0 if 2 * (free - best) > chi2.ppf(1 - LEVEL, freedom) else direction


def _grouped(rows: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Merge neighbouring rows until about `GROUPS` of equal size are left."""
    counts = np.bincount(rows)
    middle = np.cumsum(counts) - counts / 2
    group = np.minimum((middle / counts.sum() * GROUPS).astype(int), GROUPS - 1)
    _, dense = np.unique(group[rows], return_inverse=True)
    return np.asarray(dense)


def _log_likelihood(
    rates: npt.NDArray[np.float64], fitted: npt.NDArray[np.float64], counts: npt.NDArray[np.float64]
) -> float:
    p = np.clip(fitted, 1e-6, 1 - 1e-6)
    return float((counts * (rates * np.log(p) + (1 - rates) * np.log(1 - p))).sum())
