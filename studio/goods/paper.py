"""Paper: bound, folded, pasted, painted."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np

from studio import patterns
from studio.goods.blades import walnut_like
from studio.materials import metal, mixed, paint, wood
from studio.shapes import (
    ball,
    box,
    group,
    mesh,
    move,
    ring,
    sheet,
    tube,
    turned,
)


def notebooks(
    dice: random.Random,
    styles: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("marble", ("#22406a", "#e9dfc8", "#b5402f", "#d9a13a")),
        ("waves", ("#2f5f5a", "#e3e8df")),
        ("plain", ("#8a4f27", "#6b3a1a")),
    ),
) -> None:
    pages = paint("#efe6d2", second="#d9ccb0", kind="grain", scale=30, rough=0.9)
    z = 0.0
    for index, (style, inks) in enumerate(styles):
        image = (
            patterns.marbled(inks, dice)
            if style == "marble"
            else patterns.waves(*inks[:2], step=40)
            if style == "waves"
            else patterns.block_print(inks[0], inks[1:], step=100)
            if style == "blocks"
            else None
        )
        cover = paint(
            inks[0],
            image=image,
            rough=0.6,
            second=None if image else inks[1],
            scale=2,
            bump=0.2,
            bump_scale=25,
        )
        turn, at = dice.uniform(-14, 14), (dice.uniform(-0.08, 0.08), dice.uniform(-0.08, 0.08), z)
        parts = [
            box((1.7, 2.3, 0.05), cover, round_by=0.02),
            box((1.6, 2.2, 0.24), pages, at=(0.02, 0, 0.05), round_by=0),
            box((1.7, 2.3, 0.05), cover, at=(0, 0, 0.29), round_by=0.02),
            box((0.07, 2.3, 0.34), cover, at=(-0.84, 0, 0), round_by=0.03),
        ]
        if index == len(styles) - 1:
            parts.append(
                tube(
                    [(-0.95, 0.3, 0.2), (-0.5, 0.3, 0.355), (0.5, 0.28, 0.355), (0.93, 0.3, 0.2)],
                    0.025,
                    paint("#3a2a20", rough=0.7),
                )
            )
            pencil = move(
                turned(
                    [(0, 0), (0.02, 0.0), (0.07, 0.22), (0.07, 1.7), (0, 1.7)],
                    paint("#c98f2f", rough=0.4),
                    sharp=True,
                    around=6,
                ),
                (0.1, -0.8, 0.42),
                (90, 0, 30),
            )
            parts.append(pencil)
        move(group(parts), at, (0, 0, turn + 12))
        z += 0.345


def fan(
    dice: random.Random,
    style: str = "waves",
    inks: tuple[str, ...] = ("#27406f", "#e9e2d0", "#b5402f"),
) -> None:
    """Stand an open folding fan: pleated paper on bamboo ribs."""
    image = {
        "waves": lambda: patterns.waves(inks[0], inks[1], step=52),
        "blocks": lambda: patterns.block_print(inks[0], inks[1:], step=110),
        "tie": lambda: patterns.tie_dye(inks[0], inks[1], dice, rings=7),
    }[style]()
    ribs, spread = 22, math.radians(158)

    def leaf(u: np.ndarray, v: np.ndarray) -> Any:
        a = math.pi / 2 + (0.5 - u) * spread
        r = 0.95 + 1.25 * v
        fold = 0.05 * (2 / math.pi) * np.arcsin(np.sin(u * ribs * 2 * math.pi))
        return r * np.cos(a), fold, r * np.sin(a)

    paper = sheet(leaf, paint("#fff", image=image, rough=0.8), fine=(ribs * 8 + 1, 10), thick=0.012)
    parts, cane = [paper], wood("#c9a062", "#94703a")
    for k in range(ribs + 1):
        a = math.pi / 2 + (0.5 - k / ribs) * spread
        end = 2.22 if k in (0, ribs) else 1.2
        parts.append(
            tube(
                [
                    (0, 0.02, 0),
                    (end / 2 * math.cos(a), 0.02, end / 2 * math.sin(a)),
                    (end * math.cos(a), 0.02, end * math.sin(a)),
                ],
                0.045 if k in (0, ribs) else 0.028,
                cane,
            )
        )
    parts.append(ball((0, -0.02, 0), 0.08, metal("#c9a557")))
    move(group(parts), (0, 0, 0.1), (-16, 0, 0))
    tube([(0, 0, 0.08), (0.3, -0.4, 0.03), (0.7, -0.6, 0.03)], 0.03, paint(inks[-1], rough=0.8))


def cranes(
    dice: random.Random, tint: tuple[str, ...] = ("#b5402f", "#e9e2d0", "#27406f", "#d9a13a")
) -> None:
    """Fold paper cranes."""

    for k, colour in enumerate(tint):
        image = (
            patterns.block_print(
                colour, (mixed(colour, "#ffffff", 0.6), mixed(colour, "#000000", 0.3)), step=64
            )
            if k % 2 == 0
            else patterns.waves(colour, mixed(colour, "#8a6a4a", 0.3), step=32)
        )
        skin = paint(colour, image=image, rough=0.75)
        corners = [
            (0, 0, 0.35),
            (-0.28, 0, 0.05),
            (0.28, 0, 0.05),
            (0, -0.16, 0.0),
            (0, 0.16, 0.0),
            (0.1, -1.05, 0.85),
            (0.1, 1.05, 0.85),
            (-0.95, 0, 0.95),
            (-0.85, 0, 0.8),
            (-1.2, 0, 0.72),
            (0.95, 0, 0.95),
        ]
        faces = [
            (0, 1, 5),
            (0, 5, 2),
            (1, 3, 5),
            (3, 2, 5),
            (0, 6, 1),
            (0, 2, 6),
            (1, 6, 4),
            (4, 6, 2),
            (1, 3, 7),
            (1, 7, 4),
            (7, 9, 8),
            (2, 10, 3),
            (2, 4, 10),
            (1, 3, 4),
            (2, 4, 3),
        ]
        uv = [(x * 0.5 + 0.5, y * 0.5 + 0.5) for x, y, z in corners]
        bird = mesh(corners, faces, skin, uv=uv, smooth=False)
        solid = bird.modifiers.new("thick", "SOLIDIFY")
        solid.thickness = 0.015
        move(
            bird,
            ((-0.9, 0.4, 0.0), (0.7, 0.5, 0.0), (0.05, -0.75, 0.0), (1.4, -0.6, 0.0))[k],
            (0, 0, (20, -35, 60, 140)[k]),
            (1.1, 0.95, 0.85, 0.7)[k],
        )


def paper_stack(
    dice: random.Random,
    tint: tuple[str, ...] = ("#efe6d2", "#d9b3a0", "#a9b99a", "#c9b27a", "#8fa3b5"),
) -> None:
    """Pile sheets of hand-made paper with rough edges, tied with a band; a brush on top."""
    for k in range(14):
        colour = tint[(k // 3) % len(tint)]
        a = dice.uniform(0, 6)
        skin = paint(
            colour,
            second=mixed(colour, "#8a7a5a", 0.3),
            kind="noise",
            scale=5,
            edge=(0.5, 0.9),
            rough=0.95,
            bump=0.4,
            bump_scale=12,
        )
        sheet(
            lambda u, v, a=a, k=k: (
                (u - 0.5) * 2.6 + 0.03 * np.sin(v * 31 + a) + 0.015 * np.sin(v * 67),
                (v - 0.5) * 1.9 + 0.03 * np.sin(u * 37 + a),
                0.03 + k * 0.04 + 0.01 * np.sin(u * 4 + a) + 0 * v,
            ),
            skin,
            fine=(80, 60),
            thick=0.03,
        )
    box(
        (0.5, 1.96, 0.6),
        paint("#27406f", rough=0.7, image=patterns.waves("#27406f", "#e3e8ea", step=64)),
        at=(-0.6, 0, 0),
        round_by=0.02,
    )
    stem = [
        tube([(0, 0, 0), (0, 0, 0.8), (0, 0, 1.7)], 0.07, wood("#c9a062", "#8d683a")),
        turned([(0.07, 0), (0.12, -0.15), (0.1, -0.35), (0, -0.6)], paint("#2b2622", rough=0.9)),
        ring(0.075, 0.02, metal("#c9a557")),
    ]
    move(group(stem), (0.95, -0.3, 0.7), (90, 0, 20))


def painted_panel(dice: random.Random, ground: str = "#efe8da", ink: str = "#1d1a18") -> None:
    """Lean a square earth panel with raised spirals against the wall."""
    image = patterns.spirals(ground, ink)
    panel = box(
        (2.6, 0.14, 2.6),
        paint("#fff", image=image, rough=0.9, bump=0.5, bump_scale=10),
        round_by=0.02,
    )
    frame = [box((2.8, 0.2, 0.1), walnut_like(), at=(0, 0, z)) for z in (-0.1, 2.6)] + [
        box((0.1, 0.2, 2.8), walnut_like(), at=(x, 0, -0.1)) for x in (-1.35, 1.35)
    ]
    move(group([panel, *frame]), (0, 0.3, 0.12), (-12, 0, 0))


def pinata(dice: random.Random) -> None:
    """Hang a seven-pointed paper star with fringes."""
    colours = ("#c8352f", "#e9a12f", "#2f8a6f", "#2f5f9a", "#8a3f8f", "#e0659a", "#5f9a3f")
    core = ball(
        (0, 0, 2.0), 0.72, paint("#e9a12f", rough=0.9, bump=0.9, bump_kind="cells", bump_scale=10)
    )
    core["kind"] = "core"
    for k in range(7):
        a = k * 2 * math.pi / 7 + 0.2
        skin = paint(
            colours[k],
            second=mixed(colours[k], "#ffffff", 0.3),
            kind="waves",
            scale=7,
            rough=0.95,
            bump=1.0,
            bump_kind="waves",
            bump_scale=9,
        )
        line = []
        for row in range(12):
            r = 0.46 * (1 - row / 12)
            line += [(r + 0.05, 0.1 + row * 0.09), (r * 0.96, 0.15 + row * 0.09)]
        cone = turned([*line, (0, 1.25)], skin, sharp=False, along=120, around=48)
        move(cone, (0.45 * math.cos(a), 0, 2.0 + 0.45 * math.sin(a)), (0, 90 - math.degrees(a), 0))
        tip = (1.72 * math.cos(a), 0, 2.0 + 1.72 * math.sin(a))
        for _ in range(7):
            tube(
                [
                    tip,
                    (tip[0] + dice.uniform(-0.1, 0.1), dice.uniform(-0.1, 0.1), tip[2] - 0.2),
                    (tip[0] + dice.uniform(-0.12, 0.12), dice.uniform(-0.12, 0.12), tip[2] - 0.42),
                ],
                0.02,
                paint(colours[(k + 2) % 7], rough=0.9),
            )
    rope = tube([(0, 0, 2.6), (0, 0, 3.5), (0, 0, 4.6)], 0.03, paint("#e3d6b8", rough=1))
    rope["prop"] = True
