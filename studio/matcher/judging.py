"""Puts photos that nothing was learned from through the whole look: recall by edit, alarms, ms.

    python -m studio.matcher.judging PHOTOS --count 12

The bank is the photos whose number ends in 8; the others with even numbers, unedited, are the
negatives.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from antifake.detectors.photos.comparing import POLICY, Prepared, prepare_described
from antifake.detectors.photos.describing import MIN_QUALITY, describe
from antifake.detectors.photos.looking import Look, look
from antifake.detectors.photos.shortlist import nearest_bits, nearest_vectors
from studio.matcher.edits import ALL, edited
from studio.matcher.projecting import training_photos


class Memory:
    """Known photos in memory."""

    def __init__(self, photos: Sequence[Image.Image]) -> None:
        described = [describe(photo) for photo in photos]
        self.ready = [prepare_described(one) for one in described]
        self.uprights = np.stack([np.frombuffer(one.pdq[0], np.uint8) for one in described])
        self.uprights[[one.quality <= MIN_QUALITY for one in described]] ^= 0xAA
        self.vectors = np.stack([one.vector for one in self.ready]).astype(np.float16)

    def nearest_bits(
        self, forms: Sequence[bytes], limit: int, within: int
    ) -> list[tuple[int, int]]:
        """Return (row, bits), nearest first."""
        return nearest_bits(forms, self.uprights, limit, within)

    def nearest_vectors(self, queries: np.ndarray, limit: int) -> list[tuple[int, float]]:
        """Return (row, cosine), nearest first."""
        return nearest_vectors(queries, self.vectors, limit)

    def prepared(self, row: int) -> Prepared:
        """Return the known photo."""
        return self.ready[row]

    def photo_id(self, row: int) -> int:
        """Return its row."""
        return row


def judge(photos: list[Image.Image], strange: list[Image.Image], count: int) -> dict[str, Any]:
    """Return the figures."""
    bank = Memory(photos)
    stages: Counter[str] = Counter()
    spent: dict[str, list[float]] = defaultdict(list)
    recall: dict[str, float] = {}
    sure: dict[str, float] = {}

    def seen(image: Image.Image, kind: str) -> Look:
        found = look(describe(image), bank, lambda: image)
        stages[f"{kind} {found.stage if found.copy else 'nothing'}"] += 1
        for stage, ms in found.milliseconds.items():
            spent[f"{kind} {stage}"].append(ms)
        return found

    scores = []
    for image in strange:
        pairs = seen(image, "unknown").pairs
        scores.append(pairs[0].copy_permille if pairs else 0)
    worst = max(scores)
    for name in ALL:
        hits, clear = 0, 0
        for number in range(count):
            row = (number * 7 + sum(map(ord, name))) % len(photos)
            first = seen(edited(name, photos[row], f"judge {row}", strange), "edited").pairs[:1]
            right = bool(first) and first[0].photo_id == row
            hits += right and first[0].copy_permille >= POLICY.copy_permille
            clear += right and first[0].copy_permille > worst
        recall[name], sure[name] = round(hits / count, 3), round(clear / count, 3)
    return {
        "negatives": len(strange),
        "alarms": sum(score >= POLICY.copy_permille for score in scores),
        "highest": sorted(scores)[-8:],
        "recall": recall,
        "macro": round(float(np.mean(list(recall.values()))), 4),
        "macro_above_all_negatives": round(float(np.mean(list(sure.values()))), 4),
        "stages": dict(stages),
        "ms": {stage: [round(float(np.mean(some)), 1), len(some)] for stage, some in spent.items()},
    }


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("photos", type=Path)
    asked.add_argument("--count", type=int, default=12)
    asked.add_argument("--strange", type=int, default=600)
    given = asked.parse_args()
    held_out = training_photos(given.photos, "8")
    others = training_photos(given.photos, "0246")[: given.strange]
    print(json.dumps(judge(held_out, others, given.count), indent=1))  # noqa: T201
