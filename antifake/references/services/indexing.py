"""Building the mapped index anew when too many rows are newer than it."""

from __future__ import annotations

import tempfile
import uuid
from datetime import datetime
from pathlib import Path

from django.db import OperationalError, connection, transaction

from antifake.detectors.photos.describing import DIM, MIN_QUALITY, VERSION
from antifake.references.index import files
from antifake.references.index.rows import count_in_file, parts_of_file
from antifake.references.models import IndexBuild
from antifake.references.queries import nearby

# Reading so many new rows for a look costs about a millisecond; building about a second for
# 100,000 rows.
TAIL_LIMIT = 2_000
_FENCE = """
SET LOCAL lock_timeout = '2s';
LOCK TABLE references_photodescriptor IN SHARE MODE;
"""
_LAST = "SELECT coalesce(max(id), 0) FROM references_photodescriptor WHERE version = %s"


def build_if_due(*, at: datetime, limit: int = TAIL_LIMIT) -> IndexBuild | None:
    """Build the index when more than `limit` rows are newer than the newest."""
    if nearby.tail_length(limit + 1) <= limit:
        return None
    return build(at=at)


def build(*, at: datetime) -> IndexBuild | None:
    """Write all described photos into files that every worker of this machine maps.

    None when there is nothing to write, or writers kept the table busy: the next turn tries
    again. Outside transactions.
    """
    through = _last_committed()
    if not through:
        return None
    root, token = nearby.index_root(), uuid.uuid4()
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=root, suffix=".copy") as copy:
        with connection.cursor() as cursor:
            cursor.cursor.copy_expert(nearby.copy_statement(f"known.id <= {through:d}"), copy)
        copy.flush()
        place, shape = Path(copy.name), nearby.copied_shape()
        count = count_in_file(place, shape)
        if not count:
            return None
        parts = parts_of_file(place, shape, min_quality=MIN_QUALITY)
        files.write(root, token, parts, count=count, dim=DIM)
    built = IndexBuild.objects.create(
        token=token, version=VERSION, through=through, rows=count, built_at=at
    )
    newest = IndexBuild.objects.order_by("-pk").values_list("token", flat=True)[: files.KEPT]
    files.clear(root, {known.hex for known in newest}, now=at.timestamp())
    return built


def _last_committed() -> int:
    """Return the last descriptor so that every smaller number is committed or never comes.

    A number is drawn after its writer holds the table (SHARE waits for such), so none below the
    highest is still on its way once the lock was held.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_FENCE)
            cursor.execute(_LAST, [VERSION])
            (last,) = cursor.fetchone()
    except OperationalError:
        return 0
    return int(last)
