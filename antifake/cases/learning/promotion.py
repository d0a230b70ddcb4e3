"""When a challenger may take the champion's place, and when the market has drifted. Pure.

A challenger is judged on verdicts given after it was trained. It must be no worse there, and it
must not hold fewer of all fakes that people have confirmed so far. Its probabilities being
truer, it may reach that at a lower point than the market's rule, as long as it then holds no
more of all the listings it looked on than the champion held: no fewer fakes in no more holds. If
there is no such point, a person who sees the list of what would be lost must consent. Nothing
else lets it pass.

What never costs a fake is a straight line on the champion's own logit (`relined`): listings keep
their order, so the same are held from the point that the line moves along, and their
probabilities become true. That may be done at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

import numpy as np

from antifake.cases.learning.fitting import (
    Example,
    Floats,
    balanced,
    line_of,
    probabilities,
    scaled,
)
from antifake.cases.learning.model import Model, sigmoid

# How much worse a figure may be and still count as the same: a tenth of a percent of log loss and
# half a percent of calibration error are below what the judged verdicts can tell apart.
LOSS_SLACK, ECE_SLACK = 0.001, 0.005
# A fiftieth more holds is the same, too.
HOLDS_SLACK = 0.02
# Lower than the rule book's own least (cases.hold_permille) no model may hold.
HOLD_LEAST = 50
BINS = 10
# Siddiqi, "Credit Risk Scorecards" (2006): above 0.25 a population has shifted.
PSI_ALARM = 0.25
GAP_ALARM = 0.05
NEVER_EMPTY = 1e-4


class Outcome(StrEnum):
    """What becomes of a challenger."""

    PROMOTE = "promote"
    ASK = "ask"  # it would hold fewer confirmed fakes: a person must consent
    RETIRE = "retire"


@dataclass(frozen=True)
class Figures:
    """How a model did on verdicts: log loss, calibration error and the mean gap, all weighted."""

    verdicts: int
    log_loss: float
    ece: float
    gap: float
    caught: int
    fakes: int

    def as_dict(self) -> dict[str, float]:
        """Return the figures by name."""
        return asdict(self)


@dataclass(frozen=True)
class Judgement:
    """An outcome, the point from which the challenger would hold, both models' figures on the
    later verdicts, and the confirmed fakes that the challenger would let pass there though the
    champion holds them (scan ids), and the other way round.
    """

    outcome: Outcome
    hold_permille: int
    champion: Figures
    challenger: Figures
    lost: tuple[int, ...]
    gained: tuple[int, ...]
    caught_before: int
    caught_now: int
    holds_before: int
    holds_now: int


def judge(
    *,
    champion: Model,
    challenger: Model,
    later: Sequence[Example],
    confirmed: Sequence[Example],
    traffic: Sequence[tuple[int, int]],
    rule_permille: int,
) -> Judgement:
    """Compare two models on `later` verdicts, on all `confirmed` fakes so far, and on the
    champion's and the challenger's risks (in thousandths) of all listings both looked at.
    """
    holds_from = champion.holds_from(rule_permille)
    old = figures(champion, later, holds_from)
    was = set(held(champion, confirmed, holds_from))
    point = point_that_holds(len(was), challenger, confirmed, rule_permille)
    new = figures(challenger, later, point)
    holds = sum(risk >= holds_from for risk, _risk in traffic)
    dearer = sum(risk >= point for _risk, risk in traffic) > (1 + HOLDS_SLACK) * holds
    if new.log_loss > old.log_loss + LOSS_SLACK or new.ece > old.ece + ECE_SLACK:
        outcome = Outcome.RETIRE
    elif point < HOLD_LEAST or (dearer and point < rule_permille):
        outcome, point = Outcome.ASK, rule_permille
        new = figures(challenger, later, point)
    else:
        outcome = Outcome.PROMOTE
    now = set(held(challenger, confirmed, point))
    return Judgement(
        outcome=outcome,
        hold_permille=point,
        champion=old,
        challenger=new,
        lost=tuple(sorted(was - now)),
        gained=tuple(sorted(now - was)),
        caught_before=len(was),
        caught_now=len(now),
        holds_before=holds,
        holds_now=sum(risk >= point for _risk, risk in traffic),
    )


def relined(
    *,
    champion: Model,
    older: Sequence[Example],
    newer: Sequence[Example],
    confirmed: Sequence[Example],
    rule_permille: int,
) -> tuple[Model, Judgement] | None:
    """Return the champion with truer probabilities, judged on the `newer` verdicts.

    None unless the line, drawn on the `older` verdicts, is better there beyond the slack and
    holds every confirmed fake that was held.
    """
    holds_from = champion.holds_from(rule_permille)
    factor, shift = line_of(champion, older)
    model = scaled(champion, factor=factor, shift=shift, keep_hard=False)
    # Rounding must not lose what stood on the edge: half a thousandth of room, then downwards.
    edge = math.log((holds_from - 0.5) / (1000.5 - holds_from))
    point = min(rule_permille, math.floor(1000 * sigmoid(factor * edge + shift)))
    old, new = figures(champion, newer, holds_from), figures(model, newer, point)
    was = set(held(champion, confirmed, holds_from))
    now = set(held(model, confirmed, point))
    worse = new.log_loss > old.log_loss or new.ece > old.ece - ECE_SLACK
    if worse or was - now or point < 1:
        return None
    judgement = Judgement(
        outcome=Outcome.PROMOTE,
        hold_permille=point,
        champion=old,
        challenger=new,
        lost=(),
        gained=tuple(sorted(now - was)),
        caught_before=len(was),
        caught_now=len(now),
        holds_before=0,
        holds_now=0,
    )
    return replace(model, hold_permille=point), judgement


def point_that_holds(count: int, model: Model, fakes: Sequence[Example], rule_permille: int) -> int:
    """Return the highest point, at most the rule's, from which so many of the fakes are held."""
    if not count:
        return rule_permille
    risks = np.sort(_thousandths(probabilities(model, fakes)))[::-1]
    return min(rule_permille, int(risks[count - 1]))


def held(model: Model, examples: Sequence[Example], hold_permille: int) -> list[int]:
    """Return the scans that the model would hold (or take down)."""
    if not examples:
        return []
    permille = _thousandths(probabilities(model, examples))
    pairs = zip(examples, permille, strict=True)
    return [example.scan_id for example, risk in pairs if risk >= hold_permille]


def figures(model: Model, examples: Sequence[Example], hold_permille: int) -> Figures:
    """Return how a model does on verdicts."""
    fakes = [example for example in examples if example.is_fake]
    if not examples:
        return Figures(0, 0.0, 0.0, 0.0, 0, 0)
    risks = probabilities(model, examples)
    truth = np.array([example.is_fake for example in examples], dtype=float)
    weights = balanced(examples)
    sure = np.clip(risks, 1e-6, 1 - 1e-6)
    losses = -(truth * np.log(sure) + (1 - truth) * np.log(1 - sure))
    return Figures(
        verdicts=len(examples),
        log_loss=float(np.average(losses, weights=weights)),
        ece=calibration_error(risks, truth, weights),
        gap=float(np.average(risks, weights=weights) - np.average(truth, weights=weights)),
        caught=len(held(model, fakes, hold_permille)),
        fakes=len(fakes),
    )


def calibration_error(risks: Floats, truth: Floats, weights: Floats) -> float:
    """Return the expected calibration error over ten equal steps of probability (Naeini, 2015)."""
    bins = np.minimum((risks * BINS).astype(int), BINS - 1)
    error = 0.0
    for step in range(BINS):
        inside = bins == step
        mass = float(weights[inside].sum())
        if mass:
            gap = np.average(risks[inside] - truth[inside], weights=weights[inside])
            error += mass * abs(float(gap))
    return error / float(weights.sum())


def stability_index(before: Sequence[int], now: Sequence[int]) -> float:
    """Return the population stability index of two sets of risks in thousandths.

    Steps are powers of two above the lowest, since most listings have a low risk.
    """
    edges = [0, 10, 20, 40, 80, 160, 320, 640, 1001]
    shares = []
    for risks in (before, now):
        counts, _edges = np.histogram(np.asarray(risks, dtype=float), bins=edges)
        shares.append(np.maximum(counts / max(1, len(risks)), NEVER_EMPTY))
    return float(sum((n - b) * math.log(n / b) for b, n in zip(*shares, strict=True)))


def _thousandths(risks: Floats) -> Floats:
    """Round as the desk sees it: the rule compares thousandths."""
    rounded: Floats = np.rint(1000 * risks)
    return rounded
