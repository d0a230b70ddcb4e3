"""Photos of a listing: bounded, re-encoded, stored under a random name."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from marketplace.errors import BadInput, MarketplaceError
from marketplace.listings.models import Listing, Photo
from marketplace.listings.queries import photo_file
from marketplace.listings.services import originals, pictures
from marketplace.listings.services.listing import content_changed, locked_for
from marketplace.rulebook import queries as rulebook

SIZES = {"large": pictures.LARGE, "thumb": pictures.THUMB}


def add_photo(*, listing_id: int, data: bytes, at: datetime, by_id: int | None = None) -> Photo:
    """Add a picture at the end. `by_id` is the seller (the shop's owner when not given).

    Cleaning and the files come before the rows, outside any lock, so a committed photo always
    has its files. The upload itself goes to the private storage for a while (`originals`).
    Safe to repeat: the same bytes on the same listing give the same photo.
    Raises BadInput (no picture, too large, too many), WrongState when the listing ended.
    """
    digest = hashlib.sha256(data).hexdigest()
    there = Photo.objects.filter(listing_id=listing_id, sha256=digest).first()
    if there is not None:
        return there
    clean = pictures.clean(data=data)
    name = secrets.token_hex(16)
    for size, kept in (("large", clean.large), ("thumb", clean.thumb)):
        default_storage.save(photo_file(name, size), ContentFile(kept))
    original = originals.write(data=data)
    row = Photo(sha256=digest, name=name, width=clean.width, height=clean.height, added_at=at)
    try:
        with transaction.atomic():
            photo = _add_row(listing_id=listing_id, by_id=by_id, row=row, at=at)
            if photo is row:
                originals.attach(photo=photo, name=original, data=data, at=at)
    except (MarketplaceError, Listing.DoesNotExist):  # or the draft was deleted meanwhile
        _delete_files(name)
        originals.discard(name=original)
        raise
    if photo is not row:  # the same upload was quicker on another connection
        _delete_files(name)
        originals.discard(name=original)
    return photo


@transaction.atomic
def remove_photo(*, photo_id: int, by_id: int, at: datetime) -> None:
    """Take a picture off its listing; the files go once that is certain. Safe to repeat."""
    photo = Photo.objects.filter(pk=photo_id).first()
    if photo is None:
        return
    listing = locked_for(listing_id=photo.listing_id, by_id=by_id)
    originals.give_up(photo_id=photo.pk, at=at)
    photo.delete()
    content_changed(listing=listing, by_id=by_id, at=at)
    transaction.on_commit(lambda: _delete_files(photo.name))


@transaction.atomic
def _add_row(*, listing_id: int, by_id: int | None, row: Photo, at: datetime) -> Photo:
    if by_id is None:
        by_id = Listing.objects.values_list("shop__owner_id", flat=True).get(pk=listing_id)
    listing = locked_for(listing_id=listing_id, by_id=by_id)
    twin = listing.photos.filter(sha256=row.sha256).first()
    if twin is not None:
        return twin
    most = rulebook.value("listings.photos_max", at=at)
    if listing.photos.count() >= most:
        raise BadInput(_("A listing has at most %(most)d photos.") % {"most": most}, "photos")
    last = listing.photos.aggregate(last=Max("position"))["last"]
    row.listing = listing
    row.position = 0 if last is None else last + 1
    row.save()
    content_changed(listing=listing, by_id=by_id, at=at)
    return row


def _delete_files(name: str) -> None:
    for size in SIZES:
        default_storage.delete(photo_file(name, size))
