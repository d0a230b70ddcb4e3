"""The quick pass: which listings deserve a look because of what became known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from antifake.cases.models import RescanCause
from antifake.cases.services.looks import CHECKED_STATES
from antifake.detectors.base import Bank, KnownBrand, Subject
from antifake.detectors.brand_name import BrandName
from antifake.detectors.photos.comparing import POLICY
from antifake.detectors.photos.describing import VERSION
from antifake.references import queries as references
from antifake.references import services as descriptions
from antifake.references.models import Authorisation, Brand, PhotoDescriptor
from antifake.references.queries import NearPhoto
from marketplace.listings.models import Listing

# Photos a run compares at most for one new picture, the nearest first. Of 368 variants of a fake
# that comparing knew among 200,000 photos the farthest was the 5,000th (printed, photographed).
NEAREST = 10_000
# Titles read in one step (under a millisecond each); listings handed on in one step.
TITLES, LISTINGS = 1_000, 100
BY_PHOTO = (RescanCause.FAKE, RescanCause.REFERENCE)


@dataclass(frozen=True)
class Sifted:
    """Listings that deserve a look, the likeliest first; rows gone through; how far; the end.

    `covered_by`: subjects of runs whose looks compare with what is new here, too.
    """

    listing_ids: list[int]
    rows: int
    reached: int
    over: bool
    covered_by: tuple[str, ...] = ()


def rows_due(*, cause: str) -> int:
    """Return how many rows a run of this cause has to go through: photos, or listings."""
    if cause in BY_PHOTO:
        return PhotoDescriptor.objects.filter(version=VERSION).count()
    return Listing.objects.filter(state__in=CHECKED_STATES).count()


def sift(*, cause: str, subject: str, after: int) -> Sifted:
    """Go through the rows after `after`."""
    if cause in BY_PHOTO:
        return _by_photo(cause, subject)
    size = TITLES if cause == RescanCause.BRAND else LISTINGS
    page = list(
        Listing.objects.filter(pk__gt=after, state__in=CHECKED_STATES)
        .select_related("shop")
        .order_by("pk")[:size]
    )
    reached = page[-1].pk if page else after
    chosen = _by_name(subject, page) if cause == RescanCause.BRAND else page
    return Sifted([listing.pk for listing in chosen], len(page), reached, len(page) < size)


def is_worth_a_look(*, cause: str, subject: str, listing: Listing) -> bool:
    """Say whether comparing confirms that a listing's photo is a copy. Slow.

    Causes that are no photos have been decided by the quick pass.
    """
    if cause not in BY_PHOTO:
        return True
    photos = list(listing.photos.order_by("position"))
    descriptions.describe_photos(photo_ids=[photo.pk for photo in photos])
    queries = references.queries_for([photo.pk for photo in photos])
    pairs = references.compared_with(queries, _needles(cause, subject, and_later=True))
    return any(
        pair.copy_permille >= POLICY.copy_permille or pair.bits_apart <= POLICY.pdq_bits
        for _picture, pair in pairs
    )


def _by_photo(cause: str, subject: str) -> Sifted:
    """Ask who is near the new pictures: one pass over all photos, whatever their number."""
    asked = references.needles(_needles(cause, subject))
    wholes = references.near_photos(
        asked, within=references.WITHIN_BITS, floor=POLICY.cosine_floor, limit=NEAREST
    )
    parts = references.near_windows(asked, floor=POLICY.region_floor, limit=NEAREST)
    nearest = _by_closeness(
        hit for key in wholes for hit in _by_closeness([*wholes[key], *parts[key]])[:NEAREST]
    )
    own = references.listings_of(subject) if cause == RescanCause.FAKE else frozenset()
    ids = [pk for pk in dict.fromkeys(hit.listing_id for hit in nearest) if pk not in own]
    rows = rows_due(cause=cause)
    covered_by = _earlier(subject) if cause == RescanCause.REFERENCE else ()
    return Sifted(ids, rows, rows, over=True, covered_by=covered_by)


def _by_closeness(hits: Iterable[NearPhoto]) -> list[NearPhoto]:
    return sorted(hits, key=lambda hit: (-hit.closeness, hit.photo_id))


def _needles(cause: str, subject: str, *, and_later: bool = False) -> list[int]:
    """Return the descriptors a run is for; `and_later`: of the brand's later photos as well.

    So one look at a listing serves all photos that a holder adds while it waits.
    """
    if cause == RescanCause.FAKE:
        return references.remembered_by(subject)
    return references.described_reference(int(subject.partition(":")[2]), and_later=and_later)


def _earlier(subject: str) -> tuple[str, ...]:
    """Return the subjects of the same brand's earlier photos."""
    earlier = references.earlier_references(int(subject.partition(":")[2]))
    return tuple(f"reference:{pk}" for pk in earlier)


def _by_name(subject: str, page: list[Listing]) -> list[Listing]:
    """Return the listings in whose words the new name, or a look-alike of it, stands."""
    brand = Brand.objects.get(pk=int(subject.partition(":")[2]))
    may = set(Authorisation.objects.filter(brand=brand).values_list("shop_id", flat=True))
    bank = Bank(brands=(KnownBrand(brand.pk, brand.name, brand.holder),))
    others = [listing for listing in page if listing.shop_id not in may]
    return [listing for listing in others if BrandName().examine(_words_of(listing), bank)]


def _words_of(listing: Listing) -> Subject:
    return Subject(
        listing_id=listing.pk,
        shop_id=listing.shop_id,
        title=listing.title,
        description=listing.description,
        shop_name=listing.shop.name,
    )
