"""Reads: which goods on sale show a picture, and which show a confirmed fake beyond doubt."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from django.db.models import Q
from PIL import Image

from antifake.detectors.photo_match import STRONG_BITS, agrees_widely
from antifake.detectors.photos import comparing, describing
from antifake.detectors.photos.comparing import POLICY
from antifake.detectors.photos.describing import MIN_QUALITY, VERSION, Described
from antifake.references import pictures
from antifake.references.index.nearest import Asked
from antifake.references.models import PhotoDescriptor, Remembered, RememberedPhoto
from antifake.references.queries import known
from antifake.references.queries.bank import WITHIN_BITS, compared_with, queries_for
from antifake.references.queries.nearby import NearPhoto, near_photos
from marketplace.listings.models import ListingState, Photo
from marketplace.listings.queries import photo_file

# So many different pictures are compared point by point for one question (some 80 ms each), and
# so many neighbours are looked up before those that are not on sale are left out.
COMPARED, LOOKED_UP = 16, 400
ASKED = 0
HASH_WORDS = 4


@dataclass(frozen=True, slots=True)
class Shown:
    """A photo of goods on sale beside the picture that was asked about.

    `is_copy`: comparing them says so; else it may be one.
    """

    listing_id: int
    photo_id: int
    copy_permille: int
    is_copy: bool


def goods_showing(image: Image.Image) -> list[Shown]:
    """Return goods on sale that show a picture, the surest first, each listing once.

    What stands in many places as the same picture is compared once. Slow (it describes the
    picture and reads stored ones): outside transactions.
    """
    asking = describing.describe(image)
    hits = near_photos(
        [_asked(asking)], within=WITHIN_BITS, floor=POLICY.cosine_floor, limit=LOOKED_UP
    )[ASKED]
    live = Photo.objects.filter(
        pk__in=[hit.photo_id for hit in hits], listing__state=ListingState.LIVE
    ).in_bulk()
    mine = comparing.prepare_described(asking)
    sure: dict[tuple[int, float], int] = {}
    found: dict[int, Shown] = {}
    for hit in hits:
        if hit.photo_id not in live:
            continue
        same = (hit.bits, hit.cosine)
        if same not in sure:
            if len(sure) == COMPARED:
                break
            sure[same] = _copy_permille(mine, live[hit.photo_id], hit)
        permille = sure[same]
        if permille >= POLICY.maybe_permille or hit.bits <= POLICY.pdq_bits:
            is_copy = permille >= POLICY.copy_permille
            shown = Shown(hit.listing_id, hit.photo_id, permille, is_copy)
            found[hit.listing_id] = max(
                found.get(hit.listing_id, shown), shown, key=lambda one: one.copy_permille
            )
    return sorted(found.values(), key=lambda one: (-one.copy_permille, one.listing_id))


def fakes_at_a_glance(listing_ids: Collection[int]) -> dict[int, str]:
    """Return the listings with a photo that is a confirmed fake's beyond doubt, and its decision.

    The very file, or a hash so near that no other picture was ever found there: quick enough for
    a request, three statements for any number of listings. What was edited more needs
    `fakes_compared`.
    """
    fakes = [
        picture for picture in known.bank().pictures if picture.kind == Remembered.CONFIRMED_FAKE
    ]
    if not fakes or not listing_ids:
        return {}
    rows = PhotoDescriptor.objects.filter(
        photo__listing__in=listing_ids, version=VERSION, region=0
    ).values_list("photo__listing_id", "photo__sha256", "upright", "quality")
    hashes = np.frombuffer(b"".join(one.upright for one in fakes), dtype=np.uint64)
    hashes = hashes.reshape(-1, HASH_WORDS)
    plain = np.array([one.quality <= MIN_QUALITY for one in fakes])
    by_file = {one.sha256: one for one in fakes}
    found: dict[int, str] = {}
    for listing_id, sha256, upright, quality in rows.order_by("photo_id"):
        same = by_file.get(sha256)
        if same is None and quality > MIN_QUALITY:
            mine = np.frombuffer(bytes(upright), dtype=np.uint64)
            apart = np.bitwise_count(hashes ^ mine).sum(axis=1)
            apart[plain] = 256
            nearest = int(apart.argmin())
            same = fakes[nearest] if apart[nearest] <= STRONG_BITS // 2 else None
        if same is not None and same.listing_id != listing_id:
            found.setdefault(listing_id, same.decision_ref)
    return found


def fakes_compared(listing_id: int) -> str:
    """Return the decision whose fake a listing shows, by comparing its photos; empty if none.

    Slow; outside transactions. Only what more than one measure speaks for counts.
    """
    remembered = RememberedPhoto.objects.filter(
        Q(kind=Remembered.CONFIRMED_FAKE), forgotten_at=None
    )
    if not remembered.exclude(listing=listing_id).exists():
        return ""
    fakes = [
        picture.descriptor_id
        for picture in known.bank().pictures
        if picture.kind == Remembered.CONFIRMED_FAKE and picture.listing_id != listing_id
    ]
    photos = Photo.objects.filter(listing=listing_id).values_list("pk", flat=True)
    for picture, pair in compared_with(queries_for(photos), fakes):
        if pair.copy_permille >= POLICY.copy_permille and agrees_widely(pair):
            return picture.decision_ref
    return ""


def _asked(described: Described) -> Asked:
    forms = described.pdq if described.quality > MIN_QUALITY else ()
    vectors = np.stack([describing.unpack(one) for one in described.vectors])
    return Asked(ASKED, forms, vectors)


def _copy_permille(mine: comparing.Prepared, photo: Photo, hit: NearPhoto) -> int:
    row = PhotoDescriptor.objects.get(photo=photo, version=VERSION, region=0)
    try:
        points = pictures.points(photo_file(photo.name, "large"))
    except FileNotFoundError:  # taken off since
        return 0
    described = Described(
        pdq=known.forms_of(bytes(row.descriptor)),
        quality=row.quality,
        vector=bytes(row.vector or b""),
        mirrored=bytes(row.mirrored or b""),
        local=points,
    )
    other = comparing.prepare_described(described)
    # As everywhere: the market's photo asks whether it was made from the known one.
    return comparing.compare_prepared(
        other, mine, photo_id=photo.pk, cosine=hit.cosine
    ).copy_permille
