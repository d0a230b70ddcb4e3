"""Looks for the known photos a picture was made from: cheap stages first, each may end the look.

`hash`: PDQ in eight forms; `vector`: no known photo is like it; `points`: the nearest by vector
are laid over; `regions`: where photos seem drawn in it, its parts are looked for as well.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from PIL import Image

from antifake.detectors import base
from antifake.detectors.photos.comparing import (
    POLICY,
    Prepared,
    compare_prepared,
    prepare_described,
    prepare_region,
)
from antifake.detectors.photos.describing import Described, Parts, Region, unpack
from antifake.detectors.photos.network import Floats

HASH, VECTOR, POINTS, REGIONS = "hash", "vector", "points", "regions"


class KnownPhotos(Protocol):
    """What the bank gives: rows by nearness, and a row made ready.

    A row is as near as the nearest of its photo's vectors (`Described.vectors`).
    """

    def nearest_bits(
        self, forms: Sequence[bytes], limit: int, within: int
    ) -> list[tuple[int, int]]:
        """Return (row, bits apart), nearest first."""
        ...

    def nearest_vectors(self, queries: Floats, limit: int) -> list[tuple[int, float]]:
        """Return (row, cosine), nearest first."""
        ...

    def prepared(self, row: int) -> Prepared:
        """Return the known photo of a row, ready to be compared."""
        ...

    def photo_id(self, row: int) -> int:
        """Return the key that the pair is to carry."""
        ...


@dataclass
class Look:
    """`pairs` that were compared, surest first; the `stage` that ended the look; CPU ms."""

    stage: str
    pairs: tuple[base.Pair, ...] = ()
    milliseconds: dict[str, float] = field(default_factory=dict)

    @property
    def copy(self) -> base.Pair | None:
        """Return the surest pair if it is a copy under the policy."""
        if self.pairs and self.pairs[0].copy_permille >= POLICY.copy_permille:
            return self.pairs[0]
        return None


def look(
    described: Described,
    bank: KnownPhotos,
    image: Callable[[], Image.Image] | None = None,
    clock: Callable[[], float] = time.thread_time,
    parts: Callable[[], Parts] | None = None,
) -> Look:
    """Return what comparing a described photo with the bank gave.

    `image` opens the picture itself, or `parts` gives what was seen of its parts before; without
    either its parts are not looked for.
    """
    seeker = _Seeker(described, bank, clock)
    near = bank.nearest_bits(described.pdq, POLICY.candidates, POLICY.pdq_bits)
    seeker.spent(HASH)
    seeker.compare((row for row, _bits in near), HASH)
    if seeker.copied:
        return seeker.look(HASH)
    likely = bank.nearest_vectors(seeker.query.vectors, POLICY.candidates)
    likely = [(row, cosine) for row, cosine in likely if cosine >= POLICY.cosine_floor]
    seeker.spent(VECTOR)
    seeker.compare((row for row, _cosine in likely), POINTS)
    if seeker.copied:
        return seeker.look(POINTS)
    seen = parts() if parts else Parts(image()) if image else None
    if seen is None or not seen.composite:
        seeker.spent(REGIONS)
        return seeker.look(POINTS if likely else VECTOR)
    seeker.look_closer(seen.glances())
    return seeker.look(REGIONS)


class _Seeker:
    def __init__(self, described: Described, bank: KnownPhotos, clock: Callable[[], float]) -> None:
        self.bank, self.clock = bank, clock
        self.query = prepare_described(described)
        self.pairs: dict[int, base.Pair] = {}
        self.milliseconds: dict[str, float] = {}
        self.since = clock()

    @property
    def copied(self) -> bool:
        return any(pair.copy_permille >= POLICY.copy_permille for pair in self.pairs.values())

    def compare(self, rows: Iterable[int], stage: str, query: Prepared | None = None) -> None:
        """Compare rows in order until one is a copy."""
        for row in rows:
            pair = compare_prepared(
                query or self.query, self.bank.prepared(row), photo_id=self.bank.photo_id(row)
            )
            if row not in self.pairs or pair.copy_permille > self.pairs[row].copy_permille:
                self.pairs[row] = pair
            if self.copied:
                break
        self.spent(stage)

    def look_closer(self, parts: Sequence[Region]) -> None:
        """Compare with what parts of the picture are like; the likeliest are cut out."""
        vectors = np.stack([unpack(part.vector) for part in parts])
        near = self.bank.nearest_vectors(vectors, POLICY.regions_candidates)
        best: dict[int, tuple[float, Region]] = {}
        for row, cosine in near:
            if cosine >= POLICY.region_floor:
                forms = self.bank.prepared(row).vectors
                which = int((vectors @ forms.T).max(axis=1).argmax())
                best[row] = (cosine, parts[which])
        order = list(best)
        self.compare((row for row in order if row not in self.pairs), REGIONS)
        for row in order[: POLICY.cut_outs]:
            cosine, part = best[row]
            if not self.copied and cosine >= POLICY.cut_floor:
                self.compare([row], REGIONS, prepare_region(part))
        self.spent(REGIONS)

    def spent(self, stage: str) -> None:
        now = self.clock()
        self.milliseconds[stage] = self.milliseconds.get(stage, 0.0) + (now - self.since) * 1000
        self.since = now

    def look(self, stage: str) -> Look:
        order = sorted(self.pairs.values(), key=lambda pair: (-pair.copy_permille, pair.photo_id))
        return Look(stage, tuple(order), self.milliseconds)
