"""Drawn pictures for the demo's goods (here and only here: a real photo set comes later)."""

from __future__ import annotations

import hashlib
import io
import math
import random

from PIL import Image, ImageDraw, ImageFilter, ImageOps

SIDE_PX = 900

Colour = tuple[int, int, int]


def picture(name: str, motif: str) -> bytes:
    """Return a JPEG of a still life; the same name always gives the same picture."""
    dice = random.Random(hashlib.sha256(name.encode()).digest())  # noqa: S311 (a drawing)
    image = _backdrop(dice)
    _table(image, dice)
    _body(image, dice, motif)
    image = _light(image, dice).filter(ImageFilter.GaussianBlur(0.8))
    return _jpeg(image, quality=88)


def stolen(original: bytes) -> bytes:
    """Return what a copycat makes of a photo: cropped a little, brighter, saved again."""
    with Image.open(io.BytesIO(original)) as opened:
        image = opened.convert("RGB")
    inner = image.crop((6, 6, image.width - 6, image.height - 6)).resize((640, 640))
    return _jpeg(ImageOps.autocontrast(inner, cutoff=1), quality=70)


def _jpeg(image: Image.Image, *, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def _hue(dice: random.Random, low: int, high: int) -> Colour:
    return dice.randint(low, high), dice.randint(low, high), dice.randint(low, high)


def _darker(colour: Colour, by: int) -> Colour:
    red, green, blue = colour
    return max(0, red - by), max(0, green - by), max(0, blue - by)


def _backdrop(dice: random.Random) -> Image.Image:
    top, bottom = _hue(dice, 150, 245), _hue(dice, 120, 225)
    column = Image.new("RGB", (1, SIDE_PX))
    for y in range(SIDE_PX):
        share = y / SIDE_PX
        mixed = [round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True)]
        column.putpixel((0, y), (mixed[0], mixed[1], mixed[2]))
    return column.resize((SIDE_PX, SIDE_PX))


def _table(image: Image.Image, dice: random.Random) -> None:
    draw = ImageDraw.Draw(image)
    edge = dice.randint(560, 680)
    wood = _hue(dice, 70, 150)
    draw.rectangle((0, edge, SIDE_PX, SIDE_PX), fill=wood)
    for _ in range(dice.randint(8, 20)):
        y = dice.randint(edge, SIDE_PX)
        shade = _darker(wood, dice.randint(8, 34))
        draw.line((0, y, SIDE_PX, y + dice.randint(-30, 30)), fill=shade, width=dice.randint(2, 7))


def _body(image: Image.Image, dice: random.Random, motif: str) -> None:
    draw = ImageDraw.Draw(image)
    kind = int(hashlib.sha256(motif.encode()).hexdigest(), 16)
    count = 2 + kind % 4
    for i in range(count):
        angle = 2 * math.pi * i / count + dice.random()
        x = SIDE_PX / 2 + math.cos(angle) * dice.randint(60, 210)
        y = SIDE_PX / 2 + 60 + math.sin(angle) * dice.randint(20, 120)
        _piece(draw, dice, (kind + i) % 5, x, y)


def _piece(draw: ImageDraw.ImageDraw, dice: random.Random, form: int, x: float, y: float) -> None:
    width, height = dice.randint(110, 230), dice.randint(130, 290)
    left, top, right, bottom = x - width / 2, y - height / 2, x + width / 2, y + height / 2
    box = (left, top, right, bottom)
    fill = _hue(dice, 30, 230)
    dark = _darker(fill, 70)
    draw.ellipse((left + 24, bottom - 30, right + 60, bottom + 26), fill=(60, 52, 46))
    if form in {0, 3}:
        draw.rounded_rectangle(box, radius=dice.randint(10, 50), fill=fill, outline=dark, width=5)
    elif form == 1:
        draw.ellipse(box, fill=fill, outline=dark, width=5)
    elif form == 2:
        sole = [(x + width / 3, bottom), (x - width / 3, bottom)]
        draw.polygon([(x, top), (right, y), *sole, (left, y)], fill=fill, outline=dark)
    else:
        draw.pieslice(box, dice.randint(150, 200), dice.randint(330, 400), fill=fill, outline=dark)
        draw.rectangle((left, y, right, bottom), fill=dark)
    for _ in range(dice.randint(2, 6)):
        level = top + height * dice.uniform(0.15, 0.85)
        stripe = (left + 14, level, right - 14, level + dice.randint(-18, 18))
        draw.line(stripe, fill=_hue(dice, 120, 250), width=dice.randint(4, 14))


def _light(image: Image.Image, dice: random.Random) -> Image.Image:
    """Add a soft window light and film grain, so that no area is a flat colour."""
    glow = Image.new("L", image.size, 0)
    x, y = dice.randint(80, 400), dice.randint(40, 260)
    ImageDraw.Draw(glow).ellipse((x, y, x + 420, y + 420), fill=90)
    glow = glow.filter(ImageFilter.GaussianBlur(120))
    lit = Image.composite(Image.new("RGB", image.size, (255, 250, 235)), image, glow)
    grain = Image.frombytes("L", image.size, dice.randbytes(SIDE_PX * SIDE_PX))
    return Image.blend(lit, grain.convert("RGB"), 0.05)
