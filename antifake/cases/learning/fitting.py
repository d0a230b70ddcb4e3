"""Training a model on verdicts: a monotone logistic regression near the hand-set figures. Pure.

Two steps on two slices of time. The older verdicts set prior, offsets and slopes: Newton's method
on one coordinate at a time, each kept inside its bounds, with an L2 pull towards the model that
was set by hand, so that few verdicts move little. The newer ones set the straight line on the
logit that makes the probabilities true (Platt, 1999), which is folded into the same figures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from antifake.cases.learning.model import COUNTER, FAMILIES, FOUNDING, Model, Weight, contributed

Floats = NDArray[np.float64]

# The pull is that of so many verdicts' worth of doubt (1 / variance of a Gaussian prior): hand-set
# slopes are trusted to within about a half, offsets to within about one, the prior to e^1.
PULL_SLOPE, PULL_OFFSET, PULL_PRIOR, PULL_LINE = 4.0, 1.0, 1.0, 4.0
OFFSET_MOST, SLOPE_MOST = 4.0, 2.5
# Hard evidence keeps at least so much of its hand-set weight, whatever verdicts say: a few false
# ones, or a few bought ones, must not blind the check to copies of what was proven a fake.
HARD = frozenset({"confirmed_fake", "exact_file", "removed_seller"})
SLOPE_LEAST, SLOPE_LEAST_HARD = 0.1, 0.6
# A line has two figures to learn, and says how true the whole is: the blind sample counts for more
# there than in the regression (chosen on seeds 17 and 18 of bench/calibration.py).
LINE_POWER = 0.75
LINE_LEAST, LINE_MOST = 0.5, 2.0
ROUNDS, SWEEPS, STILL = 4, 25, 1e-4
# One person's verdicts are at most this share of all, while there are three people or more.
ONE_PERSON_SHARE = 0.34
NEWER_SHARE = 0.3
HEAVIEST = 100.0


@dataclass(frozen=True)
class Seen:
    """A finding as the model reads it."""

    kind: str
    log_odds: float


@dataclass(frozen=True)
class Example:
    """One person's standing verdict on one scan.

    `weight` is one over the chance that a person looked: 1 for what was held, 1 / rate for what a
    blind audit drew. `scan_id` names it, `by` who decided.
    """

    findings: tuple[Seen, ...]
    is_fake: bool
    weight: float = 1.0
    scan_id: int = 0
    by: int = 0


def fit(examples: Sequence[Example], *, start: Model = FOUNDING) -> Model:
    """Train a model on verdicts, the oldest first. `start` is where the search begins.

    Who is drawn to the desk depends on the findings alone, which leaves a regression nearly
    unbiased, and a blind sample's weights are large and few: their root wastes fewer verdicts
    and calibrated better in bench/calibration.py than the whole. Figures take them whole.

    The pull is always towards the model set by hand, never towards an earlier refit: what was
    learned wrongly one night is forgotten when verdicts say otherwise.
    """
    cut = len(examples) - max(1, round(NEWER_SHARE * len(examples)))
    return calibrate(_regress(examples[:cut], start), examples[cut:])


def calibrate(model: Model, examples: Sequence[Example]) -> Model:
    """Fold in the straight line on the logit that makes the probabilities true of `examples`."""
    factor, shift = line_of(model, examples)
    return scaled(model, factor=factor, shift=shift, keep_hard=True)


def line_of(model: Model, examples: Sequence[Example]) -> tuple[float, float]:
    """Return factor and shift of the logit that make the probabilities true of `examples`."""
    line = np.array([1.0, 0.0])
    if not examples:
        return 1.0, 0.0
    logits = logits_of(model, examples)
    problem = _Problem(
        truth=np.array([example.is_fake for example in examples], dtype=float),
        weights=_normal(balanced(examples) ** LINE_POWER),
        anchor=line.copy(),
        pull=np.array([PULL_LINE, PULL_PRIOR]),
        lower=np.array([LINE_LEAST, -3.0]),
        upper=np.array([LINE_MOST, 3.0]),
    )
    problem.solve(line, np.stack([logits, np.ones_like(logits)], axis=1))
    return float(line[0]), float(line[1])


def scaled(model: Model, *, factor: float, shift: float, keep_hard: bool) -> Model:
    """Return the model whose logit is `factor * logit + shift`, finding for finding.

    `keep_hard`: but for hard evidence, which keeps its least weight.
    """

    def times(kind: str, weight: Weight) -> Weight:
        least = SLOPE_LEAST_HARD if keep_hard and kind in HARD else 0.0
        return Weight(factor * weight.offset, max(least, factor * weight.slope))

    # A kind of hard evidence that no verdict has shown keeps its least weight too.
    kinds = {*model.weights, *(HARD if keep_hard else ())}
    return replace(
        model,
        prior_logit=factor * model.prior_logit + shift,
        weights={kind: times(kind, model.weight(kind)) for kind in sorted(kinds)},
        others=times("", model.others),
    )


def logits_of(model: Model, examples: Iterable[Example]) -> Floats:
    """Return the model's logit for each example."""
    sums = [model.prior_logit + sum(contributed(one.findings, model)) for one in examples]
    return np.array(sums, dtype=float)


def probabilities(model: Model, examples: Iterable[Example]) -> Floats:
    """Return the model's probability for each example."""
    return sigmoids(logits_of(model, examples))


def sigmoids(logits: Floats) -> Floats:
    """Return the probabilities of logits."""
    risks: Floats = 1 / (1 + np.exp(-np.clip(logits, -40, 40)))
    return risks


def balanced(examples: Sequence[Example]) -> Floats:
    """Return the examples' weights, with no one person's verdicts above their share."""
    weights = np.array([min(example.weight, HEAVIEST) for example in examples], dtype=float)
    people = np.array([example.by for example in examples])
    if len(set(people.tolist())) < 3:
        return weights
    most = ONE_PERSON_SHARE / (1 - ONE_PERSON_SHARE)
    for person in sorted(set(people.tolist())):
        own = people == person
        theirs, others = float(weights[own].sum()), float(weights[~own].sum())
        if theirs > most * others:
            weights[own] *= most * others / theirs
    return weights


@dataclass(frozen=True)
class _Problem:
    """A weighted logistic regression with a pull towards `anchor`, inside bounds: convex."""

    truth: Floats
    weights: Floats
    anchor: Floats
    pull: Floats
    lower: Floats
    upper: Floats

    def solve(self, values: Floats, columns: Floats) -> None:
        """Move `values` to the best ones, in place."""
        for _ in range(SWEEPS):
            if self._sweep(values, columns) < STILL:
                return

    def _sweep(self, values: Floats, columns: Floats) -> float:
        """Move each value once, by Newton's step kept inside its bounds; return the farthest."""
        logits = columns @ values
        farthest = 0.0
        for at in range(len(values)):
            risks = sigmoids(logits)
            column = columns[:, at]
            pulled = self.pull[at] * (values[at] - self.anchor[at])
            slope = column @ (self.weights * (risks - self.truth)) + pulled
            bend = (column * column) @ (self.weights * risks * (1 - risks)) + self.pull[at]
            wanted = values[at] - np.clip(slope / bend, -1, 1)
            step = float(np.clip(wanted, self.lower[at], self.upper[at]) - values[at])
            logits = logits + step * column
            values[at] += step
            farthest = max(farthest, abs(step))
        return farthest


def _regress(examples: Sequence[Example], start: Model) -> Model:
    kinds = sorted({finding.kind for example in examples for finding in example.findings})
    if not examples or not kinds:
        return start
    truth = np.array([example.is_fake for example in examples], dtype=float)
    weights = _normal(np.sqrt(balanced(examples)))
    slopes = [SLOPE_LEAST_HARD if kind in HARD else SLOPE_LEAST for kind in kinds]
    problem = _Problem(
        truth=truth,
        weights=weights,
        anchor=np.array([FOUNDING.prior_logit, *([0.0, 1.0] * len(kinds))]),
        pull=np.array([PULL_PRIOR, *([PULL_OFFSET, PULL_SLOPE] * len(kinds))]),
        lower=np.array([-9.0, *(bound for slope in slopes for bound in (0.0, slope))]),
        upper=np.array([0.0, *([OFFSET_MOST, SLOPE_MOST] * len(kinds))]),
    )
    values = np.clip(_values(start, kinds), problem.lower, problem.upper)
    model = _model(values, kinds)
    for _ in range(ROUNDS):  # which finding leads its family depends on the weights
        problem.solve(values, _columns(examples, kinds, model))
        model = _model(values, kinds)
    return model


def _columns(examples: Sequence[Example], kinds: list[str], model: Model) -> Floats:
    """Return for each example one, and for each kind how often it counts and by how much."""
    place = {kind: 1 + 2 * at for at, kind in enumerate(kinds)}
    columns = np.zeros((len(examples), 1 + 2 * len(kinds)))
    columns[:, 0] = 1
    for row, example in enumerate(examples):
        for finding, share in zip(example.findings, _shares(example.findings, model), strict=True):
            at = place[finding.kind]
            columns[row, at] += -share if finding.kind in COUNTER else share
            columns[row, at + 1] += share * finding.log_odds
    return columns


def _shares(findings: Sequence[Seen], model: Model) -> list[float]:
    """Return 1 for the strongest finding of each family, `further` for the others."""
    families: dict[str, list[int]] = defaultdict(list)
    for at, finding in enumerate(findings):
        families[FAMILIES.get(finding.kind, finding.kind)].append(at)
    shares = [model.further] * len(findings)
    for members in families.values():
        shares[max(members, key=lambda at: abs(model.strength(findings[at])))] = 1.0
    return shares


def _values(model: Model, kinds: list[str]) -> Floats:
    pairs = [(model.weight(kind).offset, model.weight(kind).slope) for kind in kinds]
    return np.array([model.prior_logit, *(value for pair in pairs for value in pair)])


def _model(values: Floats, kinds: list[str]) -> Model:
    numbers = [float(value) for value in values]
    weights = {
        kind: Weight(numbers[1 + 2 * at], numbers[2 + 2 * at]) for at, kind in enumerate(kinds)
    }
    return Model(prior_logit=numbers[0], weights=weights)


def _normal(weights: Floats) -> Floats:
    """Scale weights so that their sum is the number of equal verdicts they are worth (Kish)."""
    total = float(weights.sum())
    normal: Floats = weights * (total / float((weights * weights).sum()))
    return normal
