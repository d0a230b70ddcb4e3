"""From findings to a probability, with what each finding added. Plain Python, no database.

The logit is the prior's plus one contribution for each finding. A finding of a kind contributes
`offset + slope * log_odds`, where `log_odds` is what its detector says by hand, falling as the
distance grows. Offsets and slopes are never negative, so that more or nearer evidence never
lowers the risk; kinds of COUNTER are mirrored, and never raise it.

Cold start, until staff verdicts can train it: offset 0 and slope 1, which is Bayes' rule with
the figures that the detectors set by hand, each explained in its own file (LOG_ODDS). The prior
of 2 % is a cautious guess for an open market. From logit(0.02) = -3.9, a disguised brand name
alone (5.0) gives 75 %, a rights holder's photo (4.3) 60 %, another shop's photo (2.6) 22 % and
a plain brand name (1.2) 6 %.

Kinds that look at the same thing (FAMILIES: one photo matches twice, one title names two brands)
are not independent: the strongest counts fully, each further one by FURTHER. Calibration is a
straight line on the logit (Platt, 1999), so it is folded into prior, offsets and slopes, and the
contributions still sum to the logit exactly.

A probability that becomes truer is often a lower one, and what was held at one half is then not
held any more. So a model carries the point from which it holds: the market's rule, or lower
where it must be to hold as many confirmed fakes as the model before it (promotion.py).
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

PRIOR = 0.02
# Set by hand: nine further copies of shop photos together weigh less than one first one.
FURTHER = 0.1
_PHOTO = ("reference_photo", "market_photo", "confirmed_fake", "exact_file", "removed_seller")
_NAME = ("brand_lookalike", "brand_typo", "brand_glued", "brand_use")
FAMILIES: Mapping[str, str] = {
    **dict.fromkeys(_PHOTO, "photo"),
    **dict.fromkeys(_NAME, "name"),
}
# What speaks for the seller.
COUNTER = frozenset({"authorised"})
STEEPEST = 40.0  # exp() of more is a probability of 0 or 1 in any case


class Weighed(Protocol):
    """What the model reads of a finding."""

    @property
    def kind(self) -> str:
        """Name the kind of evidence."""
        ...

    @property
    def log_odds(self) -> float:
        """Return what the detector would add to the logit."""
        ...


@dataclass(frozen=True)
class Weight:
    """How a kind counts: `offset + slope * log_odds` of the finding, both zero or more."""

    offset: float = 0.0
    slope: float = 1.0

    def as_pair(self) -> tuple[float, float]:
        """Return offset and slope; whole numbers are written like all others."""
        return float(self.offset), float(self.slope)


@dataclass(frozen=True)
class Model:
    """A prior's logit and a weight for each kind; kinds that are not named count by hand."""

    prior_logit: float = math.log(PRIOR / (1 - PRIOR))
    weights: Mapping[str, Weight] = field(default_factory=dict)
    further: float = FURTHER
    # A calibration's factor also holds for kinds the verdicts have not shown yet.
    others: Weight = Weight()
    hold_permille: int = 1000

    def holds_from(self, rule_permille: int) -> int:
        """Return the probability, in thousandths, from which a listing is held."""
        return min(rule_permille, self.hold_permille)

    def as_json(self) -> str:
        """Return the model as text that is always the same for the same model."""
        body = {
            "prior_logit": float(self.prior_logit),
            "further": float(self.further),
            "hold_permille": self.hold_permille,
            "others": self.others.as_pair(),
            "weights": {kind: weight.as_pair() for kind, weight in self.weights.items()},
        }
        return json.dumps(body, sort_keys=True, separators=(",", ":"))

    @property
    def sha256(self) -> str:
        """Name the model by its content (hex)."""
        return hashlib.sha256(self.as_json().encode()).hexdigest()

    def weight(self, kind: str) -> Weight:
        """Return how a kind counts."""
        return self.weights.get(kind, self.others)

    def strength(self, finding: Weighed) -> float:
        """Return what a finding would add to the logit if it stood alone in its family."""
        weight = self.weight(finding.kind)
        if finding.kind in COUNTER:
            return min(0.0, weight.slope * finding.log_odds - weight.offset)
        return max(0.0, weight.offset + weight.slope * finding.log_odds)


@dataclass(frozen=True)
class Estimate:
    """A probability in thousandths, and what each finding (in the order given) added to the logit.

    `logit` is `prior_logit` plus the sum of `contributions`, as `math.fsum` adds them.
    """

    permille: int
    logit: float
    prior_logit: float
    contributions: tuple[float, ...]
    model_sha256: str


FOUNDING = Model()


def from_json(text: str) -> Model:
    """Return the model that `as_json` wrote. Raises ValueError or KeyError on anything else."""
    body = json.loads(text)
    return Model(
        prior_logit=float(body["prior_logit"]),
        weights={kind: Weight(*map(float, pair)) for kind, pair in body["weights"].items()},
        further=float(body["further"]),
        others=Weight(*map(float, body["others"])),
        hold_permille=int(body["hold_permille"]),
    )


def probability(findings: Sequence[Weighed], model: Model = FOUNDING) -> Estimate:
    """Return the probability that a listing with these findings is a fake.

    >>> probability([]).permille
    20
    """
    contributions = contributed(findings, model)
    logit = math.fsum([model.prior_logit, *contributions])
    return Estimate(
        permille=round(1000 * sigmoid(logit)),
        logit=logit,
        prior_logit=model.prior_logit,
        contributions=contributions,
        model_sha256=model.sha256,
    )


def contributed(findings: Sequence[Weighed], model: Model) -> tuple[float, ...]:
    """Return what each finding adds to the logit: the strongest of a family all, others little."""
    alone = [model.strength(finding) for finding in findings]
    first: dict[str, int] = {}
    for at, finding in enumerate(findings):
        family = FAMILIES.get(finding.kind, finding.kind)
        before = first.setdefault(family, at)
        if abs(alone[at]) > abs(alone[before]):
            first[family] = at
    leading = set(first.values())
    return tuple(
        strength if at in leading else model.further * strength for at, strength in enumerate(alone)
    )


def sigmoid(logit: float) -> float:
    """Return the probability of a logit.

    >>> sigmoid(0)
    0.5
    """
    return 1 / (1 + math.exp(-max(-STEEPEST, min(STEEPEST, logit))))
