"""Registering what rights protect. What is new has the catalogue looked at again."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from antifake.detectors.photos.describing import MIN_QUALITY, VERSION
from antifake.references import pictures, queries
from antifake.references.models import Authorisation, Brand, ReferencePhoto
from antifake.references.services.descriptions import keep_bank_descriptor
from marketplace.errors import BadInput
from marketplace.listings.services import pictures as cleaner
from marketplace.outbox import services as outbox


@transaction.atomic
def register_brand(
    *, name: str, holder: str, at: datetime, by_id: int | None = None, is_word: bool = True
) -> Brand:
    """Protect a name. Safe to repeat: the brand of that name is returned untouched.

    `is_word` False: works, designs and patents go by this name, and the word itself is free. It
    is protected from the day on which somebody registers it as a word.
    Raises BadInput without a name or a holder.
    """
    name, holder = name.strip(), holder.strip()
    if not name or not holder:
        raise BadInput(_("Give the protected name and its holder."), field="name")
    brand, created = Brand.objects.get_or_create(
        name=name, defaults={"holder": holder, "registered_at": at, "is_word": is_word}
    )
    grown = is_word and not brand.is_word
    if grown:
        brand.is_word = True
        brand.save(update_fields=["is_word"])
    if created or grown:
        _record("brand.registered", brand, by_id=by_id, data={"name": name}, at=at)
    if is_word and (created or grown):
        outbox.emit(
            "brand.registered", subject=f"brand:{brand.pk}", data={"brand_id": brand.pk}, at=at
        )
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
    shown = cleaner.clean(data=data).large
    name = secrets.token_hex(16)
    file = default_storage.save(queries.reference_file(name), ContentFile(shown))
    described = pictures.known(file)
    if described.quality <= MIN_QUALITY:
        default_storage.delete(file)
        raise BadInput(
            _("This picture is too plain to be recognised again; choose one that shows more."),
            field="photo",
        )
    with transaction.atomic():
        row, created = ReferencePhoto.objects.get_or_create(
            brand_id=brand_id,
            sha256=digest,
            defaults={
                "name": name,
                "version": VERSION,
                "upright": described.pdq[0],
                "quality": described.quality,
                "added_at": at,
            },
        )
        if created:
            keep_bank_descriptor(described=described, reference_id=row.pk)
            found = {"reference_id": row.pk}
            _record("brand.reference_added", row.brand, by_id=by_id, data=found, at=at)
            outbox.emit("reference.added", subject=f"reference:{row.pk}", data=found, at=at)
    if not created:  # the same upload was quicker on another connection
        default_storage.delete(file)
    return row


def _record(
    action: str, brand: Brand, *, by_id: int | None, data: dict[str, Any], at: datetime
) -> None:
    actor = f"user:{by_id}" if by_id else "system"
    outbox.record(action=action, actor=actor, subject=f"brand:{brand.pk}", data=data, at=at)
