"""Reads: what one listing is compared with.

Two stages: descriptors say who is near (exactly, among all), then the nearest few are compared
point by point. Nothing here accuses: pairs hold figures, the detectors weigh them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from antifake.detectors.base import (
    Bank,
    KnownBrand,
    KnownPhoto,
    KnownReference,
    Pair,
    PhotoView,
    Subject,
)
from antifake.detectors.brand_name import near_words_of
from antifake.detectors.photos import comparing, looking
from antifake.detectors.photos.comparing import POLICY
from antifake.detectors.photos.describing import VERSION, Described
from antifake.references import pictures
from antifake.references.index.nearest import Asked
from antifake.references.models import (
    Authorisation,
    Brand,
    PhotoDescriptor,
    Remembered,
    RememberedPhoto,
)
from antifake.references.queries import known
from antifake.references.queries.contacts import contact_is_remembered
from antifake.references.queries.known import KnownPicture, KnownRows
from antifake.references.queries.nearby import NearPhoto, near_photos
from marketplace.listings.models import Listing, Photo
from marketplace.listings.queries import photo_file
from marketplace.prepared import Given, Prepared
from marketplace.shops.models import ShopState

# Beyond PDQ's recommended limit two hashes say nothing of each other.
WITHIN_BITS = 31
# Another shop's photo only asks a question: it must be nearer than a known fake to be compared.
# Its points must be found anew, so a listing's look ends when so many were no copies.
MARKET_FLOOR = 0.5
MARKET_MISSED = 2
# So many neighbours are looked up before those that were later, or never shown, are left out.
MARKET_NEAR = 64
# A word in live titles of two other shops is an ordinary word, not a slip.
_ORDINARY = """
SELECT word FROM unnest(%(words)s::text[]) AS word
 WHERE 2 <= (SELECT count(*) FROM (
         SELECT DISTINCT shop_id FROM listings_listing
          WHERE state = 'live' AND shop_id <> %(shop)s
            AND word = ANY (regexp_split_to_array(lower(title), '\\W+'))
          LIMIT 2) AS shops)
"""


_WHOLES = Prepared(
    lambda: (
        PhotoDescriptor.objects.filter(
            photo__listing_id=Given("listing"), version=VERSION, region=0
        )
        .select_related("photo")
        .order_by("photo__position")
    )
)
_WHOLE = Prepared(
    lambda: PhotoDescriptor.objects.select_related("photo__listing").filter(
        photo_id=Given("photo"), version=VERSION, region=0
    )
)
_BRANDS = Prepared(
    lambda: (
        Brand.objects.filter(is_word=True)
        .annotate(
            authorised=Exists(
                Authorisation.objects.filter(brand=OuterRef("pk"), shop_id=Given("shop"))
            )
        )
        .order_by("pk")
        .values_list("pk", "name", "holder", "authorised")
    )
)
_AUTHORISED = Prepared(
    lambda: Authorisation.objects.filter(shop_id=Given("shop")).values_list("brand_id")
)


@dataclass(frozen=True)
class Query:
    """One photo of the subject, described, with its parts."""

    row: PhotoDescriptor
    asked: Asked

    @property
    def photo(self) -> Photo:
        """The photo itself."""
        return self.row.photo

    @property
    def file(self) -> str:
        """Where its picture lies in the default storage."""
        return photo_file(self.photo.name, "large")


def views_of(listing_id: int) -> tuple[PhotoView, ...]:
    """Return the described photos of a listing in order; undescribed ones are left out."""
    return tuple(_view(row.photo, row) for row in _WHOLES.ask(listing=listing_id))


def bank_for(subject: Subject) -> Bank:
    """Return what a listing is compared with: brands, and photos that may be the same.

    Reads pictures of the subject and of the few candidates; slow, for use outside transactions.
    """
    brands = brands_for(subject.shop_id)
    queries = queries_for([photo.photo_id for photo in subject.photos])
    references = _references(queries, subject)
    copies = {
        pair.photo_id
        for one in references
        if one.confirmed_fake
        for pair in one.pairs
        if pair.copy_permille >= POLICY.copy_permille
    }
    # A verified copy of a confirmed fake needs no question about who was first.
    others = [query for query in queries if query.photo.pk not in copies]
    return Bank(
        brands=brands,
        references=references,
        market_photos=_market_photos(others, subject.shop_id),
        ordinary_words=_ordinary_words(near_words_of(subject, brands), subject.shop_id),
    )


def bank_of_words(subject: Subject) -> Bank:
    """Return what a listing's words are compared with; no picture is read."""
    brands = brands_for(subject.shop_id)
    near = near_words_of(subject, brands)
    return Bank(brands=brands, ordinary_words=_ordinary_words(near, subject.shop_id))


def brands_for(shop_id: int) -> tuple[KnownBrand, ...]:
    """Return every protected name, and whether this shop may sell its goods."""
    return tuple(
        KnownBrand(pk, name, holder, authorised=authorised)
        for pk, name, holder, authorised in _BRANDS.ask(shop=shop_id)
    )


def queries_for(photo_ids: Iterable[int]) -> list[Query]:
    """Return the described photos as questions, in their order on the listing."""
    rows = PhotoDescriptor.objects.filter(photo_id__in=list(photo_ids), version=VERSION)
    wholes: dict[int, PhotoDescriptor] = {}
    vectors: dict[int, list[bytes]] = {}
    for row in rows.select_related("photo").order_by("photo__position", "region"):
        wholes.setdefault(row.photo_id, row)
        kept = (row.vector, row.mirrored)
        vectors.setdefault(row.photo_id, []).extend(bytes(one) for one in kept if one is not None)
    return [
        Query(row, known.asked(pk, bytes(row.descriptor), row.quality, vectors[pk]))
        for pk, row in wholes.items()
    ]


def compared_with(
    queries: Sequence[Query], only: Collection[int] | None = None
) -> list[tuple[KnownPicture, Pair]]:
    """Return the bank's pictures that may be a photo's source, with what comparing them gave.

    `only`: descriptors of the bank to compare with; all of it otherwise. The stages and their
    limits are the matcher's own.
    """
    rows = KnownRows(only)
    return [found for query in queries for found in _compared(query, rows)]


def shared_with_removed(listing: Listing) -> tuple[str, ...]:
    """Return which kinds of evidence a listing shares with removed sellers: photo, contact.

    Slow, as `bank_for`.
    """
    kinds = []
    if _shows_a_removed_sellers_photo(listing):
        kinds.append("photo")
    if contact_is_remembered(f"{listing.title}\n{listing.description}", but_shop=listing.shop_id):
        kinds.append("contact")
    return tuple(kinds)


def _shows_a_removed_sellers_photo(listing: Listing) -> bool:
    if not _removed_sellers_but(listing.shop_id):
        return False
    theirs = [
        picture.descriptor_id
        for picture in known.bank().pictures
        if picture.kind == Remembered.REMOVED_SELLER and picture.shop_id != listing.shop_id
    ]
    queries = queries_for(listing.photos.values_list("pk", flat=True))
    return any(
        pair.copy_permille >= POLICY.copy_permille
        for _known, pair in compared_with(queries, theirs)
    )


def _removed_sellers_but(shop_id: int) -> bool:
    remembered = RememberedPhoto.objects.filter(
        kind=Remembered.REMOVED_SELLER, forgotten_at__isnull=True
    )
    return remembered.exclude(shop_id=shop_id).exists()


def _view(photo: Photo, row: PhotoDescriptor) -> PhotoView:
    hashes = known.forms_of(bytes(row.descriptor))
    return PhotoView(photo.pk, photo.position, photo.sha256, hashes, row.quality)


def _with_points(row: PhotoDescriptor) -> Described:
    """Return a photo of the market as it was described, with the points of its picture."""
    return Described(
        pdq=known.forms_of(bytes(row.descriptor)),
        quality=row.quality,
        vector=bytes(row.vector or b""),
        mirrored=bytes(row.mirrored or b""),
        local=pictures.points(photo_file(row.photo.name, "large")),
    )


def _compared(query: Query, rows: KnownRows) -> list[tuple[KnownPicture, Pair]]:
    if not len(rows):
        return []
    asking = _with_points(query.row)
    look = looking.look(asking, rows, parts=lambda: pictures.parts(query.file))
    return [
        (rows.picture(pair.photo_id), replace(pair, photo_id=query.photo.pk)) for pair in look.pairs
    ]


def _references(queries: Sequence[Query], subject: Subject) -> tuple[KnownReference, ...]:
    """Return the pictures of rights holders and confirmed fakes that were compared."""
    pairs: dict[int, list[Pair]] = {}
    found: dict[int, KnownPicture] = {}
    for picture, pair in compared_with(queries):
        own = picture.listing_id == subject.listing_id
        if picture.kind != Remembered.REMOVED_SELLER and not own:
            found[picture.descriptor_id] = picture
            pairs.setdefault(picture.descriptor_id, []).append(pair)
    authorised = frozenset(brand_id for (brand_id,) in _AUTHORISED.ask(shop=subject.shop_id))
    return tuple(
        KnownReference(
            reference_id=picture.reference_id or picture.remembered_id,
            brand_id=picture.brand_id,
            brand=picture.brand,
            upright=picture.upright,
            authorised=picture.brand_id in authorised,
            sha256=picture.sha256,
            confirmed_fake=picture.decision_ref,
            pairs=tuple(pairs[pk]),
        )
        for pk, picture in sorted(found.items())
    )


def _market_photos(queries: Sequence[Query], shop_id: int) -> tuple[KnownPhoto, ...]:
    """Return other shops' earlier photos that may be the same, compared."""
    found = near_photos(
        [query.asked for query in queries],
        within=WITHIN_BITS,
        floor=max(MARKET_FLOOR, POLICY.cosine_floor),
        limit=MARKET_NEAR,
        but_shop=shop_id,
    )
    hits = {hit.photo_id for some in found.values() for hit in some}
    standing = _shown_by_standing_shops(hits, shop_id)
    places = {query.photo.pk: place for place, query in enumerate(queries)}
    earlier = [
        (hit, queries[places[pk]])
        for pk, some in found.items()
        for hit in some
        if hit.photo_id in standing
        and (standing[hit.photo_id], hit.photo_id)
        < (queries[places[pk]].photo.added_at, queries[places[pk]].photo.pk)
    ]
    earlier.sort(key=lambda one: (-one[0].closeness, places[one[1].photo.pk], one[0].photo_id))
    return _compared_with_market(earlier)


def _compared_with_market(nearest: Sequence[tuple[NearPhoto, Query]]) -> tuple[KnownPhoto, ...]:
    """Compare a listing's photos with those of others, the nearest first.

    Ends when MARKET_MISSED of them were no copies: a thief's photos are nearer than chance. One
    picture that stands in many places is as near in all of them, and is compared once.
    """
    known_photos: list[KnownPhoto] = []
    prepared: dict[int, comparing.Prepared] = {}
    copied: set[int] = set()
    seen: set[tuple[int, int, float]] = set()
    missed = 0
    for hit, query in nearest:
        same = (query.photo.pk, hit.bits, hit.cosine)
        if query.photo.pk in copied or same in seen:
            continue  # whose it is can be asked, or it was no copy before
        seen.add(same)
        if missed == MARKET_MISSED:
            break
        if query.photo.pk not in prepared:
            prepared[query.photo.pk] = comparing.prepare_described(_with_points(query.row))
        known_photos.append(_market_photo(query, prepared[query.photo.pk], hit))
        pair = known_photos[-1].pair
        if pair is not None and pair.copy_permille >= POLICY.copy_permille:
            copied.add(query.photo.pk)
        else:
            missed += 1
    return tuple(known_photos)


def _shown_by_standing_shops(photo_ids: Iterable[int], shop_id: int) -> dict[int, datetime]:
    """Return those of the photos that buyers were shown by shops that were not removed, and since.

    Who was first has no claim when his shop was removed, or the listing as a fake.
    """
    fakes = RememberedPhoto.objects.filter(
        listing=OuterRef("listing"), kind=Remembered.CONFIRMED_FAKE, forgotten_at=None
    )
    rows = Photo.objects.filter(pk__in=list(photo_ids), listing__published_at__isnull=False)
    own = Q(listing__shop_id=shop_id)
    removed = Q(listing__shop__state=ShopState.SUSPENDED)
    rows = rows.exclude(own | removed).exclude(Exists(fakes))
    return dict(rows.values_list("pk", "added_at"))


def _market_photo(query: Query, mine: comparing.Prepared, hit: NearPhoto) -> KnownPhoto:
    [row] = _WHOLE.ask(photo=hit.photo_id)
    photo = row.photo
    try:
        other = comparing.prepare_described(_with_points(row))
    except FileNotFoundError:  # taken off since
        pair = None
    else:
        pair = comparing.compare_prepared(mine, other, photo_id=query.photo.pk, cosine=hit.cosine)
    return KnownPhoto(
        photo_id=photo.pk,
        listing_id=photo.listing_id,
        shop_id=photo.listing.shop_id,
        upright=bytes(row.upright),
        copy_photo_id=query.photo.pk,
        sha256=photo.sha256,
        pair=pair,
    )


def _ordinary_words(words: frozenset[str], shop_id: int) -> frozenset[str]:
    if not words:
        return frozenset()
    facts: dict[str, Any] = {"words": sorted(words), "shop": shop_id}
    with connection.cursor() as cursor:
        cursor.execute(_ORDINARY, facts)
        return frozenset(word for (word,) in cursor.fetchall())
