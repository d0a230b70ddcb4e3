"""Compares two photos: do their points agree on one geometry, and do aligned pixels agree?"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib import resources

import numpy as np
from PIL import Image

from antifake.detectors import base
from antifake.detectors.photos import alignment, fusion, local_features
from antifake.detectors.photos.describing import Described, Region, describe, unpack
from antifake.detectors.photos.network import Floats


@dataclass(frozen=True)
class Policy:
    """Thresholds, from policy.json; its hash is part of the detector's version.

    `copy_permille` and more is a copy, `maybe_permille` and more may be one. Photos whose hashes
    are `pdq_bits` and less apart are compared first. Candidates with a cosine below
    `cosine_floor` are not compared; at most `candidates` are. Parts of a picture bring
    `regions_candidates` more, from `region_floor` on; `cut_outs` of these are cut out and
    compared alone, from `cut_floor` on.
    """

    copy_permille: int
    maybe_permille: int
    cosine_floor: float
    pdq_bits: int
    candidates: int
    regions_candidates: int
    region_floor: float
    cut_outs: int
    cut_floor: float


_POLICY_BYTES = resources.files("antifake.detectors.photos").joinpath("policy.json").read_bytes()
POLICY = Policy(**json.loads(_POLICY_BYTES))
POLICY_SHA256 = hashlib.sha256(_POLICY_BYTES).hexdigest()


@dataclass(frozen=True, eq=False)
class Prepared:
    """One picture ready for many comparisons."""

    pdq: tuple[bytes, ...]
    vectors: Floats  # [n, DIM]: upright first, then mirrored and turned where they were made
    local: local_features.Local

    @property
    def vector(self) -> Floats:
        """The upright picture's vector."""
        return np.asarray(self.vectors[0])


def prepare(image: Image.Image) -> Prepared:
    """Describe a picture and make it ready."""
    return prepare_described(describe(image))


def prepare_described(described: Described) -> Prepared:
    """Make ready what was described before: the picture itself is not needed."""
    return Prepared(
        described.pdq,
        np.stack([unpack(vector) for vector in described.vectors]),
        local_features.unpack(described.local),
    )


def prepare_region(region: Region) -> Prepared:
    """Make a part of a query picture ready: its points are looked for anew, and closer."""
    packed = local_features.pack(region.part, kept=False)
    return Prepared((), unpack(region.vector)[None], local_features.unpack(packed))


def compare(
    query: Image.Image, known: Image.Image, *, photo_id: int, cosine: float | None = None
) -> base.Pair:
    """Say how surely `query` was made from `known`."""
    return compare_prepared(prepare(query), prepare(known), photo_id=photo_id, cosine=cosine)


def compare_prepared(
    query: Prepared, known: Prepared, *, photo_id: int, cosine: float | None = None
) -> base.Pair:
    """Say how surely `query` was made from `known`; `cosine` if it is known already."""
    if cosine is None:
        cosine = nearness(query, known)
    bits = bits_apart(query.pdq, known.pdq)
    seen = alignment.align(query.local, known.local)
    return base.Pair(
        photo_id=photo_id,
        bits_apart=bits,
        cosine=round(cosine, 4),
        inliers=seen.inliers,
        agreement=round(seen.agreement.median, 4),
        overlap=round(seen.agreement.overlap, 4),
        blocks=seen.agreement.blocks,
        mirrored=seen.mirrored,
        copy_permille=fusion.copy_permille(seen, cosine=cosine, bits_apart=bits),
    )


def nearness(query: Prepared, known: Prepared) -> float:
    """Return the cosine of two pictures, as they stand or mirrored or turned."""
    here, there = known.vectors @ query.vector, query.vectors @ known.vector
    return float(max(here.max(), there.max()))


def bits_apart(forms: tuple[bytes, ...], known: tuple[bytes, ...]) -> int:
    """Return the fewest bits in which one of the forms differs from the known upright one.

    256 where a side was not hashed.
    """
    if not forms or not known:
        return 256
    words = np.frombuffer(known[0], dtype=np.uint64)
    table = np.frombuffer(b"".join(forms), dtype=np.uint64).reshape(-1, 4)
    return int(np.bitwise_count(table ^ words).sum(axis=1).min())
