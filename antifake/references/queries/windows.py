"""Photos of the market a part of which is near: the grid of windows of each, page by page.

Only a re-scan asks this, so nothing of it stays in memory: one pass over the table serves all
pictures that are asked about (some 5 KB a photo in which photos seem drawn).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from antifake.detectors.photos.describing import VERSION, unpacked_small
from antifake.references.index.nearest import FAR_BITS, Asked
from antifake.references.models import PhotoWindows
from antifake.references.queries.nearby import NearPhoto

PAGE = 2_000
# What a byte a number may take from a cosine (`describing.SMALL_SCALE`).
SLACK = 0.01

_Page = list[tuple[int, int, int, bytes]]


def near_windows(asked: Sequence[Asked], *, floor: float, limit: int) -> dict[int, list[NearPhoto]]:
    """Return for each picture the photos with a window at least `floor` like it, nearest first.

    The `limit` nearest, each photo once.
    """
    found: dict[int, list[NearPhoto]] = {one.key: [] for one in asked}
    for page in _pages():
        windows = [unpacked_small(vectors) for *_ids, vectors in page]
        starts = np.cumsum([0, *map(len, windows[:-1])])
        together = np.concatenate(windows)
        for one in asked:
            likest = np.maximum.reduceat((together @ one.vectors.T).max(axis=1), starts)
            for at in np.flatnonzero(likest >= floor - SLACK):
                _pk, photo_id, listing_id, _vectors = page[at]
                near = NearPhoto(photo_id, listing_id, FAR_BITS, round(float(likest[at]), 6))
                found[one.key].append(near)
    return {
        key: sorted(some, key=lambda one: (-one.cosine, one.photo_id))[:limit]
        for key, some in found.items()
    }


def _pages() -> Iterator[_Page]:
    rows = PhotoWindows.objects.filter(version=VERSION).order_by("pk")
    columns = ("pk", "photo_id", "photo__listing_id", "vectors")
    last = 0
    while page := list(rows.filter(pk__gt=last).values_list(*columns)[:PAGE]):
        yield [(pk, photo, listing, bytes(vectors)) for pk, photo, listing, vectors in page]
        last = page[-1][0]
