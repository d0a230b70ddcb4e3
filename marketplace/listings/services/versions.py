"""What a listing said at each content version; written once, never changed."""

from __future__ import annotations

from datetime import datetime

from marketplace.listings.models import Listing, ListingVersion


def keep_version(*, listing: Listing, at: datetime) -> ListingVersion:
    """Keep a locked listing's words, shelf, photos and choices as its present version.

    Safe to repeat: the first of a version stays. Needs a transaction.
    """
    version, _created = ListingVersion.objects.get_or_create(
        listing=listing,
        version=listing.content_version,
        defaults={
            "title": listing.title,
            "description": listing.description,
            "category_id": listing.category_id,
            "photo_names": list(listing.photos.values_list("name", flat=True)),
            "choice_names": list(listing.variants.values_list("name", flat=True)),
            "at": at,
        },
    )
    return version
