"""The arrays in files that all workers of a machine map into memory: one copy for all of them.

A file set is a folder named by its token. It is written beside and renamed, so that whoever
looks sees all of it or nothing; a folder that goes while it is mapped stays readable.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap

from antifake.references.index.rows import ARRAYS, Rows

KEPT = 2
HALF_WRITTEN = (".new", ".copy")
WRITING_SECONDS = 3_600  # nobody writes for longer; beyond that the writer is dead


def write(root: Path, token: uuid.UUID, parts: Iterable[Rows], *, count: int, dim: int) -> None:
    """Write parts of rows, `count` in all, as a file set.

    A part at a time is mapped: with all of it mapped a worker would weigh twice as much.
    """
    half = root / f"{token.hex}.new"
    half.mkdir(parents=True)
    shapes: dict[str, tuple[tuple[int, ...], type]] = {
        **dict.fromkeys(ARRAYS[:4], ((count,), np.int64)),
        "plain": ((count,), np.bool_),
        "words": ((4, count), np.uint64),
        "vectors": ((count, dim), np.float32),
    }
    for name, (shape, kind) in shapes.items():
        open_memmap(half / f"{name}.npy", mode="w+", dtype=kind, shape=shape)
    start = 0
    for part in parts:
        place = (slice(start, start + len(part)),)
        for name in ARRAYS:
            array = open_memmap(half / f"{name}.npy", mode="r+")
            array[(slice(None), *place) if name == "words" else place] = getattr(part, name)
            array.flush()
        start += len(part)
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
