"""The mark "inspected": earned by one version of goods, for a time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from marketplace.listings.models import Listing
from marketplace.outbox import services as outbox


@transaction.atomic
def mark_inspected(
    *, listing_id: int, content_version: int, code: str, until: datetime, at: datetime
) -> Listing:
    """Let goods carry the mark until `until`, as long as their content stays this version's.

    `code` opens the result's public page. A version that is gone by now earns nothing.
    """
    listing = Listing.objects.select_for_update(no_key=True).get(pk=listing_id)
    if listing.content_version == content_version:
        listing.inspected_version = content_version
        listing.inspected_until, listing.inspected_code = until, code
        listing.save(update_fields=["inspected_version", "inspected_until", "inspected_code"])
        data = {"content_version": content_version, "until": until.isoformat()}
        outbox.record(
            action="listing.inspected", actor="system", subject=listing.ref, data=data, at=at
        )
    return listing


@transaction.atomic
def take_mark(*, listing_id: int, at: datetime) -> Listing:
    """Take the mark away: a later inspection or decision says otherwise. Safe to repeat."""
    listing = Listing.objects.select_for_update(no_key=True).get(pk=listing_id)
    if listing.inspected_version is not None:
        listing.inspected_version, listing.inspected_until = None, None
        listing.inspected_code = ""
        listing.save(update_fields=["inspected_version", "inspected_until", "inspected_code"])
        outbox.record(
            action="listing.mark_taken", actor="system", subject=listing.ref, data={}, at=at
        )
    return listing
