"""What is printed, dyed, woven or written on things: drawn with Pillow, mapped by the renderer."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from studio.materials import mixed

SIDE = 512


def _new(
    colour: str, size: tuple[int, int] = (SIDE, SIDE)
) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", size, colour)
    return image, ImageDraw.Draw(image)


def stripes(colours: Sequence[str], widths: Sequence[int], *, upright: bool = False) -> Image.Image:
    """Return repeating bands of the given colours and widths in pixels."""
    image, draw = _new(colours[0])
    at = index = 0
    while at < SIDE:
        width = widths[index % len(widths)]
        band = (at, 0, at + width, SIDE) if upright else (0, at, SIDE, at + width)
        draw.rectangle(band, fill=colours[index % len(colours)])
        at, index = at + width, index + 1
    return image


def checks(ground: str, line: str, *, step: int = 64) -> Image.Image:
    """Return a woven check: two colours and the mean where they cross."""
    image, draw = _new(ground)
    half = mixed(ground, line, 0.5)
    for at in range(0, SIDE, step):
        draw.rectangle((0, at, SIDE, at + step // 2), fill=half)
    for x in range(0, SIDE, step):
        for y in range(0, SIDE, step // 2):
            fill = line if (y // (step // 2)) % 2 == 0 else half
            draw.rectangle((x, y, x + step // 2, y + step // 2 - 1), fill=fill)
    return image


def waves(ground: str, line: str, *, step: int = 64) -> Image.Image:
    """Return overlapping wave scales, as in paste-resist dyeing."""
    image, draw = _new(ground)
    for row, y in enumerate(range(-step, SIDE + step, step // 2)):
        shift = step if row % 2 else 0
        for x in range(-step * 2 + shift, SIDE + step * 2, step * 2):
            for ring, radius in enumerate(range(step, 6, -step // 5)):
                box = (x - radius, y - radius + step, x + radius, y + radius + step)
                draw.ellipse(box, fill=line if ring % 2 == 0 else ground)
    return image


def tie_dye(ground: str, light: str, dice: random.Random, *, rings: int = 5) -> Image.Image:
    """Return soft rings and rays, as cloth bound with thread comes out of the vat."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    share = np.zeros((SIDE, SIDE))
    for _ in range(rings):
        cx, cy, size = dice.random(), dice.random(), dice.uniform(0.14, 0.3)
        angle = np.arctan2(y - cy, x - cx)
        far = np.hypot(x - cx, y - cy) * (1 + 0.06 * np.sin(angle * 14 + cx * 20)) / size
        share += np.exp(-((far - 1) ** 2) * 30) + 0.7 * np.exp(-((far - 0.45) ** 2) * 60)
    share = np.clip(share, 0, 1)[..., None]
    a, b = (np.array([int(c[i : i + 2], 16) for i in (1, 3, 5)]) for c in (ground, light))
    return Image.fromarray((a + (b - a) * share).astype(np.uint8)).filter(
        ImageFilter.GaussianBlur(2)
    )


def block_print(ground: str, inks: Sequence[str], *, step: int = 128) -> Image.Image:
    """Return a flower repeated in offset rows, as stamped with wooden blocks."""
    image, draw = _new(ground)
    for row, y in enumerate(range(0, SIDE + step, step)):
        for x in range(0 if row % 2 else step // 2, SIDE + step, step):
            _flower(draw, x, y, step * 0.3, inks)
            dot = step // 22
            cx, cy = x + step // 2, y
            draw.ellipse((cx - dot, cy - dot, cx + dot, cy + dot), fill=inks[-1])
    return image


def _flower(
    draw: ImageDraw.ImageDraw, x: float, y: float, size: float, inks: Sequence[str]
) -> None:
    for petal in range(8):
        angle = petal * math.pi / 4
        px, py, r = x + size * math.cos(angle) * 0.62, y + size * math.sin(angle) * 0.62, size * 0.3
        draw.ellipse((px - r, py - r, px + r, py + r), fill=inks[0])
        draw.ellipse((px - r / 2, py - r / 2, px + r / 2, py + r / 2), fill=inks[-1])
    for radius, ink in ((0.36, inks[-1]), (0.2, inks[0])):
        r = size * radius
        draw.ellipse((x - r, y - r, x + r, y + r), fill=ink)


def zigzags(colours: Sequence[str], *, step: int = 64, tall: int = 40) -> Image.Image:
    """Return woven zigzag bands."""
    image, draw = _new(colours[0])
    for band, y in enumerate(range(-tall, SIDE + tall, tall)):
        points = [
            (x, y + (tall if (x // (step // 2)) % 2 else 0))
            for x in range(-step, SIDE + step, step // 2)
        ]
        low = [(x, yy + tall * 0.62) for x, yy in reversed(points)]
        draw.polygon(points + low, fill=colours[band % len(colours)])
    return image


def diamonds(ground: str, inks: Sequence[str], *, step: int = 128) -> Image.Image:
    """Return rows of nested diamonds, as in rugs and ikat."""
    image, draw = _new(ground)
    for row, y in enumerate(range(0, SIDE + step, step)):
        for x in range(0 if row % 2 else step // 2, SIDE + step, step):
            for layer, share in enumerate((0.48, 0.34, 0.2, 0.08)):
                r = step * share
                ink = ground if layer == 1 else inks[layer % len(inks)]
                draw.polygon([(x, y - r), (x + r, y), (x, y + r), (x - r, y)], fill=ink)
    return image


def rug(field: str, inks: Sequence[str], dice: random.Random) -> Image.Image:
    """Return a whole rug: borders around a field of stepped lozenges, with the knots' grain."""
    image, draw = _new(inks[0])
    draw.rectangle((14, 14, SIDE - 14, SIDE - 14), fill=inks[1 % len(inks)])
    for edge in range(24, SIDE - 24, 24):
        for x, y in ((edge, 26), (edge, SIDE - 26), (26, edge), (SIDE - 26, edge)):
            draw.polygon([(x, y - 9), (x + 9, y), (x, y + 9), (x - 9, y)], fill=field)
    draw.rectangle((44, 44, SIDE - 44, SIDE - 44), fill=field)
    for row in range(3):
        for column in range(2):
            x, y = 150 + column * 212, 110 + row * 146
            for layer, r in enumerate((64, 50, 34, 18)):
                ink = (inks[0], field, inks[-1], inks[1 % len(inks)])[layer]
                steps = [
                    (x + sx * (r - s), y + sy * s)
                    for sx, sy, run in ((1, -1, 1), (1, 1, -1), (-1, 1, 1), (-1, -1, -1))
                    for s in (range(0, r + 1, 8) if run < 0 else range(r, -1, -8))
                ]
                draw.polygon(sorted(steps, key=lambda p: math.atan2(p[1] - y, p[0] - x)), fill=ink)
    return grained(image, dice, 0.1)


def grained(image: Image.Image, dice: random.Random, amount: float) -> Image.Image:
    """Return the picture with an uneven grain, as wool and handwork have."""
    noise = Image.frombytes("L", (128, 128), dice.randbytes(128 * 128)).resize(image.size)
    return Image.blend(image, noise.convert("RGB"), amount)


def _bands(draw: ImageDraw.ImageDraw, inks: Sequence[str]) -> None:
    for index, (y, tall) in enumerate(((90, 46), (170, 30), (330, 60))):
        draw.rectangle((0, y, SIDE, y + tall), fill=inks[index % len(inks)])


def _steps(draw: ImageDraw.ImageDraw, inks: Sequence[str]) -> None:
    for index, x in enumerate(range(0, SIDE, 64)):
        for part in range(6):
            y, wide = 60 + part * 64, 8 + 8 * (part % 4)
            draw.rectangle((x + 32 - wide, y, x + 32 + wide, y + 40), fill=inks[index % len(inks)])


def _rays(draw: ImageDraw.ImageDraw, inks: Sequence[str]) -> None:
    for index, x in enumerate(range(0, SIDE, 64)):
        draw.polygon([(x, 470), (x + 30, 40), (x + 62, 470)], fill=inks[index % len(inks)])
    draw.rectangle((0, 0, SIDE, 26), fill=inks[0])


_COILS = {"bands": _bands, "steps": _steps, "rays": _rays}


def coils(
    ground: str, inks: Sequence[str], dice: random.Random, *, kind: str = "rays"
) -> Image.Image:
    """Return the colours of a coiled basket: u runs around it, v from its foot to its rim.

    Kinds: rays, bands, steps, plain.
    """
    image, draw = _new(ground)
    if kind in _COILS:
        _COILS[kind](draw, inks)
    stitches = image.load()
    for x in range(0, SIDE, 4):  # each stitch holds the coil below
        tint = dice.uniform(-0.14, 0.1)
        for y in range(SIDE):
            red, green, blue = stitches[x, y]
            shade = 1 + tint + (0.08 if (y // 16) % 2 else -0.04)
            for i in range(3):
                stitches[x + i, y] = tuple(min(255, round(c * shade)) for c in (red, green, blue))
    return image


def spirals(ground: str, ink: str) -> Image.Image:
    """Return black-and-white raised spirals, as painted on earth panels in Rwanda."""
    image, draw = _new(ground)
    for cx, cy, hand in ((128, 128, 1), (384, 128, -1), (128, 384, -1), (384, 384, 1)):
        points = [
            (
                cx + hand * (6 + turn * 7.2) * math.cos(turn),
                cy + (6 + turn * 7.2) * math.sin(turn),
            )
            for turn in np.linspace(0.5, 15.5, 240)
        ]
        draw.line(points, fill=ink, width=20, joint="curve")
    draw.rectangle((0, 0, SIDE - 1, SIDE - 1), outline=ink, width=14)
    return image


def brush(ground: str, ink: str, dice: random.Random, *, kind: str = "leaf") -> Image.Image:
    """Return what a loaded brush leaves: leaves in a row, rings or a splash."""
    image, draw = _new(ground)
    if kind == "rings":
        for y in (70, 90, 410, 440):
            draw.rectangle((0, y, SIDE, y + dice.randint(6, 14)), fill=ink)
    for x in range(0, SIDE, 64):
        lean = dice.randint(-8, 8)
        if kind == "leaf":
            for y in (150, 230, 310):
                left = [
                    (x + 32, y + 60),
                    (x + 2, y + 20),
                    (x + 32 + lean, y - 20),
                    (x + 34, y + 20),
                ]
                right = [(x + 32, y + 60), (x + 62, y + 20), (x + 32 - lean, y - 20)]
                draw.polygon(left, fill=ink)
                draw.polygon(right, fill=mixed(ink, ground, 0.3))
    if kind == "splash":
        for _ in range(260):
            x, y, r = dice.randint(0, SIDE), dice.randint(0, SIDE), dice.choice((1, 1, 2, 2, 3, 5))
            draw.ellipse((x - r, y - r, x + r, y + r), fill=ink)
    return image.filter(ImageFilter.GaussianBlur(1))


def marbled(colours: Sequence[str], dice: random.Random) -> Image.Image:
    """Return swirled paper, as floated on a bath."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE * 2 * math.pi
    a, b = dice.uniform(0, 6), dice.uniform(0, 6)
    bent = x + 0.7 * np.sin(y * 2 + a) + 0.25 * np.sin(x * 5 + y * 3 + b)
    value = np.sin(bent * 3 + 1.3 * np.sin(y * 3 + bent + b)) + 0.4 * np.sin(bent * 9 + y * 4)
    index = np.clip(((value + 1.4) / 2.8 * len(colours)).astype(int), 0, len(colours) - 1)
    table = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colours], np.uint8)
    return Image.fromarray(table[index]).filter(ImageFilter.GaussianBlur(1))


def label(
    paper: str,
    ink: str,
    words: Sequence[str],
    *,
    band: str | None = None,
    size: tuple[int, int] = (384, 512),
    mark: str = "leaf",
) -> Image.Image:
    """Return a printed label: a mark, a name in large letters, smaller lines below."""
    image, draw = _new(paper, size)
    wide, tall = size
    if band:
        draw.rectangle((0, tall * 0.72, wide, tall), fill=band)
        draw.rectangle((0, 0, wide, tall * 0.06), fill=band)
    draw.rectangle((14, 14, wide - 15, tall - 15), outline=ink, width=3)
    _mark(draw, mark, wide / 2, tall * 0.22, min(wide, tall) * 0.13, ink)
    y = tall * 0.4
    for index, word in enumerate(words):
        points = min(wide * 0.22, wide * 1.45 / max(len(word), 1)) if index == 0 else wide * 0.075
        font = ImageFont.load_default(size=max(10, points))
        left, top, right, bottom = draw.textbbox((0, 0), word, font=font)
        fill = paper if band and y > tall * 0.7 else ink
        draw.text(((wide - right - left) / 2, y - top), word, font=font, fill=fill)
        y += (bottom - top) + tall * 0.045
    return image


def _mark(draw: ImageDraw.ImageDraw, kind: str, x: float, y: float, r: float, ink: str) -> None:
    if kind == "sun":
        for ray in range(12):
            angle = ray * math.pi / 6
            end = (x + 1.5 * r * math.cos(angle), y + 1.5 * r * math.sin(angle))
            draw.line((x, y, *end), fill=ink, width=4)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=ink)
    elif kind == "drop":
        draw.ellipse((x - r * 0.7, y - r * 0.4, x + r * 0.7, y + r), fill=ink)
        draw.polygon([(x, y - r * 1.5), (x + r * 0.64, y), (x - r * 0.64, y)], fill=ink)
    elif kind == "comb":
        for dx, dy in ((0, 0), (1, 0), (-1, 0), (0.5, 0.87), (-0.5, 0.87), (0.5, -0.87)):
            cx, cy = x + dx * r, y + dy * r
            corners = [
                (cx + r * 0.5 * math.sin(k * math.pi / 3), cy + r * 0.5 * math.cos(k * math.pi / 3))
                for k in range(6)
            ]
            draw.polygon(corners, outline=ink, width=4)
    else:
        draw.line((x, y + r * 1.5, x, y - r), fill=ink, width=4)
        for side, dy in ((-1, 0.6), (1, 0.2), (-1, -0.3), (1, -0.6)):
            cx, cy = x + side * r * 0.6, y + dy * r
            draw.ellipse((cx - r * 0.5, cy - r * 0.22, cx + r * 0.5, cy + r * 0.22), fill=ink)
