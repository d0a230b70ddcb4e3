"""The project's own rendered goods, cut out and put on white as a studio would show them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageFilter

FOLDER = Path(__file__).resolve().parent.parent.parent / "ewtp" / "demo" / "pictures"
WORK_PX = 160
# A cut-out is used when the good fills a fair part and does not run over the edge.
LEAST, MOST, EDGE_MOST = 0.08, 0.62, 0.03


def files(folder: Path = FOLDER) -> list[Path]:
    """Return the rendered pictures in order."""
    return sorted(folder.glob("*.webp"))


def good_of(path: Path) -> str:
    """Return which good is shown: takes of one good share it."""
    return path.stem.rpartition("-")[0]


def mask_of(image: Image.Image) -> np.ndarray | None:
    """Return where the good is, or None where it cannot be told from what it stands on."""
    small = image.convert("RGB").resize((WORK_PX, WORK_PX), Image.Resampling.BOX)
    pixels = np.ascontiguousarray(np.asarray(small)[:, :, ::-1])
    height, width = pixels.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    edge = round(0.07 * min(width, height))
    box = (edge, edge, width - 2 * edge, height - 2 * edge)
    cv2.setRNGSeed(7)
    empty = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(pixels, mask, box, *empty, 4, cv2.GC_INIT_WITH_RECT)
    inside = ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.uint8)
    inside = cv2.morphologyEx(inside, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    inside = cv2.morphologyEx(inside, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    rim = np.concatenate([inside[edge], inside[-edge - 1], inside[:, edge], inside[:, -edge - 1]])
    if not LEAST < inside.mean() < MOST or rim.mean() > EDGE_MOST:
        return None
    return cv2.resize(inside, image.size, interpolation=cv2.INTER_LINEAR).astype(bool)


def on_white(image: Image.Image) -> Image.Image | None:
    """Return the good on white, or None where it cannot be cut out."""
    inside = mask_of(image)
    if inside is None:
        return None
    soft = Image.fromarray((inside * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.8))
    return Image.composite(
        image.convert("RGB"), Image.new("RGB", image.size, (252, 252, 252)), soft
    )
