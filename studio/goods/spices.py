"""Spices, nuts and dried fruit, loose."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from studio.goods.pots import glaze
from studio.materials import metal, mixed, paint, wood
from studio.shapes import (
    ORIGIN,
    Thing,
    again,
    ball,
    group,
    heap,
    hide,
    mound,
    move,
    sheet,
    strewn,
    tube,
    turned,
)

POWDERS = {
    "turmeric": ("#d9930f", "#b8730a"),
    "chili": ("#a12a12", "#7d1c0c"),
    "cumin": ("#8a6a3c", "#6d4f28"),
    "pepper": ("#2b2420", "#4a3d33"),
    "indigo": ("#1c2f63", "#121f45"),
    "sumac": ("#6d1f33", "#4d1424"),
    "salt": ("#ece6df", "#d9b7ab"),
    "cocoa": ("#5a3521", "#422414"),
    "green": ("#7f9440", "#5f7530"),
}


def spice(
    dice: random.Random, powder: str = "turmeric", dish: str = "terracotta", seeds: bool = False
) -> None:
    one, other = POWDERS[powder]
    line = [(0, 0.08), (0.5, 0.05), (0.54, 0), (0.62, 0.05), (1.0, 0.3), (1.2, 0.72), (1.22, 0.78)]
    skin = (
        metal("#c08a45", rough=0.28, hammered=0.25)
        if dish == "copper"
        else wood()
        if dish == "wood"
        else glaze(dish)
    )
    turned([*line, (1.15, 0.76), (0.95, 0.38), (0, 0.2)], skin)
    body = paint(one, second=other, scale=5, rough=1.0, bump=0.9, bump_scale=18)
    mound(1.08, 0.42, body, (0, 0, 0.6))
    if seeds:
        size = (0.06, 0.06, 0.06) if powder == "pepper" else (0.1, 0.03, 0.03)
        grain = ball((0, 0, 0), size, paint(one, second=other, scale=9, rough=0.7, bump=0.5))
        heap(
            hide(grain),
            dice,
            520,
            radius=1.05,
            height=0.42,
            at=(0, 0, 0.62),
            flat=powder != "pepper",
        )
        strewn(grain, dice, 40, inner=1.3, outer=2.0)
    else:
        spoon = wood("#a87746", "#744a26")
        cup = turned(
            [(0, -0.1), (0.16, -0.06), (0.22, 0.05), (0.19, 0.06), (0.12, -0.02), (0, -0.05)], spoon
        )
        rod = tube(
            [(0.2, 0, 0.03), (0.7, 0, 0.14), (1.3, 0, 0.2)], 0.05, spoon, taper=[1, 0.8, 1.1]
        )
        load = mound(0.17, 0.12, body, (0, 0, 0.05))
        move(group([cup, rod, load]), (0.15, -0.35, 1.05), (0, -14, -35))


def palette(dice: random.Random, names: tuple[str, ...] = ()) -> None:
    """Lay a row of small bowls with powders."""

    for k, name in enumerate(names or ("turmeric", "chili", "cumin", "green", "sumac", "salt")):
        x, y = (k % 3 - 1) * 1.15, (k // 3) * -1.1 + 0.5
        turned(
            [(0, 0.05), (0.3, 0), (0.5, 0.25), (0.54, 0.34), (0.48, 0.3), (0, 0.12)],
            wood("#7d5536", "#4d321e"),
            at=(x, y, 0),
        )
        one, other = POWDERS[name]
        mound(
            0.48,
            0.24,
            paint(one, second=other, scale=5, rough=1, bump=0.9, bump_scale=18),
            (x, y, 0.26),
        )


def cinnamon(dice: random.Random) -> None:
    bark = paint("#8f5428", second="#6b3a18", kind="grain", scale=6, rough=0.85, bump=0.5)

    def curl(u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        turn = (u - 0.5) * 2 * math.pi * 2.1
        r = 0.045 + 0.075 * np.abs(u - 0.5) * 2
        return (v - 0.5) * 2.6, r * np.cos(turn) + np.where(u < 0.5, -0.1, 0.1), r * np.sin(turn)

    stick = hide(sheet(curl, bark, fine=(70, 8), thick=0.022))
    spots = [
        (y, z)
        for z, row in (
            (0.12, (-0.52, -0.18, 0.18, 0.52)),
            (0.34, (-0.36, 0.0, 0.36)),
            (0.56, (-0.17, 0.18)),
        )
        for y in row
    ]
    for y, z in spots:
        again(
            stick, (dice.uniform(-0.1, 0.1), y, z), (dice.uniform(0, 360), 0, dice.uniform(-3, 3))
        )
    twine = paint("#d8c4a0", rough=1, bump=0.8, bump_scale=60)
    for x in (-0.06, 0.0, 0.06):
        loop = [
            (x, 0.68 * math.cos(a), 0.34 + 0.42 * math.sin(a))
            for a in np.linspace(0, 2 * math.pi, 17)[:-1]
        ]
        tube(loop, 0.03, twine, closed=True)
    for side in (-1, 1):
        bow = [
            (0, 0, 0.76),
            (0.15 * side, -0.2, 0.95),
            (0.45 * side, -0.3, 0.9),
            (0.4 * side, -0.2, 0.78),
            (0, 0, 0.76),
        ]
        tube(bow, 0.025, twine)
    star(dice, 4, inner=1.0, outer=1.5)


def star(dice: random.Random, count: int = 9, inner: float = 0.0, outer: float = 1.0) -> None:
    """Strew star anise."""
    pod = paint("#6e3b1c", second="#8d5630", scale=6, rough=0.7, bump=0.5)
    seed = paint("#a5622c", rough=0.15)
    parts: list[Thing] = []
    for k in range(8):
        angle = k * math.pi / 4
        c, s = math.cos(angle), math.sin(angle)
        for side in (-1, 1):
            px, py = -s * 0.035 * side, c * 0.035 * side
            line = [
                (0.05 * c, 0.05 * s, 0.03),
                (0.2 * c + px, 0.2 * s + py, 0.08),
                (0.38 * c + px * 0.3, 0.38 * s + py * 0.3, 0.06),
            ]
            parts.append(tube(line, 0.035, pod, taper=[0.9, 1.3, 0.3]))
        parts.append(
            ball((0.22 * c, 0.22 * s, 0.1), (0.05, 0.035, 0.03), seed, turn=(0, 0, k * 45))
        )
    one = hide(group(parts))
    if inner:
        for _ in range(count):
            angle, far = dice.uniform(3.4, 6.0), dice.uniform(inner, outer)
            again(
                one,
                (far * math.cos(angle), far * math.sin(angle), 0.03),
                (dice.uniform(-12, 12), 0, dice.uniform(0, 90)),
            )
        return
    for index in range(count):
        angle, far = index * 2.4, 0.33 * math.sqrt(index)
        again(
            one,
            (far * math.cos(angle), far * math.sin(angle), 0.02 + 0.06 * (index % 3)),
            (dice.uniform(-25, 25), dice.uniform(-25, 25), dice.uniform(0, 90)),
        )


def dish_of(dice: random.Random, what: str = "mango", dish: str = "speckle") -> None:
    """Fill a dish with nuts, dried fruit, beans or sweets."""
    line = [(0, 0.08), (0.6, 0.05), (0.65, 0), (0.72, 0.05), (1.2, 0.3), (1.45, 0.62), (1.42, 0.66)]
    skin = wood() if dish == "wood" else glaze(dish)
    turned([*line, (1.1, 0.36), (0, 0.2)], skin)
    make, count, under = FILLINGS[what]
    kinds = make()
    mound(1.2, 0.22, paint(under, rough=0.9, bump=0.5), (0, 0, 0.45))
    for one in kinds:
        hide(one)
    heap(
        kinds,
        dice,
        count,
        radius=1.2,
        height=0.3,
        at=(0, 0, 0.52),
        flat=what in {"mango", "slices", "banana"},
    )
    for _k in range(6):
        angle = dice.uniform(3.3, 6.1)
        again(
            dice.choice(kinds),
            (1.75 * math.cos(angle), 1.6 * math.sin(angle), 0.06),
            (dice.uniform(-10, 10), 0, dice.uniform(0, 360)),
        )


def _cashew() -> list[Thing]:
    skin = paint("#e3c894", second="#cfa866", scale=3, rough=0.5)
    bow = [(-0.2, 0.02, 0), (-0.12, 0.12, 0), (0.03, 0.13, 0), (0.14, 0.03, 0), (0.14, -0.06, 0)]
    return [tube(bow, 0.085, skin, taper=[0.6, 1.1, 1.1, 1.1, 0.7])]


def _macadamia() -> list[Thing]:
    nut = paint("#e9d7ae", second="#d8bd87", rough=0.45, scale=3)
    return [ball(ORIGIN, 0.16, nut), ball(ORIGIN, 0.18, paint("#6b3d20", rough=0.3))]


def _mango() -> list[Thing]:
    skin = paint("#e08a1e", second="#c4610f", scale=4, rough=0.35, soft=0.2)

    def strip(u: np.ndarray, v: np.ndarray, k: int) -> Any:
        wide = 0.24 * (1 - (2 * u - 1) ** 4 * 0.5)
        return (
            (u - 0.5) * 0.8,
            (v - 0.5) * wide,
            0.07 * np.sin(u * 7 + k) + 0.05 * np.cos(v * 6 + k),
        )

    return [sheet(partial(strip, k=k), skin, fine=(16, 8), thick=0.05) for k in range(3)]


def _banana() -> list[Thing]:
    skin = paint("#d8b26a", second="#a8742f", kind="noise", scale=6, rough=0.6)
    line = [(0, 0.03), (0.2, 0.035), (0.22, 0), (0.2, -0.035), (0, -0.03)]
    return [turned(line, skin, wobble=0.08)]


def _passion_fruit() -> list[Thing]:
    rind = paint("#4a2030", second="#2e121c", scale=5, rough=0.7, bump=0.6, bump_scale=12)
    pulp = paint("#b86a10", second="#7a3d08", scale=6, rough=0.2, soft=0.2)
    seed = paint("#1a0f0a", rough=0.25)
    edge = [(0.25, 0.03), (0.28, 0.07), (0.31, 0.05), (0.3, -0.02), (0.2, -0.1), (0, -0.12)]
    bulge = [(0, 0.05), (0.12, 0.055), (0.22, 0.035), (0.265, 0.02)]
    parts = [turned(edge, rind, ribs=(13, 0.02), wobble=0.07), turned(bulge, pulp, ribs=(5, 0.03))]
    for k in range(19):
        angle, far = k * 2.4, 0.05 * math.sqrt(k + 0.4)
        at = (far * math.cos(angle), far * math.sin(angle), 0.06 - far * 0.1)
        parts.append(ball(at, (0.045, 0.026, 0.022), seed, turn=(0, 0, math.degrees(angle))))
    return [group(parts)]


# what → how its pieces are made, how many, and the colour below them
FILLINGS: dict[str, tuple[Callable[[], list[Thing]], int, str]] = {
    "cashew": (_cashew, 150, "#d9b97c"),
    "macadamia": (_macadamia, 110, "#d8bd87"),
    "mango": (_mango, 60, "#a8560f"),
    "banana": (_banana, 110, "#b98842"),
    "slices": (_passion_fruit, 40, "#3a1a20"),
}


def chillies(dice: random.Random, colour: str = "#9c1f14", hung: bool = False) -> None:
    skin = paint(
        colour, second=mixed(colour, "#2a0805", 0.5), scale=3, rough=0.28, bump=0.35, bump_scale=9
    )
    stem = paint("#6b7a3a", rough=0.8)
    pod = tube(
        [(0, 0, 0), (0.05, 0, -0.25), (0.02, 0.03, -0.6), (0.14, 0, -0.95)],
        0.13,
        skin,
        taper=[0.7, 1.05, 0.8, 0.15],
    )
    tail = tube([(0, 0, 0), (-0.02, 0, 0.12), (0.04, 0, 0.24)], 0.03, stem)
    one = hide(group([pod, tail]))
    if hung:
        for k in range(54):
            angle, z = k * 2.4, 2.6 - k * 0.045
            again(
                one,
                (0.08 * math.cos(angle), 0.08 * math.sin(angle), z + 0.6),
                (0, dice.uniform(-62, -38), math.degrees(angle)),
                dice.uniform(0.8, 1.05),
            )
        tube([(0, 0, 0.4), (0, 0, 2.0), (0.02, 0, 3.6)], 0.03, paint("#cdb78d", rough=1))
    else:
        for _ in range(34):
            angle, far = dice.uniform(0, 6.3), math.sqrt(dice.random()) * 0.8
            at = (far * math.cos(angle) - 0.3, far * math.sin(angle), 0.14 + 0.3 * (1 - far))
            again(
                one,
                at,
                (90 + dice.uniform(-12, 12), 0, dice.uniform(0, 360)),
                dice.uniform(0.85, 1.1),
            )


def vanilla(dice: random.Random) -> None:
    skin = paint("#2e1a10", second="#1c0f09", rough=0.3, bump=0.5, bump_scale=30)
    for k in range(13):
        y, z = (k % 7 - 3) * 0.11, 0.06 + 0.1 * (k // 7)
        bend = dice.uniform(-0.12, 0.12)
        tube(
            [
                (-1.5, y, z),
                (-0.5, y + bend, z),
                (0.5, y - bend, z + 0.02),
                (1.4, y, z),
                (1.52, y + 0.08, z + 0.05),
            ],
            0.06,
            skin,
            taper=[0.5, 1, 1.05, 0.8, 0.4],
        )
    twine = paint("#dcc9a6", rough=1)
    for x in (-0.55, -0.5, -0.45, 0.45, 0.5, 0.55):
        loop = [
            (x, 0.45 * math.cos(a), 0.12 + 0.16 * math.sin(a))
            for a in np.linspace(0, 2 * math.pi, 17)[:-1]
        ]
        tube(loop, 0.02, twine, closed=True)
