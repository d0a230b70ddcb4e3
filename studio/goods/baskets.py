"""Coiled, woven, plaited."""

from __future__ import annotations

import math
import random

import numpy as np

from studio import patterns
from studio.goods.cloth import fabric
from studio.materials import mixed, paint
from studio.shapes import (
    Thing,
    curve_through,
    group,
    move,
    sheet,
    tube,
    turned,
)


def _coiled(
    dice: random.Random,
    line: list[tuple[float, float]],
    ground: str,
    inks: tuple[str, ...],
    kind: str,
    coils: int = 24,
) -> Thing:

    image = patterns.coils(ground, inks, dice, kind=kind)
    skin = paint(ground, image=image, rough=0.85, bump=0.6, bump_scale=40)
    smooth = curve_through(line, coils * 9)
    way = np.gradient(smooth, axis=0)
    out = (
        np.stack([way[:, 1], -way[:, 0]], -1)
        / np.maximum(np.linalg.norm(way, axis=1), 1e-6)[:, None]
    )
    swell = 0.032 * np.abs(np.sin(np.linspace(0, coils * math.pi, coils * 9)))
    return turned(smooth + out * swell[:, None], skin, along=coils * 9, around=120, wobble=0.008)


def basket(
    dice: random.Random,
    ground: str = "#d9bd8a",
    inks: tuple[str, ...] = ("#2b2622", "#8f2f25"),
    kind: str = "rays",
    lid: bool = False,
    handles: bool = False,
) -> None:
    if lid:
        _coiled(
            dice,
            [(0.02, 0), (0.7, 0.02), (0.95, 0.4), (0.98, 0.9), (0.85, 1.3), (0.82, 1.34)],
            ground,
            inks,
            kind,
        )
        _coiled(
            dice,
            [(0.9, 1.36), (0.88, 1.44), (0.6, 1.95), (0.25, 2.5), (0.06, 2.85), (0.0, 2.9)],
            ground,
            inks,
            kind,
            22,
        )
        return
    line = [(0.02, 0), (0.75, 0.02), (1.0, 0.35), (1.12, 0.9), (1.05, 1.5), (1.08, 1.62)]
    _coiled(dice, line, ground, inks, kind)
    _coiled(
        dice,
        [(1.02, 1.6), (0.98, 1.4), (1.04, 0.9), (0.9, 0.35), (0.6, 0.1), (0.02, 0.1)],
        ground,
        (mixed(ground, inks[0], 0.2),),
        "plain",
    )
    if handles:
        strap = paint("#7d4522", rough=0.5, bump=0.3)
        for side in (-1, 1):
            loop = [
                (-0.55, side * 1.0, 1.3),
                (-0.5, side * 1.05, 2.0),
                (0, side * 0.75, 2.75),
                (0.5, side * 1.05, 2.0),
                (0.55, side * 1.0, 1.3),
            ]
            tube(loop, 0.075, strap)


def platter(
    dice: random.Random,
    ground: str = "#e0c898",
    inks: tuple[str, ...] = ("#2b2622", "#b5402f", "#d98f2f"),
    kind: str = "steps",
) -> None:
    """Lean a wide flat basket so that its pattern is seen."""
    top = _coiled(
        dice,
        [(0.02, 0.0), (0.6, 0.02), (1.3, 0.14), (1.75, 0.42), (1.78, 0.46)],
        ground,
        inks,
        kind,
        26,
    )
    back = turned([(0, -0.05), (0.6, -0.03), (1.3, 0.08), (1.74, 0.38)], paint(ground, rough=0.9))
    move(group([top, back]), (0, 0.2, 1.72), (72, 0, 0))
    _coiled(
        dice, [(0.02, 0.06), (0.3, 0.06), (0.55, 0.2), (0.66, 0.4)], ground, (inks[0],), "rays", 14
    ).location = (0.9, -0.85, 0)


def wicker(dice: random.Random, colour: str = "#b98a55", fill: str = "") -> None:
    """Weave a willow basket: rods in and out around stakes, with a bow handle."""
    rod = paint(colour, second=mixed(colour, "#4a2c14", 0.5), kind="noise", scale=3, rough=0.6)
    stakes, rows = 28, 15
    for row in range(rows):
        z = 0.06 + row * 0.082
        radius = 0.95 + 0.28 * (row / rows) ** 0.8
        points = [
            (
                (radius + 0.045 * math.cos(math.pi * k + row * math.pi))
                * math.cos(2 * math.pi * k / stakes),
                (radius + 0.045 * math.cos(math.pi * k + row * math.pi))
                * math.sin(2 * math.pi * k / stakes),
                z,
            )
            for k in range(stakes)
        ]
        tube(points, 0.042, rod, closed=True)
    for k in range(stakes):
        a = 2 * math.pi * k / stakes
        tube(
            [
                (0.94 * math.cos(a), 0.94 * math.sin(a), 0),
                (1.1 * math.cos(a), 1.1 * math.sin(a), 0.65),
                (1.24 * math.cos(a), 1.24 * math.sin(a), 1.32),
            ],
            0.03,
            rod,
        )
    for phase in (0, 1):
        points = [
            (
                (1.24 + 0.06 * math.cos(k * 1.3 + phase * 3)) * math.cos(2 * math.pi * k / 60),
                (1.24 + 0.06 * math.cos(k * 1.3 + phase * 3)) * math.sin(2 * math.pi * k / 60),
                1.32 + 0.06 * math.sin(k * 1.3 + phase * 3),
            )
            for k in range(60)
        ]
        tube(points, 0.05, rod, closed=True)
    for shift in (-0.06, 0.06):
        arch = [
            (1.24 * math.cos(a), shift + 0.05 * math.sin(a * 6), 1.1 + 1.5 * math.sin(a))
            for a in np.linspace(0, math.pi, 13)
        ]
        tube(arch, 0.05, rod)
    turned([(0, 0.05), (0.95, 0.05)], rod)
    if fill:
        towel = fabric(dice, "checks", ("#f3ece0", fill), (4, 4))
        sheet(
            lambda u, v: (
                (u - 0.5) * 2.2,
                (v - 0.5) * 2.2,
                1.05
                + 0.12 * np.sin(u * 7) * np.cos(v * 6)
                - 0.5 * np.clip(np.hypot(2 * u - 1, 2 * v - 1) - 0.8, 0, 1),
            ),
            towel,
            fine=(60, 60),
            thick=0.02,
        )
