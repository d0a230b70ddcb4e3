"""Reading what is written in a picture: finding lines of text, then their letters.

Two networks of PP-OCRv6 (Apache-2.0) as the package `rapidocr` ships them; only its files are
used, nothing is downloaded. The largest step a picture can cost (some 0.2 s of one core), so a
caller reads a picture once for its content, and only where cheaper evidence leaves a doubt.

Boxes are those of differentiable binarisation (Liao et al. 2020) with the thresholds that the
package's own configuration gives; letters are decoded greedily (CTC). Pictures and lines are
brought to few fixed sizes, so that the memory of a worker does not grow with what it has read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
from PIL import Image

Array = np.ndarray[Any, np.dtype[Any]]

VERSION, GLANCE_VERSION = "ppocr6-small-1", "ppocr6-small-glance-1"
DETECTOR, READER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
# Height and width of what the first network sees: flat, square, upright.
CANVASES = ((480, 640), (640, 640), (640, 480))
# For a glance: lines are looked for at half the sides, and only what is so much longer than high.
# It costs 37 ms where reading costs 135. Of names 4 % high 43 of 50 were read (by `read` 49), of
# names 6 % high 48 of 50 (by `read` 50).
GLANCE, LONGER = 2, 1.6
INK, BOX, UNCLIP = 0.3, 0.5, 1.6
LEAST_SIDE = 4  # of a box, in pixels of the canvas
# A picture with more lines is a page; the largest lines are read.
LINES = 12
LINE_HEIGHT = 48
LINE_WIDTHS = (96, 160, 320, 640)
UPRIGHT = 1.5  # a line so much higher than wide is turned
SURE = 0.5
# A single letter is more often a button or a fold.
LEAST_LETTERS = 2


class NoReader(RuntimeError):
    """The package that holds the networks is not installed."""


@dataclass(frozen=True)
class _Networks:
    detector: onnxruntime.InferenceSession
    reader: onnxruntime.InferenceSession
    letters: tuple[str, ...]


def read(image: Image.Image, *, closely: bool = True) -> tuple[str, ...]:
    """Return the lines of text seen in a picture, from top to bottom; none is an empty tuple.

    Not `closely` is a glance, at a quarter of the cost: letters lower than a twentieth of the
    picture may be missed. Raises NoReader when the networks are not installed.
    """
    networks = _networks()
    pixels = np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])
    if min(pixels.shape[:2]) < LEAST_SIDE:
        return ()
    found = []
    for box in _boxes(networks.detector, pixels, smaller=1 if closely else GLANCE):
        text, sure = _line(networks, _cut(pixels, box))
        if sure >= SURE and len(text.strip()) >= LEAST_LETTERS:
            found.append((float(box[:, 1].mean()), text.strip()))
    return tuple(text for _top, text in sorted(found))


@lru_cache(maxsize=1)
def _networks() -> _Networks:
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise NoReader("rapidocr is not installed")
    folder = Path(spec.origin).parent / "models"
    reader = _session(folder / READER)
    listed = reader.get_modelmeta().custom_metadata_map["character"].splitlines()
    return _Networks(_session(folder / DETECTOR), reader, ("", *listed, " "))


def _session(path: Path) -> onnxruntime.InferenceSession:
    if not path.is_file():
        raise NoReader(f"{path.name} is missing")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        str(path), sess_options=options, providers=["CPUExecutionProvider"]
    )


def _boxes(
    detector: onnxruntime.InferenceSession, pixels: Array, *, smaller: int = 1
) -> list[Array]:
    """Return the corners of lines in pixels of the picture, the largest first.

    `smaller` is for a glance: what is seen is so much smaller, and only long lines count.
    """
    height, width = pixels.shape[:2]
    canvas = min(CANVASES, key=lambda size: abs(math.log(size[1] * height / (size[0] * width))))
    if smaller > 1:
        canvas = (_whole_steps(canvas[0] / smaller), _whole_steps(canvas[1] / smaller))
    scale = min(canvas[0] / height, canvas[1] / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    seen = np.full((*canvas, 3), 127, np.uint8)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    seen[: size[1], : size[0]] = cv2.resize(pixels, size, interpolation=way)
    ink: Array = detector.run(None, {detector.get_inputs()[0].name: _tensor(seen)})[0][0, 0]
    mask = cv2.dilate((ink > INK).astype(np.uint8), np.ones((2, 2), np.uint8))
    outlines, _tree = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    seen_boxes = (_box(outline, ink, glance=smaller > 1) for outline in outlines)
    boxes = [box for box in seen_boxes if box is not None]
    boxes.sort(key=cv2.contourArea, reverse=True)
    return [box / scale for box in boxes[:LINES]]


def _whole_steps(side: float) -> int:
    """Return a side as the network can halve it: in steps of 32 pixels."""
    return 32 * math.ceil(side / 32)


def _box(outline: Array, ink: Array, *, glance: bool) -> Array | None:
    """Return the four corners of a line, widened by what the network was taught to shrink."""
    centre, (wide, high), turn = cv2.minAreaRect(outline)
    if min(wide, high) < (LEAST_SIDE - 1 if glance else LEAST_SIDE):
        return None
    if glance and max(wide, high) < LONGER * min(wide, high):
        return None
    left, top, across, down = cv2.boundingRect(outline)
    inside = np.zeros((down, across), np.uint8)
    corner = np.array([left, top], np.int32)
    cv2.fillPoly(inside, [outline.reshape(-1, 2) - corner], 1)
    if cv2.mean(ink[top : top + down, left : left + across], inside)[0] < BOX:
        return None
    grow = wide * high * UNCLIP / (wide + high)  # 2 * area * ratio / perimeter
    return np.asarray(cv2.boxPoints((centre, (wide + grow, high + grow), turn)))


def _cut(pixels: Array, box: Array) -> Array:
    """Return one line, straightened."""
    by_x = box[np.argsort(box[:, 0], kind="stable")]
    left, right = by_x[:2], by_x[2:]
    upper_left, lower_left = left[np.argsort(left[:, 1], kind="stable")]
    upper_right, lower_right = right[np.argsort(right[:, 1], kind="stable")]
    corners = np.array([upper_left, upper_right, lower_right, lower_left], np.float32)
    wide = max(1, round(float(np.linalg.norm(upper_right - upper_left))))
    high = max(1, round(float(np.linalg.norm(lower_left - upper_left))))
    flat = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    change = cv2.getPerspectiveTransform(corners, flat)
    line = cv2.warpPerspective(pixels, change, (wide, high), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(np.rot90(line) if high >= UPRIGHT * wide else line)


def _line(networks: _Networks, line: Array) -> tuple[str, float]:
    """Return the text of a line and the mean certainty of its letters."""
    wanted = math.ceil(LINE_HEIGHT * line.shape[1] / line.shape[0])
    canvas = next((width for width in LINE_WIDTHS if width >= wanted), LINE_WIDTHS[-1])
    size = (min(wanted, canvas), LINE_HEIGHT)
    tensor = np.zeros((1, 3, LINE_HEIGHT, canvas), np.float32)
    tensor[:, :, :, : size[0]] = _tensor(cv2.resize(np.ascontiguousarray(line), size))
    odds: Array = networks.reader.run(None, {networks.reader.get_inputs()[0].name: tensor})[0][0]
    best, sure = odds.argmax(axis=1), odds.max(axis=1)
    kept = (best != 0) & np.append(True, best[1:] != best[:-1])
    if not kept.any():
        return "", 0.0
    text = "".join(networks.letters[at] for at in best[kept] if at < len(networks.letters))
    return text, float(sure[kept].mean())


def _tensor(pixels: Array) -> Array:
    scaled = pixels.astype(np.float32) / 127.5 - 1.0
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])
