"""What is sewn, plaited and tied: clothes, shoes, bags, seats, hammocks."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np

from studio import patterns
from studio.goods.cloth import fabric
from studio.materials import metal, mixed, paint, wood
from studio.shapes import (
    ball,
    box,
    group,
    move,
    sheet,
    tube,
    turned,
)


def jacket(
    dice: random.Random,
    inks: tuple[str, ...] = ("#22365f", "#b8433a", "#e3d9c2"),
    trim: str = "zigzag",
) -> None:
    """Hang a straight-cut jacket with open front and banded sleeves on a wooden hanger."""
    skin = paint(
        inks[0],
        second=mixed(inks[0], "#0a1020", 0.4),
        scale=2,
        rough=0.92,
        sheen=0.4,
        weave=520,
        bump=0.6,
    )
    band = fabric(dice, trim, (inks[1], inks[2], inks[0]), (1, 3))
    for side in (-1, 1):

        def back(u: np.ndarray, v: np.ndarray, s: int = side) -> Any:
            x = s * (0.02 + u * (0.95 + 0.12 * (1 - v)))
            fold = 0.07 * np.sin(u * 11 + s) * (1 - v) + 0.05 * np.cos(u * 5)
            return x, fold + 0.1 * np.sin(u * 3), v * 2.5 - 0.22 * u * v

        def front(u: np.ndarray, v: np.ndarray, s: int = side) -> Any:
            x, y, z = back(u, v, s)
            return (
                x + s * 0.1 * (1 - u),
                y - 0.28 - 0.08 * (1 - v) * np.sin(u * 8),
                z - 0.1 * (1 - u) * v,
            )

        def sleeve(u: np.ndarray, v: np.ndarray, s: int = side) -> Any:
            turn = u * 2 * math.pi
            r = 0.34 + 0.04 * np.sin(turn * 3 + v * 4)
            out, z0 = s * (0.85 + 0.75 * v), 2.05 - 1.35 * v
            return (
                out + 0.25 * np.cos(turn) * s + 0 * v,
                -0.12 + r * 0.7 * np.sin(turn),
                z0 + r * 0.6 * np.cos(turn),
            )

        sheet(back, skin, fine=(40, 60), thick=0.04)
        sheet(front, skin, fine=(40, 60), thick=0.04)
        sheet(sleeve, skin, fine=(48, 40), thick=0.04)
        sheet(
            lambda u, v, s=side, f=sleeve: f(u, 0.86 + 0.14 * v, s), band, fine=(48, 10), thick=0.07
        )
        sheet(lambda u, v, s=side, f=front: f(u * 0.14, v, s), band, fine=(8, 60), thick=0.07)
    bar = wood("#b98a55", "#7d5428")
    tube(
        [(-0.95, 0, 2.15), (-0.4, 0, 2.38), (0, 0, 2.46), (0.4, 0, 2.38), (0.95, 0, 2.15)],
        0.06,
        bar,
    )
    tube(
        [(0, 0, 2.45), (0, 0, 2.7), (0.13, 0, 2.85), (0, 0, 2.98), (-0.12, 0, 2.9)],
        0.025,
        metal("#9a9a9a"),
    )


def hat(
    dice: random.Random,
    colour: str = "#d9bd85",
    band: str = "#2f2a26",
    wide: float = 1.0,
    tall: float = 1.0,
) -> None:
    """Turn a plaited hat; its brim dips in front."""
    image = patterns.coils(colour, (mixed(colour, "#7a5a2a", 0.4),), dice, kind="plain")
    skin = paint(colour, image=image, repeat=(3, 3), rough=0.8, weave=200, bump=0.9)
    edge = 1.85 * wide
    line = [
        (0, 1.0 * tall),
        (0.4, 1.08 * tall),
        (0.72, 0.95 * tall),
        (0.82, 0.4),
        (0.88, 0.12),
        (1.05, 0.06),
        (edge * 0.8, 0.1),
        (edge, 0.22),
        (edge * 0.99, 0.26),
        (edge * 0.8, 0.14),
    ]
    crown = turned(line, skin, along=110)
    for vertex in crown.data.vertices:
        x, y, z = vertex.co
        far = math.hypot(x, y)
        vertex.co.z = z + max(0, far - 1.0) * 0.28 * (x * x - y * y) / (far * far + 0.01) * 0.6
        if far < 0.75 and z > 0.6:
            vertex.co.z -= 0.16 * math.exp(-((x / 0.16) ** 2)) * (1 - far)
    ribbon = [(0.875, 0.14), (0.885, 0.15), (0.85, 0.36), (0.835, 0.37)]
    turned(ribbon, paint(band, rough=0.6, weave=300))


def slippers(dice: random.Random, colour: str = "#c9952f", sole: str = "#d8b98a") -> None:
    """Set a pair of pointed leather slippers."""
    skin, ground = (
        paint(
            colour,
            second=mixed(colour, "#3a2410", 0.25),
            scale=2,
            rough=0.5,
            bump=0.3,
            bump_scale=30,
        ),
        paint(sole, rough=0.7),
    )
    inner = paint(mixed(colour, "#f4e4c4", 0.55), rough=0.8)
    for side, at, turn in ((-1, (-0.6, 0, 0), 12), (1, (0.55, 0.2, 0), -14)):

        def half(v: np.ndarray) -> np.ndarray:
            return (
                0.42 * np.sin(np.clip(v, 0.001, 1) ** 0.75 * math.pi) ** 0.55 * (1 - 0.1 * v) + 0.02
            )

        def bed(u: np.ndarray, v: np.ndarray) -> Any:
            return (
                (2 * u - 1) * half(v),
                v * -2.6 + 1.3,
                0.05 + 0.12 * np.clip(v - 0.85, 0, 1) * 4 + 0 * u,
            )

        def upper(u: np.ndarray, v: np.ndarray) -> Any:
            w = 0.42 + 0.58 * v
            a = u * math.pi
            lift = 0.5 * np.sin(a) ** 0.7 * np.clip((1.03 - w) * 2.2, 0, 1) ** 0.55
            return (
                np.cos(a) * (half(w) + 0.03),
                w * -2.6 + 1.3,
                0.05 + lift + 0.12 * np.clip(w - 0.85, 0, 1) * 4,
            )

        def heel(u: np.ndarray, v: np.ndarray) -> Any:
            a = math.pi * (0.02 + 0.96 * u)
            w = 0.32 * (1 - np.sin(a))
            return np.cos(a) * (half(np.maximum(w, 0.03)) + 0.02), 1.32 - w * 2.6, 0.05 + 0.16 * v

        parts = [
            sheet(bed, ground, fine=(30, 60), thick=0.09),
            sheet(
                lambda u, v: tuple(
                    np.add(p, q)
                    for p, q in zip(bed(0.05 + 0.9 * u, 0.03 + 0.94 * v), (0, 0, 0.06), strict=True)
                ),
                inner,
                fine=(30, 40),
            ),
        ]
        parts += [
            sheet(upper, skin, fine=(50, 50), thick=0.04),
            sheet(heel, skin, fine=(40, 8), thick=0.04),
        ]
        for k in range(7):
            stitch = ball(
                (
                    dice.uniform(-0.01, 0.01) + (k - 3) * 0.07,
                    -0.55 - 0.1 * abs(3 - k),
                    0.5 - 0.02 * abs(k - 3),
                ),
                (0.03, 0.03, 0.012),
                metal("#d9b25a"),
            )
            parts.append(stitch)
        move(group(parts), at, (0, 0, turn * side * -1))


def sandals(dice: random.Random, colour: str = "#7d4522", beads: tuple[str, ...] = ()) -> None:
    """Set a pair of leather sandals with crossed straps, perhaps beaded."""
    skin = paint(
        colour, second=mixed(colour, "#2a140a", 0.3), scale=2, rough=0.5, bump=0.3, bump_scale=25
    )
    bed, rubber = (
        paint(mixed(colour, "#e3c08f", 0.45), rough=0.6, bump=0.2),
        paint("#2b2623", rough=0.9),
    )
    for side, at in ((-1, (-0.62, 0, 0)), (1, (0.62, 0.15, 0))):

        def half(v: np.ndarray) -> np.ndarray:
            return 0.34 + 0.16 * np.sin(v * 2.6 - 0.7)

        def plate(u: np.ndarray, v: np.ndarray, s: int = side) -> Any:
            end = np.sqrt(np.clip(1 - np.abs(2 * v - 1) ** 5, 0, 1))
            return (
                (2 * u - 1) * half(v) * end + s * -0.06 * np.sin(v * 3),
                (v - 0.5) * 2.7,
                0.08 + 0.1 * np.clip(0.3 - v, 0, 1) + 0 * u,
            )

        parts = [
            sheet(plate, bed, fine=(24, 60), thick=0.08),
            move(sheet(plate, rubber, fine=(24, 60), thick=0.09), (0, 0, -0.08)),
        ]
        for _k, (y0, y1, tall) in enumerate(
            ((0.15, 0.75, 0.42), (0.75, 0.15, 0.46), (-0.7, -0.75, 0.36))
        ):
            strap = sheet(
                lambda u, v, y0=y0, y1=y1, t=tall: (
                    -(0.53) * np.cos(u * math.pi),
                    y0 + (y1 - y0) * u + (v - 0.5) * 0.22,
                    0.08 + t * np.sin(u * math.pi) ** 0.8,
                ),
                skin,
                fine=(40, 6),
                thick=0.05,
            )
            parts.append(strap)
            for j in range(11 if beads else 0):
                u = 0.18 + 0.064 * j
                at_bead = (
                    -0.53 * math.cos(u * math.pi),
                    y0 + (y1 - y0) * u,
                    0.12 + tall * math.sin(u * math.pi) ** 0.8,
                )
                parts.append(ball(at_bead, 0.045, paint(beads[j % len(beads)], rough=0.25)))
        move(group(parts), at, (0, 0, -7 * side))


def satchel(dice: random.Random, colour: str = "#8a4f27") -> None:
    """Stand a leather bag with flap, buckles and a strap."""
    skin = paint(
        colour,
        second=mixed(colour, "#2a1408", 0.35),
        scale=1.6,
        rough=0.42,
        bump=0.3,
        bump_scale=22,
    )
    brass, thread = metal("#c9a557", rough=0.25), paint("#e3cfa0", rough=0.9)
    box((2.3, 0.75, 1.6), skin, round_by=0.16)
    sheet(
        lambda u, v: (
            (u - 0.5) * 2.36,
            -0.4 * np.cos(np.clip(v * 2.2 - 1.2, -1.57, 1.0)) * 1.08 + 0.0 * u - 0.02 * (v < 0.3),
            0.55 + 1.12 * np.clip(v / 0.6, 0, 1) ** 0.8 - 0.06 * np.abs(2 * u - 1) ** 3 * (1 - v),
        ),
        skin,
        fine=(40, 50),
        thick=0.06,
    )
    for x in (-0.65, 0.65):
        box((0.24, 0.06, 0.75), skin, at=(x, -0.47, 0.2), round_by=0.03)
        box((0.32, 0.05, 0.26), brass, at=(x, -0.5, 0.42), round_by=0.05)
        box((0.18, 0.07, 0.14), skin, at=(x, -0.51, 0.48), round_by=0.02)
    for k in range(40):
        tube(
            [
                (-1.1 + k * 0.0564, -0.455, 0.63),
                (-1.09 + k * 0.0564, -0.46, 0.635),
                (-1.07 + k * 0.0564, -0.455, 0.63),
            ],
            0.011,
            thread,
        )
    tube(
        [
            (-1.15, 0.1, 1.4),
            (-1.3, 0.1, 2.1),
            (-0.5, 0.2, 2.75),
            (0.6, 0.2, 2.6),
            (1.3, 0.1, 2.0),
            (1.15, 0.1, 1.4),
        ],
        0.07,
        skin,
    )


def pouch(
    dice: random.Random,
    style: str = "blocks",
    inks: tuple[str, ...] = ("#27406f", "#e9e2d0", "#c98f3e"),
) -> None:
    """Lay two zipped pouches, one on the other's edge."""
    for index, (at, turn, size) in enumerate(
        (((-0.2, 0.3, 0.05), (0, 0, 10), 1.0), ((0.4, -0.7, 0.22), (16, 0, -14), 0.78))
    ):
        skin = fabric(dice, style, inks if index == 0 else (inks[1], inks[0], inks[-1]), (1.5, 1))
        parts = [
            sheet(
                lambda u, v, s=s: (
                    (u - 0.5) * 2.4,
                    (v - 0.5) * 1.5,
                    0.2
                    + s * 0.2 * ((1 - (2 * u - 1) ** 4) * (1 - (2 * v - 1) ** 4)) ** 0.6
                    + 0.02 * np.sin(u * 9 + v * 5),
                ),
                skin,
                fine=(50, 40),
            )
            for s in (-1, 1)
        ]
        parts.append(
            tube(
                [(-1.15, 0.72, 0.22), (0, 0.74, 0.24), (1.15, 0.72, 0.22)],
                0.035,
                metal("#b99a55", rough=0.35),
            )
        )
        parts.append(
            tube(
                [(1.12, 0.72, 0.24), (1.3, 0.6, 0.16), (1.36, 0.4, 0.1)],
                0.03,
                paint("#8a4f27", rough=0.6),
            )
        )
        move(group(parts), at, turn, size)
