"""Descriptors as arrays, and how Postgres hands them over: COPY in its binary form.

The binary form (PostgreSQL manual, COPY, "Binary Format") has the same length for every row
here, so NumPy reads it as it lies: no number is parsed from text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HASH_BYTES = 32
PART_ROWS = 8_192
NUMBERS = ("id", "photo_id", "listing_id", "shop_id")
_HEADER_BYTES = 19  # 11 of signature, 4 of flags, 4 of the extension's length
_TRAILER_BYTES = 2
_FIELDS = len(NUMBERS) + 3


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows in the order of their ids. `words` are the upright bits as four columns of 64.

    `plain` rows have no bits worth comparing (PDQ's quality is too low).
    """

    ids: NDArray[np.int64]
    photo_ids: NDArray[np.int64]
    listing_ids: NDArray[np.int64]
    shop_ids: NDArray[np.int64]
    plain: NDArray[np.bool_]
    words: NDArray[np.uint64]  # [4, n]
    vectors: NDArray[np.float32]  # [n, dim]

    def __len__(self) -> int:
        return len(self.ids)


ARRAYS = ("ids", "photo_ids", "listing_ids", "shop_ids", "plain", "words", "vectors")


class UnexpectedRows(ValueError):
    """Postgres sent rows of another shape than those of this version."""


def copied_type(dim: int, *, halfvec: bool) -> np.dtype[Any]:
    """Return how one copied row lies in memory; `halfvec` or plain bytes for the vector."""
    vector = np.dtype((">f2" if halfvec else "<f2", (dim,)))
    fields: list[tuple[str, Any]] = [("fields", ">i2")]
    for name in NUMBERS:
        fields += [(f"{name}_length", ">i4"), (name, ">i8")]
    fields += [("quality_length", ">i4"), ("quality", ">i2")]
    upright = np.dtype(("u1", (HASH_BYTES,)))
    fields += [("upright_length", ">i4"), ("bits", ">i4"), ("upright", upright)]
    fields += [("vector_length", ">i4")]
    if halfvec:
        fields += [("dimensions", ">i2"), ("unused", ">i2")]
    return np.dtype([*fields, ("vector", vector)])


def parsed(copied: NDArray[Any], *, min_quality: int) -> Rows:
    """Return copied rows (of `copied_type`) as arrays. Raises UnexpectedRows."""
    if len(copied) and not (
        (copied["fields"] == _FIELDS).all()
        and (copied["vector_length"] == copied["vector_length"][0]).all()
        and (copied["bits"] == 8 * HASH_BYTES).all()
    ):
        raise UnexpectedRows("the descriptors have another shape")
    bits = np.ascontiguousarray(copied["upright"])
    columns = bits.view(np.uint64).reshape(len(copied), 4).T
    return Rows(
        ids=copied["id"].astype(np.int64),
        photo_ids=copied["photo_id"].astype(np.int64),
        listing_ids=copied["listing_id"].astype(np.int64),
        shop_ids=copied["shop_id"].astype(np.int64),
        plain=copied["quality"] <= min_quality,
        words=np.ascontiguousarray(columns),
        vectors=copied["vector"].astype(np.float32),
    )


def body(copied: bytes | memoryview, shape: np.dtype[Any]) -> NDArray[Any]:
    """Return the rows of a whole binary copy. Raises UnexpectedRows."""
    length = len(copied) - _HEADER_BYTES - _TRAILER_BYTES
    return np.frombuffer(copied, dtype=shape, count=count(length, shape), offset=_HEADER_BYTES)


def parts_of_file(file: Path, shape: np.dtype[Any], *, min_quality: int) -> Iterator[Rows]:
    """Yield the rows of a binary copy that lies in a file, part by part. Raises UnexpectedRows."""
    rows = count_in_file(file, shape)
    for start in range(0, rows, PART_ROWS):
        place = _HEADER_BYTES + start * shape.itemsize
        some = min(PART_ROWS, rows - start)
        copied = np.fromfile(file, dtype=shape, count=some, offset=place)
        yield parsed(copied, min_quality=min_quality)


def count_in_file(file: Path, shape: np.dtype[Any]) -> int:
    """Return how many rows a binary copy has that lies in a file. Raises UnexpectedRows."""
    return count(file.stat().st_size - _HEADER_BYTES - _TRAILER_BYTES, shape)


def count(length: int, shape: np.dtype[Any]) -> int:
    """Return how many rows so many bytes are. Raises UnexpectedRows."""
    if length % shape.itemsize:
        raise UnexpectedRows("the descriptors have another length")
    return length // shape.itemsize


def joined(parts: list[Rows], *, dim: int) -> Rows:
    """Return several parts as one."""
    if not parts:
        return parsed(np.empty(0, dtype=copied_type(dim, halfvec=False)), min_quality=0)
    return Rows(
        **{
            name: np.concatenate(
                [getattr(part, name) for part in parts], axis=1 if name == "words" else 0
            )
            for name in ARRAYS
        }
    )
