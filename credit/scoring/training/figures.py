"""What a score is worth: ranking, calibration, speed and kept promises."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from credit.scoring.rules.card import BASE, LIMIT, Card, Value
from credit.scoring.training.frame import Numbers

Bad = npt.NDArray[np.int64]


def auc(bad: Bad, risk: Numbers) -> float:
    """Return the chance that a bad one has the higher risk; ties count half (Mann-Whitney)."""
    order = np.argsort(risk, kind="mergesort")
    _, start, count = np.unique(risk[order], return_index=True, return_counts=True)
    ranks = np.empty(len(risk))
    ranks[order] = np.repeat(start + (count + 1) / 2, count)
    positives = int(bad.sum())
    above = ranks[bad == 1].sum() - positives * (positives + 1) / 2
    return float(above / (positives * (len(bad) - positives)))


def ks(bad: Bad, risk: Numbers) -> float:
    """Return the largest gap between both cumulative shares (Kolmogorov-Smirnov)."""
    order = np.argsort(risk, kind="mergesort")
    last = np.append(np.diff(risk[order]) > 0, True)
    caught = np.cumsum(bad[order]) / bad.sum()
    refused = np.cumsum(1 - bad[order]) / (1 - bad).sum()
    return float(np.abs(caught - refused)[last].max())


def brier(bad: Bad, probability: Numbers) -> float:
    """Return the mean squared error of the probabilities."""
    return float(np.mean((probability - bad) ** 2))


def ece(bad: Bad, probability: Numbers, *, bins: int = 10) -> float:
    """Return the expected calibration error over equally large bins of the probability."""
    order = np.argsort(probability, kind="mergesort")
    gaps = [
        len(part) * abs(float(probability[part].mean() - bad[part].mean()))
        for part in np.array_split(order, bins)
        if len(part)
    ]
    return float(sum(gaps) / len(bad))


def of(bad: Bad, probability: Numbers) -> dict[str, float]:
    """Return AUC, KS, Brier and ECE of one set of predictions."""
    return {
        "auc": auc(bad, probability),
        "ks": ks(bad, probability),
        "brier": brier(bad, probability),
        "ece": ece(bad, probability),
    }


def latency_us(card: Card, people: Sequence[Mapping[str, Value]]) -> dict[str, float]:
    """Return microseconds for one score with all its reasons: median and 99th percentile."""
    times = []
    for one in people:
        start = time.perf_counter_ns()
        card.score(one)
        times.append((time.perf_counter_ns() - start) / 1000)
    return {"p50": float(np.percentile(times, 50)), "p99": float(np.percentile(times, 99))}


def unequal_sums(card: Card, people: Sequence[Mapping[str, Value]]) -> int:
    """Count scores whose contributions do not sum to them; 0 is the promise."""
    return sum(
        1
        for one in people
        for scored in [card.score(one)]
        if sum(scored.contributions.values()) != scored.points
        or scored.contributions[BASE] != card.base
        or LIMIT not in scored.contributions
    )


def monotone_violations(
    card: Card, rows: npt.NDArray[np.uint8], *, sweeps: int, seed: int
) -> dict[str, int]:
    """Sweep one attribute of a real applicant through all its rows, so many times.

    Only attributes that promise a direction are swept. A violation is a sweep in which the sum
    of points moves against it anywhere.
    """
    promised = [place for place, one in enumerate(card.attributes) if one.direction]
    if not promised:
        return {"sweeps": 0, "violations": 0}
    chance = np.random.default_rng(seed)
    people = chance.integers(0, len(rows), sweeps)
    swept = chance.choice(promised, sweeps)
    wrong = 0
    for person, place in zip(people, swept, strict=True):
        attribute = card.attributes[place]
        around = [int(row) for row in rows[person]]
        totals = []
        for row in range(attribute.missing):
            around[place] = row
            totals.append(card.score_rows(around).total)
        steps = np.diff(totals) * attribute.direction
        wrong += bool((steps < 0).any())
    return {"sweeps": sweeps, "violations": wrong}
