"""When the checks stand still: ask again, and let shops with a long clean record sell meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from antifake.cases import queries
from antifake.cases.models import Unscanned
from antifake.cases.queries.sellers import seller_view
from antifake.cases.rules.trusted import RULES, is_trusted
from antifake.detectors import registry
from antifake.references import queries as references
from marketplace.listings.models import Listing, ListingState
from marketplace.listings.services import listing as listings
from marketplace.outbox import queries as outbox_queries
from marketplace.outbox import services as outbox
from marketplace.rulebook import queries as rulebook

SCAN = "cases.scan"
# At most so many in one turn of the clock: the rest comes in the next minute.
TURN = 200


@transaction.atomic
def rescan_stalled(*, at: datetime) -> int:
    """Ask again for checks that should have come by now; return for how many listings.

    Those whose job still waits only stand in a long line: a second job would make it longer. At
    most once an hour for one version, so that a listing that breaks its check does not fill the
    queue. What went on sale unscanned is asked for until it has been.
    """
    detector_set = registry.detector_set_hash()
    in_line = {
        (payload["listing_id"], payload["content_version"])
        for payload in outbox_queries.open_payloads(SCAN)
    }
    waiting = [
        listing
        for listing in (
            *queries.stalled(detector_set=detector_set, at=at),
            *queries.sold_unscanned(),
        )
        if (listing.pk, listing.content_version) not in in_line
    ]
    this_hour = f"{detector_set[:12]}:{at:%Y-%m-%dT%H}"
    outbox.enqueue_all(
        kind=SCAN,
        payloads={
            f"{SCAN}:again:{listing.pk}:{listing.content_version}:{this_hour}": {
                "listing_id": listing.pk,
                "content_version": listing.content_version,
            }
            for listing in waiting
        },
        run_at=at,
        queue="scan",
    )
    return len(waiting)


def publish_stalled(*, at: datetime) -> int:
    """Show goods of trusted shops whose check has not come in time; return how many.

    The check still runs when it can, and may hold. Goods of other shops wait.
    """
    limits = rulebook.values(RULES, at=at)
    before = at - timedelta(minutes=limits["cases.stall_minutes"])
    waiting = queries.never_scanned(before=before).values_list("pk", flat=True)[:TURN]
    return sum(_publish(listing_id, limits, at=at) for listing_id in list(waiting))


@transaction.atomic
def _publish(listing_id: int, limits: dict[str, int], *, at: datetime) -> bool:
    listing = (
        Listing.objects.select_for_update(no_key=True, of=["self"])
        .select_related("shop")
        .get(pk=listing_id)
    )
    if listing.state != ListingState.PENDING:
        return False
    seller = seller_view(listing, references.views_of(listing_id), at=at)
    if not is_trusted(seller, standing=listing.shop.standing, limits=limits):
        return False
    version = listing.content_version
    Unscanned.objects.get_or_create(listing=listing, content_version=version, defaults={"at": at})
    listings.publish(listing_id=listing_id, content_version=version, at=at)
    data = {"shop_id": listing.shop_id, "content_version": version}
    outbox.record(
        action="listing.shown_unchecked", actor="system", subject=listing.ref, data=data, at=at
    )
    return True
