"""Nearest known photos by bits or by vectors: exact, in chunks, NumPy alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

CHUNK_ROWS = 16_384


def nearest_bits(
    forms: Sequence[bytes], uprights: NDArray[np.uint8], limit: int, within: int
) -> list[tuple[int, int]]:
    """Return (row, bits apart) of the `limit` nearest rows, nearest first.

    A row's distance is the least over all `forms` (32 bytes each); rows farther than `within`
    bits of 256 are left out. `uprights` is [n, 32].
    """
    if not forms or not len(uprights):
        return []
    asked = np.stack([np.frombuffer(form, dtype=np.uint64) for form in forms])
    rows: list[NDArray[np.int64]] = []
    found: list[NDArray[np.int64]] = []
    for start in range(0, len(uprights), CHUNK_ROWS):
        words = np.ascontiguousarray(uprights[start : start + CHUNK_ROWS]).view(np.uint64)
        least = np.full(len(words), 257, dtype=np.int64)
        for form in asked:
            apart = np.bitwise_count(words ^ form).sum(axis=1, dtype=np.int64)
            np.minimum(least, apart, out=least)
        near = np.flatnonzero(least <= within)
        rows.append(near + start)
        found.append(least[near])
    row, bits = np.concatenate(rows), np.concatenate(found)
    order = np.lexsort((row, bits))[:limit]
    return [(int(row[at]), int(bits[at])) for at in order]


def nearest_vectors(
    queries: NDArray[np.float32],
    vectors: NDArray[np.float16] | NDArray[np.float32],
    limit: int,
) -> list[tuple[int, float]]:
    """Return (row, cosine) of the `limit` nearest rows, nearest first.

    A row's cosine is the greatest over all `queries` [q, d]; `vectors` [n, d] may be a memory
    map. All are taken to be of length one.
    """
    best_rows = np.empty(0, dtype=np.int64)
    best = np.empty(0, dtype=np.float32)
    if not len(queries):
        return []
    turned = np.ascontiguousarray(queries.T, dtype=np.float32)
    for start in range(0, len(vectors), CHUNK_ROWS):
        part = np.asarray(vectors[start : start + CHUNK_ROWS], dtype=np.float32)
        cosines = (part @ turned).max(axis=1)
        top = np.argpartition(-cosines, limit)[:limit] if len(cosines) > limit else slice(None)
        rows = np.arange(start, start + len(part))[top]
        best_rows = np.concatenate([best_rows, rows])
        best = np.concatenate([best, cosines[top]])
    order = np.lexsort((best_rows, -best))[:limit]
    return [(int(best_rows[at]), float(best[at])) for at in order]
