"""Who is near, among many rows and for several pictures at once: exact, in chunks, NumPy alone.

One pass serves all pictures of a listing. The rows' vectors lie in single precision: widening
half precision cost more than all else here. Their bits are compared column by column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antifake.references.index.rows import Rows

CHUNK_ROWS = 16_384
FAR_BITS = 256


@dataclass(frozen=True, eq=False)
class Asked:
    """A picture whose neighbours are asked for: its PDQ forms (32 bytes each) and vectors."""

    key: int
    forms: Sequence[bytes]
    vectors: NDArray[np.float32]  # [q, dim], of length one


@dataclass(frozen=True)
class Near:
    """A row within reach: its place, the least bits apart, the greatest cosine."""

    row: int
    bits: int
    cosine: float


def near(
    asked: Sequence[Asked],
    rows: Rows,
    *,
    within: int,
    floor: float,
    limit: int,
    but_shop: int = 0,
) -> dict[int, list[Near]]:
    """Return for each picture the rows at most `within` bits away or at least `floor` alike.

    The `limit` nearest by bits and the `limit` nearest by cosine, those most alike first. Rows
    of the shop `but_shop` are left out.
    """
    if not asked:
        return {}
    together, slices = _together(asked)
    found: dict[int, list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]]] = {
        one.key: [] for one in asked
    }
    for start in range(0, len(rows), CHUNK_ROWS):
        stop = min(start + CHUNK_ROWS, len(rows))
        cosines = together @ np.asarray(rows.vectors[start:stop], dtype=np.float32).T
        words = np.asarray(rows.words[:, start:stop])
        plain = np.asarray(rows.plain[start:stop])
        own = np.asarray(rows.shop_ids[start:stop]) == but_shop
        for one in asked:
            alike = cosines[slices[one.key]]
            best = alike.max(axis=0) if len(alike) else np.full(stop - start, -1, np.float32)
            maybe = (_half_bits(one.forms, words) <= within) & ~plain
            some = np.flatnonzero((maybe | (best >= floor)) & ~own)
            least = _least_bits(one.forms, words[:, some])
            least[plain[some]] = FAR_BITS
            within_reach = (least <= within) | (best[some] >= floor)
            hits = some[within_reach]
            if len(hits):
                bits = least[within_reach].astype(np.int64)
                found[one.key].append((hits + start, bits, best[hits]))
    return {key: _best(parts, limit) for key, parts in found.items()}


def _together(asked: Sequence[Asked]) -> tuple[NDArray[np.float32], dict[int, slice]]:
    slices, at = {}, 0
    for one in asked:
        slices[one.key] = slice(at, at + len(one.vectors))
        at += len(one.vectors)
    vectors = np.concatenate([one.vectors for one in asked])
    return np.ascontiguousarray(vectors, dtype=np.float32), slices


def _half_bits(forms: Sequence[bytes], words: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Return a lower bound of the bits apart: those of the first two of the four words."""
    least = np.full(words.shape[1], FAR_BITS // 2, dtype=np.uint8)
    for form in forms:
        first, second = np.frombuffer(form, dtype=np.uint64)[:2]
        apart = np.bitwise_count(words[0] ^ first)
        apart += np.bitwise_count(words[1] ^ second)
        np.minimum(least, apart, out=least)
    return least


def _least_bits(forms: Sequence[bytes], words: NDArray[np.uint64]) -> NDArray[np.uint16]:
    least = np.full(words.shape[1], FAR_BITS, dtype=np.uint16)
    for form in forms:
        apart = np.zeros(words.shape[1], dtype=np.uint16)
        for column, word in zip(words, np.frombuffer(form, dtype=np.uint64), strict=True):
            apart += np.bitwise_count(column ^ word)
        np.minimum(least, apart, out=least)
    return least


def _best(
    parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]], limit: int
) -> list[Near]:
    if not parts:
        return []
    places, bits, cosines = (np.concatenate(column) for column in zip(*parts, strict=True))
    kept = set(np.lexsort((places, bits))[:limit]) | set(np.lexsort((places, -cosines))[:limit])
    nearest = [Near(int(places[at]), int(bits[at]), float(cosines[at])) for at in kept]
    return sorted(nearest, key=lambda one: (-closeness(one.bits, one.cosine), one.row))


def closeness(bits: int, cosine: float) -> float:
    """Return one number to order by: the cosine, or what few bits apart are worth.

    31 bits apart (PDQ's recommended limit) stand beside a cosine of a half.

    >>> closeness(0, 0.2), closeness(256, 0.9)
    (1.0, 0.9)
    """
    return max(cosine, 1 - bits / 62)
