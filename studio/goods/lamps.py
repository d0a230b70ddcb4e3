"""Brass, copper, light."""

from __future__ import annotations

import math
import random

import numpy as np

from studio import patterns
from studio.goods.pots import flame, glaze
from studio.goods.tea import tea_glasses
from studio.materials import glass, metal, mixed, paint, shared
from studio.shapes import (
    ball,
    curve_through,
    everything,
    group,
    move,
    ring,
    tube,
    turned,
)


def brass_lantern(dice: random.Random, colour: str = "#c9974a", form: str = "onion") -> None:
    skin = metal(colour, rough=0.3, hammered=0.15)
    line = {
        "onion": [
            (0.3, 0.25),
            (0.75, 0.6),
            (0.95, 1.1),
            (0.8, 1.6),
            (0.4, 2.0),
            (0.15, 2.3),
            (0.06, 2.6),
        ],
        "drum": [
            (0.7, 0.2),
            (0.72, 0.22),
            (0.72, 1.7),
            (0.68, 1.75),
            (0.4, 2.1),
            (0.1, 2.35),
            (0.05, 2.5),
        ],
        "ball": [
            (0.25, 0.2),
            (0.8, 0.45),
            (1.1, 1.05),
            (0.85, 1.65),
            (0.3, 1.95),
            (0.12, 2.1),
            (0.06, 2.3),
        ],
    }[form]
    turned(line, skin)
    turned([(0, 0), (0.55, 0), (0.5, 0.08), (0.3, 0.14), (0.3, 0.3)], skin)
    ring(0.16, 0.03, skin).rotation_euler[0] = 1.57
    move(ring(0.18, 0.035, skin), (0, 0, line[-1][1] + 0.16), (90, 0, 0))

    lit = shared("lit", lambda: paint("#ffca7a", glow=16.0, rough=1))
    smooth = curve_through(line, 60)
    for row, index in enumerate(range(8, 46, 4)):
        r, z = smooth[index]
        if r < 0.3:
            continue
        slope = math.degrees(math.atan2(*(smooth[index + 1] - smooth[index - 1])))
        count = int(r * 20)
        for k in range(count):
            a = 2 * math.pi * (k + (row % 2) / 2) / count
            size = 0.055 if row % 2 else 0.04
            ball(
                (r * math.cos(a), r * math.sin(a), z),
                (0.015, size, size * 1.25),
                lit,
                turn=(0, slope * 0.6, math.degrees(a)),
            )
    for _ in range(26):
        a = dice.uniform(0, 6.3)
        far = dice.uniform(1.2, 2.1)
        spot = turned(
            [(0, 0), (0.09, 0)],
            paint("#ffcf8f", glow=0.5),
            at=(far * math.cos(a), far * math.sin(a), 0.004),
            around=16,
            along=4,
        )
        spot["prop"] = True


def tray(dice: random.Random, colour: str = "#cf9f4f", with_glasses: bool = True) -> None:
    skin = metal(colour, rough=0.28, hammered=0.12)
    line = [(0, 0.02), (1.4, 0.02), (1.6, 0.06), (1.8, 0.24), (1.84, 0.25), (1.82, 0.2), (1.6, 0.0)]
    turned(line, skin, along=90)
    groove = metal(mixed(colour, "#2a1708", 0.45), rough=0.45)
    for r in (0.4, 0.46, 0.95, 1.32, 1.38):
        ring(r, 0.012, groove, at=(0, 0, 0.025))
    for k in range(24):
        a = k * math.pi / 12
        path = [
            (r * math.cos(a + t), r * math.sin(a + t), 0.028)
            for r, t in ((0.46, 0), (0.7, 0.13), (0.95, 0))
        ]
        tube(path, 0.012, groove)
        ball(
            (1.14 * math.cos(a), 1.14 * math.sin(a), 0.02),
            (0.1, 0.05, 0.015),
            groove,
            turn=(0, 0, math.degrees(a)),
        )
    if with_glasses:
        before = set(everything())
        tea_glasses(dice)
        move(
            group(one for one in everything() if one not in before and one.parent is None),
            (0, 0, 0.04),
            size=0.75,
        )


def coffee_pot(dice: random.Random, colour: str = "#b5683c") -> None:
    """A hammered pot with a long spout, or a copper pan when low."""
    skin = metal(colour, rough=0.25, hammered=0.3)
    line = [
        (0, 0),
        (0.6, 0),
        (0.78, 0.2),
        (0.85, 0.6),
        (0.6, 1.1),
        (0.32, 1.6),
        (0.36, 1.9),
        (0.4, 1.95),
    ]
    turned(line, skin)
    turned([(0.41, 1.95), (0.38, 2.05), (0.2, 2.25), (0.07, 2.42), (0.1, 2.52), (0, 2.6)], skin)
    tube(
        [(0.65, 0, 0.5), (1.05, 0, 0.75), (1.15, 0, 1.35), (1.45, 0, 1.75)],
        0.12,
        skin,
        taper=[1.7, 1.1, 0.8, 0.6],
    )
    tube([(-0.35, 0, 1.75), (-1.0, 0, 1.8), (-1.15, 0, 1.1), (-0.75, 0, 0.6)], 0.07, skin)


def pan(dice: random.Random, colour: str = "#bd6f40") -> None:
    skin = metal(colour, rough=0.22, hammered=0.35)
    for at, size in (((0, 0, 0), 1.0), ((0.1, 0.05, 0.62), 0.72)):
        parts = [
            turned(
                [
                    (0, 0),
                    (0.95, 0.02),
                    (1.05, 0.15),
                    (1.1, 0.75),
                    (1.16, 0.8),
                    (1.1, 0.82),
                    (1.03, 0.75),
                    (0.98, 0.15),
                    (0, 0.1),
                ],
                skin,
            )
        ]
        brass = metal("#c9a557", rough=0.3)
        for side in (-1, 1):
            far, near = side * 1.42, side * 1.08
            ear = [(near, -0.22, 0.6), (far, -0.2, 0.68), (far, 0.2, 0.68), (near, 0.22, 0.6)]
            parts += [tube(ear, 0.06, brass)]
        move(group(parts), at, (0, 0, dice.uniform(-30, 30)), size)


def diya(dice: random.Random) -> None:
    """Little oil lamps with flames, on brass or clay feet."""
    for index, (x, y) in enumerate(((-0.8, 0.2), (0.15, -0.35), (0.95, 0.3))):
        skin = metal("#c9974a", rough=0.25) if index == 1 else glaze("terracotta")
        bowl = turned(
            [
                (0, 0),
                (0.25, 0),
                (0.3, 0.04),
                (0.45, 0.2),
                (0.5, 0.34),
                (0.46, 0.34),
                (0.38, 0.22),
                (0, 0.12),
            ],
            skin,
        )
        oil = turned([(0, 0.26), (0.42, 0.26)], paint("#c98f2a", rough=0.03, clear=0.5))
        fire = group(flame(0.2))
        move(fire, (0.36, 0, 0.05))
        move(
            group([bowl, oil, fire]),
            (x, y, 0),
            (0, 0, -100 + 30 * index),
            1.2 if index == 1 else 1.0,
        )
    petal = paint("#e08a1e", second="#c8590f", rough=0.7)
    for _k in range(26):
        a, far = dice.uniform(3.2, 6.2), dice.uniform(0.9, 1.7)
        ball(
            (far * math.cos(a), far * math.sin(a) * 0.8, 0.03),
            (0.12, 0.07, 0.015),
            petal,
            turn=(dice.uniform(-20, 20), dice.uniform(-20, 20), dice.uniform(0, 180)),
        )


def paper_lamp(dice: random.Random, form: str = "globe", ink: str = "") -> None:
    line = {
        "globe": [(0.3, 0.35), (0.85, 0.6), (1.15, 1.3), (0.85, 2.0), (0.3, 2.25)],
        "tower": [(0.62, 0.3), (0.72, 0.5), (0.6, 1.0), (0.75, 1.6), (0.6, 2.2), (0.66, 2.7)],
        "drop": [(0.35, 0.3), (1.0, 0.6), (1.05, 1.0), (0.75, 1.7), (0.4, 2.4), (0.3, 2.6)],
    }[form]
    rows = 22

    smooth = curve_through(line, rows * 8)
    smooth[:, 0] += 0.02 * np.abs(np.sin(np.linspace(0, rows * math.pi, rows * 8)))
    image = patterns.brush("#ffd9a0", ink, dice, kind="leaf") if ink else None
    turned(smooth, paint("#ffdca8", image=image, glow=0.7, rough=1), along=rows * 8)
    cane = paint("#4a3424", rough=0.6)
    for r, z in (line[0], line[-1]):
        ring(r, 0.05, cane, at=(0, 0, z))
    for k in range(3):
        a = k * 2.09 + 0.5
        tube(
            [
                (line[0][0] * math.cos(a), line[0][0] * math.sin(a), 0.36),
                (0.55 * math.cos(a), 0.55 * math.sin(a), 0.15),
                (0.65 * math.cos(a), 0.65 * math.sin(a), 0),
            ],
            0.04,
            cane,
        )


def light_jar(dice: random.Random) -> None:
    """A string of small lights in a jar."""
    line = [(0, 0.02), (0.7, 0), (0.8, 0.08), (0.8, 1.6), (0.65, 1.85), (0.65, 2.05)]
    turned(line, glass())
    turned(
        [(0.67, 1.9), (0.7, 1.92), (0.7, 2.15), (0, 2.18)], metal("#9a9a98", rough=0.4), sharp=True
    )
    wire, lit = metal("#b08d4f", rough=0.4), paint("#ffc66a", glow=26.0)
    points = [
        (
            0.55 * math.cos(k * 0.9) * dice.uniform(0.5, 1),
            0.55 * math.sin(k * 0.9) * dice.uniform(0.5, 1),
            0.15 + k * 0.028,
        )
        for k in range(60)
    ]
    tube(points, 0.01, wire)
    for point in points[::2]:
        ball(point, 0.038, lit)
