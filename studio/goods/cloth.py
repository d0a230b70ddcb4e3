"""What is woven, dyed and folded."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
from PIL import Image

from studio import patterns
from studio.materials import Material, mixed, paint, wood
from studio.shapes import (
    ball,
    group,
    move,
    ring,
    sheet,
    tube,
    turned,
)

INDIGO = ("#1f3566", "#dfe6ea")


def fabric(
    dice: random.Random,
    style: str = "plain",
    inks: tuple[str, ...] = INDIGO,
    repeat: tuple[float, float] = (2, 2),
) -> Material:
    """Return a cloth: plain, or with a pattern by its name, in the given inks."""
    image: Image.Image | None = {
        "plain": lambda: None,
        "waves": lambda: patterns.waves(inks[0], inks[1]),
        "tie": lambda: patterns.tie_dye(inks[0], inks[1], dice),
        "stripes": lambda: patterns.stripes(inks, (40, 12, 22, 8)),
        "bars": lambda: patterns.stripes(inks, (40, 12, 22, 8), upright=True),
        "checks": lambda: patterns.checks(inks[0], inks[1]),
        "zigzag": lambda: patterns.zigzags(inks),
        "diamonds": lambda: patterns.diamonds(inks[0], inks[1:]),
        "blocks": lambda: patterns.block_print(inks[0], inks[1:]),
    }[style]()
    return paint(
        inks[0],
        image=image,
        second=None if image else mixed(inks[0], inks[-1], 0.18),
        scale=2.5,
        repeat=repeat,
        rough=0.9,
        sheen=0.35,
        weave=520,
        bump=0.5,
    )


def stack(
    dice: random.Random,
    styles: tuple[tuple[Any, ...], ...],
    size: tuple[float, float] = (2.0, 1.5),
    layers: int = 3,
    thick: float = 0.1,
) -> None:
    """Lay folded cloths upon each other; each folded so that soft edges look at the buyer."""
    base = 0.0
    for style, inks in styles:
        skin = fabric(dice, style, inks)
        base = _folded(dice, skin, size, layers, thick, base)


def _folded(
    dice: random.Random,
    skin: Material,
    size: tuple[float, float],
    layers: int,
    thick: float,
    base: float,
) -> float:
    w, d = size[0] * dice.uniform(0.96, 1.02), size[1] * dice.uniform(0.96, 1.02)
    path: list[tuple[float, float]] = []
    for layer in range(layers):
        z, way = base + thick * (layer + 0.5), 1 if layer % 2 else -1
        path += [
            (way * -d / 2 * s, z + 0.012 * math.sin(s * 5 + layer))
            for s in np.linspace(-0.98, 0.98, 14)
        ]
        if layer < layers - 1:
            path += [
                (way * (-d / 2 - thick * 0.5 * math.sin(a)), z + thick * 0.5 * (1 - math.cos(a)))
                for a in np.linspace(0.3, 2.8, 7)
            ]
    line = np.array(path)
    shift, swell = dice.uniform(-0.03, 0.03), dice.uniform(0, 6)

    def place(u: np.ndarray, v: np.ndarray) -> Any:
        at = v * (len(line) - 1)
        y, z = (
            np.interp(at, np.arange(len(line)), line[:, 0]),
            np.interp(at, np.arange(len(line)), line[:, 1]),
        )
        soft = 0.02 * np.sin(u * 7 + swell + v * 9) + 0.012 * np.sin(u * 17 + v * 5)
        return (u - 0.5) * w + shift, y + soft * 0.7, z + soft * 0.8 * (z - base > thick * 0.3)

    sheet(place, skin, fine=(70, 110), thick=thick * 0.82)
    return base + thick * layers


def draped(
    dice: random.Random,
    style: str = "tie",
    inks: tuple[str, ...] = INDIGO,
    fringe: bool = True,
    repeat: tuple[float, float] = (1.5, 4),
) -> None:
    """Hang a long cloth over a rail, in folds, one end lower than the other."""
    skin = fabric(dice, style, inks, repeat)
    a = dice.uniform(0, 6)

    def place(u: np.ndarray, v: np.ndarray) -> Any:
        length = v * 5.6
        over = np.clip((length - 2.5) / 0.5, 0, 1) * math.pi
        z = np.where(
            length < 2.5,
            0.35 + length,
            np.where(length < 3.0, 2.85 + 0.16 * np.sin(over), 2.85 - (length - 3.0)),
        )
        side = np.where(length < 2.5, 1.0, np.where(length < 3.0, np.cos(over), -1.0))
        down = np.clip(np.abs(2.85 - z) / 2.4, 0, 1)
        fold = (0.12 + 0.2 * down) * np.sin(u * 2 * math.pi * 3.2 + a + 0.7 * down) * 0.55
        x = (
            (u - 0.5) * (1.25 + 0.22 * down)
            + 0.05 * np.sin(z * 2 + a)
            + np.where(side < 0, 0.35, -0.05)
        )
        return x, -0.17 * side + fold, z

    sheet(place, skin, fine=(120, 160), thick=0.025)
    if fringe:
        thread = paint(mixed(inks[0], "#e8e0d0", 0.25), rough=1)
        for k in range(44):
            u = (k + 0.5) / 44
            x = (u - 0.5) * 1.47 - 0.05 + 0.05 * math.sin(0.7 + a)
            y = -0.17 + 0.32 * math.sin(u * 2 * math.pi * 3.2 + a + 0.7) * 0.55
            tube(
                [
                    (x, y, 0.36),
                    (x + dice.uniform(-0.02, 0.02), y, 0.2),
                    (x + dice.uniform(-0.04, 0.04), y, 0.02),
                ],
                0.011,
                thread,
            )
    rail = tube([(-1.6, 0, 2.82), (0, 0, 2.82), (1.6, 0, 2.82)], 0.09, wood("#a8753f", "#70481f"))
    for x in (-1.5, 1.5):
        tube([(x, 0, 0), (x, 0, 1.5), (x, 0, 2.9)], 0.06, wood("#a8753f", "#70481f"))
    rail["prop"] = False


def runner(dice: random.Random, style: str = "waves", inks: tuple[str, ...] = INDIGO) -> None:
    """Lay a long cloth over the table, its end turned up, with a bowl on it."""
    skin = fabric(dice, style, inks, (1.5, 4.5))
    a = dice.uniform(0, 6)

    def place(u: np.ndarray, v: np.ndarray) -> Any:
        x, y = (u - 0.5) * 1.7, (v - 0.35) * 5.2
        roll = np.exp(-(((v - 0.25) / 0.05) ** 2)) * 0.18 * (0.6 + 0.4 * np.sin(u * 3 + a))
        z = 0.04 + 0.02 * np.sin(y * 2 + u * 3 + a) + roll
        return x + 0.05 * np.sin(y + a), y, z

    sheet(place, skin, fine=(60, 200), thick=0.03)
    turned(
        [(0, 0.05), (0.3, 0), (0.7, 0.35), (0.72, 0.42), (0.66, 0.4), (0, 0.12)],
        paint("#e9e2d3", rough=0.3, coat=0.6),
        at=(0.1, 0.8, 0.06),
    )


def cushion(
    dice: random.Random, style: str = "diamonds", inks: tuple[str, ...] = INDIGO, count: int = 1
) -> None:
    """Stand cushions against each other."""
    for index in range(count):
        skin = fabric(
            dice,
            style if index == 0 else "plain",
            inks if index == 0 else (inks[-1], inks[0]),
            (1, 1),
        )
        parts = []
        for side in (-1, 1):

            def place(u: np.ndarray, v: np.ndarray, s: int = side) -> Any:
                a, b = 2 * u - 1, 2 * v - 1
                puff = (1 - a**4) ** 0.5 * (1 - b**4) ** 0.5
                pull = 1 - 0.09 * (1 - a * a) * b * b - 0.09 * (1 - b * b) * a * a
                crease = 0.03 * np.sin(a * 6 + b * 3) * (1 - puff)
                return (
                    a * 1.25 * pull,
                    s * (0.42 * puff**0.8 + 0.0) + crease,
                    b * 1.25 * pull + 1.25,
                )

            parts.append(sheet(place, skin, fine=(70, 70)))
        edge = [
            (x * 1.24, 0, z * 1.24 + 1.25)
            for x, z in (
                (-1, -1),
                (0, -0.91),
                (1, -1),
                (0.91, 0),
                (1, 1),
                (0, 0.91),
                (-1, 1),
                (-0.91, 0),
            )
        ]
        parts.append(
            tube(edge, 0.03, paint(mixed(inks[0], "#ffffff", 0.15), rough=0.9), closed=True)
        )
        move(group(parts), (index * 1.1, index * 0.75, 0.02), (-14, 0, -12 * index + 6))


def tote(dice: random.Random, style: str = "tie", inks: tuple[str, ...] = INDIGO) -> None:
    """Hang a bag from a wooden peg."""
    skin = fabric(dice, style, inks, (1, 1))
    a = dice.uniform(0, 6)
    for side in (-1, 1):

        def place(u: np.ndarray, v: np.ndarray, s: int = side) -> Any:
            x = (u - 0.5) * 2.0 * (1 + 0.05 * (1 - v))
            belly = 0.16 * (1 - (2 * u - 1) ** 2) * (1 - 0.75 * v) * (0.4 + v * 1.2)
            fold = 0.05 * np.sin(u * 9 + a + s) * (0.3 + 0.7 * v)
            return x, s * (belly + 0.02) + fold, v * 2.2 - 0.06 * np.cos((u - 0.5) * 5) * v

        sheet(place, skin, fine=(70, 70), thick=0.03)
        strap = [
            (-0.5, 0.1 * side, 1.9),
            (-0.48, 0.1 * side, 2.6),
            (-0.1, 0.08 * side, 3.15),
            (0.1, 0.08 * side, 3.15),
            (0.48, 0.1 * side, 2.6),
            (0.5, 0.1 * side, 1.9),
        ]
        band = tube(strap, 0.07, skin)
        band.scale[1] = 0.6
    peg = tube([(0, 0.9, 3.1), (0, 0.1, 3.1), (0, -0.3, 3.16)], 0.08, wood())
    peg["prop"] = True


def bolt(
    dice: random.Random,
    rolls: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("blocks", ("#efe6d3", "#b5402f", "#2f4f7a")),
    ),
) -> None:
    """Stand rolled cloths in a row, each with its loose end."""
    for index, (style, inks) in enumerate(rolls):
        skin = fabric(dice, style, inks, (3, 3))
        parts = []
        spiral = np.linspace(0, 9 * math.pi, 160)
        tail = np.array([(0.52 + 0.1 * k, -0.52 + 0.02 * math.sin(k)) for k in range(5)])
        xs = np.r_[(0.12 + 0.0142 * spiral) * np.cos(spiral), tail[:, 0] - 0.1]
        zs = np.r_[(0.12 + 0.0142 * spiral) * np.sin(spiral), tail[:, 1] + 0.03]
        at = np.linspace(0, 1, len(xs))
        parts.append(
            sheet(
                lambda u, v, xs=xs, zs=zs, at=at: (
                    np.interp(v, at, xs),
                    (u - 0.5) * 3.0,
                    np.interp(v, at, zs) + 0.55,
                ),
                skin,
                fine=(20, 220),
                thick=0.03,
            )
        )
        move(
            group(parts),
            (index * 1.12 - 0.56 * (len(rolls) - 1), 0, 0 if index < 3 else 0.95),
            (0, 0, dice.uniform(-4, 4)),
        )


def yarn(
    dice: random.Random,
    colours: tuple[str, ...] = ("#22407a", "#5f86b5", "#c9d6de"),
) -> None:
    """Wind balls of yarn, thread by thread."""
    spots = ((-0.6, 0.1, 0.62), (0.62, -0.15, 0.55), (0.05, -0.75, 0.42), (0.1, 0.75, 0.5))
    for colour, (x, y, r) in zip((*colours, colours[0]), spots, strict=False):
        skin = paint(
            colour,
            second=mixed(colour, "#ffffff", 0.25),
            scale=9,
            rough=1.0,
            sheen=0.5,
            bump=0.8,
            bump_scale=60,
        )
        parts = [ball((0, 0, 0), r * 0.93, skin)]
        for _k in range(46):
            tilt, spin = dice.uniform(0, math.pi), dice.uniform(0, math.pi)
            size = r * dice.uniform(0.92, 1.02)
            loop = ring(math.sqrt(max(size**2 - (0.3 * r) ** 2 * dice.random(), 0.01)), 0.035, skin)
            loop.rotation_euler = (tilt, spin, 0)
            parts.append(loop)
        move(group(parts), (x, y, r))
    end = [(0.3, -1.1, 0.04), (0.7, -1.3, 0.04), (1.1, -1.0, 0.04), (1.5, -1.25, 0.04)]
    tube(end, 0.035, paint(colours[0], rough=1))


def blanket(
    dice: random.Random,
    inks: tuple[str, ...] = ("#b5402f", "#efe0c4", "#2f4f5f"),
    rolled: bool = False,
) -> None:
    style = "checks" if rolled else "stripes"
    skin = fabric(dice, style, inks, (2, 4))
    if not rolled:
        top = _folded(dice, skin, (2.3, 1.7), 4, 0.2, 0.0)
        thread = paint(mixed(inks[1], "#ffffff", 0.3), rough=1)
        for k in range(50):
            x = (k / 49 - 0.5) * 2.2
            tube(
                [
                    (x, -0.82, top - 0.1),
                    (x + dice.uniform(-0.02, 0.02), -0.98, top - 0.14),
                    (x + dice.uniform(-0.05, 0.05), -1.02, top - 0.34),
                ],
                0.016,
                thread,
            )
        return
    spiral = np.linspace(0, 8 * math.pi, 150)
    xs, zs = (0.1 + 0.026 * spiral) * np.cos(spiral), (0.1 + 0.026 * spiral) * np.sin(spiral)
    at = np.linspace(0, 1, 150)
    sheet(
        lambda u, v: (
            (u - 0.5) * 2.6,
            np.interp(v, at, xs) + 0.02 * np.sin(u * 9),
            np.interp(v, at, zs) + 0.76,
        ),
        skin,
        fine=(60, 200),
        thick=0.07,
    )
    leather = paint("#6b3d20", rough=0.5, bump=0.3)
    for x in (-0.75, 0.75):
        loop = [
            (x, 0.8 * math.cos(a), 0.76 + 0.8 * math.sin(a))
            for a in np.linspace(0, 2 * math.pi, 17)[:-1]
        ]
        tube(loop, 0.05, leather, closed=True)
    tube([(-0.75, 0, 1.56), (-0.4, 0, 1.8), (0.4, 0, 1.8), (0.75, 0, 1.56)], 0.07, leather)


def rug(
    dice: random.Random,
    field: str = "#a83a2a",
    inks: tuple[str, ...] = ("#2f3f5f", "#e3cfa5", "#d98f3a"),
    rolled: bool = True,
) -> None:
    """Lay a knotted rug, one end rolled up, with a fringe."""
    skin = paint(
        field, image=patterns.rug(field, inks, dice), rough=1.0, sheen=0.3, weave=260, bump=1.0
    )
    turns = np.linspace(0, 4 * math.pi, 90)
    flat = [(y, 0.05) for y in np.linspace(-2.4, 1.2, 40)]
    roll = [
        (
            1.2 + (0.2 + 0.022 * (12.57 - t)) * math.sin(t),
            0.05 + 0.48 - (0.2 + 0.022 * (12.57 - t)) * math.cos(t),
        )
        for t in turns
    ]
    line = np.array(flat + roll if rolled else [(y, 0.05) for y in np.linspace(-2.2, 2.2, 40)])
    at = np.linspace(0, 1, len(line))
    sheet(
        lambda u, v: (
            (u - 0.5) * 2.9,
            np.interp(v, at, line[:, 0]),
            np.interp(v, at, line[:, 1]) + 0.012 * np.sin(u * 8 + v * 20),
        ),
        skin,
        fine=(60, 160),
        thick=0.08,
    )
    wool = paint("#e9dcc2", rough=1)
    for k in range(60):
        x, y = (k / 59 - 0.5) * 2.86, float(line[0, 0])
        tube(
            [
                (x, y, 0.05),
                (x + dice.uniform(-0.04, 0.04), y - 0.14, 0.03),
                (x + dice.uniform(-0.08, 0.08), y - 0.28, 0.02),
            ],
            0.016,
            wool,
        )
