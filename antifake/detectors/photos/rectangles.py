"""Finds photos within a picture: tiles of a sheet, a photo on a photo, a page's photo.

A pasted photo has four straight, upright edges where colour changes from one pixel to the next.
Columns and rows with a long run of such changes are lines; a box whose four sides lie on lines
(or on the picture's edge) may be a photo.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from antifake.detectors.photos.local_features import fitted
from antifake.detectors.photos.network import Floats

Box = tuple[int, int, int, int]
SIDE_PIXELS = 256
STEP = 12  # of 255: a change of colour that may be an edge
LONG = 0.2  # share of the side that an edge must run
MAX_LINES = 12
MIN_SIDE, MAX_AREA = 0.18, 0.92
MIN_SUPPORT = 0.7  # of the weakest side that is no edge of the picture
MIN_MEAN_SUPPORT = 0.85
SAME_BOX = 0.75
MAX_SCORED = 60
MAX_BOXES = 6


@dataclass(frozen=True)
class _Lines:
    places: list[int]
    sums: NDArray[np.int64]  # running sums of edge pixels along every line: [places, length + 1]


def rectangles(image: Image.Image) -> tuple[Box, ...]:
    """Return boxes in pixels that may be photos of their own, the likeliest first."""
    if min(image.size) < 64:
        return ()
    small = np.asarray(fitted(image, SIDE_PIXELS))
    height, width = small.shape[:2]
    columns = _lines(_edges(small, axis=1))
    rows = _lines(_edges(small, axis=0).T)
    scored = _scored(columns, rows, width, height)
    across, down = image.width / width, image.height / height
    kept: list[tuple[int, int, int, int]] = []
    for _score, box in scored:
        if all(_shared(box, other) < SAME_BOX for other in kept):
            kept.append(box)
        if len(kept) == MAX_BOXES:
            break
    return tuple(
        (round(left * across), round(top * down), round(right * across), round(bottom * down))
        for left, top, right, bottom in kept
    )


def _edges(small: NDArray[np.uint8], *, axis: int) -> NDArray[np.uint8]:
    """Return 1 where the colour changes at once along `axis`, more than beside it."""
    here, there = (small[:, 1:], small[:, :-1]) if axis == 1 else (small[1:], small[:-1])
    apart = cv2.split(cv2.absdiff(here, there))
    step = cv2.max(cv2.max(apart[0], apart[1]), apart[2])
    before = np.roll(step, 1, axis=axis)
    after = np.roll(step, -1, axis=axis)
    sharp = (step >= STEP) & (step >= before) & (step >= after)
    pads = ((0, 0), (1, 0)) if axis == 1 else ((1, 0), (0, 0))
    marks = np.pad(sharp.view(np.uint8), pads)
    # An edge between two pixels may fall a pixel aside.
    reach = np.ones((1, 3) if axis == 1 else (3, 1), np.uint8)
    closed = np.ones((5, 1) if axis == 1 else (1, 5), np.uint8)
    return np.asarray(cv2.morphologyEx(cv2.dilate(marks, reach), cv2.MORPH_CLOSE, closed))


def _lines(edges: NDArray[np.uint8]) -> _Lines:
    """Return the columns of `edges` with the longest runs, the picture's two sides among them."""
    length, count = edges.shape
    # A run is what was counted since the last gap.
    counted = np.cumsum(edges, axis=0, dtype=np.int32)
    since = np.maximum.accumulate(np.where(edges, 0, counted), axis=0)
    longest = (counted - since).max(axis=0)
    order = np.argsort(-longest, kind="stable")
    places: list[int] = []
    for at in order:
        if longest[at] < LONG * length or len(places) == MAX_LINES:
            break
        if all(abs(int(at) - other) > 2 for other in places) and 3 < at < count - 3:
            places.append(int(at))
    places = [0, *sorted(places), count]
    sums = np.zeros((len(places), length + 1), np.int64)
    for row, at in enumerate(places):
        line = np.ones(length, np.int64) if at in {0, count} else edges[:, at].astype(np.int64)
        sums[row, 1:] = np.cumsum(line)
    return _Lines(places, sums)


def _scored(columns: _Lines, rows: _Lines, width: int, height: int) -> list[tuple[float, Box]]:
    """Return the boxes whose four sides are drawn, with a score, best first."""
    uprights, levels = _pairs(columns, width), _pairs(rows, height)
    beside, above = _support(columns, levels, rows), _support(rows, uprights, columns)
    left, right = beside[uprights[:, 0]], beside[uprights[:, 1]]
    top, bottom = above[levels[:, 0]].T, above[levels[:, 1]].T
    sides = np.stack([left, right, top, bottom])
    drawn = sides >= 0
    number = drawn.sum(axis=0)
    weakest = np.where(drawn, sides, 1.0).min(axis=0)
    mean = np.where(drawn, sides, 0.0).sum(axis=0) / np.maximum(number, 1)
    places = np.array(columns.places), np.array(rows.places)
    wide = np.diff(places[0][uprights], axis=1) / width
    high = np.diff(places[1][levels], axis=1).T / height
    area = wide * high
    good = (number > 0) & (weakest >= MIN_SUPPORT) & (mean >= MIN_MEAN_SUPPORT)
    good &= area <= MAX_AREA
    score = mean**2 * (0.6 + 0.1 * number) + 0.02 * area
    across, down = np.nonzero(good)
    order = np.argsort(-score[good], kind="stable")
    found = []
    for at in order[:MAX_SCORED]:
        (i, j), (k, m) = uprights[across[at]], levels[down[at]]
        box = (columns.places[i], rows.places[k], columns.places[j], rows.places[m])
        found.append((float(score[good][at]), box))
    return found


def _pairs(lines: _Lines, size: int) -> NDArray[np.int64]:
    """Return the pairs of lines that are far enough apart: [pairs, 2]."""
    places = np.array(lines.places)
    first, second = np.triu_indices(len(places), 1)
    far = places[second] - places[first] >= MIN_SIDE * size
    return np.stack([first[far], second[far]], axis=1)


def _support(lines: _Lines, pairs: NDArray[np.int64], others: _Lines) -> Floats:
    """Return which share of each line is an edge between each pair of crossing lines.

    -1 where the line is the picture's own side: [lines, pairs].
    """
    places = np.array(others.places)
    start, end = places[pairs[:, 0]], places[pairs[:, 1]]
    share = (lines.sums[:, end] - lines.sums[:, start]) / np.maximum(end - start, 1)
    share[[0, -1]] = -1.0
    return np.asarray(share, dtype=np.float32)


def _shared(one: Box, other: Box) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    common = max(wide, 0) * max(high, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return common / max(sum(areas) - common, 1)
