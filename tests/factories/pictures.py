"""Pictures for tests: made here, different by seed, with enough detail to be recognised."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw


def picture(seed: int, *, side: int = 600, kind: str = "JPEG") -> bytes:
    """Return an encoded picture of overlapping shapes."""
    dice = random.Random(seed)
    image = Image.new("RGB", (side, side), tuple(dice.randint(60, 220) for _ in range(3)))
    draw = ImageDraw.Draw(image)
    for _ in range(60):
        x, y = dice.randint(-80, side), dice.randint(-80, side)
        box = (x, y, x + dice.randint(20, side // 2), y + dice.randint(20, side // 2))
        colour = tuple(dice.randint(0, 255) for _ in range(3))
        (draw.ellipse if dice.random() < 0.5 else draw.rectangle)(box, fill=colour)
    out = io.BytesIO()
    image.save(out, kind, quality=90)
    return out.getvalue()


def resaved(data: bytes, *, side: int = 480, quality: int = 60) -> bytes:
    """Return the picture as somebody who took it from a page would upload it."""
    with Image.open(io.BytesIO(data)) as opened:
        image = opened.convert("RGB").resize((side, side))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()
