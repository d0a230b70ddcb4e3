"""Beads and bangles."""

from __future__ import annotations

import math
import random

import numpy as np

from studio.goods.pots import glaze
from studio.materials import metal, mixed, paint, shared, wood
from studio.shapes import (
    Thing,
    ball,
    box,
    curve_through,
    group,
    move,
    ring,
    tube,
    turned,
)


def necklace(
    dice: random.Random,
    tint: tuple[str, ...] = ("#b5402f", "#e9b23a", "#2f6a8f", "#efe6d2", "#2b2622"),
    rows: int = 5,
) -> None:
    """Lay a broad collar of bead rows on a stand of wood."""
    neck = [(0.34, 2.3), (0.36, 2.0), (0.5, 1.6), (1.15, 1.0), (1.3, 0.5), (1.32, 0)]
    stand = turned(neck, wood("#4a3424", "#2a1c12"))
    stand.scale[1] = 0.75

    line = curve_through(neck, 60)
    for row in range(rows * 2):
        r, z = line[22 + row * (22 // (rows * 2) or 1)]
        r += 0.05
        count = int(r * 38)
        for k in range(count):
            a = 2 * math.pi * k / count
            colour = (
                tint[((k // 6) + row // 2) % len(tint)] if row % 2 else tint[(row // 2) % len(tint)]
            )
            ball(
                (r * math.cos(a), 0.75 * r * math.sin(a), z),
                0.055,
                shared(f"bead{colour}", lambda c=colour: paint(c, rough=0.2, coat=0.5)),
            )


def strand(
    dice: random.Random,
    tint: tuple[str, ...] = ("#2f6a8f", "#c9a557", "#8f3f2f"),
    dish: str = "white",
) -> None:
    """Coil a string of beads in a dish."""
    turned(
        [
            (0, 0.05),
            (0.9, 0.02),
            (1.0, 0),
            (1.1, 0.05),
            (1.4, 0.2),
            (1.45, 0.26),
            (1.35, 0.24),
            (1.0, 0.1),
            (0, 0.09),
        ],
        glaze(dish),
    )
    for k in range(110):
        t = k * 0.155
        r = 1.05 - 0.028 * t
        colour = tint[(k // 5) % len(tint)]
        skin = shared(
            f"bead{colour}",
            lambda c=colour: (
                metal(c, rough=0.25)
                if c.startswith("#c9a5")
                else paint(c, rough=0.18, coat=0.6, second=mixed(c, "#ffffff", 0.25), scale=6)
            ),
        )
        size = 0.085 if k % 5 else 0.11
        ball(
            (r * math.cos(t), r * math.sin(t), 0.2 + 0.012 * (k % 3)),
            (size, size, size * 0.9),
            skin,
        )


def bangles(dice: random.Random, kind: str = "brass") -> None:
    """Stack bangles around a wooden cone, three beside it."""
    spots = [(0, 0, 0.08 + 0.15 * k, 0) for k in range(9)] + [
        (1.35, -0.4, 0.08, 0),
        (1.5, -0.35, 0.5, 68),
        (-1.2, -0.6, 0.08, 0),
    ]
    colours = (
        ("#c9974a", "#b5683c", "#d9c28a")
        if kind == "brass"
        else ("#b5402f", "#e9b23a", "#2f6a8f", "#efe6d2", "#3f7a4f")
    )
    for index, (x, y, z, lean) in enumerate(spots):
        colour = colours[index % len(colours)]
        if kind == "brass":
            skin = metal(colour, rough=0.2, hammered=0.3 if index % 2 else 0.0)
            one: Thing = ring(0.72, 0.07, skin)
        else:
            skin = shared(f"bead{colour}", lambda c=colour: paint(c, rough=0.2, coat=0.5))
            bits = [
                ball(
                    (0.72 * math.cos(a), 0.72 * math.sin(a), 0),
                    0.075,
                    skin
                    if (j // 4) % 2
                    else shared("beadw", lambda: paint("#efe6d2", rough=0.2, coat=0.5)),
                )
                for j, a in enumerate(np.linspace(0, 2 * math.pi, 33)[:-1])
            ]
            one = group(bits)
        move(
            one,
            (x + dice.uniform(-0.03, 0.03), y, z + (0.35 if lean else 0)),
            (lean, 0, dice.uniform(0, 90)),
        )


def earrings(dice: random.Random, colour: str = "#c9974a") -> None:
    """Hang two pairs from a wooden bar."""
    bar = wood("#8a5a34", "#54331a")
    for x in (-1.2, 1.2):
        tube([(x, 0, 0), (x, 0, 1.0), (x, 0, 2.3)], 0.07, bar)
    tube([(-1.4, 0, 2.25), (0, 0, 2.25), (1.4, 0, 2.25)], 0.07, bar)
    box((3.0, 0.8, 0.12), bar)
    skin, stone = (
        metal(colour, rough=0.22, hammered=0.25),
        paint("#2f7a86", second="#1d4f5a", kind="cracks", scale=9, rough=0.2, coat=0.6),
    )
    for k, x in enumerate((-0.8, -0.3, 0.35, 0.85)):
        tube([(x, -0.09, 2.0), (x, -0.12, 2.36), (x, 0.06, 2.34), (x, 0.08, 2.15)], 0.014, skin)
        if k < 2:
            move(ring(0.2, 0.03, skin), (x, -0.09, 1.78), (90, 0, 0))
            ball((x, -0.1, 1.4), (0.12, 0.06, 0.2), stone)
        else:
            move(
                turned([(0, -0.02), (0.3, -0.02), (0.3, 0.02), (0, 0.02)], skin, sharp=True),
                (x, -0.09, 1.68),
                (90, 0, 0),
            )
            for j in range(5):
                tube(
                    [
                        (x - 0.16 + 0.08 * j, -0.09, 1.42),
                        (x - 0.16 + 0.08 * j, -0.09, 1.3),
                        (x - 0.16 + 0.08 * j, -0.09, 1.1 - 0.05 * (j % 2)),
                    ],
                    0.018,
                    skin,
                )
