"""Beasts, people and vehicles of wood and stone."""

from __future__ import annotations

import random

import numpy as np

from studio.goods.pots import glaze
from studio.goods.toys import BRIGHT, beech, maple, stain, walnut, wheel
from studio.materials import Material, paint, shared, wood
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


def ark(dice: random.Random) -> None:
    hull = [(-1.5, 0.85), (-1.25, 0.3), (-0.7, 0.02), (0.7, 0.02), (1.25, 0.3), (1.5, 0.85)]
    outline(smooth_outline(hull, 60), 0.95, beech(), round_by=0.08)
    outline(
        smooth_outline([(x * 1.02, z * 0.35 + 0.55) for x, z in hull], 60),
        1.0,
        stain("#a8442f"),
        round_by=0.04,
    )
    box((1.5, 0.75, 0.7), maple(), at=(0, 0, 0.75))
    for side in (-1, 1):
        box((1.75, 0.62, 0.08), stain("#2f6a8f"), at=(0, side * 0.24, 1.5), turn=(-38 * side, 0, 0))
        for x in (-0.45, 0.0, 0.45):
            box((0.22, 0.04, 0.26), walnut(), at=(x, side * 0.375, 0.98), round_by=0.05)
    spots = ((-1.9, -0.85), (-1.2, -1.05), (-0.45, -0.95), (0.35, -1.1), (1.15, -0.95), (1.9, -0.8))
    for index, (x, y) in enumerate(spots):
        skin = (maple(), stain("#d9a13a"), walnut(), stain("#8f8f8a"), stain("#b8703a"), beech())[
            index
        ]
        _animal(
            skin,
            ("giraffe", "lion", "bear", "elephant", "giraffe", "sheep")[index],
            (x, y, 0),
            dice.uniform(-25, 25),
            0.55,
        )


ANIMALS: dict[str, tuple[float, float, float, float, float]] = {
    # body length, body height, leg, neck, head
    "giraffe": (0.5, 0.42, 0.7, 1.0, 0.26),
    "lion": (0.7, 0.42, 0.4, 0.2, 0.42),
    "bear": (0.75, 0.55, 0.35, 0.15, 0.36),
    "elephant": (0.85, 0.72, 0.45, 0.12, 0.45),
    "sheep": (0.65, 0.52, 0.35, 0.12, 0.28),
}


def _animal(
    skin: Material, kind: str, at: tuple[float, float, float], turn: float, size: float
) -> Thing:
    length, tall, leg, neck, head = ANIMALS[kind]
    parts = [ball((0, 0, leg + tall * 0.45), (length * 0.75, tall * 0.5, tall * 0.58), skin)]
    for x in (-length * 0.45, length * 0.45):
        parts += [
            tube([(x, y, 0), (x, y, leg * 0.5), (x, y, leg + 0.1)], 0.12, skin, taper=[1.1, 1, 1.2])
            for y in (-0.17, 0.17)
        ]
    hx, hz = -length * 0.65 - neck * 0.35, leg + tall * 0.75 + neck
    parts.append(
        tube(
            [
                (-length * 0.4, 0, leg + tall * 0.4),
                (hx * 0.9, 0, (leg + tall * 0.5 + hz) / 2),
                (hx, 0, hz),
            ],
            0.16,
            skin,
            taper=[1.5, 1.0, 0.9],
        )
    )
    parts.append(ball((hx - 0.08, 0, hz), (head, head * 0.72, head * 0.75), skin))
    for side in (-1, 1):
        ear = (0.06, 0.34, 0.4) if kind == "elephant" else (0.05, 0.1, 0.13)
        parts.append(
            ball(
                (hx + 0.12, side * (head * 0.72), hz + (0.0 if kind == "elephant" else head * 0.6)),
                ear,
                skin,
                turn=(0, 0, -25 * side),
            )
        )
        parts.append(
            ball(
                (hx - head * 0.75, side * head * 0.38, hz + head * 0.22),
                0.04,
                shared("eye", lambda: paint("#15110f", rough=0.2)),
            )
        )
    if kind == "elephant":
        trunk = [
            (hx - 0.35, 0, hz - 0.05),
            (hx - 0.65, 0, hz - 0.35),
            (hx - 0.62, 0, hz - 0.8),
            (hx - 0.85, 0, hz - 1.0),
        ]
        parts.append(tube(trunk, 0.13, skin, taper=[1.4, 1.0, 0.75, 0.6]))
        tusk = shared("tusk", lambda: paint("#efe6d2", rough=0.3))
        parts += [
            tube(
                [
                    (hx - 0.3, s * 0.2, hz - 0.2),
                    (hx - 0.55, s * 0.24, hz - 0.4),
                    (hx - 0.78, s * 0.22, hz - 0.36),
                ],
                0.05,
                tusk,
                taper=[1, 0.9, 0.4],
            )
            for s in (-1, 1)
        ]
    if kind == "lion":
        parts.append(ball((hx + 0.2, 0, hz - 0.02), (0.14, 0.46, 0.48), stain("#7d4722")))
    parts.append(
        tube(
            [
                (length * 0.7, 0, leg + tall * 0.6),
                (length * 0.95, 0, leg + tall * 0.4),
                (length * 1.0, 0, leg),
            ],
            0.035,
            skin,
        )
    )
    return move(group(parts), at, (0, 0, turn), size)


def animal(dice: random.Random, kind: str = "elephant", skin: str = "rose") -> None:
    """Carve an animal of soapstone or wood, with a smaller one beside it."""
    stone = {
        "rose": lambda: paint(
            "#d9b3a0", second="#c99b88", kind="waves", scale=2.0, rough=0.25, coat=0.4
        ),
        "grey": lambda: paint(
            "#8d9290", second="#5f6664", kind="waves", scale=2.2, rough=0.25, coat=0.4
        ),
        "wood": lambda: wood("#9a6236", "#5a3519"),
        "white": lambda: paint(
            "#e9e2d4", second="#c9bfae", kind="waves", scale=2, rough=0.3, coat=0.3
        ),
    }[skin]()
    _animal(stone, kind, (0, 0.2, 0), 20, 1.3)
    _animal(stone, kind, (-0.95 if kind != "giraffe" else -0.9, -0.95, 0), -15, 0.62)


def pegs(dice: random.Random, tint: tuple[str, ...] = BRIGHT, count: int = 6) -> None:
    """Stand little people in a row: turned, painted, with hats."""
    for k in range(count):
        x, y = (k - (count - 1) / 2) * 0.72, 0.2 * (k % 2) - 0.1
        body = turned(
            [(0, 0), (0.27, 0), (0.3, 0.04), (0.24, 0.5), (0.13, 0.82), (0.1, 0.86)],
            stain(tint[k % len(tint)]),
        )
        parts = [
            body,
            ball((0, 0, 1.05), 0.23, maple()),
            ring(0.16, 0.05, stain(tint[(k + 3) % 8]), at=(0, 0, 0.84)),
        ]
        cap = (
            [(0.24, 1.1), (0.2, 1.25), (0.05, 1.42), (0, 1.5)]
            if k % 2
            else [(0.24, 1.12), (0.2, 1.24), (0.1, 1.3), (0, 1.31)]
        )
        parts.append(turned(cap, stain(tint[(k + 1) % len(tint)])))
        eye = shared("eye", lambda: paint("#15110f", rough=0.3))
        parts += [ball((s * 0.07, -0.215, 1.07), 0.025, eye) for s in (-1, 1)]
        move(group(parts), (x, y, 0), (0, 0, dice.uniform(-15, 15)), 1.0 - 0.06 * (k % 3))


def boat(dice: random.Random, tint: str = "#2f6a8f") -> None:
    hull = [(-1.5, 0.75), (-1.1, 0.15), (0, 0.0), (1.1, 0.12), (1.35, 0.7), (0, 0.66)]
    outline(smooth_outline(hull, 60), 0.75, stain(tint), round_by=0.14)
    box((1.9, 0.6, 0.06), beech(), at=(0, 0, 0.66), round_by=0.03)
    tube([(-0.1, 0, 0.6), (-0.1, 0, 2.0), (-0.1, 0, 3.2)], 0.05, maple())
    canvas = paint("#efe6d3", rough=0.9, weave=300, bump=0.4)
    sheet(
        lambda u, v: (0.02 + u * (1 - v) * 1.25, -0.18 * np.sin(u * 3.1) * (1 - v), 0.95 + v * 2.1),
        canvas,
        fine=(30, 30),
        thick=0.02,
    )
    sheet(
        lambda u, v: (-0.2 - u * (1 - v) * 1.05, -0.14 * np.sin(u * 3.1) * (1 - v), 0.95 + v * 1.7),
        paint("#b8402f", rough=0.9, weave=300),
        fine=(30, 30),
        thick=0.02,
    )


def truck(dice: random.Random, tint: tuple[str, str] = ("#b8402f", "#e0a12f")) -> None:
    box((2.6, 0.8, 0.2), beech(), at=(0, 0, 0.32))
    box((0.7, 0.82, 0.8), stain(tint[0]), at=(-0.85, 0, 0.5), round_by=0.12)
    box((0.3, 0.84, 0.3), maple(), at=(-0.98, 0, 0.88), round_by=0.06)
    for y in (-0.42, 0.42):
        box((1.6, 0.08, 0.5), stain(tint[1]), at=(0.45, y, 0.5))
    for x in (-0.35, 1.25):
        box((0.08, 0.9, 0.5), stain(tint[1]), at=(x, 0, 0.5))
    for k in range(7):
        ball((-0.05 + 0.35 * (k % 4), -0.18 + 0.34 * (k // 4), 0.85), 0.18, stain(BRIGHT[k]))
    for x in (-0.85, 0.25, 0.85):
        for y in (-0.46, 0.46):
            wheel((x, y, 0.32), 0.32, walnut())


def bird_toy(dice: random.Random, tint: str = "#d9743a") -> None:
    """A duck on wheels, with a cord and a bead."""
    body = [
        (-1.0, 0.55),
        (-0.6, 0.3),
        (0.3, 0.28),
        (0.95, 0.6),
        (1.05, 0.95),
        (0.6, 0.8),
        (0.1, 0.82),
        (-0.2, 1.1),
        (-0.25, 1.5),
        (-0.6, 1.68),
        (-0.92, 1.5),
        (-1.3, 1.32),
        (-0.95, 1.22),
        (-0.85, 1.0),
    ]
    outline(smooth_outline(body, 90), 0.5, maple(), round_by=0.12)
    for side in (-1, 1):
        move(
            outline(
                smooth_outline([(-0.5, 0.65), (0.1, 0.45), (0.75, 0.75), (0.2, 0.85)], 50),
                0.1,
                stain(tint),
                round_by=0.04,
            ),
            (0, 0.29 * side, 0),
        )
        ball((-0.68, 0.25 * side, 1.42), 0.06, shared("eye", lambda: paint("#15110f", rough=0.2)))
        for x in (-0.5, 0.5):
            wheel((x, 0.36 * side, 0.28), 0.28, stain("#2f6a8f"))
    cord = [
        (-0.95, 0, 0.5),
        (-1.4, -0.1, 0.06),
        (-1.9, -0.5, 0.04),
        (-1.6, -1.0, 0.04),
        (-1.0, -0.9, 0.04),
    ]
    tube(cord, 0.03, paint("#b8402f", rough=1))
    ball((-0.98, -0.9, 0.13), 0.13, stain("#e0a12f"))


def skittles(dice: random.Random) -> None:
    line = [
        (0, 0),
        (0.2, 0),
        (0.23, 0.06),
        (0.26, 0.4),
        (0.2, 0.75),
        (0.1, 1.0),
        (0.14, 1.14),
        (0.15, 1.24),
        (0.08, 1.36),
        (0, 1.38),
    ]
    for k, (x, y) in enumerate(
        ((0, 0.9), (-0.42, 0.5), (0.42, 0.5), (-0.84, 0.1), (0, 0.1), (0.84, 0.1))
    ):
        turned(line, maple(), at=(x, y, 0))
        for z, r in ((0.86, 0.155), (0.94, 0.13)):
            ring(r, 0.025, stain(BRIGHT[k]), at=(x, y, z))
    ball((0.5, -0.75, 0.34), 0.34, stain("#b8402f"))
    move(turned(line, maple()), (-0.75, -0.7, 0.24), (0, 90, 35))


def dominoes(dice: random.Random) -> None:
    for k in range(7):
        tile = [box((0.55, 0.16, 1.1), maple() if k % 2 else beech(), round_by=0.04)]
        for half, spots in ((0.28, (k + 1) % 6 + 1), (0.82, (k * 3) % 6 + 1)):
            for s in range(spots):
                x = (-0.14, 0.14, 0.0, -0.14, 0.14, 0.0)[s]
                z = half + (0.16, -0.16, 0.0, -0.16, 0.16, 0.2)[s]
                tile.append(ball((x, -0.085, z), 0.045, stain(BRIGHT[k % 8])))
        tile.append(box((0.45, 0.02, 0.03), walnut(), at=(0, -0.08, 0.54), round_by=0))
        move(
            group(tile),
            ((k - 3) * 0.42, (k - 3) ** 2 * 0.05, 0.02),
            (0 if k < 5 else -16 * (k - 4), 0, -55 + k * 3),
        )
    turned([(0, 0.0), (0.1, 0.0)], glaze("white"), at=(0, 0, -0.01))
