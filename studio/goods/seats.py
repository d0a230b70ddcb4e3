"""To sit and to lie in."""

from __future__ import annotations

import math
import random

import numpy as np

from studio.goods.cloth import fabric
from studio.materials import mixed, paint, wood
from studio.shapes import (
    again,
    hide,
    ring,
    sheet,
    tube,
    turned,
)


def hammock(
    dice: random.Random, inks: tuple[str, ...] = ("#c8452f", "#e9b23a", "#2f7a6f", "#efe2c6")
) -> None:
    """Hang a striped hammock between two posts."""
    skin = fabric(dice, "stripes", inks, (1, 2))
    sheet(
        lambda u, v: (
            (u - 0.5) * 5.0,
            (v - 0.5) * 1.7 * np.sin(u * math.pi) ** 0.45,
            0.6 + 1.3 * (2 * u - 1) ** 2 + 0.55 * (2 * v - 1) ** 2 * np.sin(u * math.pi),
        ),
        skin,
        fine=(90, 60),
        thick=0.04,
    )
    rope = paint("#e6d8bb", rough=1)
    for side in (-1, 1):
        for k in range(9):
            tube(
                [
                    (side * 2.3, (k - 4) * 0.1, 1.75),
                    (side * 2.7, (k - 4) * 0.04, 2.0),
                    (side * 3.1, 0, 2.3),
                ],
                0.022,
                rope,
            )
        tube(
            [(side * 3.15, 0, 0), (side * 3.15, 0, 1.5), (side * 3.15, 0, 3.0)],
            0.14,
            wood("#8d6a45", "#5a3d22"),
        )
    fringe = hide(tube([(0, 0, 0), (0.02, 0, -0.2), (0.0, 0, -0.42)], 0.03, rope))
    for k in range(40):
        u = 0.14 + 0.72 * k / 39
        again(
            fringe,
            (
                (u - 0.5) * 5.0,
                -0.85 * math.sin(u * math.pi) ** 0.45,
                0.6 + 1.3 * (2 * u - 1) ** 2 + 0.55 * math.sin(u * math.pi),
            ),
        )


def pouffe(dice: random.Random, colour: str = "#b5703a") -> None:
    """Sew a round leather seat of twelve gores with an embroidered star."""
    skin = paint(
        colour, second=mixed(colour, "#3a1c0a", 0.3), scale=1.8, rough=0.45, bump=0.3, bump_scale=25
    )
    line = [(0, 0), (0.9, 0.02), (1.35, 0.3), (1.45, 0.65), (1.3, 1.02), (0.85, 1.2), (0, 1.24)]
    turned(line, skin, ribs=(12, 0.012))
    thread = paint("#efe0bd", rough=0.9)
    for k in range(12):
        a = k * math.pi / 6 + math.pi / 12
        path = [
            (r * math.cos(a) * 0.995, r * math.sin(a) * 0.995, z + 0.015)
            for r, z in ((0.3, 1.235), (0.9, 1.19), (1.31, 1.0), (1.46, 0.65), (1.36, 0.3))
        ]
        tube(path, 0.018, thread)
        b = a + math.pi / 12
        tube(
            [
                (0.4 * math.cos(a), 0.4 * math.sin(a), 1.245),
                (0.85 * math.cos(b), 0.85 * math.sin(b), 1.21),
                (0.4 * math.cos(a + math.pi / 6), 0.4 * math.sin(a + math.pi / 6), 1.245),
            ],
            0.016,
            thread,
        )
    ring(0.36, 0.02, thread, at=(0, 0, 1.245))
