"""From the hive and the stone mill: comb, candles, soap, chocolate."""

from __future__ import annotations

import math
import random

import numpy as np

from studio import patterns
from studio.goods.pots import flame, glaze
from studio.materials import metal, paint, shared, wood
from studio.shapes import (
    again,
    ball,
    box,
    group,
    hide,
    move,
    sheet,
    tube,
    turned,
)


def comb(dice: random.Random) -> None:
    wax = paint("#d9951f", second="#b8700f", rough=0.3, soft=0.4)
    deep = paint("#a85c08", rough=0.08, clear=0.3)
    box((2.5, 1.6, 0.4), deep, round_by=0.08)
    step = 0.2
    cell = hide(
        turned(
            [(0.085, 0.0), (0.115, 0.0), (0.115, 0.12), (0.085, 0.12), (0.085, 0.0)],
            wax,
            sharp=True,
            around=6,
        )
    )
    for row in range(-4, 5):
        for column in range(-6, 7):
            x, y = column * step + (row % 2) * step / 2, row * step * 0.87
            if abs(x) < 1.18 and abs(y) < 0.75 and dice.random() > 0.04:
                again(cell, (x, y, 0.36 + dice.uniform(-0.02, 0.02)), (0, 0, 30))
    syrup = paint("#c97a12", rough=0.04, clear=0.7)
    turned([(0, 0.06), (1.0, 0.055), (1.5, 0.03), (1.62, 0)], syrup, wobble=0.06, ribs=(5, 0.03))
    dish = [(0, -0.06), (1.6, -0.06), (2.1, 0.06), (2.14, 0.12), (2.05, 0.1), (1.6, 0.0), (0, 0.0)]
    turned(dish, glaze("white"))


def chocolate(dice: random.Random, discs: bool = True) -> None:
    dark = paint("#4a2818", second="#5f3722", scale=4, rough=0.45, bump=0.2)
    if discs:
        disc = hide(
            turned(
                [(0, 0.22), (0.5, 0.22), (0.58, 0.17), (0.58, 0.05), (0.54, 0), (0, 0)],
                dark,
                sharp=True,
            )
        )
        groove = paint("#2d160c", rough=0.8)
        for k, (x, y, z) in enumerate(
            ((0, 0, 0), (0.03, 0.02, 0.23), (-0.03, 0, 0.46), (0.02, -0.03, 0.69), (0.95, -0.5, 0))
        ):
            again(disc, (x, y, z))
            if k > 2:
                for a in (0, 60, 120):
                    box((1.0, 0.03, 0.01), groove, at=(x, y, z + 0.215), turn=(0, 0, a), round_by=0)
        move(again(disc), (-0.95, -0.35, 0.5), (68, 0, -40))
    else:
        foil = paint("#c9a04a", metal=1.0, rough=0.3, bump=0.5, bump_scale=12)
        box((1.5, 2.6, 0.16), foil, turn=(0, 0, 20), round_by=0.03)
        image = patterns.label(
            "#5a2b3a", "#f1d9b0", ("CACAO", "70 % · stone-ground", "80 g"), band="#c98f3e"
        )
        box(
            (1.54, 1.9, 0.19),
            paint("#fff", image=image, rough=0.6),
            at=(0.12, -0.33, -0.01),
            turn=(0, 0, 20),
            round_by=0.02,
        )
        for row in range(2):
            for column in range(4):
                x, y = (column - 1.5) * 0.36, 0.85 + row * 0.36
                c, s = math.cos(0.35), math.sin(0.35)
                box(
                    (0.34, 0.34, 0.14),
                    dark,
                    at=(x * c - y * s, x * s + y * c, 0.15),
                    turn=(0, 0, 20),
                    round_by=0.05,
                )
    stick = paint("#8f5428", second="#6b3a18", rough=0.85)
    for k in range(2):
        tube(
            [(1.1, 0.2 + k * 0.3, 0.09), (1.6, 0.5 + k * 0.3, 0.09), (2.0, 0.75 + k * 0.3, 0.09)],
            0.085,
            stick,
        )


def soap(
    dice: random.Random, colour: str = "#d9c9a0", second: str = "#9c8a55", words: str = "HONEY"
) -> None:
    body = paint(
        colour, second=second, kind="noise", scale=2.2, edge=(0.4, 0.6), rough=0.4, soft=0.25
    )
    for x, y, z, turn in ((-0.1, 0.2, 0, 8), (0.0, 0.15, 0.46, -6), (0.85, -0.75, 0, 38)):
        box((1.5, 0.95, 0.45), body, at=(x, y, z), turn=(0, 0, turn), round_by=0.09)
    image = patterns.label("#efe6d2", "#4a4030", (words, "cold process"), size=(420, 300))
    box(
        (0.62, 0.97, 0.47),
        paint("#fff", image=image, rough=0.8),
        at=(0.0, 0.15, 0.455),
        turn=(0, 0, -6),
        round_by=0.06,
    )
    sprig = paint("#7c8f6a", rough=0.8)
    for k in range(9):
        x = -1.25 + 0.1 * k
        ball(
            (x + 0.2, -0.75 - 0.05 * k + (0.1 if k % 2 else -0.1), 0.05),
            (0.14, 0.06, 0.02),
            sprig,
            turn=(0, 0, 50 if k % 2 else -50),
        )
    tube([(-1.15, -0.7, 0.04), (-0.7, -0.95, 0.06), (-0.2, -1.2, 0.04)], 0.02, sprig)


def candles(dice: random.Random, kind: str = "pillars") -> None:
    wax = paint("#d9a441", second="#c28a2a", scale=2, rough=0.4, soft=0.5)

    if kind == "rolled":
        skin = paint("#d8a94a", rough=0.5, soft=0.3, bump=1.0, bump_kind="cells", bump_scale=24)
        for x, y, tall in ((-0.5, 0.1, 2.3), (0.15, -0.2, 1.9), (0.65, 0.3, 2.6)):
            turn = np.linspace(0, 14, 90)
            out = 0.22 - 0.012 * turn
            sheet(
                lambda u, v, r=out, t=turn, h=tall, a=x, b=y: (
                    a + np.interp(u, t / 14, r * np.cos(t)),
                    b + np.interp(u, t / 14, r * np.sin(t)),
                    v * h,
                ),
                skin,
                fine=(180, 4),
                thick=0.012,
            )
            tube(
                [(x, y, tall - 0.2), (x, y, tall + 0.1), (x + 0.02, y, tall + 0.22)],
                0.014,
                paint("#efe6d0", rough=1),
            )
        return
    if kind == "tin":
        for x, y, lit in ((-0.55, 0.1, True), (0.6, -0.3, False)):
            body = turned(
                [(0, 0), (0.6, 0), (0.6, 0.7), (0.56, 0.7), (0.56, 0.5), (0, 0.5)],
                metal("#c9ab72", rough=0.35),
                sharp=True,
            )
            parts = [body, turned([(0, 0.52), (0.56, 0.55)], wax)]
            parts += (
                flame(0.52)
                if lit
                else [tube([(0, 0, 0.5), (0, 0, 0.6), (0.01, 0, 0.7)], 0.015, paint("#efe6d0"))]
            )
            move(group(parts), (x, y, 0))
        move(
            turned(
                [(0, 0), (0.62, 0), (0.62, 0.2), (0.58, 0.2), (0.58, 0.03), (0, 0.03)],
                metal("#c9ab72", rough=0.35),
                sharp=True,
            ),
            (1.35, 0.35, 0.62),
            (72, 0, 60),
        )
        return
    for x, y, tall, wide in (
        (-0.55, 0.1, 2.1, 0.4),
        (0.3, -0.35, 1.35, 0.42),
        (0.45, 0.6, 1.75, 0.36),
    ):
        body = turned(
            [
                (0, 0),
                (wide, 0),
                (wide, tall),
                (wide - 0.06, tall + 0.02),
                (wide * 0.5, tall - 0.08),
                (0, tall - 0.1),
            ],
            wax,
            sharp=True,
            wobble=0.01,
        )
        move(group([body, *flame(tall - 0.12)]), (x, y, 0))


def hive(dice: random.Random) -> None:
    """A house for wild bees: tubes of bamboo under a small roof."""
    plank = wood("#b98a55", "#7d5528")
    for x in (-0.95, 0.95):
        box((0.1, 0.8, 1.7), plank, at=(x, 0, 0.1))
    box((2.0, 0.8, 0.1), plank)
    for side in (-1, 1):
        box((1.4, 1.0, 0.1), plank, at=(side * 0.58, 0, 2.05), turn=(0, 32 * side, 0))
    box((1.9, 0.1, 2.0), plank, at=(0, 0.35, 0))
    hole = paint("#1a110a", rough=1)
    for row in range(8):
        for column in range(8):
            x, z = (column - 3.5) * 0.22 + (row % 2) * 0.1 - 0.05, 0.22 + row * 0.205
            if abs(x) > 0.86:
                continue
            cane = shared(
                f"cane{(row + column) % 3}",
                lambda k=(row + column) % 3: paint(("#d9bd80", "#c4a063", "#b08d55")[k], rough=0.6),
            )
            move(
                turned([(0.05, 0), (0.1, 0), (0.1, 0.6), (0, 0.6)], cane, sharp=True, around=20),
                (x, -0.36 - dice.uniform(0, 0.06), z),
                (-90, 0, 0),
            )
            move(
                turned([(0, 0.01), (0.055, 0.01)], hole, around=16, along=3),
                (x, -0.36, z),
                (-90, 0, 0),
            )
