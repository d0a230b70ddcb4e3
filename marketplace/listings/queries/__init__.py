"""Every read of listings: what buyers may see, what sellers keep, where pictures lie."""

from marketplace.listings.queries.listing import (
    VersionRow,
    active_withholdings,
    counts,
    keeping_sources,
    kept_originals,
    late_in_check,
    live,
    original_file,
    photo_file,
    photo_url,
    photos_are_public,
    version_of,
    versions_with_changes,
    with_cards,
)

__all__ = [
    "VersionRow",
    "active_withholdings",
    "counts",
    "keeping_sources",
    "kept_originals",
    "late_in_check",
    "live",
    "original_file",
    "photo_file",
    "photo_url",
    "photos_are_public",
    "version_of",
    "versions_with_changes",
    "with_cards",
]
