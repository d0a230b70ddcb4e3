"""Pictures drawn for tests: each seed another scene, the same seed the same scene."""

import io
import random

from PIL import Image, ImageDraw, ImageFilter


def drawn(seed, size=(640, 480)):
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


def as_bytes(image, form="JPEG", **options):
    """Return the picture as an upload would bring it."""
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()
