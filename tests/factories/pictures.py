"""Pictures drawn for tests: each seed another scene, the same seed the same scene."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw, ImageFilter


def drawn(seed: int, size: tuple[int, int] = (640, 480)) -> Image.Image:
    """Return a picture with enough shapes to be told from others."""
    dice = random.Random(seed)
    width, height = size
    image = Image.new("RGB", size, tuple(dice.randrange(60, 200) for _ in range(3)))
    pen = ImageDraw.Draw(image)
    for _ in range(24):
        x, y = dice.randrange(width), dice.randrange(height)
        box = (x, y, x + dice.randrange(30, width // 2), y + dice.randrange(30, height // 2))
        colour = tuple(dice.randrange(256) for _ in range(3))
        (pen.ellipse if dice.random() < 0.5 else pen.rectangle)(box, fill=colour)
    return image.filter(ImageFilter.GaussianBlur(1))


def as_bytes(image: Image.Image, form: str = "JPEG", **options: object) -> bytes:
    """Return the picture as an upload would bring it."""
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def picture(
    seed: int = 1,
    *,
    width: int = 640,
    height: int = 480,
    kind: str = "JPEG",
    **options: object,
) -> bytes:
    """Return an encoded picture; `options` go to Pillow's encoder."""
    return as_bytes(drawn(seed, (width, height)), kind, **options)


def resaved(data: bytes, *, quality: int = 60) -> bytes:
    """Return the picture as somebody who took it from a page would upload it."""
    with Image.open(io.BytesIO(data)) as opened:
        smaller = opened.convert("RGB").resize((opened.width * 3 // 4, opened.height * 3 // 4))
    return as_bytes(smaller, quality=quality)
