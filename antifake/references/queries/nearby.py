"""Photos of the market that are near: the mapped index, and the rows that are newer than it.

Exact whether or not there is an index: what it does not hold is read from Postgres. A file is
trusted by its token alone, which its database gave it, so another database's file is never read.
"""

from __future__ import annotations

import io
import threading
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db import connection

from antifake.detectors.photos.describing import DIM, MIN_QUALITY, VERSION
from antifake.references.fields import column_type
from antifake.references.index import files, nearest
from antifake.references.index.nearest import Asked
from antifake.references.index.rows import Rows, body, copied_type, joined, parsed
from antifake.references.models import IndexBuild, PhotoDescriptor
from marketplace.prepared import Prepared

# So many rows newer than the index are kept in memory; beyond that they are read in pages.
TAIL_KEPT = 20_000
PAGE = 20_000
COPY = """
COPY (SELECT known.id, known.photo_id, photo.listing_id, listing.shop_id, known.quality,
             known.upright, known.vector
        FROM references_photodescriptor AS known
        JOIN listings_photo AS photo ON photo.id = known.photo_id
        JOIN listings_listing AS listing ON listing.id = photo.listing_id
       WHERE known.version = %(version)s AND known.vector IS NOT NULL
         AND {which}
       ORDER BY known.id {limit}) TO STDOUT (FORMAT binary)
"""
# How many rows there are and the sum of their ids: another set of rows is another pair, but for
# chance. Rows whose ids come late and rows that go are told by it.
_TAIL_STAMP = """
SELECT count(*), coalesce(sum(id), 0) FROM (
    SELECT id FROM references_photodescriptor
     WHERE id > %(after)s AND version = %(version)s AND vector IS NOT NULL
     ORDER BY id LIMIT %(limit)s) AS newer
"""
_TAIL_IDS = """
SELECT id FROM references_photodescriptor
 WHERE id > %(after)s AND version = %(version)s AND vector IS NOT NULL
 ORDER BY id LIMIT %(limit)s
"""


_BUILDS = Prepared(lambda: IndexBuild.objects.filter(version=VERSION).order_by("-pk")[: files.KEPT])


@dataclass(frozen=True)
class NearPhoto:
    """A photo of the market within reach of a picture that was asked about."""

    photo_id: int
    listing_id: int
    bits: int
    cosine: float

    @property
    def closeness(self) -> float:
        """One number to order by."""
        return nearest.closeness(self.bits, self.cosine)


@dataclass
class _Held:
    """What this thread has in memory of one database's photos; the index itself is mapped."""

    token: uuid.UUID | None = None
    index: Rows | None = None
    tail: Rows = field(default_factory=lambda: joined([], dim=DIM))


_of_thread = threading.local()


def near_photos(
    asked: Sequence[Asked], *, within: int, floor: float, limit: int, but_shop: int = 0
) -> dict[int, list[NearPhoto]]:
    """Return the market's photos near each picture, the nearest first, each photo once.

    At least the `limit` nearest by bits (at most `within` apart) and by cosine (at least
    `floor`). Photos of the shop `but_shop` are left out.
    """
    found: dict[int, dict[int, NearPhoto]] = {one.key: {} for one in asked}
    for rows in everything():
        hits = nearest.near(asked, rows, within=within, floor=floor, limit=limit, but_shop=but_shop)
        for key, some in hits.items():
            for hit in some:
                photo = NearPhoto(
                    int(rows.photo_ids[hit.row]),
                    int(rows.listing_ids[hit.row]),
                    hit.bits,
                    round(hit.cosine, 6),
                )
                before = found[key].get(photo.photo_id, photo)
                found[key][photo.photo_id] = max(before, photo, key=lambda one: one.closeness)
    return {
        key: sorted(some.values(), key=lambda one: (-one.closeness, one.photo_id))
        for key, some in found.items()
    }


def everything() -> Iterator[Rows]:
    """Yield all described photos: the mapped index, then the rows that are newer."""
    held = vars(_of_thread).setdefault(str(connection.settings_dict["NAME"]), _Held())
    through = _open_newest(held)
    if held.index is not None:
        yield held.index
    stamp = _tail_stamp(through)
    if stamp[0] > TAIL_KEPT:
        yield from _pages(through)
        return
    if _stamp_of(held.tail) != stamp:
        _renew_tail(held, through, stamp)
    if len(held.tail):
        yield held.tail


def tail_length(limit: int) -> int:
    """Return how many rows are newer than the newest index; counts no further than `limit`."""
    newest = newest_build()
    return len(_ids_after(newest.through if newest else 0, limit=limit))


def newest_build() -> IndexBuild | None:
    """Return the newest index that was built for the present version."""
    return IndexBuild.objects.filter(version=VERSION).order_by("-pk").first()


def index_root() -> Path:
    """Return the folder of the mapped files: one for each database."""
    return Path(settings.PHOTO_INDEX_ROOT) / str(connection.settings_dict["NAME"])


def copy_statement(which: str, limit: str = "") -> str:
    """Return the statement that copies the rows for which the SQL condition `which` holds."""
    with connection.cursor() as cursor:
        said: bytes = cursor.cursor.mogrify(
            COPY.format(which=which, limit=limit), {"version": VERSION}
        )
    return said.decode()


def copied_shape() -> np.dtype[np.void]:
    """Return how a copied row lies in memory in this database."""
    kind = column_type(connection, PhotoDescriptor._meta.db_table, "vector")
    return copied_type(DIM, halfvec=kind == "halfvec")


def _open_newest(held: _Held) -> int:
    """Open the newest index that lies on this machine; return the last row it looked at."""
    for build in _BUILDS.ask():
        if held.token != build.token:
            rows = files.opened(index_root(), build.token)
            if rows is None:
                continue
            held.token, held.index = build.token, rows
            held.tail = joined([], dim=DIM)
        return build.through
    held.token, held.index = None, None
    return 0


def _ids_after(through: int, *, limit: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_TAIL_IDS, {"after": through, "version": VERSION, "limit": limit})
        return [pk for (pk,) in cursor.fetchall()]


def _tail_stamp(through: int) -> tuple[int, int]:
    asked: dict[str, int | str] = {"after": through, "version": VERSION, "limit": TAIL_KEPT + 1}
    with connection.cursor() as cursor:
        cursor.execute(_TAIL_STAMP, asked)
        count, total = cursor.fetchone()
    return int(count), int(total)


def _stamp_of(rows: Rows) -> tuple[int, int]:
    return len(rows), int(rows.ids.sum())


def _renew_tail(held: _Held, through: int, stamp: tuple[int, int]) -> None:
    """Read what came behind the rows in memory; all ids where that does not explain the stamp."""
    last = int(held.tail.ids.max()) if len(held.tail) else through
    tail = joined([held.tail, _read(f"known.id > {max(last, through):d}")], dim=DIM)
    if _stamp_of(tail) == stamp:
        held.tail = tail
    else:
        _keep_tail(held, _ids_after(through, limit=TAIL_KEPT))


def _keep_tail(held: _Held, ids: Sequence[int]) -> None:
    """Bring the rows in memory up to these: ids may come late, and rows may go."""
    kept = set(held.tail.ids.tolist())
    wanted = set(ids)
    if kept == wanted:
        return
    parts = [held.tail] if kept <= wanted else []
    missing = wanted - kept if parts else wanted
    if missing:
        parts.append(_read(f"known.id IN ({','.join(map(str, sorted(missing)))})"))
    held.tail = joined(parts, dim=DIM)


def _pages(through: int) -> Iterator[Rows]:
    while True:
        rows = _read(f"known.id > {through:d}", f"LIMIT {PAGE}")
        if not len(rows):
            return
        yield rows
        through = int(rows.ids[-1])


def _read(which: str, limit: str = "") -> Rows:
    buffer = io.BytesIO()
    with connection.cursor() as cursor:
        cursor.cursor.copy_expert(copy_statement(which, limit), buffer)
    return parsed(body(buffer.getbuffer(), copied_shape()), min_quality=MIN_QUALITY)
