"""Known photos held in memory, asked by the very stages and policy of the market."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from antifake.detectors.base import Pair
from antifake.detectors.photos import comparing, looking, shortlist
from antifake.detectors.photos.describing import MIN_QUALITY, VERSION, describe, describe_query

POLICY = comparing.POLICY
MATCHER_VERSION = f"{VERSION} {comparing.POLICY_SHA256[:12]}"
SURE = 1000
EXACT, NOTHING = "exact", "nothing"
FORMS = 4  # vectors of a known photo: upright, mirrored, two quarter turns


@dataclass(frozen=True)
class Found:
    """A known photo, how surely the query was made from it (thousandths), and what was compared."""

    reference: str
    copy_permille: int
    pair: Pair | None = None


@dataclass(frozen=True)
class Answer:
    """One query: the surest known photo or None; the stage that ended the look; CPU ms by stage.

    A copy is what the policy calls one; `stage` is "nothing" where the last stage found none.
    """

    best: Found | None
    stage: str
    ms: dict[str, float]


class _Rows:
    """Rows of equal length that grow, read as one table."""

    def __init__(self, kind: type[np.generic]) -> None:
        self.owners: list[int] = []
        self._kind = kind
        self._parts: list[bytes] = []
        self._table: NDArray[Any] | None = None

    def add(self, row: bytes, owner: int) -> None:
        """Add a row that belongs to a photo."""
        self._parts.append(row)
        self.owners.append(owner)
        self._table = None

    def table(self) -> NDArray[Any]:
        """Return all rows."""
        if self._table is None:
            whole = np.frombuffer(b"".join(self._parts), self._kind)
            self._table = whole.reshape(len(self._parts), -1) if self._parts else whole
        return self._table


class KnownPhotos:
    """A bank in memory, in the shape that `looking.look` asks for."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._prepared: list[comparing.Prepared] = []
        self._by_sha256: dict[str, str] = {}
        self._bits = _Rows(np.uint8)
        self._vectors = _Rows(np.float16)
        self._sizes = {"bits": 0, "vectors": 0, "local": 0}

    def add(self, name: str, image: Image.Image, sha256: str = "") -> None:
        """Describe a photo and keep it; one too plain for hashes is kept without."""
        described = describe(image)
        row = len(self.names)
        if described.quality > MIN_QUALITY:
            self._bits.add(described.pdq[0], row)
        for vector in described.vectors:
            self._vectors.add(vector, row)
        if sha256:
            self._by_sha256.setdefault(sha256, name)
        self.names.append(name)
        self._prepared.append(comparing.prepare_described(described))
        self._sizes["bits"] += len(described.pdq[0])
        self._sizes["vectors"] += sum(map(len, described.vectors))
        self._sizes["local"] += len(described.local)

    def bytes_per_photo(self) -> dict[str, float]:
        """Return the mean size of what is kept of a known photo."""
        count = max(1, len(self.names))
        return {what: round(size / count, 1) for what, size in self._sizes.items()}

    def ask(self, image: Image.Image, sha256: str = "") -> Answer:
        """Look for the known photo that this one was made from."""
        if sha256 in self._by_sha256:
            return Answer(Found(self._by_sha256[sha256], SURE), EXACT, {EXACT: 0.0})
        begun = time.thread_time()
        described = describe_query(image)
        ms = {"describe": 1_000 * (time.thread_time() - begun)}
        seen = looking.look(described, self, lambda: image)
        stage = seen.stage if seen.copy else NOTHING
        best = None
        if seen.pairs:
            first = seen.pairs[0]
            best = Found(self.names[first.photo_id], first.copy_permille, first)
        return Answer(best, stage, ms | seen.milliseconds)

    def nearest_bits(
        self, forms: Sequence[bytes], limit: int, within: int
    ) -> list[tuple[int, int]]:
        """Return (row, bits apart), nearest first."""
        near = shortlist.nearest_bits(forms, self._bits.table(), limit, within)
        return [(self._bits.owners[row], bits) for row, bits in near]

    def nearest_vectors(self, queries: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """Return (row, cosine), nearest first."""
        near = shortlist.nearest_vectors(queries, self._vectors.table(), FORMS * limit)
        nearest: dict[int, float] = {}
        for place, cosine in near:
            nearest.setdefault(self._vectors.owners[place], cosine)
        return list(nearest.items())[:limit]

    def prepared(self, row: int) -> comparing.Prepared:
        """Return a known photo, ready to be compared."""
        return self._prepared[row]

    def photo_id(self, row: int) -> int:
        """Return the key of a known photo: its row."""
        return row
