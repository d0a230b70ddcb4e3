"""The arrays in files that all workers of a machine map into memory: one copy for all of them.

A file set is a folder named by its token. It is written beside and renamed, so that whoever
looks sees all of it or nothing; a folder that goes while it is mapped stays readable.
"""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from antifake.references.index.rows import ARRAYS, Rows, parsed

CHUNK_ROWS = 20_000
KEPT = 2
HALF_WRITTEN = (".new", ".copy")
WRITING_SECONDS = 3_600  # nobody writes for longer; beyond that the writer is dead


def write(
    root: Path, token: uuid.UUID, copied: NDArray[Any], *, dim: int, min_quality: int
) -> None:
    """Write copied rows as a file set."""
    half = root / f"{token.hex}.new"
    half.mkdir(parents=True)
    shapes: dict[str, tuple[tuple[int, ...], type]] = {
        **{name: ((len(copied),), np.int64) for name in ARRAYS[:4]},
        "plain": ((len(copied),), np.bool_),
        "words": ((4, len(copied)), np.uint64),
        "vectors": ((len(copied), dim), np.float32),
    }
    arrays = {
        name: open_memmap(half / f"{name}.npy", mode="w+", dtype=kind, shape=shape)
        for name, (shape, kind) in shapes.items()
    }
    for start in range(0, len(copied), CHUNK_ROWS):
        part = parsed(np.asarray(copied[start : start + CHUNK_ROWS]), min_quality=min_quality)
        for name in ARRAYS:
            place = (slice(start, start + len(part)),)
            arrays[name][(slice(None), *place) if name == "words" else place] = getattr(part, name)
    for array in arrays.values():
        array.flush()
    os.replace(half, root / token.hex)


def opened(root: Path, token: uuid.UUID) -> Rows | None:
    """Return a file set, mapped; None when it is not on this machine."""
    folder = root / token.hex
    try:
        return Rows(**{name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ARRAYS})
    except FileNotFoundError:
        return None


def clear(root: Path, kept: set[str], *, now: float) -> None:
    """Remove the file sets that nobody will ask for again, and what a killed writer left.

    `now` is in seconds since 1970, as files have it.
    """
    for entry in root.iterdir():
        is_half = entry.suffix in HALF_WRITTEN
        if entry.name in kept or (is_half and now - entry.stat().st_mtime < WRITING_SECONDS):
            continue
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
