"""Takedowns, as a decision makes them."""

from datetime import UTC, datetime
from itertools import count

from marketplace.trust import services
from marketplace.trust.models import Strike

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NUMBERS = count(1000)


def strike_listing(listing, *, severity=3, by=None, ref=None, at=NOW):
    """Take a listing down; the strike."""
    ref = ref or f"decision:{next(NUMBERS)}"
    services.take_down(
        listing_id=listing.pk,
        decision_ref=ref,
        policy="counterfeit",
        severity=severity,
        facts="The title says “N1ke”.",
        explanation="Goods must not carry a disguised name.",
        by_id=by.pk if by else None,
        automated_detection=True,
        at=at,
    )
    return Strike.objects.get(decision_ref=ref)
