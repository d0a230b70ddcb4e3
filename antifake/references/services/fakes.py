"""What decisions teach: photos of confirmed fakes, and what removed sellers had used."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from antifake.references import pictures, queries
from antifake.references.models import Remembered, RememberedContact, RememberedPhoto
from antifake.references.queries.contacts import contacts_in
from antifake.references.services.descriptions import keep_bank_descriptor
from marketplace.accounts.sealing import keyed_hash
from marketplace.listings.models import Listing, Photo
from marketplace.listings.queries import photo_file
from marketplace.outbox import services as outbox


@transaction.atomic
def confirm_fake(
    *, listing_id: int, decision_ref: str, at: datetime, but_photo_ids: Collection[int] = ()
) -> int:
    """Let a listing's photos join the bank of confirmed fakes; return how many did.

    `but_photo_ids` stay out: photos copied from a rights holder or another shop are no mark of
    the fake, and would accuse their owners.
    `decision_ref` ("decision:7") names the ruling that confirmed it. The event `fake.confirmed`
    has the catalogue looked at again. Safe to repeat.
    """
    listing = Listing.objects.get(pk=listing_id)
    added = _remember(
        Remembered.CONFIRMED_FAKE,
        listing,
        listing.photos.exclude(pk__in=but_photo_ids),
        decision_ref=decision_ref,
        at=at,
    )
    if added:
        data = {"decision_ref": decision_ref, "listing_id": listing_id, "photos": added}
        outbox.emit("fake.confirmed", subject=decision_ref, data=data, at=at)
        outbox.record(
            action="fake.confirmed",
            actor="system",
            subject=f"listing:{listing_id}",
            data=data,
            at=at,
        )
    return added


@transaction.atomic
def forget_fake(*, decision_ref: str, at: datetime) -> int:
    """Take out of the bank what a decision had put there: it was overruled. Safe to repeat.

    Returns how many photos and contact strings went.
    """
    gone = {"decision_ref": decision_ref, "forgotten_at": None}
    count = RememberedPhoto.objects.filter(**gone).update(forgotten_at=at)
    count += RememberedContact.objects.filter(**gone).update(forgotten_at=at)
    if count:
        outbox.record(
            action="fake.forgotten",
            actor="system",
            subject=decision_ref,
            data={"decision_ref": decision_ref, "rows": count},
            at=at,
        )
    return count


@transaction.atomic
def remember_seller(*, shop_id: int, decision_ref: str, at: datetime) -> int:
    """Remember the photos and contact strings of a shop that was removed; return how many.

    Contact strings are kept as keyed hashes alone. Safe to repeat.
    """
    count = 0
    for listing in Listing.objects.filter(shop_id=shop_id).order_by("pk"):
        count += _remember(
            Remembered.REMOVED_SELLER,
            listing,
            listing.photos.all(),
            decision_ref=decision_ref,
            at=at,
        )
        words = contacts_in(f"{listing.title}\n{listing.description}")
        rows = RememberedContact.objects.bulk_create(
            [
                RememberedContact(
                    decision_ref=decision_ref,
                    shop_id=shop_id,
                    keyed_hash=keyed_hash(word, purpose=queries.CONTACT),
                    added_at=at,
                )
                for word in sorted(words)
            ],
            ignore_conflicts=True,
        )
        count += len(rows)
    return count


def _remember(
    kind: Remembered, listing: Listing, photos: Iterable[Photo], *, decision_ref: str, at: datetime
) -> int:
    added = 0
    for photo in photos:
        if _is_there(kind, decision_ref, photo):
            continue
        shown = photo_file(photo.name, "large")
        if not default_storage.exists(shown):
            continue
        name = secrets.token_hex(16)
        with default_storage.open(shown) as stored:
            default_storage.save(queries.reference_file(name), ContentFile(stored.read()))
        row = RememberedPhoto.objects.create(
            kind=kind,
            decision_ref=decision_ref,
            listing=listing,
            shop_id=listing.shop_id,
            sha256=photo.sha256,
            name=name,
            added_at=at,
        )
        keep_bank_descriptor(described=pictures.known(shown), remembered_id=row.pk)
        added += 1
    return added


def _is_there(kind: Remembered, decision_ref: str, photo: Photo) -> bool:
    return RememberedPhoto.objects.filter(
        kind=kind, decision_ref=decision_ref, sha256=photo.sha256
    ).exists()
