"""Uploads as they came: kept in private storage only while a check or a case needs them.

They hold what the clean pictures lost (place, camera, owner), and they are strangers' bytes:
nothing here opens them, and no address of the market leads to them but the staff's download.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.errors import WrongState
from marketplace.listings import queries
from marketplace.listings.models import Listing, OriginalKeep, Photo, PhotoOriginal
from marketplace.listings.rules import ORIGINAL_STAYS, ORPHAN_AFTER
from marketplace.outbox import services as outbox

ERASE = "listings.erase_originals"
BATCH = 200


def storage() -> Storage:
    """Return the private storage: readable by this program alone, served by nobody."""
    return storages["originals"]


def write(*, data: bytes) -> str:
    """Store an upload under a random name, before its row; return the name."""
    name = secrets.token_hex(16)
    storage().save(queries.original_file(name), ContentFile(data))
    return name


def discard(*, name: str) -> None:
    """Delete a file whose row did not come about."""
    storage().delete(queries.original_file(name))


def attach(*, photo: Photo, name: str, data: bytes, at: datetime) -> PhotoOriginal:
    """Write the row of a stored upload, in the transaction that makes its photo."""
    return PhotoOriginal.objects.create(
        listing_id=photo.listing_id,
        photo=photo,
        name=name,
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        stored_at=at,
        due_at=at + ORIGINAL_STAYS,
    )


@transaction.atomic
def keep_originals(*, listing_id: int, source: str, at: datetime) -> int:
    """Keep what is still there of a listing's uploads; return how many `source` keeps.

    Safe to repeat. What a source let go, it does not keep again.
    """
    rows = PhotoOriginal.objects.select_for_update(no_key=True).filter(listing_id=listing_id)
    keeps = [OriginalKeep(original=row, source=source, since=at) for row in rows.order_by("pk")]
    OriginalKeep.objects.bulk_create(keeps, ignore_conflicts=True)
    return OriginalKeep.objects.filter(
        original__listing_id=listing_id, source=source, let_go_at=None
    ).count()


@transaction.atomic
def keep_originals_of(*, sources: Mapping[int, str], at: datetime) -> None:
    """Keep the uploads of several listings (source by listing id); else as `keep_originals`."""
    rows = PhotoOriginal.objects.select_for_update(no_key=True).filter(listing_id__in=sources)
    keeps = [
        OriginalKeep(original=row, source=sources[row.listing_id], since=at)
        for row in rows.order_by("pk")
    ]
    OriginalKeep.objects.bulk_create(keeps, ignore_conflicts=True)


@transaction.atomic
def let_originals_go(*, source: str, at: datetime) -> int:
    """End what a source keeps; the clock erases what no other keeps. Safe to repeat."""
    return OriginalKeep.objects.filter(source=source, let_go_at=None).update(let_go_at=at)


@transaction.atomic
def give_up(*, photo_id: int, at: datetime) -> None:
    """Have an upload erased as soon as nobody keeps it: its photo is being taken off."""
    row = PhotoOriginal.objects.select_for_update(no_key=True).filter(photo_id=photo_id).first()
    if row is not None and row.due_at > at:
        row.due_at = max(at, row.stored_at)
        row.save(update_fields=["due_at"])


@transaction.atomic
def download(*, original_id: int, by_id: int, at: datetime) -> File[bytes]:
    """Open an original for staff, and write down who looked.

    Raises WrongState unless a source keeps it: without a case it is nobody's business.
    """
    row = queries.kept_originals().filter(pk=original_id).first()
    if row is None:
        raise WrongState(_("No case needs this file."))
    try:
        opened: File[bytes] = storage().open(queries.original_file(row.name))
    except FileNotFoundError as error:
        raise WrongState(_("This file is gone.")) from error
    _record("photo.original_seen", row, actor=f"user:{by_id}", at=at)
    return opened


@transaction.atomic
def erase_due(*, at: datetime) -> int:
    """Erase the uploads whose time is over and that no source keeps; return how many.

    The file goes once that is certain; one that stays behind is the sweep's.
    """
    due = PhotoOriginal.objects.filter(due_at__lte=at).exclude(pk__in=queries.kept_originals())
    locked = list(
        due.order_by("pk").select_for_update(no_key=True, of=["self"], skip_locked=True)[:BATCH]
    )
    # Asked again under the lock: a case may have opened meanwhile.
    kept = set(queries.kept_originals().values_list("pk", flat=True))
    rows = [row for row in locked if row.pk not in kept]
    for row in rows:
        _erase(row, "photo.original_erased", at=at)
    if len(locked) == BATCH:
        outbox.go_on(kind=ERASE, at=at)
    return len(rows)


def sweep(*, at: datetime) -> int:
    """Erase private files without a row and rows without a file; return how many there were.

    Both are left by a crash between the two. A file younger than ORPHAN_AFTER may be an upload
    on its way.
    """
    return _sweep_files(at=at) + _sweep_rows(at=at)


def _sweep_files(*, at: datetime) -> int:
    found = 0
    for folder in _folders():
        names = set(storage().listdir(folder)[1])
        known = PhotoOriginal.objects.filter(name__in=names).values_list("name", flat=True)
        for name in sorted(names - set(known)):
            path = f"{folder}/{name}"
            if storage().get_modified_time(path) <= at - ORPHAN_AFTER:
                storage().delete(path)
                found += 1
    return found


def _folders() -> list[str]:
    try:
        # Two letters each (queries.original_file); what stands beside them is not ours to sweep.
        return sorted(name for name in storage().listdir("")[0] if len(name) == 2)
    except FileNotFoundError:  # nothing was ever stored
        return []


def _sweep_rows(*, at: datetime) -> int:
    if not _folders():  # a storage that is not there has lost nothing
        return 0
    names = PhotoOriginal.objects.order_by("pk").values_list("pk", "name").iterator()
    gone = [pk for pk, name in names if not storage().exists(queries.original_file(name))]
    with transaction.atomic():
        rows = (
            PhotoOriginal.objects.filter(pk__in=gone).order_by("pk").select_for_update(no_key=True)
        )
        for row in rows:
            _erase(row, "photo.original_lost", at=at)
    return len(gone)


@transaction.atomic
def erase_of(*, listing_id: int, at: datetime) -> None:
    """Erase what was uploaded for a listing that is itself about to be deleted."""
    rows = (
        PhotoOriginal.objects.filter(listing_id=listing_id)
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    for row in rows:
        _erase(row, "photo.original_erased", at=at)


def _erase(row: PhotoOriginal, action: str, *, at: datetime) -> None:
    _record(action, row, actor="system", at=at)
    name = row.name
    row.delete()
    transaction.on_commit(lambda: discard(name=name))


def _record(action: str, row: PhotoOriginal, *, actor: str, at: datetime) -> None:
    data: dict[str, Any] = {
        "original_id": row.pk,
        "photo_id": row.photo_id,
        "size_bytes": row.size_bytes,
        "sha256": row.sha256,
    }
    subject = Listing(pk=row.listing_id).ref
    outbox.record(action=action, actor=actor, subject=subject, data=data, at=at)
