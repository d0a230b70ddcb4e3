"""What is turned and sawn for children, painted with plant colours."""

from __future__ import annotations

import math
import random

import numpy as np

from studio.goods.cloth import fabric
from studio.materials import Material, glass, metal, mixed, paint, shared, wood
from studio.shapes import (
    ORIGIN,
    Thing,
    ball,
    box,
    group,
    move,
    outline,
    ring,
    sheet,
    tube,
    turned,
)

BRIGHT = ("#b8402f", "#e0a12f", "#4f8a4a", "#2f6a8f", "#d9743a", "#7a4a7f", "#8fae4a", "#d98a93")


def stain(colour: str) -> Material:
    """Return wood stained so that its grain still shows."""
    return shared(
        f"stain{colour}", lambda: wood(colour, mixed(colour, "#2a1a10", 0.28), rough=0.42)
    )


def beech() -> Material:
    return shared("beech", lambda: wood("#dcb583", "#b98c58", rough=0.45))


def maple() -> Material:
    return shared("maple", lambda: wood("#ead2a8", "#cfae7c", rough=0.45))


def walnut() -> Material:
    return shared("walnut", lambda: wood("#7d5536", "#4d321e", rough=0.45))


def wheel(at: tuple[float, float, float], radius: float, skin: Material) -> Thing:
    """Return a wheel turned about the y axis."""
    parts = [
        turned(
            [(0, -0.08), (radius, -0.08), (radius, 0.08), (0, 0.08)], skin, sharp=True, around=48
        )
    ]
    parts.append(
        turned(
            [(0, -0.1), (radius * 0.25, -0.1), (radius * 0.25, 0.1), (0, 0.1)],
            walnut(),
            sharp=True,
            around=24,
        )
    )
    return move(group(parts), at, (90, 0, 0))


def train(
    dice: random.Random,
    wagons: int = 3,
    tint: tuple[str, ...] = ("#b8402f", "#e0a12f", "#4f8a4a", "#2f6a8f"),
) -> None:
    x = y = 0.0
    engine = [
        box((1.5, 0.7, 0.22), beech(), at=(0, 0, 0.22)),
        box((0.55, 0.68, 0.85), stain(tint[0]), at=(0.42, 0, 0.44), round_by=0.06),
    ]
    engine.append(box((0.68, 0.8, 0.1), walnut(), at=(0.42, 0, 1.28), round_by=0.04))
    engine.append(
        move(
            turned([(0, 0), (0.3, 0), (0.3, 0.95), (0.25, 1.0), (0, 1.0)], maple(), sharp=True),
            (0.2, 0, 0.74),
            (0, -90, 0),
        )
    )
    engine.append(
        turned(
            [(0, 0), (0.12, 0), (0.12, 0.35), (0.19, 0.5), (0, 0.5)],
            walnut(),
            at=(-0.5, 0, 0.98),
            sharp=True,
        )
    )
    engine.append(ball((-0.12, 0, 1.08), 0.11, stain(tint[1])))
    engine += [
        wheel((wx, wy, 0.22), 0.22 if wx < 0.3 else 0.28, stain(tint[0]))
        for wx in (-0.5, 0.0, 0.48)
        for wy in (-0.42, 0.42)
    ]
    group(engine)
    for index in range(wagons):
        turn = 8 * index
        x += 1.42 * math.cos(math.radians(turn - 4))
        y += 1.42 * math.sin(math.radians(turn - 4))
        colour = tint[(index + 1) % len(tint)]
        wagon = [
            box((1.2, 0.68, 0.16), beech(), at=(0, 0, 0.22)),
            wheel((-0.36, -0.42, 0.2), 0.2, stain(colour)),
            wheel((0.36, -0.42, 0.2), 0.2, stain(colour)),
            wheel((-0.36, 0.42, 0.2), 0.2, stain(colour)),
            wheel((0.36, 0.42, 0.2), 0.2, stain(colour)),
        ]
        wagon.append(ball((-0.76, 0, 0.3), 0.07, walnut()))
        if index % 3 == 0:
            wagon += [
                box((0.5, 0.56, 0.5), stain(colour), at=(-0.28, 0, 0.38)),
                box((0.5, 0.56, 0.5), maple(), at=(0.28, 0, 0.38)),
            ]
        elif index % 3 == 1:
            wagon += [
                move(
                    turned([(0, 0), (0.17, 0), (0.17, 1.1), (0, 1.1)], walnut(), sharp=True),
                    (-0.55, y, z),
                    (0, 90, 0),
                )
                for y, z in ((-0.18, 0.55), (0.18, 0.55), (0, 0.86))
            ]
        else:
            wagon += [
                box((1.0, 0.6, 0.55), stain(colour), at=(0, 0, 0.38)),
                box((1.12, 0.74, 0.1), walnut(), at=(0, 0, 0.93), round_by=0.05),
            ]
        move(group(wagon), (x, y, 0), (0, 0, turn))


def rings(dice: random.Random, tint: tuple[str, ...] = BRIGHT, count: int = 8) -> None:
    turned([(0, 0), (0.85, 0), (0.85, 0.14), (0.78, 0.18), (0, 0.18)], beech(), sharp=True)
    thick = 0.155
    for k in range(count):
        radius = 0.68 - 0.055 * k
        skin = stain(tint[k % len(tint)])
        if k == count - 1:
            move(group([ring(0.4, thick, skin)]), (1.25, -0.45, thick))
        else:
            ring(
                radius - thick * 0.6,
                thick,
                skin,
                at=(dice.uniform(-0.01, 0.01), 0, 0.2 + thick * (2 * k + 1) * 0.98),
            )
    turned([(0.09, 0.1), (0.09, 2.5), (0, 2.5)], beech())
    ball((0, 0, 0.3 + thick * 2 * (count - 1)), 0.2, stain(tint[0]))


def tops(dice: random.Random, tint: tuple[str, ...] = BRIGHT, count: int = 4) -> None:
    # where the tip rests, and to which side the body has fallen
    spots = ((-0.75, -0.35, 200), (0.6, -0.75, 300), (0.85, 0.55, 20), (-0.45, 0.85, 120))
    for index, (x, y, side) in enumerate(spots[:count]):
        one, two = stain(tint[index % 8]), (maple(), beech(), walnut())[index % 3]
        line = [(0, 0), (0.06, 0.03), (0.3, 0.25), (0.52, 0.48), (0.56, 0.55)]
        parts = [
            turned(line, two),
            turned(
                [
                    (0.56, 0.55),
                    (0.55, 0.68),
                    (0.3, 0.74),
                    (0.1, 0.78),
                    (0.07, 0.9),
                    (0.07, 1.3),
                    (0.09, 1.36),
                    (0, 1.38),
                ],
                one,
            ),
        ]
        parts += [
            ring(r, 0.018, stain(tint[(index + 3) % 8]), at=(0, 0, z))
            for r, z in ((0.5, 0.46), (0.38, 0.33))
        ]
        size = dice.uniform(0.9, 1.1)
        if count == 1:
            move(group(parts), ORIGIN, (8, -6, 0), 1.6)
        else:  # tip and rim touch the table
            move(group(parts), (x, y, 0.02), (0, 45, side), size)


def bed(dice: random.Random) -> None:
    pine = wood("#e6c592", "#c59c62", rough=0.5)
    for x, tall in ((-1.35, 1.25), (1.35, 0.9)):
        box((0.12, 1.3, tall * 0.62), pine, at=(x, 0, 0.3), round_by=0.05)
        for y in (-0.62, 0.62):
            turned(
                [(0.1, 0), (0.1, tall), (0.06, tall + 0.04), (0.13, tall + 0.16), (0, tall + 0.26)],
                pine,
                at=(x, y, 0),
            )
    for y in (-0.62, 0.62):
        box((2.7, 0.1, 0.32), pine, at=(0, y, 0.28))
    wool = paint("#f2ead9", rough=1, sheen=0.5, bump=0.5, bump_scale=30)
    box((2.55, 1.15, 0.3), wool, at=(0, 0, 0.42), round_by=0.14)
    ball((-1.0, 0, 0.82), (0.34, 0.5, 0.17), wool)

    quilt = fabric(dice, "checks", ("#f0e4d0", "#b8503f"), (3, 2))
    sheet(
        lambda u, v: (
            -0.45 + u * 1.75,
            (v - 0.5) * 1.5,
            0.78
            - 0.32 * np.clip(np.abs(2 * v - 1) - 0.72, 0, 1) * 3.2
            + 0.025 * np.sin(u * 7 + v * 9),
        ),
        quilt,
        fine=(60, 60),
        thick=0.08,
    )


def abacus(dice: random.Random, tint: tuple[str, ...] = BRIGHT) -> None:
    frame = [box((0.16, 0.4, 2.3), beech(), at=(x, 0, 0.1)) for x in (-1.3, 1.3)]
    frame += [
        box((2.9, 0.5, 0.14), beech(), at=(0, 0, 0)),
        box((2.75, 0.3, 0.14), beech(), at=(0, 0, 2.32)),
    ]
    frame += [box((0.22, 1.0, 0.12), beech(), at=(x, 0, 0)) for x in (-1.3, 1.3)]
    wire = metal("#b9b4aa", rough=0.3)
    line = [(0.04, -0.085), (0.09, -0.08), (0.115, 0), (0.09, 0.08), (0.04, 0.085)]
    for row in range(10):
        z = 0.3 + 0.205 * row
        tube([(-1.25, 0, z), (0, 0, z), (1.25, 0, z)], 0.02, wire)
        skin, split = stain(tint[row % len(tint)]), dice.randint(2, 8)
        for k in range(10):
            x = -1.1 + 0.18 * k if k < split else 1.1 - 0.18 * (9 - k)
            move(turned(line, skin, around=28, along=14), (x, 0, z), (0, 90, 0))


def marble_run(dice: random.Random) -> None:
    for x in (-1.3, 1.3):
        box((0.2, 0.5, 2.6), beech(), at=(x, 0, 0.1))
    box((3.1, 0.9, 0.12), beech())
    for row in range(4):
        way = 1 if row % 2 else -1
        rail = group(
            [
                box((2.5, 0.42, 0.1), maple(), round_by=0.03),
                box((2.5, 0.07, 0.2), stain(BRIGHT[row]), at=(0, -0.2, 0)),
                box((2.5, 0.07, 0.2), stain(BRIGHT[row]), at=(0, 0.2, 0)),
            ]
        )
        move(rail, (0, 0, 2.25 - row * 0.58), (0, 6 * way, 0))
        for k in range(2):
            x = dice.uniform(-0.9, 0.9)
            colour = ("#3f8fae", "#d98a2f", "#5fae6a", "#c8453f")[(row + k) % 4]
            ball(
                (x, 0, 2.25 - row * 0.58 + 0.24 - x * math.tan(math.radians(6 * way))),
                0.13,
                glass(colour),
            )
    for k in range(3):
        ball(
            (-1.9 + 0.3 * k, -0.7 - 0.1 * k, 0.14),
            0.14,
            glass(("#3f8fae", "#d98a2f", "#5fae6a")[k]),
        )


def blocks(dice: random.Random, tint: tuple[str, ...] = BRIGHT) -> None:
    side = 0.6
    spots = (
        (-0.65, 0, 0),
        (0, 0.05, 0),
        (0.68, -0.02, 0),
        (-0.33, 0.02, side),
        (0.36, 0, side),
        (0.02, 0.02, 2 * side),
        (-1.2, -0.8, 0),
        (1.1, -0.85, 0),
    )
    for index, at in enumerate(spots):
        skin = (stain(tint[index % 8]), maple())[index % 3 == 1]
        box(
            (side, side, side),
            skin,
            at=at,
            turn=(0, 0, dice.uniform(-10, 10) if at[2] else dice.uniform(-22, 22)),
            round_by=0.05,
        )
    arch = [(math.cos(a) * 0.5, math.sin(a) * 0.5 + 0.2) for a in np.linspace(0, math.pi, 20)]
    inner = [(math.cos(a) * 0.26, math.sin(a) * 0.26 + 0.2) for a in np.linspace(math.pi, 0, 20)]
    move(
        outline([(0.5, 0), *arch, (-0.5, 0), (-0.26, 0), *inner, (0.26, 0)], 0.4, stain(tint[3])),
        (0.0, -0.95, 0),
        (0, 0, -18),
    )
    move(turned([(0, 0), (0.3, 0), (0, 0.55)], stain(tint[0]), sharp=True), (0.02, 0.02, 3 * side))


def rainbow(
    dice: random.Random,
    tint: tuple[str, ...] = ("#b8402f", "#d9743a", "#e0b13a", "#6f9a4a", "#3f7fa0", "#5a5a94"),
) -> None:
    for index, colour in enumerate(tint):
        r = 1.6 - 0.25 * index
        points = [(math.cos(a) * r, math.sin(a) * r) for a in np.linspace(0, math.pi, 36)]
        points += [
            (math.cos(a) * (r - 0.2), math.sin(a) * (r - 0.2)) for a in np.linspace(math.pi, 0, 36)
        ]
        arch = outline(points, 0.7, stain(colour), round_by=0.05)
        if index == len(tint) - 2:
            move(arch, (1.55, -0.9, 0), (0, 0, 35))
        else:
            arch.location = (0, dice.uniform(-0.04, 0.04), 0)
