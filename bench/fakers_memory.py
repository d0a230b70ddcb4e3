"""Described pictures in memory: each looked at once, each two compared once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from antifake.detectors import base, reading
from antifake.detectors.photos import comparing, describing
from antifake.detectors.photos.comparing import POLICY, Prepared
from antifake.detectors.photos.describing import DIM, MIN_QUALITY, Described, Region, unpack
from antifake.references.index.nearest import Asked, near
from antifake.references.index.rows import Rows
from bench import fakers_pictures as pictures
from bench.fakers_pictures import Shot
from bench.fakers_world import Brand

WITHIN_BITS = 31


@dataclass(frozen=True)
class Picture:
    """A known picture. `confirmed` names the decision that found a fake; empty otherwise."""

    name: str
    brand: Brand | None
    confirmed: str
    listing_id: int
    shop_id: int


@dataclass(frozen=True, eq=False)
class Looked:
    """One picture as the describer saw it."""

    sha256: str
    described: Described
    prepared: Prepared
    regions: tuple[Region, ...]
    asked: Asked


@dataclass(frozen=True, eq=False)
class Place:
    """A known picture within reach of a question."""

    number: int
    picture: Picture
    row: Looked
    bits: int
    cosine: float


class Eyes:
    """Looks at pictures and compares them; nothing is done twice."""

    def __init__(self) -> None:
        self._looked: dict[str, Looked] = {}
        self._pairs: dict[tuple[str, str], base.Pair] = {}
        self._parts: dict[str, list[Prepared]] = {}
        self._best: dict[tuple[str, str], base.Pair] = {}
        self._lines: dict[tuple[str, bool], tuple[str, ...]] = {}

    def of(self, shot: Shot) -> Looked:
        """Describe a picture, or remember it."""
        sha256 = shot.sha256
        if sha256 not in self._looked:
            image = pictures.render(shot)
            described, regions = describing.describe(image), describing.regions(image)
            vectors = [described.vector, described.mirrored]
            vectors += [vector for one in regions for vector in (one.vector, one.mirrored)]
            forms = described.pdq if described.quality > MIN_QUALITY else ()
            asked = Asked(0, forms, np.stack([unpack(vector) for vector in vectors]))
            prepared = comparing.prepare_described(described)
            self._looked[sha256] = Looked(sha256, described, prepared, regions, asked)
        return self._looked[sha256]

    def of_source(self, source: str) -> Looked:
        """Describe a photograph as it is."""
        return self.of(Shot(source))

    def view(self, shot: Shot, photo_id: int, position: int) -> base.PhotoView:
        """Return a picture as detectors see it."""
        seen = self.of(shot)
        described = seen.described
        return base.PhotoView(photo_id, position, seen.sha256, described.pdq, described.quality)

    def read(self, shot: Shot, *, closely: bool) -> tuple[str, ...]:
        """Return what is written in a picture."""
        key = (shot.sha256, closely)
        if key not in self._lines:
            self._lines[key] = reading.read(pictures.render(shot), closely=closely)
        return self._lines[key]

    def pair(
        self, shot: Shot, known: Looked, *, photo_id: int = 0, cosine: float | None = None
    ) -> base.Pair:
        """Compare a picture with a known one."""
        return replace(self.pair_of(self.of(shot), known, cosine), photo_id=photo_id)

    def pair_of(self, query: Looked, known: Looked, cosine: float | None = None) -> base.Pair:
        """Compare two looked-at pictures."""
        key = (query.sha256, known.sha256)
        if key not in self._pairs:
            self._pairs[key] = comparing.compare_prepared(
                query.prepared, known.prepared, photo_id=0, cosine=cosine
            )
        return self._pairs[key]

    def compared(
        self, shot: Shot, hits: Sequence[Place], photo_id: int
    ) -> list[tuple[Place, base.Pair]]:
        """Compare with candidates as the site does: parts only if the whole is nobody's copy."""
        pairs = []
        for hit in hits:
            pair = self.pair(shot, hit.row, photo_id=photo_id, cosine=hit.cosine)
            pairs.append((hit, pair))
            if pair.copy_permille >= POLICY.copy_permille:
                return pairs
        few = POLICY.regions_candidates
        near_few = [(hit, self._best_part(shot, hit, pair)) for hit, pair in pairs[:few]]
        return [*near_few, *pairs[few:]]

    def _best_part(self, shot: Shot, hit: Place, pair: base.Pair) -> base.Pair:
        key = (shot.sha256, hit.row.sha256)
        if key not in self._best:
            if shot.sha256 not in self._parts:
                regions = self.of(shot).regions
                self._parts[shot.sha256] = [comparing.prepare_region(one) for one in regions]
            again = [
                comparing.compare_prepared(part, hit.row.prepared, photo_id=0)
                for part in self._parts[shot.sha256]
            ]
            self._best[key] = max([pair, *again], key=lambda one: one.copy_permille)
        return replace(self._best[key], bits_apart=pair.bits_apart, photo_id=pair.photo_id)


class Known:
    """Pictures to be found again, with the arrays that the nearest are found in."""

    def __init__(self) -> None:
        self._pictures: list[Picture] = []
        self._looked: list[Looked] = []
        self._there: set[tuple[str, int]] = set()
        self._forgotten: set[str] = set()
        self._rows: Rows | None = None

    def add(self, picture: Picture, looked: Looked) -> None:
        """Take a picture in."""
        self._pictures.append(picture)
        self._looked.append(looked)
        self._there.add((looked.sha256, picture.shop_id))
        self._rows = None

    def forget(self, confirmed: str) -> None:
        """Leave out what a decision had put in."""
        self._forgotten.add(confirmed)

    def has(self, sha256: str, shop_id: int) -> bool:
        """Say whether a shop's file is there."""
        return (sha256, shop_id) in self._there

    def upright(self, number: int) -> bytes:
        """Return a picture's hash."""
        return self._looked[number].described.pdq[0]

    def sha256(self, number: int) -> str:
        """Return a picture's file."""
        return self._looked[number].sha256

    def near(
        self, eyes: Eyes, shot: Shot, *, limit: int, floor: float | None = None, but_shop: int = 0
    ) -> list[Place]:
        """Return the pictures within reach, the nearest first."""
        floor = POLICY.cosine_floor if floor is None else floor
        found = near(
            [eyes.of(shot).asked],
            self._arrays(),
            within=WITHIN_BITS,
            floor=floor,
            limit=limit,
            but_shop=but_shop,
        )
        return [
            Place(hit.row, self._pictures[hit.row], self._looked[hit.row], hit.bits, hit.cosine)
            for hit in found[0]
            if self._pictures[hit.row].confirmed not in self._forgotten
        ]

    def _arrays(self) -> Rows:
        if self._rows is None or len(self._rows) != len(self._looked):
            self._rows = self._stacked()
        return self._rows

    def _stacked(self) -> Rows:
        size = len(self._looked)
        bits = np.frombuffer(b"".join(one.described.pdq[0] for one in self._looked), np.uint64)
        vectors = np.frombuffer(b"".join(one.described.vector for one in self._looked), "<f2")
        numbers = np.arange(size, dtype=np.int64)
        shops = np.array([one.shop_id if not one.brand else -1 for one in self._pictures], np.int64)
        return Rows(
            ids=numbers,
            photo_ids=numbers,
            listing_ids=numbers,
            shop_ids=shops,
            plain=np.array([one.described.quality <= MIN_QUALITY for one in self._looked], bool),
            words=np.ascontiguousarray(bits.reshape(-1, 4).T),
            vectors=vectors.reshape(size, DIM).astype(np.float16),
        )
