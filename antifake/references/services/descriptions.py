"""Describing pictures: once for each version of the describer, then kept."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from antifake.detectors.photos import describing
from antifake.detectors.photos.describing import VERSION, Described
from antifake.references import pictures, queries
from antifake.references.models import (
    BankDescriptor,
    PhotoDescriptor,
    PhotoWindows,
    ReferencePhoto,
    RememberedPhoto,
)
from marketplace.listings.models import ListingState, Photo
from marketplace.listings.queries import photo_file

# A clock's turn describes so many pictures at most (about 60 ms each).
DESCRIBE_BATCH = 100
SHOWN = (ListingState.PENDING, ListingState.LIVE, ListingState.WITHHELD)


def describe_photo(*, photo_id: int) -> PhotoDescriptor:
    """Return what the describer sees in a photo of the market; computed once, then kept.

    Slow (it reads and decodes the stored picture): for the `prepare` step of a job.
    """
    describe_photos(photo_ids=[photo_id])
    return PhotoDescriptor.objects.get(photo_id=photo_id, version=VERSION, region=0)


def describe_photos(*, photo_ids: Collection[int]) -> None:
    """Describe those photos that this version has not seen. Slow, as `describe_photo`."""
    kept = PhotoDescriptor.objects.filter(photo_id__in=photo_ids, version=VERSION, region=0)
    missing = set(photo_ids) - set(kept.values_list("photo_id", flat=True))
    if missing:
        photos = list(Photo.objects.filter(pk__in=missing).order_by("pk"))
        windows = [row for photo in photos for row in _windows_of(photo)]
        rows = [row for photo in photos for row in _rows_of(photo)]
        with transaction.atomic():
            PhotoWindows.objects.bulk_create(windows, ignore_conflicts=True)
            PhotoDescriptor.objects.bulk_create(rows, ignore_conflicts=True)


def _rows_of(photo: Photo) -> Iterator[PhotoDescriptor]:
    file = photo_file(photo.name, "large")
    whole = {**_facts(pictures.seen(file)), "mirrored": None}
    yield PhotoDescriptor(photo_id=photo.pk, region=0, **whole)
    for number, region in enumerate(pictures.parts(file).regions(), start=1):
        part = {**whole, "descriptor": b"", "vector": region.vector}
        yield PhotoDescriptor(photo_id=photo.pk, region=number, **part)


def _windows_of(photo: Photo) -> Iterator[PhotoWindows]:
    windows = pictures.parts(photo_file(photo.name, "large")).windows()
    if windows:
        vectors = describing.packed_small([window.vector for window in windows])
        yield PhotoWindows(photo_id=photo.pk, version=VERSION, vectors=vectors)


def describe_bank(*, limit: int = DESCRIBE_BATCH) -> int:
    """Describe pictures of the bank that this version has not seen; return how many.

    References first. Slow; outside transactions.
    """
    references = _undescribed(ReferencePhoto.objects.all(), "reference")[:limit]
    for reference in references:
        _describe(reference.name, reference_id=reference.pk)
    photos = _undescribed_fakes()[: limit - len(references)]
    for photo in photos:
        _describe(photo.name, remembered_id=photo.pk)
    return len(references) + len(photos)


def describe_missing(*, limit: int = DESCRIBE_BATCH) -> int:
    """Describe what this version has not seen, the bank first; return how many pictures.

    After a new version this brings all photos on offer up to it, a batch a turn; stopped
    anywhere, it goes on there. Slow; outside transactions.
    """
    done = describe_bank(limit=limit)
    for photo_id in list(_missing_photos().values_list("pk", flat=True)[: limit - done]):
        describe_photo(photo_id=photo_id)
        done += 1
    return done


def anything_undescribed() -> bool:
    """Say whether `describe_missing` would find anything to do."""
    references = _undescribed(ReferencePhoto.objects.all(), "reference")
    return references.exists() or _undescribed_fakes().exists() or _missing_photos().exists()


def _missing_photos() -> QuerySet[Photo]:
    """Return photos on show that an earlier version saw and this one did not.

    What was never seen waits for its listing's check, which describes it.
    """
    kept = PhotoDescriptor.objects.filter(photo=OuterRef("pk"), region=0)
    photos = Photo.objects.filter(Exists(kept), ~Exists(kept.filter(version=VERSION)))
    return photos.filter(listing__state__in=SHOWN).order_by("pk")


def _undescribed_fakes() -> QuerySet[RememberedPhoto]:
    return _undescribed(RememberedPhoto.objects.filter(forgotten_at__isnull=True), "remembered")


@transaction.atomic
def keep_bank_descriptor(
    *, described: Described, reference_id: int | None = None, remembered_id: int | None = None
) -> None:
    """Keep what was seen in a picture of the bank. Safe to repeat."""
    BankDescriptor.objects.get_or_create(
        reference_id=reference_id,
        remembered_id=remembered_id,
        version=VERSION,
        defaults={**_facts(described), "local": described.local, "turned": described.turned},
    )


def _describe(name: str, **owner: int) -> None:
    keep_bank_descriptor(described=pictures.known(queries.reference_file(name)), **owner)


def _undescribed(rows: QuerySet[Any], owner: str) -> QuerySet[Any]:
    there = BankDescriptor.objects.filter(**{owner: OuterRef("pk")}, version=VERSION)
    return rows.filter(~Exists(there)).order_by("pk")


def _facts(described: Described) -> dict[str, Any]:
    return {
        "version": VERSION,
        "descriptor": b"".join(described.pdq),
        "upright": described.pdq[0],
        "quality": described.quality,
        "vector": described.vector,
        "mirrored": described.mirrored,
    }
