"""How a card is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Settings:
    """How to train. The defaults were chosen by cross-validation.

    `rows`, `pairs` and `pair_rows` keep the tables few and small enough to read; `dimensions` maps
    attributes to the part of the score they belong to.
    """

    rows: int = 64
    each_value: bool = False
    pairs: int = 4
    pair_rows: int = 12
    bags: int = 8
    learning_rate: float = 0.015
    smoothing_rounds: int = 300
    pair_smoothing_rounds: int = 100
    rounds_most: int = 10_000
    seed: int = 2026
    jobs: int = 1
    dimensions: Mapping[str, str] = field(default_factory=dict)
