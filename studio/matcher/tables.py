"""Writes what comparing edited photos with a bank shows, one line a pair: the fusion's lessons.

    python -m studio.matcher.tables PHOTOS 0246 pairs.jsonl --count 160 --edits 3

Every third photo is not in the bank, so that edits of unknown photos are seen too. Beside the
edits there are pairs that must not be called copies: the thing in another colour on the same
ground, and two photos under the same writing.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from antifake.detectors.photos import alignment, fusion
from antifake.detectors.photos.comparing import (
    Prepared,
    bits_apart,
    nearness,
    prepare,
    prepare_region,
)
from antifake.detectors.photos.describing import glances, unpack
from antifake.detectors.photos.shortlist import nearest_vectors
from studio.matcher.edits import ALL, blob, coloured, edited, saved
from studio.matcher.projecting import training_photos

CANDIDATES, REGION_CANDIDATES, CUT_OUTS = 8, 4, 1


def measured(query: Prepared, known: Prepared) -> dict[str, float]:
    """Return the measures of one pair."""
    cosine = nearness(query, known)
    bits = bits_apart(query.pdq, known.pdq)
    seen = alignment.align(query.local, known.local)
    return fusion.measures(seen, cosine=cosine, bits_apart=bits)


def packshot(photo: Image.Image, dice: random.Random) -> Image.Image:
    """Return the photo's middle on a near-white sheet with a soft shadow."""
    light = dice.randint(236, 255)
    sheet = Image.new("RGB", photo.size, (light, light, light))
    mask = blob(photo.size, dice)
    shadow = mask.filter(ImageFilter.GaussianBlur(9)).point(lambda level: level // 5)
    dark = Image.composite(Image.new("RGB", photo.size, (200, 200, 200)), sheet, shadow)
    return Image.composite(photo, dark, mask)


def colourway(photo: Image.Image, dice: random.Random) -> Image.Image:
    """Return the photo with the thing in its middle in another colour, photographed again."""
    other = coloured(photo, dice)
    made = Image.composite(other, photo, blob(photo.size, dice))
    moved = made.rotate(dice.uniform(-1.5, 1.5), resample=Image.Resampling.BICUBIC)
    return saved(moved, dice)


class Bank:
    """The photos that are known, described."""

    def __init__(self, photos: dict[int, Image.Image]) -> None:
        self.numbers = sorted(photos)
        self.ready = {number: prepare(photos[number]) for number in self.numbers}
        self.table = np.stack([self.ready[number].vector for number in self.numbers])

    def candidates(self, image: Image.Image, query: Prepared) -> Iterator[tuple[int, Prepared]]:
        """Yield (number, query or its part) that the stages would compare."""
        whole = query.vectors
        found = [row for row, _cosine in nearest_vectors(whole, self.table, CANDIDATES)]
        yield from ((self.numbers[row], query) for row in found)
        likely: list[tuple[float, int, Any]] = []
        for part in glances(image):
            near = nearest_vectors(unpack(part.vector)[None], self.table, 1)
            likely += [(cosine, row, part) for row, cosine in near]
        likely.sort(key=lambda one: -one[0])
        for _cosine, row, _part in likely[:REGION_CANDIDATES]:
            if row not in found:
                found.append(row)
                yield self.numbers[row], query
        for _cosine, row, part in likely[:CUT_OUTS]:
            yield self.numbers[row], prepare_region(part)


def lessons(
    photos: list[Image.Image], bank: Bank, count: int, edits: int, seed: int
) -> Iterator[dict[str, Any]]:
    """Yield one row for each pair: edit, photo, known photo, whether it is a copy, measures."""
    dice = random.Random(seed)  # noqa: S311
    names = sorted(ALL)
    for number in dice.sample(range(len(photos)), count):
        chosen = ["", *dice.sample(names, edits)]
        for name in chosen:
            others = dice.sample(photos[::3], 12)  # of those that are in no bank
            picture = (
                edited(name, photos[number], f"{seed} {number}", others) if name else photos[number]
            )
            query = prepare(picture)
            seen = set()
            for known, part in bank.candidates(picture, query):
                if known == number and not name:
                    continue
                seen.add(known)
                yield _row(name, number, known, known == number, measured(part, bank.ready[known]))
            if name and number in bank.ready and number not in seen:
                yield _row(
                    name, number, number, True, measured(query, bank.ready[number]), aside=True
                )
        yield from _specials(photos, number, dice)


def _specials(
    photos: list[Image.Image], number: int, dice: random.Random
) -> Iterator[dict[str, Any]]:
    photo, other = photos[number], dice.choice(photos)
    if other is photo:
        return
    kept = prepare(photo)
    yield _row("colourway", number, number, False, measured(prepare(colourway(photo, dice)), kept))
    seed = dice.randrange(1 << 30)
    plain = packshot(photo, random.Random(seed))  # noqa: S311
    mask = blob(photo.size, random.Random(seed))  # noqa: S311
    dice.randint(236, 255)
    swapped = Image.composite(plain, other.resize(photo.size), mask)
    known = prepare(plain)
    yield _row("packshot", number, number, True, measured(prepare(swapped), known))
    empty = packshot(other.resize(photo.size), random.Random(seed))  # noqa: S311
    yield _row("same shape", number, -1, False, measured(prepare(empty), known))
    name = dice.choice(["written", "stamped", "watermarked", "screened"])
    one = edited(name, photo, str(seed), photos)
    two = edited(name, other.resize(photo.size), str(seed), photos)
    yield _row("same " + name, number, -1, False, measured(prepare(two), prepare(one)))


def _row(
    edit: str, number: int, known: int, copy: bool, found: dict[str, float], aside: bool = False
) -> dict[str, Any]:
    rounded = {name: round(value, 5) for name, value in found.items()}
    return {"edit": edit, "photo": number, "known": known, "copy": copy, "aside": aside, **rounded}


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("photos", type=Path)
    asked.add_argument("endings")
    asked.add_argument("target", type=Path)
    asked.add_argument("--count", type=int, default=300)
    asked.add_argument("--edits", type=int, default=3)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    all_photos = training_photos(given.photos, given.endings)
    known = {number: photo for number, photo in enumerate(all_photos) if number % 3}
    with given.target.open("w") as out:
        for row in lessons(all_photos, Bank(known), given.count, given.edits, given.seed):
            out.write(json.dumps(row) + "\n")
