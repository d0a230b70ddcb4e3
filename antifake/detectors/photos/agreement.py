"""Do two photos agree where one is laid over the other? Asked block by block.

A block may shift by `REACH` pixels: paper bends and maps are not exact. Blocks that are plain in
the known photo say nothing; what was written over the copy hides some blocks and leaves others,
so the share and the connected number of agreeing blocks count, not the mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from antifake.detectors.photos.local_features import Local
from antifake.detectors.photos.network import Floats

BLOCK = 16  # pixels of the kept picture
REACH = 2
FLAT = 4.5  # of 255: standard deviation of a block that says nothing
AGREES, DISAGREES, DETAIL = 0.75, 0.5, 0.6  # correlations
MIN_OVERLAP = 0.03
COLOURED, SAME_COLOUR, OTHER_COLOUR = 8.0, 6.0, 18.0  # in units of Lab's a and b


@dataclass(frozen=True)
class Agreement:
    """`overlap`: share of the known photo that is covered. `blocks`: those that say something,
    `agreeing` of them, `joined` of these in one piece. `lower`, `median`, `upper`: quartiles of
    the correlation. `unsteady`: how much agreeing neighbours shift apart, in pixels. `recoloured`:
    0..0.5, some blocks keep their colour and others change it, as in a photo that was dyed.
    `fine`: median correlation of detail alone. `surprise`: share of plain blocks that are not
    plain in the query. `detailed`: share of blocks whose fine detail agrees. `torn`: share that
    the largest piece of disagreeing blocks takes where both photos show something: another thing
    on the same floor. `scale`: how much the query was enlarged to fit.
    """

    overlap: float = 0.0
    blocks: int = 0
    agreeing: int = 0
    joined: int = 0
    lower: float = 0.0
    median: float = 0.0
    upper: float = 0.0
    fine: float = 0.0
    unsteady: float = 0.0
    recoloured: float = 0.0
    surprise: float = 0.0
    detailed: float = 0.0
    torn: float = 0.0
    scale: float = 1.0


NOTHING = Agreement()


def agree(query: Local, known: Local, matrix: Floats) -> Agreement:
    """Return how the query agrees with the known photo once laid over it by `matrix`."""
    height, width = (side // BLOCK * BLOCK for side in known.grey.shape)
    if not height or not width:
        return NOTHING
    size = (width, height)
    cover = _laid(np.ones(query.grey.shape, np.float32), matrix, size)
    overlap = float((cover > 0.99).mean())
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
    if overlap < MIN_OVERLAP:
        return Agreement(overlap=overlap, scale=scale)
    # The one that was larger is blurred to what the other can show.
    theirs = _blurred(query.grey, 0.5 / max(scale, 0.2))
    theirs = _laid(theirs, matrix, size, cv2.BORDER_REPLICATE)
    mine = _blurred(known.grey[:height, :width], 0.5 * max(1.0, scale))
    seen = _blocks(cover) > 0.98
    spread = np.sqrt(np.maximum(_blocks(mine * mine) - _blocks(mine) ** 2, 0))
    telling = seen & (spread > FLAT)
    if telling.sum() < 3:
        return Agreement(overlap=overlap, blocks=int(telling.sum()), scale=scale)
    best, shifts = _correlation(mine, theirs)
    fine = _at_shift(mine - _blurred(mine, 3), theirs - _blurred(theirs, 3), shifts)
    agreeing = telling & (best > AGREES)
    lower, median, upper = np.quantile(best[telling], (0.25, 0.5, 0.75))
    plain = seen & (spread <= FLAT / 2)
    other = np.sqrt(np.maximum(_blocks(theirs * theirs) - _blocks(theirs) ** 2, 0))
    return Agreement(
        overlap=overlap,
        blocks=int(telling.sum()),
        agreeing=int(agreeing.sum()),
        joined=_joined(agreeing),
        lower=float(lower),
        median=float(median),
        upper=float(upper),
        fine=float(np.median(fine[agreeing])) if agreeing.any() else 0.0,
        unsteady=_unsteady(shifts, agreeing),
        recoloured=_recoloured(query, known, matrix, agreeing),
        surprise=float((other[plain] > 2 * FLAT).mean()) if plain.any() else 0.0,
        detailed=float((fine[telling] > DETAIL).mean()),
        torn=_joined(telling & (best < DISAGREES) & (other > FLAT)) / int(telling.sum()),
        scale=scale,
    )


def _correlation(mine: Floats, theirs: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return each block's best correlation over small shifts, and the shift (y, x)."""
    mean, square = _blocks(mine), _blocks(mine * mine)
    variance = np.maximum(square - mean**2, 0)
    height, width = mine.shape
    wide = np.pad(theirs, REACH, mode="edge")
    squares = wide * wide
    best = np.full(mean.shape, -1.0, dtype=np.float32)
    shifts = np.zeros((*mean.shape, 2), dtype=np.int64)
    for down in range(2 * REACH + 1):
        for right in range(2 * REACH + 1):
            part = np.s_[down : down + height, right : right + width]
            other = _blocks(wide[part])
            spread = np.maximum(_blocks(squares[part]) - other**2, 0)
            together = _blocks(mine * wide[part]) - mean * other
            value = together / np.sqrt(variance * spread + 1.0)
            better = value > best
            best[better] = value[better]
            shifts[better] = (down - REACH, right - REACH)
    return best, shifts


def _at_shift(mine: Floats, theirs: Floats, shifts: NDArray[np.int64]) -> Floats:
    """Return each block's correlation at the shift that was found for it."""
    height, width = mine.shape
    ys, xs = np.mgrid[0:height, 0:width]
    steps = np.repeat(np.repeat(shifts, BLOCK, axis=0), BLOCK, axis=1)
    ys = np.clip(ys + steps[..., 0], 0, height - 1)
    xs = np.clip(xs + steps[..., 1], 0, width - 1)
    moved = theirs[ys, xs]
    mean, other = _blocks(mine), _blocks(moved)
    one = np.maximum(_blocks(mine * mine) - mean**2, 0)
    two = np.maximum(_blocks(moved * moved) - other**2, 0)
    return np.asarray((_blocks(mine * moved) - mean * other) / np.sqrt(one * two + 0.25))


def _recoloured(query: Local, known: Local, matrix: Floats, agreeing: NDArray[np.bool_]) -> float:
    """Return 0..0.5: the smaller of the shares of blocks that kept and that changed colour."""
    if agreeing.sum() < 6:
        return 0.0
    rows, columns = agreeing.shape
    size = (columns * BLOCK, rows * BLOCK)
    laid = np.asarray(cv2.warpPerspective(query.colour, matrix, size), dtype=np.uint8)
    mine, theirs = _chroma(known.colour[: size[1], : size[0]]), _chroma(laid)
    chroma = np.maximum(np.hypot(*mine.T), np.hypot(*theirs.T)).reshape(agreeing.shape)
    apart = np.hypot(*(mine - theirs).T).reshape(agreeing.shape)
    coloured = agreeing & (chroma > COLOURED)
    if coloured.sum() < 6:
        return 0.0
    same = (apart[coloured] < SAME_COLOUR).mean()
    other = (apart[coloured] > OTHER_COLOUR).mean()
    return float(min(same, other))


def _chroma(colour: NDArray[np.uint8]) -> Floats:
    """Return a and b of Lab for each block, in rows."""
    height, width = colour.shape[:2]
    small = cv2.resize(colour, (width // BLOCK, height // BLOCK), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    return np.asarray(lab[..., 1:].reshape(-1, 2) - 128)


def _unsteady(shifts: NDArray[np.int64], agreeing: NDArray[np.bool_]) -> float:
    """Return the mean step between shifts of agreeing neighbours, in pixels."""
    steps = [
        np.abs(np.diff(shifts, axis=axis)).sum(axis=-1)[both]
        for axis, both in (
            (0, agreeing[1:] & agreeing[:-1]),
            (1, agreeing[:, 1:] & agreeing[:, :-1]),
        )
    ]
    found = np.concatenate(steps)
    return float(found.mean()) if len(found) else 2.0 * REACH


def _joined(agreeing: NDArray[np.bool_]) -> int:
    count, _labels, stats, _centres = cv2.connectedComponentsWithStats(
        agreeing.astype(np.uint8), connectivity=8
    )
    return int(stats[1:, cv2.CC_STAT_AREA].max()) if count > 1 else 0


def _laid(
    grey: Floats, matrix: Floats, size: tuple[int, int], beyond: int = cv2.BORDER_CONSTANT
) -> Floats:
    laid = cv2.warpPerspective(grey, matrix, size, borderMode=beyond)
    return np.asarray(laid, dtype=np.float32)


def _blocks(values: Floats) -> Floats:
    height, width = values.shape
    return np.asarray(
        cv2.resize(values, (width // BLOCK, height // BLOCK), interpolation=cv2.INTER_AREA)
    )


def _blurred(grey: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), max(sigma, 0.5)))
