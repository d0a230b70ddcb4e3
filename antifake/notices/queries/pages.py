"""Reads for the pages: whose notices, what is missing, how far a re-scan is, what it found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from antifake.cases.models import Finding, RescanLook, RescanRun, RescanState
from antifake.notices import rules
from antifake.notices.models import (
    ACTIVE,
    CounterNotice,
    ItemState,
    Notice,
    NoticeItem,
    NoticeState,
)
from antifake.references.models import Right, RightState
from antifake.references.queries.rights import acts_for, photos_of
from marketplace.accounts.models import User
from marketplace.listings.models import Listing
from marketplace.listings.queries import with_cards
from marketplace.shops.queries import shops_where
from marketplace.shops.rules import Act

# Beyond so many finds a page says "and more": nobody reads on, and one notice takes 300.
MOST_FOUND = 300


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the looks at the catalogue for one right came, in rows and in looks."""

    runs: int
    scanned: int
    due: int
    looks: int
    looked: int
    over: bool

    @property
    def percent(self) -> int:
        """Rows gone through of those due, rounded down."""
        return 100 * self.scanned // self.due if self.due else 100


@dataclass(frozen=True, slots=True)
class Found:
    """A listing on which a look for a right found something, and the strongest find in words."""

    listing: Listing
    sentence: str


def notices_of(user_id: int) -> QuerySet[Notice]:
    """Return the notices of all for whom a person acts, the latest first, with counts."""
    by_state = {
        f"count_{state}": Count("items", filter=Q(items__state=state)) for state in ItemState.values
    }
    mine = Notice.objects.filter(holder__in=acts_for(user_id)).select_related("right", "holder")
    return mine.annotate(goods=Count("items"), **by_state).order_by("-pk")


def missing_of(notice: Notice) -> list[str]:
    """Return the fields of what a notice lacks, in the order in which it is asked for.

    A right that was refused or is over since is missing like none.
    """
    right = Right.objects.filter(pk__in=[notice.right_id]).first()
    living = right is not None and right.state in (RightState.CLAIMED, RightState.VERIFIED)
    return rules.missing(
        rules.Parts(
            has_right=living,
            goods=notice.items.count(),
            reason=notice.reason,
            sworn_name=notice.sworn_name,
            good_faith=notice.good_faith,
        )
    )


def elsewhere(notice: Notice) -> dict[int, int]:
    """Return the goods of a notice that another running notice of the holder names: its number."""
    others = NoticeItem.objects.filter(
        notice__holder=notice.holder_id,
        notice__state__in=ACTIVE,
        state__in=[ItemState.WAITING, ItemState.WITHHELD, ItemState.UPHELD],
        listing__in=notice.items.values("listing"),
    ).exclude(notice=notice)
    return dict(others.order_by("pk").values_list("listing_id", "notice_id"))


def progress_of(right: Right) -> Progress | None:
    """Return how far the looks for a right came; None when none was begun yet."""
    runs = list(_runs(right))
    if not runs:
        return None
    looks = RescanLook.objects.filter(run__in=runs)
    return Progress(
        runs=len(runs),
        scanned=sum(run.scanned for run in runs),
        due=sum(run.due for run in runs),
        looks=looks.count(),
        looked=looks.filter(done_at__isnull=False).count(),
        over=all(run.state == RescanState.DONE or _is_through(run) for run in runs),
    )


def copies_of(right: Right, *, most: int = MOST_FOUND) -> list[Found]:
    """Return goods on sale on which the looks for a right found its name or photos.

    Only what the looks for this right saw; the surest first. Goods that other looks hold already
    are not on sale and are left out.
    """
    occasions = [run.occasion for run in _runs(right)]
    finds = Finding.objects.filter(
        scan__occasion__in=occasions, evidence__brand_id=right.brand_id, log_odds__gt=0
    )
    sentences: dict[int, str] = {}
    for pk, sentence in finds.order_by("-log_odds", "pk").values_list(
        "scan__listing_id", "sentence"
    ):
        sentences.setdefault(pk, sentence)
        if len(sentences) == most:
            break
    live = with_cards(Listing.objects.live().filter(pk__in=sentences)).in_bulk()
    return [Found(live[pk], sentence) for pk, sentence in sentences.items() if pk in live]


def counters_for(user_id: int) -> QuerySet[CounterNotice]:
    """Return the threads about notices of all for whom a person acts; those that run first."""
    mine = CounterNotice.objects.filter(item__notice__holder__in=acts_for(user_id))
    rows = mine.select_related("item__listing", "item__notice__right")
    return rows.order_by("due_at", "-pk")


def received_by(user: User) -> QuerySet[NoticeItem]:
    """Return the notices that withheld goods of a person's shops, the latest first.

    Sellers learn of what restricts them; what only waits for a person restricts nothing.
    """
    shops = shops_where(user, Act.SEE_RECORD)
    mine = NoticeItem.objects.filter(listing__shop__in=shops, withheld_at__isnull=False)
    rows = mine.exclude(notice__state=NoticeState.DRAFT).order_by("-withheld_at", "-pk")
    return rows.select_related("listing", "notice__right", "statement", "counter", "case")


def _runs(right: Right) -> QuerySet[RescanRun]:
    if right.brand_id is None:
        return RescanRun.objects.none()
    subjects = [f"brand:{right.brand_id}", *_references(right)]
    return RescanRun.objects.filter(subject__in=subjects).order_by("pk")


def _references(right: Right) -> Iterable[str]:
    return [f"reference:{pk}" for pk in photos_of(right).values_list("pk", flat=True)]


def _is_through(run: RescanRun) -> bool:
    waits = run.looks.filter(done_at__isnull=True).exists()
    return run.swept_at is not None and not waits
