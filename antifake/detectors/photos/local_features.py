"""Points of a picture that are found again in its copies, packed with a small picture.

Points are SIFT (Lowe 2004) with the square root of each histogram (Arandjelovic and Zisserman
2012), turned into `LENGTH` numbers by a projection whose parts are even or odd under mirroring:
the mirrored picture's numbers are the same with the odd ones negated, at no cost.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from antifake.detectors.photos.network import Floats, projection_part

# Points are looked for at this size; at 192 and 288 as many copies are found, at twice the cost.
SIDE_PIXELS = 160
SMALL_PIXELS = 256  # the picture that is kept
MAX_POINTS = 160
LENGTH = 64
CONTRAST = 0.015
SCALE = 280.0  # of a number in one signed byte
MAX_PICTURE_BYTES = 7_600
QUALITIES = (75, 60, 45, 30, 18, 8)
_HEADER = struct.Struct("<HHH")  # points, width and height of the small picture
_POINT = np.dtype([("x", "<u2"), ("y", "<u2"), ("size", "u1"), ("angle", "u1")])
_UNIT = 65_535.0  # places are kept as shares of the sides

cv2.setNumThreads(1)


@dataclass(frozen=True, eq=False)
class Local:
    """Points (x, y in pixels of `colour`; log2 size; angle in degrees) and their numbers.

    The small picture is decoded when it is asked for: few comparisons come so far.
    """

    points: Floats
    numbers: Floats
    size: tuple[int, int]  # width and height of `colour`
    encoded: bytes = field(repr=False)
    flipped: bool = False

    @cached_property
    def colour(self) -> NDArray[np.uint8]:
        """The small picture in RGB, its longer side SMALL_PIXELS."""
        with Image.open(io.BytesIO(self.encoded)) as opened:
            colour = np.asarray(opened.convert("RGB"))
        return np.ascontiguousarray(colour[:, ::-1]) if self.flipped else colour

    @cached_property
    def grey(self) -> Floats:
        """The small picture without its colours."""
        return np.asarray(cv2.cvtColor(self.colour, cv2.COLOR_RGB2GRAY), dtype=np.float32)


def raw_points(image: Image.Image) -> tuple[Floats, Floats]:
    """Return points [n, 4] (x and y as shares of the sides, size, angle), histograms [n, 128]."""
    small = fitted(image, SIDE_PIXELS)
    grey = cv2.cvtColor(np.asarray(small), cv2.COLOR_RGB2GRAY)
    sift = cv2.SIFT.create(nfeatures=MAX_POINTS, contrastThreshold=CONTRAST)
    keypoints, found = sift.detectAndCompute(grey, None)
    if found is None or not keypoints:
        return np.zeros((0, 4), np.float32), np.zeros((0, 128), np.float32)
    # SIFT may give one point more than asked for: a tie in strength.
    keypoints, found = keypoints[:MAX_POINTS], found[:MAX_POINTS]
    places = np.array(
        [
            (k.pt[0] / small.width, k.pt[1] / small.height, k.size / small.width, k.angle)
            for k in keypoints
        ],
        dtype=np.float32,
    )
    sums = np.maximum(np.abs(found).sum(axis=1, keepdims=True), 1e-6)
    return places, np.sqrt(found / sums).astype(np.float32)


def pack(image: Image.Image, *, kept: bool = True) -> bytes:
    """Return points, numbers and a small picture: in at most about 24 KB if it is to be kept."""
    places, histograms = raw_points(image)
    numbers = (histograms - projection_part("point_mean")) @ projection_part("point_matrix")
    small = fitted(image, SMALL_PIXELS)
    rows = np.zeros(len(places), dtype=_POINT)
    for name, column in (("x", 0), ("y", 1)):
        rows[name] = np.clip(np.rint(places[:, column] * _UNIT), 0, _UNIT)
    sizes = np.log2(np.maximum(places[:, 2] * small.width, 0.25)) + 2
    rows["size"] = np.clip(np.rint(sizes * 24), 0, 255)
    rows["angle"] = np.rint(places[:, 3] * 256 / 360).astype(np.int64) % 256
    bytes_of = np.clip(np.rint(numbers * SCALE), -127, 127).astype(np.int8)
    header = _HEADER.pack(len(rows), small.width, small.height)
    encoded = _encoded(small, MAX_PICTURE_BYTES if kept else None)
    return header + rows.tobytes() + bytes_of.tobytes() + encoded


def unpack(packed: bytes) -> Local:
    """Return what `pack` kept."""
    count, width, height = _HEADER.unpack_from(packed)
    at = _HEADER.size
    rows = np.frombuffer(packed, dtype=_POINT, count=count, offset=at)
    at += rows.nbytes
    numbers = np.frombuffer(packed, dtype=np.int8, count=count * LENGTH, offset=at)
    at += numbers.nbytes
    points = np.stack(
        [
            rows["x"] / _UNIT * width,
            rows["y"] / _UNIT * height,
            rows["size"] / 24.0 - 2,
            rows["angle"] * (360 / 256),
        ],
        axis=1,
    ).astype(np.float32)
    table = numbers.reshape(count, LENGTH).astype(np.float32) / np.float32(SCALE)
    return Local(points, table, (width, height), packed[at:])


def mirrored(local: Local) -> Local:
    """Return the points and pictures of the mirrored picture."""
    points = local.points.copy()
    points[:, 0] = local.size[0] - points[:, 0]
    points[:, 3] = (180 - points[:, 3]) % 360
    numbers = local.numbers * projection_part("point_signs")
    return Local(points, numbers, local.size, local.encoded, flipped=not local.flipped)


def fitted(image: Image.Image, side: int) -> Image.Image:
    """Return the RGB picture with its longer side of `side` pixels, the shorter at least 8."""
    factor = side / max(image.size)
    size = (max(8, round(image.width * factor)), max(8, round(image.height * factor)))
    shrinks = factor < 1
    how = Image.Resampling.BOX if factor < 0.5 else Image.Resampling.BILINEAR
    return image.resize(size, how if shrinks else Image.Resampling.BICUBIC)


def _encoded(small: Image.Image, limit: int | None) -> bytes:
    for quality in QUALITIES:
        buffer = io.BytesIO()
        small.save(buffer, "JPEG", quality=quality)
        if limit is None or buffer.tell() <= limit:
            break
    return buffer.getvalue()
