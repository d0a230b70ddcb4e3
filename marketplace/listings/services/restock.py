"""Telling people, once, that a sold-out choice can be bought again.

The clock asks which watched choices are free now. Stock itself does nothing for it: checkout stays
as fast as it is, and no way back (a correction, a reservation that ran out, a suspended shop that
opens again) can be forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.accounts.models import User
from marketplace.errors import BadInput
from marketplace.inbox import services as inbox
from marketplace.listings.models import ListingState, StockWatch, Variant
from marketplace.shops.models import ShopState

# Open watches of one person.
WATCHES_AT_MOST = 100
# People told in one run of the clock, which runs every minute.
TOLD_AT_ONCE = 200
BACK_KIND = "listings.back_in_stock"


@transaction.atomic
def watch(*, user_id: int, variant_id: int, at: datetime) -> bool:
    """Promise to tell a person when a choice is back; say whether there is such a choice on sale.

    A choice that can be bought now needs no watch. Safe to repeat. Raises BadInput when a person
    watches too many.
    """
    variant = _on_sale().filter(pk=variant_id).first()
    if variant is None:
        return False
    # One at a time for each person, so that a thousand requests at once pass no limit.
    User.objects.select_for_update(no_key=True).get(pk=user_id)
    mine = StockWatch.objects.filter(user_id=user_id, told_at=None)
    if variant.free > 0 or mine.filter(variant_id=variant_id).exists():
        return True
    if mine.count() >= WATCHES_AT_MOST:
        raise BadInput(_("You wait for many goods already. Take one off your list first."))
    StockWatch.objects.create(user_id=user_id, variant_id=variant_id, asked_at=at)
    return True


@transaction.atomic
def stop_watching(*, user_id: int, variant_id: int) -> None:
    """Forget the wish to hear of a choice. Safe to repeat."""
    StockWatch.objects.filter(user_id=user_id, variant_id=variant_id, told_at=None).delete()


@transaction.atomic
def tell_who_waits(*, at: datetime) -> int:
    """Tell people of choices that can be bought again, a batch at most; return how many.

    Two clocks at once tell different people.
    """
    open_ones = StockWatch.objects.filter(
        told_at=None, variant__in=_on_sale().filter(on_hand__gt=F("reserved"))
    )
    rows = open_ones.select_related("variant__listing").order_by("pk")
    waiting = list(
        rows.select_for_update(no_key=True, of=["self"], skip_locked=True)[:TOLD_AT_ONCE]
    )
    if waiting:
        StockWatch.objects.filter(pk__in=[one.pk for one in waiting]).update(told_at=at)
        inbox.notify_all(notes=_notes(waiting), at=at)
    return len(waiting)


def _notes(waiting: Sequence[StockWatch]) -> list[inbox.Note]:
    return [
        inbox.Note(
            user_id=one.user_id,
            kind=BACK_KIND,
            key=f"back-in-stock:{one.pk}",
            subject=_("“%(goods)s” is back") % {"goods": _name(one.variant)},
            body=_("You asked us to tell you. We keep no piece for you: first come, first served."),
            link=reverse("storefront:listing", args=[one.variant.listing_id]),
        )
        for one in waiting
    ]


def _name(variant: Variant) -> str:
    title = variant.listing.title
    return f"{title}, {variant.name}"[:120] if variant.name else title


def _on_sale() -> QuerySet[Variant]:
    return Variant.objects.filter(
        listing__state=ListingState.LIVE, listing__shop__state=ShopState.APPROVED
    )
