"""The small network, and the projection that makes its answers comparable.

The network is MobileNetV2 up to its middle layer (`weights/SOURCE.md`). Its map is pooled by
generalised means (cube), the square root is taken, and a projection trained on other photos
(`studio/matcher`) turns down what edits change and keeps what tells photos apart.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from antifake.detectors.photos.model_slot import configured

DIM = 256
SIDE_PIXELS = 224
FLOOR = 1e-6
WINDOW_PIXELS = 448  # sides of a square picture whose parts are looked at
MAX_WINDOW_PIXELS = 896
MAX_CROPS = 4
NETWORK, PROJECTION = "mobilenet.onnx", "projection.npz"
# SHA-256 of the files in weights/: a changed file is refused, and is another version.
SHA256 = {
    NETWORK: "93f53719f64a6a4bae643be98721f130478baa545b6b88d74e1ca986b3a42390",
    PROJECTION: "abeb3caa8fc4bacc6e8a4bc424caa6f357204dabb142355b2d7052b07f8ca459",
}

Floats = NDArray[np.float32]
Box = tuple[int, int, int, int]


class WeightsChanged(RuntimeError):
    """A file of weights is not the one that was named: nothing may be described with it."""


def shipped(name: str) -> bytes:
    """Return a shipped file of weights; raise WeightsChanged if its hash is another."""
    data = resources.files("antifake.detectors.photos.weights").joinpath(name).read_bytes()
    return _checked(name, data, SHA256[name])


def versions() -> str:
    """Return the hashes that decide what vectors come out."""
    mine = configured()[1]
    return f"{mine} unprojected {SHA256[PROJECTION]}" if mine else " ".join(SHA256.values())


def pooled(pictures: Sequence[Image.Image]) -> Floats:
    """Return the network's pooled answer for RGB pictures: [n, channels]."""
    # One by one: the same picture gives the same numbers whoever is beside it.
    size = (SIDE_PIXELS, SIDE_PIXELS)
    return np.concatenate([_means(_answer(picture, size)) for picture in pictures])


def map_of(image: Image.Image) -> Floats:
    """Return the network's answer for an RGB picture at twice the size, for `windows`."""
    factor = WINDOW_PIXELS / (image.width * image.height) ** 0.5
    size = tuple(
        min(MAX_WINDOW_PIXELS, max(64, round(side * factor / 32) * 32)) for side in image.size
    )
    return _answer(image, (size[0], size[1]))


def windows(image: Image.Image, answer: Floats, boxes: Sequence[Box]) -> Floats:
    """Return vectors of length one for parts of an RGB picture, from its map: [boxes, DIM].

    The picture is looked at once and each box takes its part of the map: dozens of boxes cost
    little more than one.
    """
    if answer.ndim == 2:  # an operator's network that gives no map
        return projected(pooled([image.crop(box) for box in boxes[:MAX_CROPS]]))
    rows, columns = answer.shape[2:]
    shares = np.zeros((len(boxes), rows, columns), dtype=np.float32)
    for share, (left, top, right, bottom) in zip(shares, boxes, strict=True):
        x, y = left * columns / image.width, top * rows / image.height
        x_end, y_end = right * columns / image.width, bottom * rows / image.height
        x, y = min(round(x), columns - 1), min(round(y), rows - 1)
        part = share[y : max(round(y_end), y + 1), x : max(round(x_end), x + 1)]
        part[:] = 1 / part.size
    # The means of all boxes at once: one product instead of a walk over the map for each box.
    cubes = _cubes(answer).reshape(-1, rows * columns)
    return projected(np.cbrt(shares.reshape(len(boxes), -1) @ cubes.T))


def projected(channels: Floats) -> Floats:
    """Return vectors of length one, [n, DIM], from pooled answers."""
    if configured()[0]:
        return _unit(_folded(channels))
    mean, matrix = _projection()
    roots = _unit(np.sqrt(np.maximum(_unit(channels), 0)))
    return _unit((roots - mean) @ matrix)


def vectors(pictures: Sequence[Image.Image]) -> Floats:
    """Return one vector of length one for each RGB picture."""
    return projected(pooled(pictures))


@cache
def _session(path: str, sha256: str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    data = _checked(path, Path(path).read_bytes(), sha256) if path else shipped(NETWORK)
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


@cache
def _projection() -> tuple[Floats, Floats]:
    with np.load(io.BytesIO(shipped(PROJECTION))) as kept:
        return kept["mean"].astype(np.float32), kept["matrix"].astype(np.float32)


@cache
def projection_part(name: str) -> Floats:
    """Return another learned array that lies beside the projection."""
    with np.load(io.BytesIO(shipped(PROJECTION))) as kept:
        return np.asarray(kept[name], dtype=np.float32)


def _answer(image: Image.Image, size: tuple[int, int]) -> Floats:
    small = image.resize(size, Image.Resampling.BILINEAR)
    batch = np.asarray(small, dtype=np.float32).transpose(2, 0, 1)[None] / np.float32(255)
    session = _session(*configured())
    [answer] = session.run(None, {session.get_inputs()[0].name: np.ascontiguousarray(batch)})
    return np.asarray(answer, dtype=np.float32)


def _means(answer: Floats) -> Floats:
    """Return generalised means over places (the cube root of the mean cube)."""
    if answer.ndim == 2:
        return answer
    return np.asarray(np.cbrt(_cubes(answer).mean(axis=(2, 3))), dtype=np.float32)


def _cubes(answer: Floats) -> Floats:
    above = np.maximum(answer, FLOOR)
    return above * above * above


def _folded(channels: Floats) -> Floats:
    # An operator's network brings its own geometry: cut or filled up to DIM, nothing learned.
    kept = np.zeros((len(channels), DIM), dtype=np.float32)
    width = min(DIM, channels.shape[1])
    kept[:, :width] = channels[:, :width]
    return kept


def _unit(values: NDArray[Any]) -> Floats:
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    return np.asarray(values / np.maximum(lengths, 1e-9), dtype=np.float32)


def _checked(name: str, data: bytes, sha256: str) -> bytes:
    if hashlib.sha256(data).hexdigest() != sha256:
        raise WeightsChanged(f"The file {name} is not the one whose hash is known.")
    return data
