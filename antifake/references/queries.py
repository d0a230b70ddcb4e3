"""Reads: what one listing is compared with."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef

from antifake.detectors.base import (
    Bank,
    KnownBrand,
    KnownPhoto,
    KnownReference,
    PhotoView,
    Subject,
)
from antifake.detectors.brand_name import near_words
from antifake.detectors.photo_match import (
    DESCRIPTOR_VERSION,
    HASH_BYTES,
    MIN_QUALITY,
    WEAK_BITS,
)
from antifake.references.fields import as_bits
from antifake.references.models import Authorisation, Brand, PhotoDescriptor
from marketplace.listings.models import Photo

# All forms of the subject's photos against every upright hash: the whole bank is scanned, which
# is exact, and quick to some millions of rows. bit_count(a # b) counts the bits that differ.
_REFERENCES = """
SELECT reference.id, reference.brand_id, brand.name, reference.upright, EXISTS (
         SELECT FROM references_authorisation AS may
          WHERE may.brand_id = reference.brand_id AND may.shop_id = %(shop)s)
  FROM references_referencephoto AS reference
  JOIN references_brand AS brand ON brand.id = reference.brand_id
 WHERE reference.version = %(version)s
   AND EXISTS (SELECT FROM unnest(%(forms)s::bit(256)[]) AS form
                WHERE bit_count(form # reference.upright) <= %(bits)s)
 ORDER BY reference.id
"""
# Only photos that other shops had put up before, on listings that were shown to buyers.
_MARKET = """
SELECT known.photo_id, listing.id, listing.shop_id, known.upright, form.photo_id
  FROM references_photodescriptor AS known
  JOIN unnest(%(forms)s::bit(256)[], %(photos)s::bigint[]) AS form (bits, photo_id)
    ON bit_count(form.bits # known.upright) <= %(bits)s
  JOIN listings_photo AS photo ON photo.id = known.photo_id
  JOIN listings_photo AS mine ON mine.id = form.photo_id
  JOIN listings_listing AS listing ON listing.id = photo.listing_id
 WHERE known.version = %(version)s AND known.quality > %(quality)s
   AND listing.shop_id <> %(shop)s AND listing.published_at IS NOT NULL
   AND (photo.added_at, photo.id) < (mine.added_at, mine.id)
 GROUP BY known.photo_id, listing.id, listing.shop_id, known.upright, form.photo_id
 ORDER BY known.photo_id
"""
# A word in live titles of two other shops is an ordinary word, not a slip.
_ORDINARY = """
SELECT word FROM unnest(%(words)s::text[]) AS word
 WHERE 2 <= (SELECT count(*) FROM (
         SELECT DISTINCT shop_id FROM listings_listing
          WHERE state = 'live' AND shop_id <> %(shop)s
            AND word = ANY (regexp_split_to_array(lower(title), '\\W+'))
          LIMIT 2) AS shops)
"""


def reference_file(name: str) -> str:
    """Return where a reference photo lies in the default storage."""
    return f"references/{name[:2]}/{name}.webp"


def views_of(listing_id: int) -> tuple[PhotoView, ...]:
    """Return the described photos of a listing in order; undescribed ones are left out."""
    rows = PhotoDescriptor.objects.filter(
        photo__listing_id=listing_id, version=DESCRIPTOR_VERSION
    ).select_related("photo")
    return tuple(_view(row.photo, row) for row in rows.order_by("photo__position"))


def bank_for(subject: Subject) -> Bank:
    """Return what a listing is compared with: brands, and photos within reach of its own."""
    brands = brands_for(subject.shop_id)
    photos = [photo for photo in subject.photos if photo.quality > MIN_QUALITY]
    return Bank(
        brands=brands,
        references=_references(photos, subject.shop_id),
        market_photos=_market_photos(photos, subject.shop_id),
        ordinary_words=_ordinary_words(near_words(subject.title, brands), subject.shop_id),
    )


def brands_for(shop_id: int) -> tuple[KnownBrand, ...]:
    """Return every protected name, and whether this shop may sell its goods."""
    authorised = Authorisation.objects.filter(brand=OuterRef("pk"), shop_id=shop_id)
    brands = Brand.objects.annotate(authorised=Exists(authorised)).order_by("pk")
    return tuple(
        KnownBrand(brand.pk, brand.name, brand.holder, authorised=brand.authorised)
        for brand in brands
    )


def _view(photo: Photo, row: PhotoDescriptor) -> PhotoView:
    kept = bytes(row.descriptor)
    hashes = tuple(kept[at : at + HASH_BYTES] for at in range(0, len(kept), HASH_BYTES))
    return PhotoView(photo.pk, photo.position, photo.sha256, hashes, row.quality)


def _references(photos: list[PhotoView], shop_id: int) -> tuple[KnownReference, ...]:
    rows = _rows(_REFERENCES, photos, shop_id)
    return tuple(
        KnownReference(pk, brand_id, brand, _bytes(upright), authorised=authorised)
        for pk, brand_id, brand, upright, authorised in rows
    )


def _market_photos(photos: list[PhotoView], shop_id: int) -> tuple[KnownPhoto, ...]:
    rows = _rows(_MARKET, photos, shop_id)
    return tuple(
        KnownPhoto(pk, listing_id, owner_id, _bytes(upright), copy_photo_id=mine)
        for pk, listing_id, owner_id, upright, mine in rows
    )


def _rows(statement: str, photos: list[PhotoView], shop_id: int) -> list[tuple[Any, ...]]:
    pairs = [(as_bits(form), photo.photo_id) for photo in photos for form in photo.hashes]
    if not pairs:
        return []
    facts: dict[str, Any] = {
        "forms": [bits for bits, _photo in pairs],
        "photos": [photo_id for _bits, photo_id in pairs],
        "bits": WEAK_BITS,
        "quality": MIN_QUALITY,
        "shop": shop_id,
        "version": DESCRIPTOR_VERSION,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)
        return list(cursor.fetchall())


def _ordinary_words(words: frozenset[str], shop_id: int) -> frozenset[str]:
    if not words:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(_ORDINARY, {"words": sorted(words), "shop": shop_id})
        return frozenset(word for (word,) in cursor.fetchall())


def _bytes(bits: str) -> bytes:
    return int(bits, 2).to_bytes(HASH_BYTES, "big")
