"""What a rule of the market is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One rule. `founding` holds until somebody publishes another value."""

    key: str
    title: str
    unit: str
    founding: int
    minimum: int
    maximum: int
    why: str


def allowed(rule: Rule, value: int) -> bool:
    """Say whether `value` lies within the rule's bounds, both included."""
    return rule.minimum <= value <= rule.maximum
