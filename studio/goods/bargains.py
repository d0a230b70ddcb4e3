"""What a copycat sells."""

from __future__ import annotations

import math
import random

from studio.materials import metal, mixed, paint, wood
from studio.shapes import (
    ball,
    box,
    group,
    move,
    outline,
    ring,
    turned,
)


def phone_stand(dice: random.Random) -> None:
    bamboo = wood("#d9b878", "#b8924f", grain=1.6)
    base = [
        box((1.5, 1.7, 0.14), bamboo, round_by=0.05),
        move(box((1.5, 0.14, 1.9), bamboo, round_by=0.05), (0, 0.35, 0.05), (-18, 0, 0)),
        box((1.5, 0.2, 0.3), bamboo, at=(0, -0.55, 0.1), round_by=0.05),
    ]
    group(base)
    phone = [
        box((1.25, 0.1, 2.5), paint("#1a1b1d", rough=0.25, coat=0.6), round_by=0.12),
        box(
            (1.15, 0.02, 2.36),
            paint("#27406f", second="#d9946a", kind="noise", scale=0.8, rough=0.05, glow=0.35),
            at=(0, -0.06, 0.07),
            round_by=0.01,
        ),
    ]
    move(group(phone), (0, -0.38, 0.16), (-18, 0, 0))


def egg_timer(dice: random.Random, colour: str = "#e9c24a") -> None:
    skin = paint(colour, rough=0.25, coat=0.5)
    low = turned([(0, 0), (0.4, 0), (0.75, 0.35), (0.88, 0.8)], skin)
    low["half"] = 1
    turned([(0.88, 0.86), (0.84, 1.2), (0.6, 1.7), (0.25, 1.98), (0, 2.03)], skin)
    ring(0.87, 0.03, paint("#f4efe4", rough=0.4), at=(0, 0, 0.83))
    ink = paint("#2b2622", rough=0.6)
    for k in range(60):
        a = 2 * math.pi * k / 60
        z = 0.93
        r = 0.885
        tall = 0.1 if k % 5 == 0 else 0.05
        box((0.02, 0.02, tall), ink, at=(r * math.cos(a), r * math.sin(a), z), round_by=0)
    outline([(-0.08, 0.65), (0.08, 0.65), (0, 0.8)], 0.05, ink).location = (0, -0.86, 0)
    for x, y in ((1.3, 0.2), (-1.2, -0.3), (1.0, -0.6)):
        ball(
            (x, y, 0.36),
            (0.36, 0.36, 0.46),
            paint("#e6cfae", second="#d4b48c", kind="specks", scale=12, rough=0.6),
            turn=(80, 0, dice.uniform(0, 180)),
        )


def thermos(dice: random.Random, colour: str = "#3f6f5f") -> None:
    skin, steel = (
        paint(
            colour,
            rough=0.45,
            second=mixed(colour, "#000000", 0.1),
            scale=2,
            bump=0.15,
            bump_scale=90,
        ),
        metal("#c9cccf", rough=0.2),
    )
    turned(
        [(0, 0), (0.52, 0), (0.55, 0.04), (0.55, 2.2), (0.45, 2.45), (0.36, 2.55), (0.36, 2.6)],
        skin,
        sharp=True,
    )
    turned([(0.37, 2.58), (0.38, 2.6), (0.38, 2.72)], steel, sharp=True)
    turned(
        [(0.4, 2.7), (0.42, 2.72), (0.42, 3.0), (0.38, 3.05), (0, 3.06)],
        wood("#d9b878", "#b8924f"),
        sharp=True,
    )
    move(ring(0.2, 0.035, steel), (0, 0, 3.2), (90, 0, 0))


def cube(dice: random.Random) -> None:
    """A puzzle cube of coloured stickers, one layer half turned."""
    colours = ("#c8352f", "#2f7a4f", "#2f5f9a", "#e9c23a", "#e0702f", "#f2efe8")
    dark = paint("#1b1b1d", rough=0.35)
    layers = []
    for z in range(3):
        parts = []
        for x in range(3):
            for y in range(3):
                at = ((x - 1) * 0.62, (y - 1) * 0.62, 0)
                parts.append(box((0.6, 0.6, 0.6), dark, at=at, round_by=0.06))
                for axis, far in ((0, x), (1, y), (2, z)):
                    if far == 1 or (axis == 2 and z == 0):
                        continue
                    out = (far - 1) * 0.305
                    size = [0.5, 0.5, 0.5]
                    size[axis] = 0.02
                    centre = [at[0], at[1], 0.3]
                    centre[axis] += out
                    centre[2] -= size[2] / 2
                    parts.append(
                        box(
                            tuple(size),
                            paint(dice.choice(colours), rough=0.3),
                            at=tuple(centre),
                            round_by=0.05,
                        )
                    )
        layers.append(move(group(parts), (0, 0, z * 0.62), (0, 0, 28 if z == 2 else 0)))
    move(group(layers), turn=(0, 0, 30))


def pail(dice: random.Random, colour: str = "#d9743a") -> None:
    """Stack collapsible storage boxes of felt."""
    for k, shade in enumerate((colour, "#4a5560", "#c9c2b5")):
        felt = paint(
            shade,
            second=mixed(shade, "#ffffff", 0.2),
            kind="noise",
            scale=20,
            rough=1.0,
            sheen=0.5,
            bump=0.5,
            bump_scale=60,
        )
        size = 1.9 - 0.35 * k
        at = ((-0.3, 0.3, 0), (0.9, -0.6, 0), (-0.9, -0.85, 0))[k]
        wall = []
        for side in (-1, 1):
            wall.append(box((size, 0.09, size * 0.62), felt, at=(0, side * size / 2, 0)))
            wall.append(box((0.09, size, size * 0.62), felt, at=(side * size / 2, 0, 0)))
        wall.append(box((size, size, 0.08), felt))
        wall.append(
            box(
                (size * 0.22, 0.03, size * 0.1),
                paint("#8a5a34", rough=0.5),
                at=(0, -size / 2 - 0.05, size * 0.42),
            )
        )
        move(group(wall), at, (0, 0, 18))
