"""After the goods are written: their photos out of the ZIP, and the sale where it was asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from marketplace.errors import MarketplaceError
from marketplace.listings.importing import archives, uploads
from marketplace.listings.importing.planning import Planner
from marketplace.listings.importing.queries import resource_of
from marketplace.listings.importing.services import move
from marketplace.listings.models import (
    GoodsImport,
    ImportRow,
    ImportState,
    Listing,
    Photo,
    RowStage,
    Verdict,
)
from marketplace.listings.services import listing as listings
from marketplace.listings.services import photos

# Each photo takes a good part of a second, and none is cleaned under a lock.
LISTINGS = 10


def step(*, import_id: int, at: datetime) -> bool:
    """Finish a few listings; False when none is left. Safe to repeat at any point.

    Photos are added outside any lock, so the import may be stopped, and undone, between any two:
    each announces itself first, and nothing goes on sale but under the import's lock.
    """
    goods_import = GoodsImport.objects.select_related("shop", "by").get(pk=import_id)
    waiting = _waiting(goods_import)
    ids = list(waiting.order_by("listing").values_list("listing", flat=True).distinct()[:LISTINGS])
    planner = Planner(goods_import, resource_of(goods_import, at=at))
    for listing_id in ids:
        if not GoodsImport.objects.filter(pk=import_id, state=ImportState.FINISHING).exists():
            return True
        rows = list(waiting.filter(listing=listing_id).order_by("number"))
        added = _add_photos(goods_import, planner, rows, listing_id, at=at)
        _post_and_mark(goods_import, rows, listing_id, added, at=at)
    if ids:
        return True
    with transaction.atomic():
        locked = GoodsImport.objects.select_for_update(no_key=True, of=["self"]).get(pk=import_id)
        if locked.state == ImportState.FINISHING:
            move(goods_import=locked, state=ImportState.DONE, at=at)
    return False


def _waiting(goods_import: GoodsImport) -> QuerySet[ImportRow]:
    """Return the written rows that still have something to be done; mostly there are none."""
    rows = goods_import.rows.filter(
        stage=RowStage.WRITTEN,
        verdict__in=(Verdict.NEW, Verdict.CHANGED),
        listing__isnull=False,
    )
    has_photos = bool(goods_import.stored_zip and "photos" in goods_import.columns)
    return rows if has_photos or goods_import.put_on_sale else rows.none()


def _add_photos(
    goods_import: GoodsImport,
    planner: Planner,
    rows: Sequence[ImportRow],
    listing_id: int,
    *,
    at: datetime,
) -> list[int]:
    """Add the photos that the rows name; return the ids of those that were not there before.

    What is wrong with one is noted in its row; the others are added all the same.
    """
    added: list[int] = []
    for row in rows:
        for name in planner.photos(row.cells):
            try:
                photo = _add_photo(goods_import, row, name, listing_id, at=at)
            except MarketplaceError as error:
                row.errors.append([planner.head("photos"), f"{name}: {error.reason}"])
            except FileNotFoundError:
                row.errors.append([planner.head("photos"), _("The ZIP is no longer there.")])
            else:
                if photo is None:
                    return added
                if photo.added_at >= (goods_import.ran_at or at):
                    added.append(photo.pk)
    return added


def _add_photo(
    goods_import: GoodsImport, row: ImportRow, name: str, listing_id: int, *, at: datetime
) -> Photo | None:
    """Add one photo; None when the import was stopped, or undone with the whole listing."""
    with uploads.opened(goods_import.stored_zip) as file:
        data = archives.photo(file, goods_import.photo_names[name.casefold()])
    if not _announced(goods_import, row, data):
        return None
    try:
        return photos.add_photo(listing_id=listing_id, data=data, by_id=goods_import.by_id, at=at)
    except Listing.DoesNotExist:
        return None


@transaction.atomic
def _announced(goods_import: GoodsImport, row: ImportRow, data: bytes) -> bool:
    """Note which photo is about to come, for an undo before it is marked; False once stopped."""
    locked = GoodsImport.objects.select_for_update(no_key=True, of=["self"]).get(pk=goods_import.pk)
    if locked.state != ImportState.FINISHING:
        return False
    sha256 = hashlib.sha256(data).hexdigest()
    sent = row.undo.get("sent", [])
    if sha256 not in sent:
        row.undo = {**row.undo, "sent": [*sent, sha256]}
        row.save(update_fields=["undo"])
    return True


@transaction.atomic
def _post_and_mark(
    goods_import: GoodsImport,
    rows: Sequence[ImportRow],
    listing_id: int,
    added: Sequence[int],
    *,
    at: datetime,
) -> None:
    locked = GoodsImport.objects.select_for_update(no_key=True, of=["self"]).get(pk=goods_import.pk)
    if locked.state != ImportState.FINISHING:
        _leave(locked, rows, added, at=at)
        return
    note = ""
    is_new = any(row.undo.get("new_listing") for row in rows)
    if locked.put_on_sale and is_new and not any(row.errors for row in rows):
        try:
            with transaction.atomic():
                listings.post(listing_id=listing_id, by_id=locked.by_id, at=at)
        except MarketplaceError as error:
            note = _("Stays a draft: %(reason)s") % {"reason": error.reason}
    for row in rows:
        row.note = note[:400]
        row.stage = RowStage.FINISHED
        row.undo = {**row.undo, "photos": list(added)}
    ImportRow.objects.bulk_update(rows, ["note", "stage", "undo", "errors"])


def _leave(
    locked: GoodsImport, rows: Sequence[ImportRow], added: Sequence[int], *, at: datetime
) -> None:
    """Take off the photos that came after their rows were undone.

    Rows that are not undone have them announced: an undo finds them, going on marks them.
    """
    undone = ImportRow.objects.filter(pk__in=[row.pk for row in rows], stage=RowStage.UNDONE)
    if not undone.exists():
        return
    for photo in Photo.objects.filter(pk__in=added).order_by("pk"):
        try:
            with transaction.atomic():
                photos.remove_photo(photo_id=photo.pk, by_id=locked.by_id, at=at)
        except MarketplaceError:
            return  # ended goods keep their record
