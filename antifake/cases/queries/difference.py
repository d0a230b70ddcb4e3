"""The difference map of two photos: where one is not like the other, as a picture."""

from __future__ import annotations

import io

import cv2
import numpy as np
from django.core.files.storage import default_storage
from numpy.typing import NDArray
from PIL import Image

from antifake.detectors.photos import alignment, describing, local_features
from antifake.detectors.photos.local_features import Local

SIDE_PIXELS = 512
# Below this many steps of 255 nothing is drawn: re-saving alone differs so much.
NOISE = 12
# What lies outside the laid-over photo is grey, not "different".
OUTSIDE = (128, 128, 128)


def difference(file: str, known_file: str) -> bytes:
    """Return a PNG: the known photo laid over the listing's, cold where alike, hot where not.

    Laid over by points that both show, mirrored if need be; without such points both are
    stretched to one size. Reads stored pictures alone. Takes about a tenth of a second.
    """
    mine, theirs = _grey(file), _grey(known_file)
    laid, covered = _laid(theirs, mine)
    apart = np.abs(_softened(mine) - _softened(laid))
    steps = np.clip(apart - NOISE, 0, 255) * 2
    heat = cv2.applyColorMap(np.clip(steps, 0, 255).astype(np.uint8), cv2.COLORMAP_INFERNO)
    heat[~covered] = OUTSIDE
    encoded = io.BytesIO()
    Image.fromarray(cv2.cvtColor(heat, cv2.COLOR_BGR2RGB)).save(encoded, "PNG", optimize=False)
    return encoded.getvalue()


def _grey(file: str) -> Image.Image:
    with default_storage.open(file) as stored, Image.open(stored, formats=("WEBP",)) as opened:
        return local_features.fitted(describing.as_rgb(opened), SIDE_PIXELS)


def _softened(image: Image.Image | NDArray[np.uint8]) -> NDArray[np.float32]:
    grey = cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.5), dtype=np.float32)


def _laid(theirs: Image.Image, mine: Image.Image) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return their picture as seen in ours, and where it covers ours."""
    matrix, is_mirrored = _map(_points(theirs), _points(mine))
    source = np.asarray(theirs)
    if is_mirrored:
        source = np.ascontiguousarray(source[:, ::-1])
    if matrix is None:
        stretched = theirs.resize(mine.size, Image.Resampling.BILINEAR)
        return np.asarray(stretched), np.ones((mine.height, mine.width), dtype=bool)
    size = (mine.width, mine.height)
    laid = cv2.warpPerspective(source, matrix, size)
    whole = np.full(source.shape[:2], 255, dtype=np.uint8)
    return np.asarray(laid, dtype=np.uint8), cv2.warpPerspective(whole, matrix, size) > 127


def _points(image: Image.Image) -> Local:
    return local_features.unpack(local_features.pack(image))


def _map(theirs: Local, mine: Local) -> tuple[NDArray[np.float32] | None, bool]:
    """Return the map from their full picture to ours, whichever way round fits better."""
    tries = [(_fit(theirs, mine), False), (_fit(local_features.mirrored(theirs), mine), True)]
    (matrix, inliers), is_mirrored = max(tries, key=lambda one: one[0][1])
    if matrix is None or inliers < alignment.MIN_INLIERS * 2:
        return None, False
    up = SIDE_PIXELS / max(theirs.size)
    down = SIDE_PIXELS / max(mine.size)
    grow, shrink = np.diag([down, down, 1.0]), np.diag([1 / up, 1 / up, 1.0])
    return np.asarray(grow @ matrix @ shrink, dtype=np.float32), is_mirrored


def _fit(theirs: Local, mine: Local) -> tuple[NDArray[np.float32] | None, int]:
    pairs = alignment.matched(theirs.numbers, mine.numbers)
    source = np.ascontiguousarray(theirs.points[pairs[:, 0], :2])
    target = np.ascontiguousarray(mine.points[pairs[:, 1], :2])
    matrix, inside = alignment.geometry(source, target)
    return (None, 0) if matrix is None else (matrix, int(inside.sum()))
