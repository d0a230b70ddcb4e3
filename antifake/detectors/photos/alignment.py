"""Lays one photo over another by points that both show.

Pairs of points first vote on turn and scale; then RANSAC finds the affine map most of them obey,
and MAGSAC a perspective one where there are enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from antifake.detectors.photos.agreement import NOTHING, Agreement, agree
from antifake.detectors.photos.local_features import Local, mirrored
from antifake.detectors.photos.network import Floats, projection_part

RATIO = 0.9  # nearest to second nearest: farther pairs are chance
MIN_MATCHES = 4
MIN_INLIERS = 5
CLEAR_INLIERS = 25  # so many do not agree by chance: the mirrored form need not be tried
REACH_PIXELS = 4.0  # of the kept picture: 1.5 % of its longer side
SAME_TURN_DEGREES, SAME_SCALE_LOG2 = 25.0, 0.7
ROUNDS = 500
PERSPECTIVE_MATCHES = 8


@dataclass(frozen=True, eq=False)
class Seen:
    """What laying the query over the known photo showed.

    `matches` pairs of points voted together, `inliers` of them obey one map; `spread` is the
    share of the known photo that they span.
    """

    matches: int = 0
    inliers: int = 0
    spread: float = 0.0
    mirrored: bool = False
    agreement: Agreement = NOTHING


@dataclass(frozen=True, eq=False)
class _Fit:
    matrix: Floats
    inside: NDArray[np.bool_]
    target: Floats
    flipped: bool

    @property
    def inliers(self) -> int:
        return int(self.inside.sum())


def align(query: Local, known: Local) -> Seen:
    """Lay the query over the known photo, as it stands or mirrored, whichever fits better."""
    best = _fit(query, known, flipped=False)
    if best is None or best.inliers < CLEAR_INLIERS:
        other = _fit(query, known, flipped=True)
        if best is None or (other is not None and other.inliers > best.inliers):
            best = other
    if best is None:
        return Seen()
    found = Seen(
        matches=len(best.inside),
        inliers=best.inliers,
        spread=_spread(best.target[best.inside], known),
        mirrored=best.flipped,
    )
    if best.inliers < MIN_INLIERS:
        return found
    laid = mirrored(query) if best.flipped else query
    return Seen(
        found.matches,
        found.inliers,
        found.spread,
        found.mirrored,
        agree(laid, known, best.matrix),
    )


def _fit(query: Local, known: Local, *, flipped: bool) -> _Fit | None:
    signs = projection_part("point_signs")
    pairs = matched(query.numbers * signs if flipped else query.numbers, known.numbers)
    if len(pairs) < MIN_MATCHES:
        return None
    source, target = query.points[pairs[:, 0]], known.points[pairs[:, 1]]
    if flipped:
        source[:, 0] = query.size[0] - source[:, 0]
        source[:, 3] = (180 - source[:, 3]) % 360
    kept = _same_turn(source, target)
    places, goals = (np.ascontiguousarray(points[kept, :2]) for points in (source, target))
    matrix, inside = geometry(places, goals)
    return None if matrix is None else _Fit(matrix, inside, goals, flipped)


def matched(query: Floats, known: Floats) -> NDArray[np.int64]:
    """Return pairs (query row, known row): clearly nearest, and each known row once."""
    if len(query) < 2 or len(known) < 2:
        return np.empty((0, 2), dtype=np.int64)
    # Squared distances but for the query's own length, which changes no order.
    apart = query @ known.T
    apart *= -2
    apart += np.einsum("ij,ij->i", known, known)
    rows = np.arange(len(query))
    first = apart.argmin(axis=1)
    near = apart[rows, first]
    apart[rows, first] = np.inf
    own = np.einsum("ij,ij->i", query, query)
    second = apart[rows, apart.argmin(axis=1)] + own
    ratio = np.sqrt(np.maximum(near + own, 0) / np.maximum(second, 1e-9))
    good = np.flatnonzero(ratio < RATIO)
    order = good[np.argsort(ratio[good], kind="stable")]
    _columns, once = np.unique(first[order], return_index=True)
    chosen = order[np.sort(once)]
    return np.stack([chosen, first[chosen]], axis=1)


def geometry(source: Floats, target: Floats) -> tuple[Floats | None, NDArray[np.bool_]]:
    """Return the map [3, 3] from query to known and which pairs obey it; None if none fits."""
    nothing = np.zeros(len(source), dtype=bool)
    if len(source) < MIN_MATCHES:
        return None, nothing
    plain, obeys = cv2.estimateAffine2D(
        source, target, method=cv2.RANSAC, ransacReprojThreshold=REACH_PIXELS, maxIters=ROUNDS
    )
    if plain is None or not _sane(plain[:, :2]):
        return None, nothing
    inside = obeys.ravel().astype(bool)
    matrix = np.vstack([plain, [0, 0, 1]]).astype(np.float32)
    if len(source) < PERSPECTIVE_MATCHES:
        return matrix, inside
    full, obeys = cv2.findHomography(
        source, target, cv2.USAC_MAGSAC, REACH_PIXELS * 0.75, maxIters=ROUNDS, confidence=0.995
    )
    if full is None or int(obeys.sum()) < max(PERSPECTIVE_MATCHES, inside.sum()) or _folds(full):
        return matrix, inside
    return full.astype(np.float32), obeys.ravel().astype(bool)


def _same_turn(source: Floats, target: Floats) -> NDArray[np.bool_]:
    turn = target[:, 3] - source[:, 3]
    scale = target[:, 2] - source[:, 2]
    apart = np.abs((turn[:, None] - turn[None] + 180) % 360 - 180)
    near = (apart < SAME_TURN_DEGREES) & (np.abs(scale[:, None] - scale[None]) < SAME_SCALE_LOG2)
    return np.asarray(near[near.sum(axis=1).argmax()])


def _sane(linear: NDArray[Any]) -> bool:
    smaller, larger = sorted(np.linalg.svd(linear, compute_uv=False))
    return bool(smaller > 0.1 and larger < 10 and larger / smaller < 2.5)


def _folds(full: NDArray[Any]) -> bool:
    if abs(full[2, 2]) < 1e-9 or np.abs(full[2, :2] / full[2, 2]).max() > 0.004:
        return True
    linear = full[:2, :2] / full[2, 2]
    return not _sane(linear) or bool(np.linalg.det(linear) <= 0)


def _spread(points: Floats, known: Local) -> float:
    if len(points) < 3:
        return 0.0
    width, height = known.size
    hull = cv2.convexHull(np.ascontiguousarray(points))
    return float(min(1.0, cv2.contourArea(hull) / (height * width)))
