"""How often what the check refused may be changed and offered again.

Mending is welcome; trying every variation until one passes is not. Limits are dated rules. What
was typed is not lost: a refused change stays in its form, a refused listing stays a draft.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from marketplace.errors import WrongState
from marketplace.listings.models import Listing, ListingVersion, Withholding
from marketplace.rulebook import queries as rulebook

# Withholdings older than this are forgotten here; strikes have clocks of their own.
REMEMBERED = timedelta(days=30)
DAY = timedelta(days=1)
# How sources of withholdings begin: a takedown by decision.
DECISION = "decision:"


def check_may_change(*, listing: Listing, at: datetime) -> None:
    """Raise WrongState when a shop has changed goods that were held too often within a day."""
    held = Withholding.objects.filter(since__gt=at - REMEMBERED)
    if not held.filter(listing=listing).exists():
        return
    theirs = ListingVersion.objects.filter(
        Exists(held.filter(listing=OuterRef("listing"))),
        listing__shop=listing.shop_id,
        version__gt=1,
        at__gt=at - DAY,
    )
    most = rulebook.value("listings.retries_a_day", at=at)
    if theirs.count() >= most:
        raise WrongState(
            _(
                "Goods of yours that our check has held were changed %(most)d times within a day. "
                "Please wait until tomorrow, or until a person has looked."
            )
            % {"most": most}
        )


def check_may_post(*, listing: Listing, at: datetime) -> None:
    """Raise WrongState when a shop with a fresh takedown has put up too many goods within a day."""
    taken_down = Withholding.objects.filter(
        listing__shop=listing.shop_id,
        source__startswith=DECISION,
        since__gt=at - REMEMBERED,
        lifted_at=None,
    )
    if not taken_down.exists():
        return
    most = rulebook.value("listings.posts_after_removal_a_day", at=at)
    posted = Listing.objects.filter(shop=listing.shop_id, posted_at__gt=at - DAY)
    if posted.count() >= most:
        raise WrongState(
            _(
                "Goods of yours were taken down within the last month, so at most %(most)d new "
                "ones go up in a day. The draft is kept; post it tomorrow."
            )
            % {"most": most}
        )
