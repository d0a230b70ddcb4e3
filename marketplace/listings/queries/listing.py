"""Reads of listings: what buyers may see, what sellers keep, where pictures lie."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from marketplace.listings import rules
from marketplace.listings.models import (
    Listing,
    ListingState,
    ListingVersion,
    OriginalKeep,
    Photo,
    PhotoOriginal,
    Variant,
    Withholding,
    photo_path,
)
from marketplace.rulebook import queries as rulebook


def live() -> QuerySet[Listing]:
    """Return what buyers may see, newest first, ready for cards without further queries.

    Each row has its shop and category, `thumb_url`, `lowest_price_minor` (in the shop's
    currency) and `free_units`.
    """
    return with_cards(Listing.objects.live()).order_by("-published_at", "-pk")


def with_cards(listings: QuerySet[Listing]) -> QuerySet[Listing]:
    """Add what a card shows: first photo, lowest price, free units."""
    first = Photo.objects.filter(listing=OuterRef("pk")).order_by("position").values("name")[:1]
    variants = Variant.objects.filter(listing=OuterRef("pk")).order_by().values("listing")
    lowest = variants.annotate(lowest=Min("price_minor")).values("lowest")
    # Not F("on_hand") - F("reserved") inside one Sum: sums of positive columns stay positive.
    on_hand = variants.annotate(units=Sum("on_hand")).values("units")
    reserved = variants.annotate(units=Sum("reserved")).values("units")
    return listings.select_related("shop", "category").annotate(
        thumb_name=Subquery(first),
        lowest_price_minor=Subquery(lowest),
        free_units=Coalesce(Subquery(on_hand), 0) - Coalesce(Subquery(reserved), 0),
    )


def counts(shop_id: int) -> dict[str, int]:
    """Return how many listings of a shop are in each state a seller cares about."""
    states = {
        "live": ListingState.LIVE,
        "pending": ListingState.PENDING,
        "withheld": ListingState.WITHHELD,
        "draft": ListingState.DRAFT,
    }
    each = {name: Count("pk", filter=Q(state=state)) for name, state in states.items()}
    found: dict[str, int] = Listing.objects.filter(shop_id=shop_id).aggregate(**each)
    return found


def active_withholdings(listing_ids: list[int]) -> QuerySet[Withholding]:
    """Return what keeps these listings from view, with the statements of reasons."""
    rows = Withholding.objects.filter(listing_id__in=listing_ids, lifted_at=None)
    return rows.select_related("statement").order_by("since")


def late_in_check(listings: Iterable[Listing], *, at: datetime) -> set[int]:
    """Return the ids of those that wait for a check for longer than a check ever takes.

    The rule `cases.stall_minutes` says how long that is; their sellers are told why they wait.
    """
    pending = [listing.pk for listing in listings if listing.state == ListingState.PENDING]
    if not pending:
        return set()
    before = at - timedelta(minutes=rulebook.value("cases.stall_minutes", at=at))
    rows = ListingVersion.objects.filter(
        listing__in=pending, version=F("listing__content_version"), at__lte=before
    )
    return set(rows.values_list("listing_id", flat=True))


def photos_are_public(listing: Listing) -> bool:
    """Say whether everybody may see a listing's pictures: it was on sale, and nothing withholds it.

    Ended goods keep theirs, since past buyers and earlier evidence point to them.
    """
    withheld = listing.state in (ListingState.WITHHELD, ListingState.REMOVED)
    if listing.published_at is None or withheld:
        return False
    return not Withholding.objects.filter(listing=listing, lifted_at=None).exists()


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version with what changed since the one before, and the photos that still exist."""

    version: ListingVersion
    changes: list[rules.Change]
    photos: list[Photo]
    is_first: bool


def versions_with_changes(listing: Listing) -> list[VersionRow]:
    """Return a listing's versions, the newest first, each compared with the one before it."""
    found = list(listing.versions.select_related("category").order_by("version"))
    photos = {photo.name: photo for photo in listing.photos.all()}
    rows = []
    for number, version in enumerate(found):
        before = found[number - 1] if number else None
        rows.append(
            VersionRow(
                version=version,
                changes=rules.changes(_content(before), _content(version)) if before else [],
                photos=[photos[name] for name in version.photo_names if name in photos],
                is_first=before is None,
            )
        )
    return rows[::-1]


def version_of(*, listing_id: int, version: int) -> VersionRow | None:
    """Return one version, for whoever bought at it; None when none was kept."""
    found = ListingVersion.objects.filter(listing_id=listing_id, version=version)
    row = found.select_related("category", "listing").first()
    if row is None:
        return None
    present = Photo.objects.filter(listing_id=listing_id, name__in=row.photo_names)
    return VersionRow(version=row, changes=[], photos=list(present), is_first=False)


def _content(version: ListingVersion) -> rules.Content:
    return rules.Content(
        title=version.title,
        description=version.description,
        shelf=version.category.name,
        photos=tuple(version.photo_names),
        choices=tuple(version.choice_names),
    )


def photo_url(photo: Photo, size: str) -> str:
    """Return the address of a photo on this site; `size` is large or thumb."""
    return photo_path(photo.name, size)


def original_file(name: str) -> str:
    """Return where an original lies in the private storage; a folder holds 1/256 of them."""
    return f"{name[:2]}/{name}"


def kept_originals() -> QuerySet[PhotoOriginal]:
    """Return the originals that some source keeps: the only ones that anybody may look at."""
    keeps = OriginalKeep.objects.filter(original=OuterRef("pk"), let_go_at=None)
    return PhotoOriginal.objects.filter(Exists(keeps))


def keeping_sources(kind: str) -> list[str]:
    """Return the sources of a kind, such as `case`, that keep originals now."""
    active = OriginalKeep.objects.filter(let_go_at=None, source__startswith=f"{kind}:")
    return sorted(set(active.values_list("source", flat=True)))


def photo_file(name: str, size: str) -> str:
    """Return where a picture lies in the default storage; a folder holds 1/256 of them."""
    return f"photos/{name[:2]}/{name}-{size}.webp"
