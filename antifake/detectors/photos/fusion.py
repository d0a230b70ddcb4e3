"""One figure from what was seen: how surely one photo was made from the other.

A sum of small trees, learned on photos and edits of the project's own (`studio/matcher`), each
monotone where more can only mean surer; `fusion.json` holds them, its hash is part of the
detector's version.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antifake.detectors.photos.alignment import Seen

_BYTES = resources.files("antifake.detectors.photos").joinpath("fusion.json").read_bytes()
SHA256 = hashlib.sha256(_BYTES).hexdigest()
# A leaf's number, or (measure, limit, at most, more).
Tree = Any


def measures(seen: Seen, *, cosine: float, bits_apart: int) -> dict[str, float]:
    """Return the numbers that are weighed, by name."""
    found = seen.agreement
    blocks = max(found.blocks, 1)
    return {
        "inliers": math.log1p(seen.inliers),
        "obeying": seen.inliers / max(seen.matches, 1),
        "spread": seen.spread,
        "overlap": found.overlap,
        "agreeing": math.log1p(found.agreeing),
        "share": found.agreeing / blocks,
        "joined": math.log1p(found.joined),
        "lower": found.lower,
        "median": found.median,
        "upper": found.upper,
        "fine": found.fine,
        "unsteady": found.unsteady,
        "recoloured": found.recoloured,
        "surprise": found.surprise,
        "detailed": found.detailed,
        "torn": found.torn,
        "scale": abs(math.log(max(found.scale, 1e-3))),
        "cosine": cosine,
        "bits": min(bits_apart, 128) / 128,
    }


def copy_permille(seen: Seen, *, cosine: float, bits_apart: int) -> int:
    """Return the probability of a copy in thousandths."""
    found = measures(seen, cosine=cosine, bits_apart=bits_apart)
    names, forest = _forest()
    values = np.array([found[name] for name in names])
    return round(1000 / (1 + math.exp(-forest.total(values))))


@dataclass(frozen=True, eq=False)
class _Forest:
    """All trees in one table, walked together: a leaf leads to itself."""

    roots: NDArray[np.int64]
    measure: NDArray[np.int64]
    limit: NDArray[np.float64]
    at_most: NDArray[np.int64]
    more: NDArray[np.int64]
    number: NDArray[np.float64]
    depth: int

    def total(self, values: NDArray[np.float64]) -> float:
        """Return the sum of the leaves that the measures lead to, tree by tree."""
        at = self.roots
        for _step in range(self.depth):
            low = values[self.measure[at]] <= self.limit[at]
            at = np.where(low, self.at_most[at], self.more[at])
        return float(sum(self.number[at].tolist()))


@cache
def _forest() -> tuple[tuple[str, ...], _Forest]:
    kept = json.loads(_BYTES, parse_int=float)
    rows: list[list[float]] = []
    roots, depths = zip(*(_laid_out(tree, rows) for tree in kept["trees"]), strict=True)
    table = np.array(rows)
    whole = [table[:, column].astype(np.int64) for column in (0, 2, 3)]
    forest = _Forest(
        np.array(roots), whole[0], table[:, 1], whole[1], whole[2], table[:, 4], max(depths)
    )
    return tuple(kept["measures"]), forest


def _laid_out(tree: Tree, rows: list[list[float]]) -> tuple[int, int]:
    """Append a tree's nodes to the table; return its root's row and how deep it is."""
    place = len(rows)
    rows.append([])
    if isinstance(tree, float):
        rows[place] = [0.0, 0.0, place, place, tree]
        return place, 0
    measure, limit, at_most, more = tree
    (left, down_left), (right, down_right) = _laid_out(at_most, rows), _laid_out(more, rows)
    rows[place] = [measure, limit, left, right, 0.0]
    return place, 1 + max(down_left, down_right)
