"""The potter's wheel: jugs, bowls, vases, lanterns."""

from __future__ import annotations

import math
import random

from studio import patterns
from studio.materials import Material, paint, shared
from studio.shapes import (
    ball,
    group,
    move,
    sheet,
    tube,
    turned,
)

GLAZES: dict[str, tuple[str, str, float, float]] = {
    # colour, second colour, roughness, coat
    "black": ("#1c1a1b", "#2b2728", 0.22, 0.5),
    "terracotta": ("#b5653c", "#9a4f2d", 0.75, 0.0),
    "ochre": ("#c98f3e", "#a86a28", 0.35, 0.5),
    "blue": ("#2c5f8a", "#1b3f63", 0.2, 0.9),
    "celadon": ("#9dbda4", "#7a9d86", 0.18, 0.9),
    "white": ("#efe9dd", "#d9cfbd", 0.25, 0.7),
    "speckle": ("#e6dcc8", "#7a6a55", 0.35, 0.5),
    "teal": ("#1f6f70", "#124b50", 0.2, 0.9),
    "sand": ("#cbb391", "#b1946d", 0.7, 0.1),
    "red": ("#8c2f24", "#5e1d18", 0.25, 0.8),
}


def glaze(name: str) -> Material:
    """Return fired clay, glazed or bare."""
    one, other, rough, coat = GLAZES[name]
    speckle = name == "speckle"
    if speckle:
        one, other = other, one
    return paint(
        one,
        second=other,
        kind="specks" if speckle else "noise",
        scale=14 if speckle else 2.0,
        edge=(0.1, 0.17) if speckle else (0.35, 0.8),
        rough=rough,
        coat=coat,
        bump=0.12 if coat else 0.3,
        bump_scale=8 if coat else 45,
    )


def printed(name: str, ink: str, dice: random.Random, kind: str) -> Material:
    """Return clay painted by brush on its glaze."""
    one, _, rough, coat = GLAZES[name]
    image = patterns.brush(one, ink, dice, kind=kind)
    return paint(one, image=image, rough=rough, coat=coat, bump=0.1, bump_scale=10)


def jug(dice: random.Random, colour: str = "black") -> None:
    skin = glaze(colour)
    line = [(0, 0), (0.5, 0), (0.62, 0.06), (0.92, 0.7), (0.86, 1.25), (0.45, 1.75), (0.4, 2.1)]
    lip = [(0.52, 2.35), (0.5, 2.4), (0.44, 2.34), (0.34, 2.05), (0.36, 1.7), (0.75, 1.2), (0, 0.2)]
    turned(line + lip, skin, wobble=0.008)
    arch = [(0.42, 0, 2.12), (0.85, 0, 2.35), (1.25, 0, 2.0), (1.2, 0, 1.5), (0.8, 0, 1.2)]
    tube(arch, 0.1, skin, taper=[0.9, 1.1, 1, 1, 1.3])


def bowl(dice: random.Random, colour: str = "black", ink: str = "", full: str = "") -> None:
    skin = printed(colour, ink, dice, "leaf") if ink else glaze(colour)
    line = [(0, 0.12), (0.45, 0.1), (0.5, 0), (0.56, 0.02), (0.6, 0.16), (1.05, 0.5), (1.3, 0.98)]
    rim = [(1.27, 1.03), (1.22, 0.98), (0.98, 0.55), (0.55, 0.24), (0, 0.2)]
    turned(line + rim, skin, wobble=0.01)
    if full == "lemons":
        peel = paint("#e9c230", second="#d7a61d", rough=0.4, bump=0.3, bump_scale=30)
        for index in range(6):
            angle = index * 1.26
            at = (0.5 * math.cos(angle), 0.5 * math.sin(angle), 0.75) if index < 5 else (0, 0, 1.05)
            ball(at, (0.36, 0.29, 0.29), peel, turn=(dice.uniform(0, 90), 20, dice.uniform(0, 180)))


def cups(dice: random.Random, colour: str = "black", count: int = 4, tall: float = 0.62) -> None:
    line = [
        (0, 0.03),
        (0.24, 0.0),
        (0.3, 0.04),
        (0.38, tall * 0.6),
        (0.42, tall),
        (0.39, tall + 0.02),
    ]
    inner = [(0.36, tall - 0.04), (0.32, tall * 0.5), (0.22, 0.1), (0, 0.09)]
    spots = [(-0.62, 0.1), (0.3, 0.42), (0.02, -0.48), (0.98, -0.2), (-0.5, 1.0), (-1.3, -0.4)]
    for index, (x, y) in enumerate(spots[:count]):
        turned(line + inner, glaze(colour), at=(x, y, 0), wobble=0.015)
        if index == 2:
            turned([(0, 0.4), (0.36, 0.4)], paint("#d9b36a", rough=0.05, clear=0.6), at=(x, y, 0))


def clay_lantern(dice: random.Random, colour: str = "terracotta") -> None:
    line = [
        (0.62, 0.0),
        (0.95, 0.25),
        (1.08, 0.9),
        (0.9, 1.5),
        (0.5, 1.9),
        (0.3, 2.0),
        (0.28, 2.15),
    ]
    turned([(r * 0.96, z) for r, z in line], paint("#ffb45a", glow=1.6, rough=1))
    turned(line, glaze(colour))
    turned([(0, 0), (0.66, 0), (0.66, 0.06), (0, 0.06)], glaze(colour), sharp=True)
    spot = paint("#ffb45f", glow=5.0, rough=1)
    for row, (radius, height, count) in enumerate(
        ((1.02, 0.42, 14), (1.09, 0.75, 16), (1.06, 1.1, 16), (0.93, 1.43, 13), (0.7, 1.72, 9))
    ):
        for k in range(count):
            angle = 2 * math.pi * (k + row / 2) / count
            deep = radius - 0.012
            at = (deep * math.cos(angle), deep * math.sin(angle), height)
            size = 0.075 if (k + row) % 2 else 0.05
            ball(at, (0.015, size, size), spot, turn=(0, 0, math.degrees(angle)))


def bird(dice: random.Random, colour: str = "terracotta") -> None:
    skin, line = glaze(colour), paint("#efe3cc", rough=0.8)
    ball((0, 0, 0.8), (0.95, 0.62, 0.62), skin, turn=(0, -12, 0))
    ball((0.82, 0, 1.28), (0.42, 0.38, 0.4), skin)
    turned([(0.15, 0), (0.08, 0.2), (0, 0.38)], skin, at=(1.12, 0, 1.28)).rotation_euler[1] = 1.5
    tail = [(-0.7, 0, 0.9), (-1.2, 0, 1.15), (-1.6, 0, 1.3)]
    tube(tail, 0.2, skin, taper=[1.7, 1.1, 0.95])
    turned([(0.3, 0), (0.36, 0.03), (0.2, 0.3), (0.18, 0.45)], skin)
    for side in (-1, 1):
        ball((1.02, 0.3 * side, 1.4), 0.06, paint("#15110f", rough=0.2))
        for k in range(4):
            low = 0.62 + 0.13 * k
            feather = [
                (-0.5 + 0.25 * j, 0.6 * side * (1 - 0.12 * (j - 1.5) ** 2 / 2), low + 0.06 * j)
                for j in range(4)
            ]
            tube(feather, 0.025, line)


def comal(dice: random.Random) -> None:
    skin = glaze("terracotta")
    line = [(0, 0), (1.2, 0.02), (1.55, 0.14), (1.62, 0.24), (1.56, 0.26), (1.4, 0.16), (0, 0.08)]
    turned(line, skin)
    for side in (-1, 1):
        arch = [(side * 1.5, -0.3, 0.18), (side * 1.9, -0.2, 0.24), (side * 1.9, 0.2, 0.24)]
        tube([*arch, (side * 1.5, 0.3, 0.18)], 0.07, skin)
    for index in range(5):
        dough = paint(
            "#ecd9ae", second="#a5713a", scale=3.4, edge=(0.55, 0.78), rough=0.85, bump=0.4
        )
        disc = [(0, 0.05), (0.8, 0.05), (0.86, 0.02), (0.8, 0), (0, 0)]
        at = (dice.uniform(-0.1, 0.1) - 0.1, dice.uniform(-0.1, 0.1), 0.16 + index * 0.055)
        turned(disc, dough, at=at, wobble=0.02)


def vase(
    dice: random.Random, colour: str = "speckle", form: str = "bottle", stems: int = 7
) -> None:
    line = {
        "bottle": [
            (0, 0),
            (0.55, 0),
            (0.75, 0.3),
            (0.78, 0.9),
            (0.5, 1.4),
            (0.22, 1.75),
            (0.2, 2.3),
        ],
        "egg": [
            (0, 0),
            (0.45, 0),
            (0.82, 0.5),
            (0.92, 1.0),
            (0.72, 1.55),
            (0.36, 1.8),
            (0.4, 1.95),
        ],
        "tall": [(0, 0), (0.5, 0), (0.52, 0.1), (0.6, 1.0), (0.68, 2.0), (0.55, 2.4), (0.5, 2.5)],
    }[form]
    top, height = line[-1]
    inner = [(top + 0.06, height + 0.06), (top - 0.03, height + 0.03), (top - 0.06, height - 0.4)]
    turned(line + inner, glaze(colour), wobble=0.008)
    for _ in range(stems):
        _stalk(dice, height - 0.3)


def _stalk(dice: random.Random, start: float) -> None:
    straw = shared("straw", lambda: paint("#b99b5e", second="#8d6f3c", rough=0.8))
    seed = shared("seed", lambda: paint("#d9bd83", second="#b08b4d", rough=0.9))
    lean, angle, tall = dice.uniform(0.25, 0.75), dice.uniform(0, 6.3), dice.uniform(0.9, 1.5)
    dx, dy = lean * math.cos(angle), lean * math.sin(angle)
    points = [(dx * t * t, dy * t * t, start + tall * t) for t in (0, 0.35, 0.7, 1.0)]
    tube(points, 0.013, straw)
    for k in range(11):
        t = 0.68 + 0.04 * k
        at = (dx * t * t, dy * t * t, start + tall * t)
        ball(
            at, (0.035, 0.035, 0.075), seed, turn=(dice.uniform(-30, 30), dice.uniform(-30, 30), 0)
        )


def plates(dice: random.Random, colour: str = "speckle", count: int = 5) -> None:
    line = [(0, 0.04), (0.7, 0.03), (0.74, 0), (0.8, 0.03), (1.15, 0.12), (1.5, 0.24), (1.5, 0.28)]
    top = [(1.44, 0.28), (1.1, 0.17), (0.9, 0.1), (0, 0.09)]
    for index in range(count):
        at = (dice.uniform(-0.03, 0.03), dice.uniform(-0.03, 0.03), index * 0.125)
        turned(line + top, glaze(colour), at=at, wobble=0.006)
    if count > 4:
        small = [(r * 0.66, z * 0.9) for r, z in line + top]
        for index in range(3):
            turned(small, glaze("sand"), at=(0.02 * index, 0, count * 0.125 + 0.05 + index * 0.11))


def candlestick(dice: random.Random, colour: str = "black") -> None:
    for at, size in (((-0.55, 0.1, 0), 1.0), ((0.5, -0.2, 0), 0.72)):
        line = [(0, 0), (0.6, 0), (0.62, 0.08), (0.2, 0.25), (0.14, 0.7), (0.28, 0.95), (0.14, 1.2)]
        cup = [(0.22, 1.45), (0.34, 1.6), (0.34, 1.68), (0.2, 1.66), (0.18, 1.5), (0, 1.5)]
        stick = turned(line + cup, glaze(colour))
        wax = paint("#efe2c4", rough=0.4, soft=0.5)
        body = turned([(0.15, 1.4), (0.15, 2.7), (0.13, 2.78), (0, 2.74)], wax, sharp=True)
        parts = [stick, body, *flame(2.74)]
        move(group(parts), at, size=size)


def flame(height: float) -> list[object]:
    """Return a burning wick at the height, on the axis."""
    wick = tube(
        [(0, 0, height), (0.01, 0, height + 0.06), (0.03, 0, height + 0.1)], 0.012, paint("#221a14")
    )
    line = [(0, 0), (0.05, 0.06), (0.055, 0.12), (0.03, 0.24), (0, 0.36)]
    fire = turned(
        line, paint("#ffb347", glow=22.0), at=(0.02, 0, height + 0.05), around=24, along=24
    )
    fire.visible_shadow = False
    return [wick, fire]


def plant_pot(dice: random.Random, colour: str = "terracotta", plant: str = "agave") -> None:
    line = [(0, 0), (0.62, 0), (0.66, 0.05), (0.85, 1.0), (0.95, 1.02), (0.97, 1.22), (0.88, 1.24)]
    turned([*line, (0.82, 1.05), (0, 1.05)], glaze(colour))
    earth = paint("#3b2a1f", rough=1, bump=1.0, bump_scale=30)
    turned([(0, 1.1), (0.83, 1.08)], earth)
    if plant == "cactus":
        skin = paint("#5d8050", second="#3f6238", rough=0.6, bump=0.2)
        body = [(0, 1.05), (0.35, 1.1), (0.42, 1.6), (0.38, 2.3), (0.2, 2.6), (0, 2.66)]
        turned(body, skin, ribs=(14, 0.06))
        return
    leaf = paint("#7f9f86", second="#5b7f6c", scale=1.2, rough=0.5)
    for layer, count, lift, size in ((0, 9, 18, 1.0), (1, 8, 42, 0.85), (2, 6, 66, 0.65)):
        for k in range(count):
            blade = sheet(
                lambda u, v, s=size: (
                    v * 1.15 * s,
                    (u - 0.5) * 0.42 * s * (1 - v) ** 0.6 * (0.55 + 1.4 * v),
                    ((u - 0.5) ** 2) * 0.5 * s + v * v * 0.18 * s,
                ),
                leaf,
                fine=(9, 16),
                thick=0.05,
            )
            move(blade, (0, 0, 1.1 + 0.06 * layer), (0, -lift, k * 360 / count + layer * 17))
