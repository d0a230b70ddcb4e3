"""Goods in their packing: bags, sacks, jars, tins, bottles, with printed labels."""

from __future__ import annotations

import math
import random

import numpy as np
from PIL import Image

from studio import patterns
from studio.materials import glass, metal, mixed, paint, shared, wood
from studio.shapes import (
    Thing,
    ball,
    box,
    everything,
    group,
    heap,
    hide,
    mound,
    move,
    ring,
    sheet,
    strewn,
    tube,
    turned,
)

Words = tuple[str, ...]


def bean(colour: str) -> Thing:
    """Return a coffee bean with its furrow."""
    skin = shared(
        f"bean{colour}", lambda: paint(colour, rough=0.35, second=mixed(colour, "#000000", 0.35))
    )
    body = ball((0, 0, 0), (0.12, 0.085, 0.06), skin)
    dark = shared("furrow", lambda: paint("#1a0f08", rough=0.8))
    crease = tube(
        [(-0.1, 0.005, 0.035), (-0.03, -0.012, 0.06), (0.04, 0.012, 0.06), (0.1, 0, 0.035)],
        0.008,
        dark,
    )
    return group([body, crease])


def _paper_bag(
    dice: random.Random, size: tuple[float, float, float], colour: str, print_: object
) -> None:
    """Build an upright bag: flat foot, gusset sides, folded top, and a label on its front."""
    w, d, h = size
    skin = paint(
        colour, rough=0.7, second=mixed(colour, "#6b4a2a", 0.15), scale=2.5, bump=0.25, bump_scale=5
    )
    lean = dice.uniform(-0.03, 0.03)

    def wall(u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        turn = u * 2 * math.pi
        c, s = np.cos(turn), np.sin(turn)
        x = np.sign(c) * np.abs(c) ** 0.28 * w / 2
        y = np.sign(s) * np.abs(s) ** 0.28 * d / 2
        close = np.clip((v - 0.6) / 0.3, 0, 1)
        y = y * (1 - 0.93 * close**1.3)
        dent = 0.035 * np.sin(v * 9 + c * 3 + lean * 90) * np.sin(turn * 2 + v * 4)
        return x * (1 + 0.03 * close) + dent * 0.4, y + dent, v * h

    sheet(wall, skin, fine=(120, 60))
    box((w * 1.04, 0.1, 0.2), skin, at=(0, 0, h * 0.93), turn=(4, 0, 0), round_by=0.04)
    tin = shared("tie", lambda: metal("#b08d4f", rough=0.35))
    box((w * 1.1, 0.03, 0.05), tin, at=(0, -0.08, h * 0.975))

    def front(u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        x = (u - 0.5) * 0.72  # of the width; found again on the wall's own line
        c = np.sign(x) * np.abs(2 * x) ** (1 / 0.28)
        along = 1 - np.arccos(np.clip(c, -1, 1)) / (2 * math.pi)
        _, y, z = wall(along, 0.1 + 0.48 * v)
        return x * w, y - 0.02, z

    sheet(front, paint("#ffffff", image=print_, rough=0.6), fine=(30, 24))


def bag(
    dice: random.Random,
    colour: str = "#b98f60",
    words: Words = ("ARABICA", "washed · medium roast", "500 g"),
    paper: str = "#f1e8d8",
    ink: str = "#3a2418",
    band: str = "#9a4a2b",
    spill: str = "#4a2a18",
) -> None:
    image = patterns.label(paper, ink, words, band=band)
    _paper_bag(dice, (1.35, 0.75, 2.3), colour, image)
    if spill:
        strewn(hide(bean(spill)), dice, 36, inner=0.75, outer=1.5)


def sampler(
    dice: random.Random,
    inks: Words = ("#c98f4e", "#8a4f2a", "#3d2417"),
    words: Words = ("LIGHT", "MEDIUM", "DARK"),
) -> None:
    before = set(everything())
    for index, (ink, word) in enumerate(zip(inks, words, strict=True)):
        image = patterns.label("#f4eddf", "#33231a", (word, "one harvest", "100 g"), band=ink)
        _paper_bag(dice, (0.85, 0.5, 1.35), ("#c39a6b", "#b98f60", "#a87f52")[index], image)
        made = [one for one in everything() if one not in before and one.parent is None]
        move(group(made), ((index - 1) * 1.0, abs(index - 1) * 0.25, 0), (0, 0, (1 - index) * -9))
        before = set(everything())
    strewn(hide(bean("#4a2a18")), dice, 22, inner=0.6, outer=1.2)


def _jute() -> Image.Image:
    """Return coarse plain weave, each thread a little darker or lighter than the next."""
    dice = np.random.default_rng(5)
    rows, columns = dice.uniform(0.78, 1.08, (2, 32))
    y, x = np.mgrid[0:256, 0:256]
    over = ((x // 8 + y // 8) % 2).astype(bool)
    thread = np.where(over, rows[y // 8], columns[x // 8])
    ridge = np.where(over, np.sin((y % 8 + 0.5) / 8 * math.pi), np.sin((x % 8 + 0.5) / 8 * math.pi))
    shade = thread * (0.55 + 0.45 * ridge)
    return Image.fromarray(
        (np.array([196, 160, 112]) * shade[..., None]).clip(0, 255).astype(np.uint8)
    )


def sack(dice: random.Random, fill: str = "#9a9a63") -> None:
    jute = paint("#b8966a", image=_jute(), repeat=(9, 4), rough=0.95, weave=150, bump=1.0)

    def wall(u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        turn = u * 2 * math.pi
        fold = 0.05 * np.sin(turn * 7 + v * 3) * v + 0.04 * np.sin(turn * 3 + v * 9)
        r = 1.0 + 0.22 * np.sin(np.clip(v, 0, 0.8) * 3.4) + fold
        roll = np.clip((v - 0.8) / 0.2, 0, 1)
        r = r + 0.14 * np.sin(roll * math.pi)
        z = np.where(
            v < 0.8, v / 0.8 * 1.5, 1.5 + 0.13 * np.sin(roll * math.pi) - 0.22 * roll * roll
        )
        return r * np.cos(turn), r * np.sin(turn), np.maximum(z, 0)

    sheet(wall, jute, fine=(140, 70), thick=0.05)
    ground = paint(
        fill,
        second=mixed(fill, "#1a100a", 0.5),
        kind="specks",
        scale=30,
        rough=0.6,
        bump=1.0,
        bump_kind="specks",
        bump_scale=22,
    )
    mound(1.05, 0.3, ground, (0, 0, 1.28))
    heap(hide(bean(fill)), dice, 420, radius=1.0, height=0.3, at=(0, 0, 1.32), flat=True)
    strewn(hide(bean(fill)), dice, 24, inner=1.3, outer=2.0)
    scoop = wood("#b07a48", "#7b5029")
    half = turned(
        [(0.0, 0), (0.26, 0.02), (0.3, 0.3), (0.3, 0.75), (0.26, 0.72), (0.2, 0.1), (0, 0.08)],
        scoop,
    )
    rod = turned([(0.06, -0.8), (0.08, -0.75), (0.06, 0.0)], scoop)
    move(group([half, rod]), (0.2, -0.2, 1.75), (75, 0, 160))


def jar(
    dice: random.Random,
    fill: str = "#c9780f",
    words: Words = ("HONEY", "of the coffee gardens", "400 g"),
    lid: str = "metal",
    dipper: bool = True,
    clear: float = 0.75,
) -> None:
    line = [(0, 0.02), (0.6, 0), (0.7, 0.06), (0.72, 0.3), (0.72, 1.25), (0.62, 1.45), (0.6, 1.62)]
    turned(
        [*line, (0.56, 1.62), (0.57, 1.45), (0.67, 1.22), (0.67, 0.3), (0.64, 0.1), (0, 0.08)],
        glass(),
    )
    honey = (
        paint(fill, rough=0.06, clear=clear, ior=1.5)
        if clear
        else paint(fill, rough=0.4, second=mixed(fill, "#20100a", 0.4), kind="specks", scale=9)
    )
    turned(
        [(0, 0.09), (0.63, 0.11), (0.665, 0.3), (0.665, 1.2), (0.62, 1.3), (0, 1.3)],
        honey,
        sharp=True,
    )
    if clear:
        turned([(0, 0.2), (0.4, 0.2), (0.4, 1.2), (0, 1.2)], paint(fill, rough=0.6, glow=0.25))
    image = patterns.label(
        "#f6efe0", "#4a2c12", words, size=(512, 384), mark="comb" if dipper else "leaf"
    )

    def wrap(u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        turn = -math.pi / 2 + (u - 0.5) * 1.75
        return 0.73 * np.cos(turn), 0.73 * np.sin(turn), 0.35 + v * 0.78

    sheet(wrap, paint("#fff", image=image, rough=0.7), fine=(40, 4))
    _lid(dice, lid)
    if dipper:
        turner = wood("#c99a62", "#94683a")
        head = (
            [(0.02, 0)]
            + [(0.2 - 0.09 * (k % 2), 0.06 + 0.05 * k) for k in range(9)]
            + [(0.05, 0.56), (0.045, 1.6), (0.07, 1.68), (0, 1.72)]
        )
        move(turned(head, turner, along=160), (1.0, -0.55, 0.2), (86, 0, 60))


def _lid(dice: random.Random, kind: str) -> None:
    if kind == "cloth":
        image = patterns.checks("#f4ece0", dice.choice(("#a83232", "#3a5f8f", "#4f7a45")), step=32)

        def cap(u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            turn, far = u * 2 * math.pi, v * 1.1
            frill = np.clip(far - 0.68, 0, 1)
            r = np.minimum(far, 0.66 + 0.42 * frill) + 0.12 * frill * np.sin(turn * 12)
            return (
                r * np.cos(turn),
                r * np.sin(turn),
                1.68 - np.clip(far - 0.6, 0, 1) * 0.75 + 0.04 * (far < 0.5),
            )

        sheet(cap, paint("#fff", image=image, repeat=(5, 2), rough=0.9), fine=(160, 30), thick=0.02)
        ring(0.67, 0.03, paint("#b08a55", rough=0.9), at=(0, 0, 1.55))
        return
    skin = (
        metal("#c8a866", rough=0.3)
        if kind == "metal"
        else paint("#b98a58", second="#8d6238", kind="specks", scale=12, rough=0.9)
    )
    turned([(0.64, 1.45), (0.66, 1.46), (0.66, 1.68), (0.62, 1.72), (0, 1.72)], skin, sharp=True)


def tea_tin(
    dice: random.Random,
    colour: str = "#1f4a3c",
    words: Words = ("ASSAM", "leaf tea", "100 g"),
    band: str = "#c9a24a",
    leaves: str = "#2c1f16",
) -> None:
    image = patterns.label(colour, "#f1e2bd", words, band=band, size=(600, 400), mark="sun")
    coat = paint(colour, image=image, repeat=(2.0, 1.0), rough=0.3, coat=0.4)
    brass = metal("#d0ad63", rough=0.25)
    parts = [turned([(0.72, 0.03), (0.72, 0.7), (0.72, 1.42)], coat, sharp=True)]
    parts.append(turned([(0.725, 0), (0.745, 0.03), (0.725, 0.06)], brass))
    parts.append(
        turned(
            [(0.735, 1.42), (0.745, 1.43), (0.745, 1.78), (0.7, 1.83), (0, 1.84)], brass, sharp=True
        )
    )
    mound(0.6, 0.16, paint(leaves, rough=1, bump=1.0, bump_scale=20), (1.25, -0.45, 0))
    leaf = paint(leaves, second=mixed(leaves, "#8a7a4a", 0.3), rough=0.8)
    curl = hide(
        tube(
            [(-0.13, 0, 0), (-0.04, 0.03, 0.03), (0.05, -0.02, 0.02), (0.13, 0.02, 0)],
            0.018,
            leaf,
            taper=[0.4, 1, 1, 0.3],
        )
    )
    heap(curl, dice, 240, radius=0.68, height=0.17, at=(1.25, -0.45, 0.02), flat=True)


def oil(
    dice: random.Random,
    colour: str = "#8a9a3a",
    words: Words = ("ARGAN", "first pressing", "250 ml"),
    dark: bool = False,
) -> None:
    line = [
        (0, 0.02),
        (0.42, 0),
        (0.5, 0.06),
        (0.5, 1.3),
        (0.4, 1.6),
        (0.17, 1.85),
        (0.15, 2.25),
        (0.19, 2.3),
        (0.19, 2.38),
    ]
    turned(line, glass("#5a6b35" if dark else "#eef4ea"))
    turned(
        [(0, 0.1), (0.43, 0.1), (0.45, 1.25), (0.35, 1.55), (0.1, 1.8), (0, 1.8)],
        paint(colour, rough=0.05, clear=0.7),
    )
    turned([(0, 0.2), (0.25, 0.2), (0.25, 1.3), (0, 1.3)], paint(colour, rough=0.6, glow=0.15))
    turned(
        [(0.13, 2.25), (0.16, 2.6), (0, 2.62)],
        paint("#b98a58", second="#8d6238", kind="specks", scale=14, rough=0.95),
        sharp=True,
    )
    image = patterns.label("#f3ecdc", "#3a3a1f", words, size=(512, 420), mark="drop")

    def wrap(u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        turn = -math.pi / 2 + (u - 0.5) * 2.0
        return 0.512 * np.cos(turn), 0.512 * np.sin(turn), 0.3 + v * 0.8

    sheet(wrap, paint("#fff", image=image, rough=0.7), fine=(40, 4))
    nut = paint("#8d5c30", second="#6b4020", scale=3, rough=0.6, bump=0.3)
    for x, y in ((0.85, -0.3), (1.15, -0.05), (0.95, 0.25), (-0.8, -0.4)):
        ball((x, y, 0.14), (0.2, 0.15, 0.14), nut, turn=(0, 0, dice.uniform(0, 180)))


def dropper(
    dice: random.Random,
    glass_colour: str = "#6b3d14",
    words: tuple[str, ...] = ("PROPOLIS", "drops", "30 ml"),
) -> None:
    """Two small dropper bottles with labels."""
    for x, y, turn in ((-0.5, 0.15, 8), (0.55, -0.25, -10)):
        parts = [
            turned(
                [
                    (0, 0),
                    (0.42, 0),
                    (0.46, 0.05),
                    (0.46, 1.0),
                    (0.34, 1.2),
                    (0.2, 1.25),
                    (0.2, 1.35),
                ],
                paint(glass_colour, rough=0.06, clear=0.75, ior=1.5),
            )
        ]
        parts.append(
            turned(
                [
                    (0.22, 1.3),
                    (0.24, 1.32),
                    (0.24, 1.55),
                    (0.2, 1.58),
                    (0.14, 1.6),
                    (0.16, 1.95),
                    (0.1, 2.08),
                    (0, 2.1),
                ],
                paint("#1c1a19", rough=0.4),
            )
        )
        image = patterns.label("#efe6d2", "#3a2412", words, size=(480, 400), mark="drop")
        parts.append(
            sheet(
                lambda u, v: (
                    0.497 * np.cos(-math.pi / 2 + (u - 0.5) * 2.2),
                    0.497 * np.sin(-math.pi / 2 + (u - 0.5) * 2.2),
                    0.2 + v * 0.64,
                ),
                paint("#fff", image=image, rough=0.7),
                fine=(40, 4),
            )
        )
        move(group(parts), (x, y, 0), (0, 0, turn))
