"""What a person keeps for later: goods on the wish list, searches with alerts."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.accounts.models import User
from marketplace.errors import BadInput
from marketplace.inbox import services as inbox
from marketplace.listings.models import Listing, SavedSearch, WishedListing
from marketplace.listings.queries import addresses, search

# Of one person; beyond, a list is no help any more.
WISHES_AT_MOST = 500
SEARCHES_AT_MOST = 20
LOOK_EVERY = timedelta(days=1)
# One look tells of so many at most; of more it says "and more".
NEW_AT_MOST = 24
# Looks of one run of the clock; it runs every ten minutes.
LOOKS_AT_ONCE = 200
SEARCH_KIND = "listings.saved_search"


@transaction.atomic
def keep(*, user_id: int, listing_id: int, at: datetime) -> bool:
    """Put goods on a person's wish list; say whether they are there now.

    Only what is on sale can be wished for. Safe to repeat. Raises BadInput when the list is full.
    """
    if not Listing.objects.live().filter(pk=listing_id).exists():
        return False
    # One at a time for each person, so that a thousand requests at once pass no limit.
    User.objects.select_for_update(no_key=True).get(pk=user_id)
    mine = WishedListing.objects.filter(user_id=user_id)
    if mine.filter(listing_id=listing_id).exists():
        return True
    if mine.count() >= WISHES_AT_MOST:
        raise BadInput(_("Your wish list is full. Take something off it first."))
    WishedListing.objects.create(user_id=user_id, listing_id=listing_id, since=at)
    return True


@transaction.atomic
def drop(*, user_id: int, listing_id: int) -> None:
    """Take goods off a person's wish list. Safe to repeat."""
    WishedListing.objects.filter(user_id=user_id, listing_id=listing_id).delete()


@transaction.atomic
def save_search(*, user_id: int, name: str, query: str, at: datetime) -> SavedSearch:
    """Keep a search, to be looked at every day. The same words and filters are kept once.

    `query` is the query part of a search's address; what it means is kept, not how it was typed.
    Raises BadInput for a search that asks for nothing, or when a person has too many.
    """
    wish = addresses.without_order(addresses.wish_in(query))
    kept = addresses.address_of(wish)
    if not kept:
        raise BadInput(_("Search for something first, then save the search."))
    if len(kept) > SavedSearch._meta.get_field("query").max_length:  # type: ignore[operator]
        raise BadInput(_("This search is too long to be kept. Use fewer words."))
    User.objects.select_for_update(no_key=True).get(pk=user_id)
    mine = SavedSearch.objects.filter(user_id=user_id)
    same = mine.filter(query=kept).first()
    if same is not None:
        return same
    if mine.count() >= SEARCHES_AT_MOST:
        raise BadInput(_("You keep many searches already. Delete one first."))
    return SavedSearch.objects.create(
        user_id=user_id,
        name=(name.replace("\x00", "").strip() or wish.text or _("All goods"))[:80],
        query=kept,
        created_at=at,
        looked_at=at,
        due_at=at + LOOK_EVERY,
    )


@transaction.atomic
def set_alerts(*, user_id: int, search_id: int, alerts: bool, at: datetime) -> None:
    """Tell a person of new goods, or no more. What came in between is not told. Repeatable."""
    mine = SavedSearch.objects.filter(pk=search_id, user_id=user_id).exclude(alerts=alerts)
    mine.update(alerts=alerts, looked_at=at, due_at=at + LOOK_EVERY)


@transaction.atomic
def forget_search(*, user_id: int, search_id: int) -> None:
    """Delete a kept search. Safe to repeat."""
    SavedSearch.objects.filter(pk=search_id, user_id=user_id).delete()


def look_at_due(*, at: datetime) -> int:
    """Look at the kept searches that are due, a batch at most; return how many people were told.

    Each is looked at in a transaction of its own; two clocks at once look at different ones.
    """
    due = SavedSearch.objects.filter(alerts=True, due_at__lte=at).order_by("due_at")
    ids = list(due.values_list("pk", flat=True)[:LOOKS_AT_ONCE])
    return sum(_look(search_id, at) for search_id in ids)


@transaction.atomic
def _look(search_id: int, at: datetime) -> bool:
    """Tell once of what came since the last look. `key` names the look, so nobody hears twice."""
    waiting = SavedSearch.objects.select_for_update(no_key=True, skip_locked=True)
    saved = waiting.filter(pk=search_id, alerts=True, due_at__lte=at).first()
    if saved is None:
        return False
    fresh = _fresh(saved, at)
    if fresh:
        _tell(saved, fresh, at)
    saved.looked_at, saved.due_at = at, at + LOOK_EVERY
    saved.save(update_fields=["looked_at", "due_at"])
    return fresh > 0


def _fresh(saved: SavedSearch, at: datetime) -> int:
    """Count what was put on sale since the last look, up to one page."""
    wish = addresses.newest_first(addresses.wish_in(saved.query))
    found = search.find(wish, at=at, count=NEW_AT_MOST, literally=True)
    if found.relaxed:  # goods that hold some of the words only are not what was asked for
        return 0
    return sum(row.published_at > saved.looked_at for row in found.rows)


def _tell(saved: SavedSearch, fresh: int, at: datetime) -> None:
    more = "+" if fresh == NEW_AT_MOST else ""
    inbox.notify(
        user_id=saved.user_id,
        kind=SEARCH_KIND,
        key=f"saved-search:{saved.pk}:{saved.due_at:%Y%m%d%H%M%S}",
        subject=_("New goods for “%(name)s”") % {"name": saved.name},
        body=ngettext(
            "%(count)s new thing was put on sale since we last looked. "
            "You can stop these messages on the page of your saved searches.",
            "%(count)s new things were put on sale since we last looked. "
            "You can stop these messages on the page of your saved searches.",
            fresh,
        )
        % {"count": f"{fresh}{more}"},
        link=reverse("storefront:saved_search", args=[saved.pk]),
        at=at,
    )
