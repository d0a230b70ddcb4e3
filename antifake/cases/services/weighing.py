"""What findings come to: a probability, a contribution each, and what the policy says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from antifake.cases.learning.model import Estimate, Model, probability
from antifake.cases.queries.audits import is_ground_proven
from antifake.cases.rules import policy
from antifake.detectors.base import Finding
from marketplace.rulebook import queries as rulebook


@dataclass(frozen=True)
class Judged:
    """A ruling with all it follows from. `contributions` stand in the order of the findings."""

    model: Model
    estimate: Estimate
    contributions: tuple[float, ...]
    prohibited_permille: int
    hold_permille: int
    proven: tuple[str, ...]
    ruling: policy.Ruling


def judge(*, findings: Sequence[Finding], model: Model, at: datetime) -> Judged:
    """Weigh findings by a model and today's rules."""
    hard = policy.ground(findings)
    proven = (hard,) if hard and is_ground_proven(hard, at=at) else ()
    hold_permille = model.holds_from(rulebook.value("cases.hold_permille", at=at))
    return judged(findings=findings, model=model, hold_permille=hold_permille, proven=proven)


def judged(
    *, findings: Sequence[Finding], model: Model, hold_permille: int, proven: tuple[str, ...]
) -> Judged:
    """Weigh findings by given figures: the same findings and figures, the same ruling."""
    weighed = policy.weighable(findings)
    estimate = probability(weighed, model)
    by_finding = dict(zip(map(id, weighed), estimate.contributions, strict=True))
    prohibited_permille = probability(policy.prohibited(findings), model).permille
    ruling = policy.policy(
        findings,
        risk_permille=estimate.permille,
        prohibited_permille=prohibited_permille,
        hold_permille=hold_permille,
        proven=proven,
    )
    return Judged(
        model=model,
        estimate=estimate,
        contributions=tuple(by_finding.get(id(finding), 0.0) for finding in findings),
        prohibited_permille=prohibited_permille,
        hold_permille=hold_permille,
        proven=proven,
        ruling=ruling,
    )
