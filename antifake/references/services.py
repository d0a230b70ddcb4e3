"""Registering what rights protect, and describing photos."""

from __future__ import annotations

import hashlib
import io
import secrets
from datetime import datetime
from typing import IO, Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image

from antifake.detectors.photo_match import DESCRIPTOR_VERSION, MIN_QUALITY, describe
from antifake.references import queries
from antifake.references.models import Authorisation, Brand, PhotoDescriptor, ReferencePhoto
from marketplace.errors import BadInput
from marketplace.listings.models import Photo
from marketplace.listings.queries import photo_file
from marketplace.listings.services import pictures
from marketplace.outbox import services as outbox


@transaction.atomic
def register_brand(*, name: str, holder: str, at: datetime, by_id: int | None = None) -> Brand:
    """Protect a name. Safe to repeat: the brand of that name is returned untouched.

    Raises BadInput without a name or a holder.
    """
    name, holder = name.strip(), holder.strip()
    if not name or not holder:
        raise BadInput(_("Give the protected name and its holder."), field="name")
    brand, created = Brand.objects.get_or_create(
        name=name, defaults={"holder": holder, "registered_at": at}
    )
    if created:
        _record("brand.registered", brand, by_id=by_id, data={"name": name}, at=at)
    return brand


@transaction.atomic
def authorise(
    *, brand_id: int, shop_id: int, at: datetime, by_id: int | None = None
) -> Authorisation:
    """Note that a shop may sell a brand's goods. Safe to repeat."""
    row, created = Authorisation.objects.get_or_create(
        brand_id=brand_id, shop_id=shop_id, defaults={"since": at}
    )
    if created:
        _record("brand.authorised", row.brand, by_id=by_id, data={"shop_id": shop_id}, at=at)
    return row


def add_reference_photo(
    *, brand_id: int, data: bytes, at: datetime, by_id: int | None = None
) -> ReferencePhoto:
    """Keep a rights holder's photo to compare with; cleaned and stored outside any lock.

    Safe to repeat: the same bytes for the same brand give the same row.
    Raises BadInput when the file is no picture we read, or one too plain to be recognised.
    """
    digest = hashlib.sha256(data).hexdigest()
    there = ReferencePhoto.objects.filter(brand_id=brand_id, sha256=digest).first()
    if there is not None:
        return there
    shown = pictures.clean(data=data).large
    hashes, quality = _described(io.BytesIO(shown))
    if quality <= MIN_QUALITY:
        raise BadInput(
            _("This picture is too plain to be recognised again; choose one that shows more."),
            field="photo",
        )
    name = secrets.token_hex(16)
    default_storage.save(queries.reference_file(name), ContentFile(shown))
    with transaction.atomic():
        row, created = ReferencePhoto.objects.get_or_create(
            brand_id=brand_id,
            sha256=digest,
            defaults={
                "name": name,
                "version": DESCRIPTOR_VERSION,
                "upright": hashes[0],
                "quality": quality,
                "added_at": at,
            },
        )
        if created:
            found = {"reference_id": row.pk}
            _record("brand.reference_added", row.brand, by_id=by_id, data=found, at=at)
    if not created:  # the same upload was quicker on another connection
        default_storage.delete(queries.reference_file(name))
    return row


def describe_photo(*, photo_id: int) -> PhotoDescriptor:
    """Return what our descriptor sees in a photo of the market; computed once, then kept.

    Slow (it reads and decodes the stored picture): for the `prepare` step of a job.
    """
    kept = PhotoDescriptor.objects.filter(photo_id=photo_id, version=DESCRIPTOR_VERSION).first()
    if kept is not None:
        return kept
    photo = Photo.objects.get(pk=photo_id)
    with default_storage.open(photo_file(photo.name, "large")) as stored:
        hashes, quality = _described(stored)
    row, _created = PhotoDescriptor.objects.get_or_create(
        photo_id=photo_id,
        version=DESCRIPTOR_VERSION,
        defaults={"descriptor": b"".join(hashes), "upright": hashes[0], "quality": quality},
    )
    return row


def _described(stored: IO[bytes]) -> tuple[tuple[bytes, ...], int]:
    """Describe a picture in the form we store: the cleaner's own, never a stranger's bytes."""
    with Image.open(stored, formats=("WEBP",)) as image:
        return describe(image)


def _record(
    action: str, brand: Brand, *, by_id: int | None, data: dict[str, Any], at: datetime
) -> None:
    actor = f"user:{by_id}" if by_id else "system"
    outbox.record(action=action, actor=actor, subject=f"brand:{brand.pk}", data=data, at=at)
