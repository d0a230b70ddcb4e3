"""Instruments."""

from __future__ import annotations

import math
import random

from studio.goods.toys import BRIGHT, beech, maple, stain
from studio.materials import metal, mixed, paint, wood
from studio.shapes import (
    ball,
    box,
    group,
    move,
    ring,
    tube,
    turned,
)


def xylophone(dice: random.Random) -> None:
    for y, lean in ((-0.5, 4), (0.5, -4)):
        box((3.2, 0.14, 0.2), beech(), at=(0, y, 0), turn=(0, 0, lean))
    for k in range(8):
        width = 1.75 - 0.1 * k
        box((0.32, width, 0.12), stain(BRIGHT[k]), at=(-1.35 + 0.385 * k, 0, 0.2), round_by=0.04)
        for y in (-0.5 + 0.03 * k, 0.5 - 0.03 * k):
            ball((-1.35 + 0.385 * k, y, 0.325), 0.04, metal("#c9c4ba"))
    for at, turn in (((0.2, -0.4, 0.42), 25), ((0.6, -0.75, 0.42), 10)):
        stick = [
            tube([(-1.2, 0, 0), (0, 0, 0), (0.9, 0, 0)], 0.04, maple()),
            ball((-1.25, 0, 0), 0.14, stain("#b8402f")),
        ]
        move(group(stick), at, (0, 0, turn))


def drum(dice: random.Random, kind: str = "djembe", tint: str = "#6b3d20") -> None:
    """Build a goblet drum or a tall barrel, its skin laced with rope."""
    body = wood(tint, mixed(tint, "#1a0d05", 0.45), rough=0.4)
    hide_ = paint("#e6d3ae", second="#c9ab78", scale=1.4, rough=0.7, bump=0.1)
    rope = paint("#e3d6b8", rough=1)
    if kind == "djembe":
        line = [
            (0.0, 0),
            (0.62, 0),
            (0.6, 0.1),
            (0.36, 0.9),
            (0.34, 1.1),
            (0.72, 1.75),
            (0.86, 2.3),
            (0.85, 2.4),
        ]
        low, high, r_low, r_high = 1.4, 2.22, 0.5, 0.88
    else:
        line = [(0, 0), (0.7, 0), (0.74, 0.05), (0.82, 1.0), (0.8, 1.85), (0.78, 1.9)]
        low, high, r_low, r_high = 0.35, 1.72, 0.79, 0.84
    turned(line, body)
    top = line[-1][1]
    turned(
        [
            (0, top + 0.03),
            (r_high - 0.06, top + 0.03),
            (r_high, top - 0.04),
            (r_high + 0.01, high - 0.06),
        ],
        hide_,
        along=40,
    )
    for r, z in ((r_high + 0.02, high), (r_low + 0.02, low)):
        ring(r, 0.045, rope, at=(0, 0, z))
    for k in range(22):
        a, b = 2 * math.pi * k / 22, 2 * math.pi * (k + 0.5) / 22
        c = 2 * math.pi * (k + 1) / 22
        mid = (r_low + r_high) / 2 + (0.0 if kind != "djembe" else -0.01)
        tube(
            [
                ((r_high + 0.03) * math.cos(a), (r_high + 0.03) * math.sin(a), high),
                (
                    mid * math.cos((a + b) / 2) * 1.06,
                    mid * math.sin((a + b) / 2) * 1.06,
                    (low + high) / 2,
                ),
                ((r_low + 0.03) * math.cos(b), (r_low + 0.03) * math.sin(b), low),
            ],
            0.022,
            rope,
        )
        tube(
            [
                ((r_high + 0.03) * math.cos(c), (r_high + 0.03) * math.sin(c), high),
                (
                    mid * math.cos((c + b) / 2) * 1.06,
                    mid * math.sin((c + b) / 2) * 1.06,
                    (low + high) / 2,
                ),
                ((r_low + 0.03) * math.cos(b), (r_low + 0.03) * math.sin(b), low),
            ],
            0.022,
            rope,
        )


def kalimba(dice: random.Random, tint: str = "#8a5730") -> None:
    body = wood(tint, mixed(tint, "#1a0d05", 0.4), rough=0.35)
    parts = [box((1.6, 2.0, 0.4), body, round_by=0.16)]
    hole = turned([(0, 0), (0.3, 0)], paint("#120b07", rough=1), at=(0, -0.35, 0.405))
    steel, bar = metal("#cfd0cf", rough=0.2), metal("#b08d4f", rough=0.3)
    parts += [
        hole,
        box((1.4, 0.1, 0.1), bar, at=(0, 0.55, 0.42)),
        box((1.4, 0.08, 0.06), bar, at=(0, 0.75, 0.42)),
    ]
    for k in range(11):
        x, low = -0.6 + 0.12 * k, -0.75 + 0.07 * abs(k - 5)
        parts.append(
            tube([(x, 0.85, 0.5), (x, 0.55, 0.54), (x, 0.0, 0.52), (x, low, 0.6)], 0.04, steel)
        )
    move(group(parts), (0, 0.2, 0.15), (22, 0, -12))
