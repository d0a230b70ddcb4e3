"""Letters, colours and turns that both families draw with."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
RED: Colour = (220, 30, 30)
# Letters and words of the second family.
LETTERS = (
    ("LiberationSerif-BoldItalic.ttf", "DejaVuSerif-Bold.ttf", "Times.ttf", "timesbi.ttf"),
    ("LiberationMono-Bold.ttf", "DejaVuSansMono-Bold.ttf", "Courier.ttf", "courbd.ttf"),
    ("LiberationSansNarrow-Bold.ttf", "DejaVuSerif.ttf", "ariblk.ttf"),
)
CALLS = ("mega oferta", "-70 %", "Rebajas!", "tg: @bazar77", "solo hoy", "2 x 1", "bei nafuu")


def font(size: float, *families: str) -> Font:
    """Return the first of these fonts that the machine has, else Pillow's own."""
    for name in families:
        try:
            return ImageFont.truetype(name, max(6, round(size)))
        except OSError:
            continue
    return ImageFont.load_default(max(6, round(size)))


def any_colour(dice: random.Random) -> Colour:
    """Return one colour out of all."""
    return (dice.randrange(256), dice.randrange(256), dice.randrange(256))


def as_jpeg(image: Image.Image, quality: int) -> Image.Image:
    """Return the picture as it comes back from a JPEG of this quality."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    with Image.open(out) as opened:
        return opened.convert("RGB")


def turned(image: Image.Image, degrees: float, fill: Colour = WHITE) -> Image.Image:
    """Turn the picture; the canvas grows."""
    return image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=fill)


def without(image: Image.Image, share: float, dice: random.Random) -> Image.Image:
    """Cut this share of the area off, at a random place, the shape kept."""
    side = (1 - share) ** 0.5
    width, height = round(image.width * side), round(image.height * side)
    left = dice.randint(0, image.width - width)
    top = dice.randint(0, image.height - height)
    return image.crop((left, top, left + width, top + height))


def warped(image: Image.Image, corners: Sequence[tuple[float, float]], fill: Colour) -> Image.Image:
    """Move the four corners (clockwise from top left) to these places in pixels."""
    width, height = image.size
    before = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(before, np.array(corners, np.float32))
    moved = cv2.warpPerspective(
        np.asarray(image), matrix, (width, height), flags=cv2.INTER_AREA, borderValue=fill
    )
    return Image.fromarray(moved)


def padded(image: Image.Image, box: tuple[int, int], fill: Colour = WHITE) -> Image.Image:
    """Fit the picture into a box, in the middle of a fill."""
    scale = min(box[0] / image.width, box[1] / image.height)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    canvas = Image.new("RGB", box, fill)
    inner = image.resize(size, Image.Resampling.LANCZOS)
    canvas.paste(inner, ((box[0] - size[0]) // 2, (box[1] - size[1]) // 2))
    return canvas


def filling(image: Image.Image, box: tuple[int, int]) -> Image.Image:
    """Fill a box with the middle of the picture."""
    scale = max(box[0] / image.width, box[1] / image.height)
    size = (max(box[0], round(image.width * scale)), max(box[1], round(image.height * scale)))
    inner = image.resize(size, Image.Resampling.LANCZOS)
    left, top = (size[0] - box[0]) // 2, (size[1] - box[1]) // 2
    return inner.crop((left, top, left + box[0], top + box[1]))


def veil(image: Image.Image) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Return an empty layer of the picture's size and its pen."""
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    return layer, ImageDraw.Draw(layer)


def under(image: Image.Image, layer: Image.Image) -> Image.Image:
    """Return the picture with the layer on it."""
    return Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")
