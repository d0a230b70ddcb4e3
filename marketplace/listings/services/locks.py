"""Locks for whoever changes many goods in one transaction."""

from __future__ import annotations

from collections.abc import Collection

from marketplace.listings.models import Listing, SearchRow, Variant


def whole(*, listing_ids: Collection[int]) -> None:
    """Lock listings, then all their choices, then their search rows, each in primary-key order.

    The services lock one listing after the other, its search row before the next one's choices:
    two calls in one transaction and a checkout of the same goods could wait for each other.
    After this they find all their locks held. Needs a transaction that has changed no goods yet.
    """
    if not listing_ids:
        return
    for rows in (
        Listing.objects.filter(pk__in=listing_ids),
        # NO KEY leaves the key checks of new cart lines and reservations free.
        Variant.objects.filter(listing__in=listing_ids),
        SearchRow.objects.filter(pk__in=listing_ids),
    ):
        list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk"))
