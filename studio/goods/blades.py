"""Blades, boards and what lies beside them."""

from __future__ import annotations

import math
import random

import numpy as np

from studio.goods.pots import glaze
from studio.materials import Material, metal, mixed, paint, shared, wood
from studio.shapes import (
    Thing,
    ball,
    box,
    group,
    move,
    outline,
    ring,
    sheet,
    smooth_outline,
    tube,
    turned,
)

BLADES: dict[str, list[tuple[float, float]]] = {
    "santoku": [
        (0, 0),
        (1.75, 0.02),
        (2.2, 0.16),
        (2.42, 0.42),
        (2.3, 0.5),
        (1.7, 0.56),
        (0, 0.56),
    ],
    "nakiri": [(0, 0), (2.2, 0.0), (2.3, 0.05), (2.32, 0.5), (2.26, 0.58), (1.2, 0.6), (0, 0.6)],
    "paring": [(0, 0), (0.9, 0.02), (1.3, 0.14), (1.5, 0.32), (1.2, 0.34), (0.6, 0.34), (0, 0.34)],
    "gyuto": [(0, 0), (1.6, 0.03), (2.4, 0.2), (2.9, 0.52), (2.2, 0.54), (1.2, 0.56), (0, 0.56)],
    "bread": [(0, 0), (1.4, 0.0), (2.6, 0.06), (2.9, 0.22), (2.7, 0.36), (1.2, 0.38), (0, 0.38)],
}


def _knife(dice: random.Random, kind: str, handle: Material) -> Thing:
    steel = paint(
        "#c9ccd0", second="#8f959b", kind="waves", scale=5.0, edge=(0.2, 0.9), metal=1.0, rough=0.24
    )
    bright = metal("#e6e8ea", rough=0.12)
    points = BLADES[kind]
    tall = points[-1][1]
    body = outline(points, 0.05, steel, round_by=0.015)
    edge = outline(
        [(x, z * 0.28 if z < 0.1 else z) for x, z in points[:4]]
        + [
            (points[3][0] - 0.1, points[3][1] + 0.02),
            (points[2][0] - 0.1, points[2][1] + 0.11),
            (points[1][0], 0.14),
            (0, 0.12),
        ],
        0.054,
        bright,
        round_by=0.01,
    )
    long = 1.15 if kind == "paring" else 1.45
    grip = box((long, 0.24, 0.3), handle, at=(-long / 2 - 0.2, 0, tall - 0.36), round_by=0.1)
    horn = box(
        (0.24, 0.26, 0.32),
        paint("#1d1714", rough=0.25, coat=0.5),
        at=(-0.22, 0, tall - 0.37),
        round_by=0.1,
    )
    neck = box((0.4, 0.07, 0.18), steel, at=(-0.05, 0, tall - 0.28))
    return group([body, edge, grip, horn, neck])


def knife(
    dice: random.Random,
    kinds: tuple[str, ...] = ("santoku",),
    board: bool = True,
    grip: tuple[str, str] = ("#d9b98a", "#b08d5f"),
) -> None:
    """Lay knives on a board, the flat of the blade up."""
    handle = wood(*grip, rough=0.5)
    top = 0.0
    if board:
        box((4.6, 2.2, 0.2), wood("#a8713f", "#6b4323"), at=(0.3, 0, 0), round_by=0.06)
        top = 0.2
    for index, kind in enumerate(kinds):
        move(
            _knife(dice, kind, handle),
            (
                -0.35 + 0.1 * index,
                0.35 - 0.75 * index + (0 if len(kinds) > 1 else -0.4),
                top + 0.13,
            ),
            (82, 0, 14 - 5 * index),
        )
    if board and len(kinds) == 1:
        leaf = paint("#5d8a3a", second="#3f6a26", rough=0.5)
        for _k in range(12):
            ball(
                (dice.uniform(0.2, 1.9), dice.uniform(-0.8, -0.45), top + 0.04),
                (0.13, 0.06, 0.025),
                leaf,
                turn=(dice.uniform(-30, 30), dice.uniform(-30, 30), dice.uniform(0, 180)),
            )


def shears(dice: random.Random, kind: str = "bonsai") -> None:
    iron = paint("#4a4a4c", second="#2c2c2e", metal=0.9, rough=0.42, bump=0.3, bump_scale=12)
    bright = metal("#d9dcde", rough=0.15)
    parts = []
    for side in (-1, 1):
        blade = outline(
            [(0, -0.08), (0.6, -0.12), (1.7, 0.02), (0.5, 0.14), (0, 0.12)],
            0.07,
            iron,
            round_by=0.02,
        )
        edge = outline(
            [(0.15, -0.1), (0.6, -0.13), (1.7, 0.015), (0.6, -0.07)], 0.075, bright, round_by=0.01
        )
        wide = 0.85 if kind == "bonsai" else 0.55
        loop = [
            (0, 0, 0),
            (-0.5, 0, -0.12),
            (-0.9, 0, -0.5 * wide / 0.6),
            (-1.6, 0, -0.75 * wide / 0.6),
            (-2.0, 0, -0.35),
            (-1.7, 0, -0.03),
            (-1.1, 0, -0.12),
            (-0.6, 0, -0.02),
        ]
        arm = tube(loop, 0.075, iron)
        half = move(group([blade, edge, arm]), (0, side * 0.04, 0), (0, -9, 0))
        half.scale = (1, 1, side)
        if side < 0:
            half.rotation_euler[1] = math.radians(9)
        parts.append(half)
    parts.append(
        move(
            turned(
                [(0, -0.14), (0.09, -0.14), (0.09, 0.14), (0, 0.14)], bright, sharp=True, around=24
            ),
            turn=(90, 0, 0),
        )
    )
    move(group(parts), (0.1, 0, 0.14), (86, 0, 25))
    twig = paint("#6b4a2e", rough=0.9)
    tube([(1.0, 1.1, 0.05), (1.7, 0.8, 0.1), (2.3, 0.9, 0.08)], 0.05, twig)
    leaf = paint("#4f7a3a", second="#37592a", rough=0.6)
    for k in range(16):
        ball(
            (1.3 + 0.07 * k, 0.95 + dice.uniform(-0.2, 0.2), 0.1),
            (0.12, 0.05, 0.02),
            leaf,
            turn=(dice.uniform(-30, 30), dice.uniform(-30, 30), dice.uniform(0, 180)),
        )


def whetstone(dice: random.Random, colours: tuple[str, str] = ("#c98f6b", "#e3dccb")) -> None:
    base = wood("#c9a06b", "#94703f")
    box((2.9, 1.15, 0.22), base, round_by=0.05)
    for x in (-1.3, 1.3):
        box((0.16, 1.1, 0.3), base, at=(x, 0, 0.2))
    box(
        (2.4, 0.95, 0.28),
        paint(colours[0], rough=0.8, second=mixed(colours[0], "#5a4030", 0.2), scale=6),
        at=(0, 0, 0.22),
        round_by=0.02,
    )
    box(
        (2.4, 0.95, 0.24),
        paint(colours[1], rough=0.6, second=mixed(colours[1], "#9a8f7a", 0.2), scale=6),
        at=(0, 0, 0.5),
        round_by=0.02,
    )
    water = paint("#d9dde0", rough=0.02, clear=1.0, ior=1.33)
    for _ in range(26):
        r = dice.uniform(0.02, 0.06)
        ball((dice.uniform(-1.1, 1.1), dice.uniform(-0.4, 0.4), 0.74), (r * 1.3, r, r * 0.5), water)
    move(_knife(dice, "paring", wood("#7d5536", "#4d321e")), (0.3, -1.0, 0.12), (84, 0, 10))


def tweezers(dice: random.Random) -> None:
    steel = metal("#cfd2d4", rough=0.2)
    for at, turn, size in (((-0.4, 0.2, 0.06), 22, 1.0), ((0.5, -0.35, 0.06), 35, 0.75)):
        parts = [
            sheet(
                lambda u, v, s=s: (
                    (u - 0.5) * 3.0,
                    s * (0.03 + 0.3 * np.sin(np.clip(u, 0, 1) * 2.6) * u) * (1 - 0.55 * u),
                    (v - 0.5) * (0.34 - 0.12 * np.cos(u * 6)) + 0 * u,
                ),
                steel,
                fine=(50, 6),
                thick=0.045,
            )
            for s in (-1, 1)
        ]
        move(group(parts), at, (8, 0, turn), size)
    fish = paint("#8f9aa3", second="#5f6b75", kind="cells", scale=9, rough=0.25, metal=0.4)
    ball((0.1, 1.3, 0.16), (1.5, 0.42, 0.2), fish, turn=(0, 0, 12))


def knife_block(dice: random.Random) -> None:
    body = box((1.2, 1.7, 1.6), wood("#a8743f", "#6b4523"), round_by=0.06)
    parts = [body]
    for k, (x, y) in enumerate(((-0.3, 0.5), (0.3, 0.5), (-0.3, -0.1), (0.3, -0.1), (0.0, -0.6))):
        parts.append(
            box(
                (0.2, 0.32, 1.0 - 0.15 * (k // 2)),
                wood("#d9b98a", "#b08d5f") if k % 2 else walnut_like(),
                at=(x, y, 1.62),
                round_by=0.08,
            )
        )
        parts.append(
            box((0.22, 0.34, 0.14), paint("#1d1714", rough=0.3), at=(x, y, 1.6), round_by=0.05)
        )
    move(group(parts), (0, 0, 0.22), (-16, 0, -18))


def walnut_like() -> Material:
    return shared("walnut", lambda: wood("#7d5536", "#4d321e", rough=0.45))


def board(dice: random.Random, kind: str = "round") -> None:
    one, two = wood("#b5804a", "#774c28"), wood("#e0c08c", "#bd965c")
    points = smooth_outline(
        [
            (-0.9, 0.2),
            (-0.85, 1.9),
            (-0.3, 2.3),
            (-0.16, 2.9),
            (0.16, 2.9),
            (0.3, 2.3),
            (0.85, 1.9),
            (0.9, 0.2),
            (0.5, 0.02),
            (-0.5, 0.02),
        ],
        80,
    )
    move(outline(points, 0.14, one, round_by=0.05), (0, 0.3, 0.02), (-14, 0, 4))
    disc = move(
        turned([(0, -0.08), (1.0, -0.08), (1.0, 0.08), (0, 0.08)], two, sharp=True),
        (0.75, -0.1, 1.0),
        (76, 0, -8),
    )
    disc.scale = (1, 1, 1)
    if kind == "round":
        bread = paint("#b5753a", second="#7d4a20", scale=2, rough=0.8, bump=0.6, bump_scale=6)
        ball((-0.6, -0.75, 0.36), (0.75, 0.48, 0.42), bread, turn=(0, 0, 15))


def spoons(dice: random.Random, pot: str = "speckle") -> None:
    """Stand wooden spoons in a pot."""
    turned(
        [
            (0, 0),
            (0.58, 0),
            (0.65, 0.06),
            (0.66, 1.2),
            (0.62, 1.26),
            (0.58, 1.15),
            (0.56, 0.1),
            (0, 0.08),
        ],
        glaze(pot),
        wobble=0.01,
    )
    for k in range(6):
        skin = (wood("#c99a62", "#94683a"), wood("#7d5536", "#4d321e"), wood("#e0c08c", "#bd965c"))[
            k % 3
        ]
        rod = tube(
            [(0, 0, 0), (0, 0, 1.2), (0, 0, 2.3 + 0.1 * k)], 0.055, skin, taper=[0.8, 1, 0.9]
        )
        head = ball((0, 0, 2.5 + 0.1 * k), (0.24, 0.07, 0.34), skin)
        a = k * 1.05
        move(
            group([rod, head]),
            (0.15 * math.cos(a), 0.15 * math.sin(a), 0.1),
            (dice.uniform(-3, 3) - 11 * math.sin(a), 11 * math.cos(a), dice.uniform(-50, 50)),
        )


def chopsticks(
    dice: random.Random, tint: tuple[str, ...] = ("#5a2b22", "#2b2622", "#7d5536")
) -> None:
    for k, colour in enumerate(tint):
        skin = paint(colour, rough=0.2, coat=0.7)
        gold = metal("#d0a94f", rough=0.3)
        for j in range(2):
            y = -0.6 + k * 0.6 + j * 0.17
            tube(
                [(-1.9, y, 0.24), (0, y + 0.02 * j, 0.2), (1.9, y, 0.14)],
                0.07,
                skin,
                taper=[1.1, 0.9, 0.45],
            )
            for x in (-1.75, -1.65):
                move(ring(0.078, 0.015, gold), (x, y, 0.235), (0, 90, 0))
        outline(
            smooth_outline([(-0.2, 0), (-0.26, 0.1), (0, 0.06), (0.26, 0.1), (0.2, 0)], 30),
            0.5,
            glaze(("celadon", "white", "blue")[k % 3]),
            round_by=0.04,
        ).location = (-1.2, -0.52 + k * 0.6, 0.0)
