"""Forcing whole points to a promised direction."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def forced(points: npt.NDArray[Any], *, axis: int, direction: int) -> npt.NDArray[np.int_]:
    """Make points monotone along an axis, the last row (missing) apart.

    The mean of the running maximum from below and the running minimum from above: monotone,
    equal to the table where that kept the promise already, and it keeps what another axis
    promises. Rounding keeps both.
    """
    moved = np.moveaxis(points, axis, 0) * direction
    known = moved[:-1]
    upper = np.maximum.accumulate(known, axis=0)
    lower = np.minimum.accumulate(known[::-1], axis=0)[::-1]
    moved = np.concatenate([(upper + lower) / 2, moved[-1:]]) * direction
    return np.asarray(np.rint(np.moveaxis(moved, 0, axis)).astype(int))
