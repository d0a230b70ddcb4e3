"""For tea and for the stove: pots, bowls, glasses, kettles, mortars."""

from __future__ import annotations

import math
import random

from studio.goods.pots import glaze, printed
from studio.materials import glass, metal, mixed, paint, wood
from studio.shapes import (
    again,
    ball,
    box,
    group,
    heap,
    hide,
    mound,
    move,
    ring,
    tube,
    turned,
)


def teapot(dice: random.Random, colour: str = "blue") -> None:
    skin = glaze(colour)
    line = [(0, 0), (0.55, 0), (0.62, 0.05), (1.0, 0.55), (0.92, 1.05), (0.5, 1.35), (0.42, 1.38)]
    turned(line, skin)
    lid = [
        (0.46, 1.36),
        (0.47, 1.42),
        (0.25, 1.52),
        (0.1, 1.56),
        (0.07, 1.62),
        (0.15, 1.72),
        (0, 1.8),
    ]
    turned(lid, skin)
    spout = [(0.75, 0, 0.55), (1.15, 0, 0.7), (1.35, 0, 1.05), (1.6, 0, 1.32)]
    tube(spout, 0.13, skin, taper=[1.8, 1.2, 0.85, 0.7])
    cane = paint("#9a6a3a", second="#7a4f28", kind="waves", scale=14, rough=0.6, bump=0.4)
    arch = [(-0.62, 0, 1.2), (-0.72, 0, 1.9), (0, 0, 2.3), (0.72, 0, 1.9), (0.62, 0, 1.2)]
    tube(arch, 0.065, cane)


def tea_bowl(dice: random.Random, colour: str = "black", ink: str = "") -> None:
    skin = printed(colour, ink, dice, "splash") if ink else glaze(colour)
    line = [(0, 0.12), (0.36, 0.1), (0.38, 0), (0.46, 0), (0.5, 0.12), (0.84, 0.3), (0.95, 0.75)]
    rim = [(0.9, 1.2), (0.86, 1.23), (0.81, 1.18), (0.86, 0.75), (0.72, 0.35), (0, 0.25)]
    turned(line + rim, skin, wobble=0.025, ribs=(3, 0.01))
    foam = paint("#8fa64c", second="#a9bd63", kind="noise", scale=14, rough=0.6, bump=0.3)
    turned([(0, 0.6), (0.5, 0.6), (0.83, 0.6)], foam, wobble=0.025, ribs=(3, 0.01))
    bamboo = paint("#d9bd80", second="#b99554", rough=0.5)
    for k in range(26):
        angle = 2 * math.pi * k / 26
        c, s = math.cos(angle), math.sin(angle)
        rod = [(0.1 * c, 0.1 * s, 0.5), (0.26 * c, 0.26 * s, 0.2), (0.2 * c, 0.2 * s, 0.0)]
        tube(rod, 0.012, bamboo).location = (1.5, -0.3, 0)
    turned(
        [(0.1, 0.48), (0.12, 0.5), (0.11, 1.1), (0, 1.12)], bamboo, at=(1.5, -0.3, 0), sharp=True
    )


def tagine(dice: random.Random, colour: str = "terracotta", ink: str = "") -> None:
    base = [(0, 0), (0.9, 0), (1.3, 0.2), (1.45, 0.42), (1.38, 0.46), (1.2, 0.3), (0, 0.2)]
    turned(base, glaze(colour))
    cone = [
        (1.24, 0.4),
        (1.22, 0.5),
        (0.8, 0.85),
        (0.4, 1.6),
        (0.24, 2.0),
        (0.34, 2.2),
        (0.3, 2.38),
        (0, 2.42),
    ]
    turned(cone, printed(colour, ink, dice, "rings") if ink else glaze(colour))


def mortar(dice: random.Random, kind: str = "stone") -> None:
    skin = {
        "stone": lambda: paint(
            "#4a4745", second="#2f2d2c", kind="specks", scale=20, rough=0.95, bump=0.9
        ),
        "brass": lambda: metal("#c99a4a", rough=0.3, hammered=0.2),
        "wood": lambda: wood("#a87545", "#6b4426"),
    }[kind]()
    line = [(0, 0), (0.7, 0), (0.72, 0.1), (0.62, 0.25), (1.0, 0.8), (1.06, 1.3), (0.98, 1.36)]
    turned([*line, (0.88, 1.28), (0.75, 0.8), (0, 0.5)], skin)
    stick = [(0, 0), (0.24, 0.05), (0.28, 0.2), (0.16, 0.6), (0.13, 1.3), (0.2, 1.55), (0, 1.66)]
    move(turned(stick, skin), (0.18, -0.1, 0.62), (0, 34, -25))
    if kind == "stone":
        corn = turned(
            [(0, -0.1), (0.06, -0.04), (0.06, 0.05), (0, 0.09)],
            paint("#7d2b1e", rough=0.5),
            around=12,
            along=8,
        )
        heap(hide(corn), dice, 60, radius=0.72, height=0.12, at=(0, 0, 0.72))


def kettle(dice: random.Random) -> None:
    iron = paint("#2a2c2e", second="#1c1d1f", metal=0.6, rough=0.6, bump=0.5, bump_scale=30)
    line = [(0, 0), (0.7, 0), (0.98, 0.3), (1.08, 0.7), (0.9, 1.1), (0.5, 1.25)]
    turned(line, iron)
    for row, radius in ((0.45, 1.05), (0.6, 1.09), (0.75, 1.08), (0.9, 1.03)):
        for k in range(44):
            angle = 2 * math.pi * (k + row * 3) / 44
            ball((radius * math.cos(angle), radius * math.sin(angle), row), 0.035, iron)
    turned([(0.52, 1.22), (0.52, 1.28), (0.2, 1.38), (0.06, 1.4), (0.12, 1.52), (0, 1.58)], iron)
    tube(
        [(0.85, 0, 0.8), (1.2, 0, 0.92), (1.35, 0, 1.15), (1.5, 0, 1.28)],
        0.11,
        iron,
        taper=[1.8, 1.2, 1, 0.9],
    )
    tube(
        [(-0.6, 0, 1.2), (-0.85, 0, 1.9), (0, 0, 2.25), (0.85, 0, 1.9), (0.6, 0, 1.2)], 0.055, iron
    )


def tea_glasses(
    dice: random.Random, colours: tuple[str, ...] = ("#3f7fae", "#b5443a", "#3f8a5c")
) -> None:
    gold = metal("#d9b25a", rough=0.2)
    line = [
        (0, 0),
        (0.24, 0),
        (0.27, 0.05),
        (0.25, 0.4),
        (0.33, 0.92),
        (0.3, 0.92),
        (0.22, 0.4),
        (0, 0.1),
    ]
    for (x, y), colour in zip(
        ((-0.6, 0.1), (0.05, -0.35), (0.68, 0.2), (0.1, 0.65)), (*colours, colours[0]), strict=False
    ):
        turned(line, glass(colour), at=(x, y, 0.0))
        turned(
            [(0, 0.12), (0.215, 0.12), (0.23, 0.4), (0.265, 0.62), (0, 0.62)],
            paint("#8a5a22", rough=0.1, clear=0.7),
            at=(x, y, 0),
        )
        for z, r in ((0.9, 0.335), (0.5, 0.272), (0.44, 0.262)):
            ring(r, 0.012, gold, at=(x, y, z))
    mint = paint("#4f8a3f", second="#37692d", rough=0.5)
    for k in range(5):
        leaf = ball(
            (0.05 + 0.08 * math.cos(k * 1.3), -0.35 + 0.08 * math.sin(k * 1.3), 0.78 + k * 0.05),
            (0.13, 0.07, 0.015),
            mint,
        )
        leaf.rotation_euler = (dice.uniform(-0.6, 0.6), dice.uniform(-0.8, 0.2), k * 1.3)


def mug(dice: random.Random, colour: str = "#e9e4d8", rim: str = "#2f4d7a") -> None:
    skin = paint(colour, rough=0.2, coat=0.8, second=mixed(colour, "#8a8a80", 0.15), scale=1.5)
    edge = paint(rim, rough=0.25, coat=0.6)
    for at, turn in (((-0.5, 0.2, 0), 35), ((0.6, -0.3, 0), -20)):
        line = [
            (0, 0),
            (0.5, 0),
            (0.55, 0.05),
            (0.56, 0.95),
            (0.53, 0.97),
            (0.51, 0.9),
            (0.5, 0.1),
            (0, 0.08),
        ]
        body = turned(line, skin, sharp=True)
        lip = ring(0.55, 0.03, edge)
        lip.location = (0, 0, 0.96)
        coffee = turned([(0, 0.8), (0.51, 0.8)], paint("#2c1709", rough=0.08))
        arch = [(0.53, 0, 0.8), (0.85, 0, 0.82), (0.92, 0, 0.5), (0.75, 0, 0.25), (0.53, 0, 0.22)]
        move(group([body, lip, coffee, tube(arch, 0.06, edge)]), at, (0, 0, turn))


def saucer_stand(dice: random.Random, colour: str = "celadon") -> None:
    """Incense: sticks leaning in a dish, with ash."""
    line = [(0, 0.02), (0.6, 0), (0.95, 0.12), (1.02, 0.22), (0.96, 0.23), (0.6, 0.1), (0, 0.08)]
    turned(line, glaze(colour))
    ball((-0.3, 0, 0.16), (0.16, 0.16, 0.12), glaze(colour))
    stick, ember = paint("#6a4428", rough=0.9), paint("#ff6a2a", glow=8.0)
    for k in range(3):
        end = (0.9 + 0.3 * k, -0.3 + 0.3 * k, 1.9 - 0.35 * k)
        tube(
            [
                (-0.3, 0, 0.2),
                tuple(a + (b - a) * 0.5 for a, b in zip((-0.3, 0, 0.2), end, strict=True)),
                end,
            ],
            0.022,
            stick,
        )
        ball(end, 0.03, ember)
    bundle = [
        again(
            tube([(-1.2, 0, 0), (0, 0, 0), (1.2, 0, 0)], 0.022, stick),
            (0, dice.uniform(-0.13, 0.13), dice.uniform(0.03, 0.14)),
        )
        for _ in range(16)
    ]
    band = box((0.3, 0.36, 0.2), paint("#e7dcc5", rough=0.8), round_by=0.08)
    move(group([*bundle, band]), (0.3, -1.15, 0), (0, 0, 12))
    mound(0.25, 0.05, paint("#b9b5ae", rough=1), (0.4, 0.1, 0.1))
