"""Learns the projections that lie beside the network: of its answers, and of points.

    python -m studio.matcher.projecting PHOTOS antifake/detectors/photos/weights/projection.npz

Of the network's answers: what an edit changes (the covariance within one photo's variants) is
turned down, then the main directions between photos are kept. Of points: main directions of
histograms, even and odd under mirroring apart, so that mirroring negates the odd ones.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from antifake.detectors.photos.local_features import LENGTH, raw_points
from antifake.detectors.photos.network import DIM, pooled
from studio.matcher.edits import ALL, edited

VARIANTS = 4
KEPT_NOISE = 0.01  # of the mean eigenvalue, on the diagonal
_ODD = (8 - np.arange(8)) % 8


def training_photos(folder: Path, endings: str = "0246") -> list[Image.Image]:
    """Return the photos whose number ends in one of these figures."""
    paths = [path for path in sorted(folder.glob("*.jpg")) if path.name[3] in endings]
    return [Image.open(path).convert("RGB") for path in paths]


def rooted(channels: np.ndarray) -> np.ndarray:
    """Return answers of length one after the square root, as `network.projected` sees them."""
    units = channels / np.maximum(np.linalg.norm(channels, axis=1, keepdims=True), 1e-9)
    roots = np.sqrt(np.maximum(units, 0))
    return roots / np.maximum(np.linalg.norm(roots, axis=1, keepdims=True), 1e-9)


def whitening(groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and matrix from [photos, variants, channels]."""
    photos, variants, channels = groups.shape
    means = groups.mean(axis=1)
    within = (groups - means[:, None]).reshape(-1, channels)
    covariance = within.T @ within / (photos * (variants - 1))
    covariance += np.eye(channels) * KEPT_NOISE * np.trace(covariance) / channels
    values, directions = np.linalg.eigh(covariance)
    white = directions / np.sqrt(values)
    mean = means.mean(axis=0)
    spread = (means - mean) @ white
    values, directions = np.linalg.eigh(spread.T @ spread / photos)
    order = np.argsort(-values)[:DIM]
    return mean, white @ directions[:, order] / values[order] ** 0.25


def point_projection(histograms: np.ndarray) -> dict[str, np.ndarray]:
    """Return mean, matrix and signs of the points' projection."""
    mirrored = histograms.reshape(-1, 4, 4, 8)[:, ::-1][..., _ODD].reshape(-1, 128)
    mean = (histograms + mirrored).mean(axis=0) / 2
    found: list[tuple[float, np.ndarray, float]] = []
    for sign in (1.0, -1.0):
        part = (histograms - mean + sign * (mirrored - mean)) / 2
        values, directions = np.linalg.eigh(part.T @ part / len(part))
        found += [(values[at], directions[:, at], sign) for at in range(128)]
    found.sort(key=lambda one: -one[0])
    kept = found[:LENGTH]
    return {
        "point_mean": mean,
        "point_matrix": np.stack([direction for _value, direction, _sign in kept], axis=1),
        "point_signs": np.array([sign for _value, _direction, sign in kept]),
    }


def learn(photos: Sequence[Image.Image]) -> dict[str, np.ndarray]:
    """Return all arrays of the file."""
    dice = random.Random(6)  # noqa: S311
    names = sorted(ALL)
    groups = []
    for number, photo in enumerate(photos):
        edits = dice.sample(names, VARIANTS)
        variants = [edited(name, photo, str(number), photos) for name in edits]
        groups.append(rooted(pooled([photo, *variants])))
    mean, matrix = whitening(np.stack(groups).astype(np.float64))
    points = np.concatenate([raw_points(photo)[1] for photo in photos[::2]])
    return {"mean": mean, "matrix": matrix, **point_projection(points.astype(np.float64))}


if __name__ == "__main__":
    arrays = learn(training_photos(Path(sys.argv[1])))
    np.savez(sys.argv[2], **{name: value.astype(np.float16) for name, value in arrays.items()})
