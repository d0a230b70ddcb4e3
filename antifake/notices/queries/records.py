"""Reads: a holder's record, and how much of a shop notices keep out of sight."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from antifake.notices.models import ItemState, Notice, NoticeItem, NoticeState
from antifake.notices.rules import Accuracy, Shelf
from antifake.references.models import Authorisation
from marketplace.listings.models import Listing, ListingState, Withholding
from marketplace.rulebook import queries as rulebook
from marketplace.trust.queries import notice_standing
from marketplace.trust.rules import NoticeStanding

KEYS = ("notices.record_days", "notices.settled_days", "notices.bar_permille")
WRONG = (ItemState.REJECTED, ItemState.RESTORED)


@dataclass(frozen=True, slots=True)
class Record:
    """What a sender's notices may do now, and why."""

    accuracy: Accuracy
    standing: NoticeStanding

    @property
    def trusted(self) -> bool:
        """Whether the record alone lets a notice withhold at once."""
        return self.accuracy.reached and self.standing.fast_lane


def record_of(*, holder_id: int, by_id: int, at: datetime) -> Record:
    """Return the record of a holder's notices, and what this sender's may do."""
    return Record(accuracy_of(holder_id, at=at), notice_standing(by_id, at))


def accuracy_of(holder_id: int, *, at: datetime) -> Accuracy:
    """Return how many items of a holder's notices were upheld of those decided lately.

    A withholding that nobody answered for a time counts as right. What was withdrawn before
    anybody answered counts neither way.
    """
    ruled = rulebook.values(KEYS, at=at)
    since = at - timedelta(days=ruled["notices.record_days"])
    settled = at - timedelta(days=ruled["notices.settled_days"])
    quiet = Q(state=ItemState.WITHHELD, counter=None, withheld_at__lte=settled)
    upheld = Q(state=ItemState.UPHELD, decided_at__gte=since) | (quiet & Q(withheld_at__gte=since))
    figures = NoticeItem.objects.filter(notice__holder=holder_id).aggregate(
        upheld=Count("pk", filter=upheld),
        wrong=Count("pk", filter=Q(state__in=WRONG, decided_at__gte=since)),
    )
    return Accuracy(figures["upheld"], figures["wrong"], ruled["notices.bar_permille"])


def sent_last_day(by_id: int, *, at: datetime) -> int:
    """Return how many notices a person sent in the day before a moment."""
    return Notice.objects.filter(by=by_id, sent_at__gt=at - timedelta(days=1)).count()


def shelves_of(shop_ids: Collection[int]) -> Mapping[int, Shelf]:
    """Return how many goods of each shop are on sale, and withheld by notices."""
    live = Listing.objects.filter(shop__in=shop_ids, state=ListingState.LIVE)
    held = Withholding.objects.filter(
        listing__shop__in=shop_ids, source__startswith="notice:", lifted_at=None
    )
    on_sale = _counts(live.values_list("shop").annotate(count=Count("pk")))
    withheld = _counts(
        held.values_list("listing__shop").annotate(count=Count("listing", distinct=True))
    )
    return {pk: Shelf(on_sale.get(pk, 0), withheld.get(pk, 0)) for pk in shop_ids}


def authorised_shops(brand_id: int | None, shop_ids: Collection[int]) -> set[int]:
    """Return which of the shops may sell a brand's goods."""
    rows = Authorisation.objects.filter(brand=brand_id, shop__in=shop_ids)
    return set(rows.values_list("shop_id", flat=True)) if brand_id else set()


def waiting_items(notice_id: int) -> list[int]:
    """Return the listings of a notice that wait for a person, in order."""
    items = NoticeItem.objects.filter(
        notice=notice_id, state=ItemState.WAITING, notice__state=NoticeState.SENT
    )
    return list(items.order_by("listing_id").values_list("listing_id", flat=True))


def _counts(rows: object) -> dict[int, int]:
    return {int(pk): int(count) for pk, count in rows}  # type: ignore[attr-defined]
