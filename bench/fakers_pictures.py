"""Pictures of the simulated market: photographs dealt out to roles, and drawn scenes.

A photograph has one role alone: a rights holder's, one honest shop's own, a supplier's stock
picture, or goods that a ring of fakers photographed. Where there are too few photographs for all
honest shops, scenes are drawn: every number another arrangement of bodies, patterns and grounds,
so that two scenes are really different pictures and never one picture edited. Of a folder whose
files begin with a number only the odd ones are used: the even ones are for whoever tunes.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench import fakers_edits as edits

DEMO = Path(__file__).resolve().parent.parent / "ewtp" / "demo" / "pictures"
LONG_SIDE = 420
SCENE_SIDE = 360
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Shot:
    """A picture by its recipe: a photograph or scene, then edits as (family, seed), then a label.

    The same recipe is the same file, so its name serves as the upload's hash.
    """

    source: str
    edited: tuple[tuple[str, int], ...] = ()
    label: str = ""

    @property
    def sha256(self) -> str:
        """Return the name of the file, in the form of a hash."""
        return hashlib.sha256(repr((self.source, self.edited, self.label)).encode()).hexdigest()


@dataclass
class Pool:
    """All sources of one market, dealt out by a seed."""

    references: list[str] = field(default_factory=list)
    factory: list[str] = field(default_factory=list)
    stock: list[str] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    scenes: int = 0

    def next_own(self) -> str:
        """Return a picture nobody has used yet: a photograph while there are any, then a scene."""
        if self.own:
            return self.own.pop()
        self.scenes += 1
        return f"scene:{self.scenes}"


def deal(folder: Path, *, brands: int, each: int, rings: int, seed: int) -> Pool:
    """Deal the photographs of a folder out to roles; the rest are honest shops' own."""
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in {".jpg", ".png", ".webp"})
    numbered = [p for p in files if re.match(r"\d", p.name)]
    if numbered:
        files = [p for p in numbered if int(re.match(r"\d+", p.name).group()) % 2]  # type: ignore[union-attr]
    # One good seen from two sides goes to one role: a matcher may rightly know it again.
    goods: dict[str, list[str]] = {}
    for path in files:
        good = path.stem if numbered else path.stem.rpartition("-")[0] or path.stem
        goods.setdefault(good, []).append(str(path))
    shuffled = list(goods.values())
    random.Random(seed).shuffle(shuffled)
    names = [name for some in shuffled for name in some]
    wanted = (brands * each, rings * 2, max(4, len(names) // 25))
    need = sum(wanted)
    if need > len(names) * 3 // 4:
        raise SystemExit(f"{folder} has {len(names)} usable pictures; {need} and more are needed.")
    pool = Pool(scenes=seed * 1_000_000)
    pool.references, shuffled = _taken(shuffled, wanted[0])
    pool.factory, shuffled = _taken(shuffled, wanted[1])
    pool.stock, shuffled = _taken(shuffled, wanted[2])
    pool.own = [name for some in shuffled for name in some]
    return pool


def _taken(goods: list[list[str]], many: int) -> tuple[list[str], list[list[str]]]:
    """Return so many pictures of the first goods, and the goods that are left untouched."""
    names: list[str] = []
    while len(names) < many and goods:
        names += goods[0]
        goods = goods[1:]
    if len(names) < many:
        raise SystemExit("There are too few pictures for so many brands and rings.")
    return names[:many], goods


def render(shot: Shot) -> Image.Image:
    """Return the picture of a recipe, in RGB."""
    image = source(shot.source).copy()
    for family, number in shot.edited:
        edit = edits.EDITS.get(family, edits.recoloured)
        image = edit(image, random.Random(number)).convert("RGB")
    if shot.label:
        image = edits.labelled(image, shot.label, random.Random(shot.sha256))
    return image


@lru_cache(maxsize=600)
def source(name: str) -> Image.Image:
    """Return a photograph or a drawn scene."""
    if name.startswith("scene:"):
        return scene(int(name.partition(":")[2]))
    with Image.open(name) as opened:
        image = opened.convert("RGB")
    image.thumbnail((LONG_SIDE, LONG_SIDE))
    return image


def scene(number: int) -> Image.Image:
    """Draw one scene: a ground, one to four shaded bodies with patterns, a light."""
    dice = np.random.default_rng(number)
    side = SCENE_SIDE
    pixels = _ground(dice, side)
    for _ in range(int(dice.integers(1, 5))):
        mask, height = _body(dice, side)
        shadow = cv2.GaussianBlur(np.roll(mask, (9, 6), (0, 1)).astype(np.float32), (0, 0), 7)
        pixels *= (1 - 0.45 * shadow)[..., None]
        skin = _pattern(dice, side) * (0.45 + 0.65 * height)[..., None]
        soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8)[..., None]
        pixels = pixels * (1 - soft) + skin * soft
    light = np.linspace(dice.uniform(0.7, 1), dice.uniform(0.9, 1.15), side)
    pixels *= light[:, None, None] if dice.random() < 0.5 else light[None, :, None]
    pixels += dice.normal(0, 3, pixels.shape)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _ground(dice: np.random.Generator, side: int) -> NDArray[np.float32]:
    base = dice.uniform(70, 235, 3)
    kind = dice.integers(0, 4)
    rough = cv2.resize(
        dice.normal(0, 1, (int(dice.integers(4, 40)), int(dice.integers(4, 40)))),
        (side, side),
        interpolation=cv2.INTER_CUBIC,
    )
    across, down = np.meshgrid(np.arange(side), np.arange(side))
    wave = np.zeros((side, side))
    if kind == 1:  # planks
        wave = ((across * dice.uniform(-1, 1) + down) % dice.uniform(30, 90) < 3) * -40.0
    elif kind == 2:  # tiles
        step, turn = dice.uniform(35, 80), dice.uniform(0, 1.5)
        first = across * np.cos(turn) + down * np.sin(turn)
        second = down * np.cos(turn) - across * np.sin(turn)
        wave = ((first % step < 2) | (second % step < 2)) * -35.0
    elif kind == 3:  # folds of cloth
        wave = 14 * np.sin(across / dice.uniform(9, 30) + 3 * rough)
    ground = base[None, None, :] + (9 * rough + wave)[..., None]
    return np.asarray(ground, dtype=np.float32)


def _body(dice: np.random.Generator, side: int) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Return where a body lies, and how much light each of its points has."""
    across, down = np.meshgrid(np.arange(side), np.arange(side))
    x, y = dice.uniform(0.25, 0.75, 2) * side
    dx, dy = across - x, down - y
    angle = np.arctan2(dy, dx)
    lobes, phase = dice.integers(2, 9, 3), dice.uniform(0, 6.3, 3)
    sizes = dice.uniform(0.02, 0.22, 3)
    radius = side * dice.uniform(0.13, 0.36)
    stretch = dice.uniform(0.6, 1.6)
    edge = radius * (
        1 + sum(s * np.cos(k * angle + p) for s, k, p in zip(sizes, lobes, phase, strict=True))
    )
    far = np.hypot(dx * stretch, dy) / np.maximum(edge, 6)
    light = dice.uniform(0, 6.3)
    toward = (dx * np.cos(light) + dy * np.sin(light)) / radius
    height = np.clip(1 - 0.5 * far**2 - 0.25 * toward, 0.1, 1.2)
    return far < 1, height.astype(np.float32)


def _pattern(dice: np.random.Generator, side: int) -> NDArray[np.float32]:
    first, second = dice.uniform(20, 245, 3), dice.uniform(20, 245, 3)
    across, down = np.meshgrid(np.arange(side), np.arange(side))
    turn, step = dice.uniform(0, 3.1), dice.uniform(8, 45)
    one = across * np.cos(turn) + down * np.sin(turn)
    two = down * np.cos(turn) - across * np.sin(turn)
    cells = int(dice.integers(5, 40))
    rough = cv2.resize(dice.random((cells, cells)), (side, side), interpolation=cv2.INTER_CUBIC)
    shapes: Sequence[NDArray[np.float64]] = (
        (one % step < step * dice.uniform(0.2, 0.8)).astype(float),
        (((one // step) + (two // step)) % 2).astype(float),
        (np.hypot(one % step - step / 2, two % step - step / 2) < step * 0.3).astype(float),
        (rough > dice.uniform(0.35, 0.65)).astype(float),
        np.clip(rough, 0, 1),
    )
    share = shapes[int(dice.integers(0, len(shapes)))][..., None]
    return np.asarray(first * share + second * (1 - share), dtype=np.float32)
