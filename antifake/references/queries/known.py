"""The bank in memory: rights holders' photos, confirmed fakes, removed sellers' photos.

Each process keeps the descriptors of all of them and reads them anew when one was added or
forgotten. What comparing needs beside (packed points) is read for the few that are near.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from antifake.detectors.photos import comparing, shortlist
from antifake.detectors.photos.comparing import Prepared
from antifake.detectors.photos.describing import DIM, MIN_QUALITY, VERSION, Described, unpack
from antifake.references.index.nearest import Asked
from antifake.references.index.rows import Rows, joined
from antifake.references.models import BankDescriptor, ReferencePhoto, Remembered, RememberedPhoto

HASH_BYTES = 32
# Changes whenever a picture is added, described or forgotten.
_STAMP = """
SELECT count(*), coalesce(max(id), 0),
       (SELECT count(*) FROM references_rememberedphoto WHERE forgotten_at IS NOT NULL)
  FROM references_bankdescriptor WHERE version = %s
"""
FORMS = 4  # vectors of a picture of the bank: upright, mirrored, two quarter turns


@dataclass(frozen=True)
class KnownPicture:
    """One picture of the bank. Exactly one of `reference_id` and `remembered_id` is not 0."""

    descriptor_id: int
    reference_id: int
    remembered_id: int
    kind: str  # empty for a rights holder's photo
    decision_ref: str
    brand_id: int
    brand: str
    listing_id: int
    shop_id: int
    sha256: str
    upright: bytes
    quality: int


@dataclass
class Bank:
    """`forms` are all vectors of the pictures (also mirrored, turned), `owners` their rows."""

    stamp: tuple[int, ...] = (-1,)
    pictures: list[KnownPicture] = field(default_factory=list)
    rows: Rows = field(default_factory=lambda: joined([], dim=DIM))
    forms: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, DIM), np.float32))
    owners: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


_banks: dict[str, Bank] = {}


def bank() -> Bank:
    """Return the pictures of the bank, and their descriptors in the same order."""
    held = _banks.setdefault(str(connection.settings_dict["NAME"]), Bank())
    stamp = _stamp()
    if held.stamp != stamp:
        held.pictures, held.rows, held.forms, held.owners = _read()
        held.stamp = stamp
    return held


def needles(descriptor_ids: Sequence[int]) -> list[Asked]:
    """Return pictures of the bank as questions to the market's photos, keyed by descriptor.

    Each asks in its mirrored form and its quarter turns too.
    """
    rows = BankDescriptor.objects.filter(pk__in=descriptor_ids, version=VERSION)
    return [
        asked(row.pk, bytes(row.descriptor), row.quality, _described(row).vectors)
        for row in rows.order_by("pk")
    ]


def reference_file(name: str) -> str:
    """Return where a picture of the bank lies in the default storage."""
    return f"references/{name[:2]}/{name}.webp"


class KnownRows:
    """The bank, or some rows of it, as the matcher asks it (`detectors.photos.looking`)."""

    def __init__(self, only: Collection[int] | None = None) -> None:
        held = bank()
        self.pictures, rows = held.pictures, held.rows
        self.places = [
            place
            for place, picture in enumerate(self.pictures)
            if only is None or picture.descriptor_id in only
        ]
        self._vectors, self._owners = held.forms, held.owners
        words = rows.words
        if only is not None:
            row_of = np.full(len(self.pictures), -1, dtype=np.int64)
            row_of[self.places] = np.arange(len(self.places))
            mine = row_of[self._owners] >= 0
            self._vectors, self._owners = self._vectors[mine], row_of[self._owners[mine]]
            words = words[:, self.places]
        self._uprights = np.ascontiguousarray(words.T).view(np.uint8).reshape(-1, HASH_BYTES)

    def nearest_bits(
        self, forms: Sequence[bytes], limit: int, within: int
    ) -> list[tuple[int, int]]:
        """Return (row, bits apart), nearest first."""
        return shortlist.nearest_bits(forms, self._uprights, limit, within)

    def nearest_vectors(self, queries: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """Return (row, cosine), nearest first."""
        nearest: dict[int, float] = {}
        for form, cosine in shortlist.nearest_vectors(queries, self._vectors, FORMS * limit):
            nearest.setdefault(int(self._owners[form]), cosine)
        return list(nearest.items())[:limit]

    def picture(self, row: int) -> KnownPicture:
        """Return the picture of a row."""
        return self.pictures[self.places[row]]

    def prepared(self, row: int) -> Prepared:
        """Return the picture of a row ready for comparison."""
        return prepared(self.picture(row).descriptor_id)

    def photo_id(self, row: int) -> int:
        """Return the row itself: pairs are told apart by it."""
        return row

    def __len__(self) -> int:
        return len(self.places)


def asked(key: int, descriptor: bytes, quality: int, vectors: Sequence[bytes]) -> Asked:
    """Return a described picture as a question; one too plain asks by its vectors alone."""
    forms = forms_of(descriptor) if quality > MIN_QUALITY else ()
    known = [unpack(vector) for vector in vectors]
    return Asked(key, forms, np.stack(known) if known else np.zeros((0, DIM), np.float32))


@lru_cache(maxsize=192)
def prepared(descriptor_id: int) -> Prepared:
    """Return a picture of the bank ready for comparison."""
    return comparing.prepare_described(_kept(descriptor_id))


# Packed, a picture is some 26 KB; ready, ten times as much once it was laid over another.
@lru_cache(maxsize=2_048)
def _kept(descriptor_id: int) -> Described:
    return _described(BankDescriptor.objects.get(pk=descriptor_id))


def _described(row: BankDescriptor) -> Described:
    return Described(
        forms_of(bytes(row.descriptor)),
        row.quality,
        bytes(row.vector or b""),
        bytes(row.mirrored or b""),
        bytes(row.local),
        bytes(row.turned),
    )


def forms_of(descriptor: bytes) -> tuple[bytes, ...]:
    """Return the PDQ hashes of a kept descriptor, upright first."""
    return tuple(descriptor[at : at + HASH_BYTES] for at in range(0, len(descriptor), HASH_BYTES))


def _stamp() -> tuple[int, ...]:
    """Return what changes whenever a picture is added, described or forgotten."""
    with connection.cursor() as cursor:
        cursor.execute(_STAMP, [VERSION])
        described, newest, forgotten = cursor.fetchone()
    return int(described), int(newest), int(forgotten)


def _read() -> tuple[list[KnownPicture], Rows, NDArray[np.float32], NDArray[np.int64]]:
    rows = list(
        BankDescriptor.objects.filter(version=VERSION, vector__isnull=False)
        .exclude(remembered__forgotten_at__isnull=False)
        .select_related("reference__brand", "remembered")
        .defer("local")
        .order_by("pk")
    )
    forms = [(at, one) for at, row in enumerate(rows) for one in _described_vectors(row)]
    vectors = np.frombuffer(b"".join(one for _at, one in forms), dtype="<f2").reshape(-1, DIM)
    owners = np.array([at for at, _one in forms], dtype=np.int64)
    return [_picture(row) for row in rows], _as_rows(rows), vectors.astype(np.float32), owners


def _described_vectors(row: BankDescriptor) -> tuple[bytes, ...]:
    vector, mirrored = bytes(row.vector or b""), bytes(row.mirrored or b"")
    return Described((), row.quality, vector, mirrored, b"", bytes(row.turned)).vectors


def _picture(row: BankDescriptor) -> KnownPicture:
    facts: dict[str, Any] = {
        "reference_id": 0,
        "remembered_id": 0,
        "kind": "",
        "decision_ref": "",
        "brand_id": 0,
        "brand": "",
        "listing_id": 0,
        "shop_id": 0,
    }
    if row.reference is not None:
        brand = row.reference.brand
        facts |= {"reference_id": row.reference.pk, "brand_id": brand.pk, "brand": brand.name}
        facts["sha256"] = row.reference.sha256
    elif row.remembered is not None:
        photo = row.remembered
        facts |= {"remembered_id": photo.pk, "kind": str(photo.kind), "sha256": photo.sha256}
        facts |= {"decision_ref": photo.decision_ref, "listing_id": photo.listing_id}
        facts["shop_id"] = photo.shop_id
    return KnownPicture(
        descriptor_id=row.pk, upright=bytes(row.upright), quality=row.quality, **facts
    )


def _as_rows(rows: Sequence[BankDescriptor]) -> Rows:
    if not rows:
        return joined([], dim=DIM)
    ids = np.array([row.pk for row in rows], dtype=np.int64)
    bits = np.frombuffer(b"".join(bytes(row.upright) for row in rows), dtype=np.uint64)
    vectors = np.frombuffer(b"".join(bytes(row.vector or b"") for row in rows), dtype="<f2")
    none = np.zeros(len(rows), dtype=np.int64)
    return Rows(
        ids=ids,
        photo_ids=none,
        listing_ids=none,
        shop_ids=none - 1,
        plain=np.array([row.quality <= MIN_QUALITY for row in rows]),
        words=np.ascontiguousarray(bits.reshape(-1, 4).T),
        vectors=vectors.reshape(len(rows), DIM).astype(np.float32),
    )


def remembered_by(decision_ref: str) -> list[int]:
    """Return the descriptors of the fake's photos that a decision confirmed."""
    found = BankDescriptor.objects.filter(
        remembered__kind=Remembered.CONFIRMED_FAKE,
        remembered__decision_ref=decision_ref,
        remembered__forgotten_at__isnull=True,
        version=VERSION,
    )
    return list(found.order_by("pk").values_list("pk", flat=True))


def described_reference(reference_id: int, *, and_later: bool = False) -> list[int]:
    """Return the descriptors of a rights holder's photo; `and_later`: of the brand's later ones."""
    if not and_later:
        found = BankDescriptor.objects.filter(reference_id=reference_id, version=VERSION)
    else:
        brand = ReferencePhoto.objects.filter(pk=reference_id).values("brand")
        found = BankDescriptor.objects.filter(
            reference__brand__in=brand, reference_id__gte=reference_id, version=VERSION
        )
    return list(found.order_by("pk").values_list("pk", flat=True))


def earlier_references(reference_id: int) -> list[int]:
    """Return the photos of the same brand that came before this one."""
    brand = ReferencePhoto.objects.filter(pk=reference_id).values("brand")
    earlier = ReferencePhoto.objects.filter(brand__in=brand, pk__lt=reference_id)
    return list(earlier.order_by("pk").values_list("pk", flat=True))


def listings_of(decision_ref: str) -> frozenset[int]:
    """Return the listings whose own photos a decision made evidence."""
    photos = RememberedPhoto.objects.filter(decision_ref=decision_ref)
    return frozenset(photos.values_list("listing_id", flat=True))
