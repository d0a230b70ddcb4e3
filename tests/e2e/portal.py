"""What notices are about: goods withheld for the tours, a known fake, goods that show it."""

from __future__ import annotations

import uuid

from django.db.models import F
from django.utils import timezone

from antifake.cases import services as cases
from antifake.cases.models import RescanRun
from antifake.notices import services
from antifake.notices.models import ItemState, NoticeItem
from antifake.references import services as references
from antifake.references.models import Right
from antifake.reports import services as reports
from marketplace.listings.models import Category, Listing, ListingState
from marketplace.listings.services import photos
from marketplace.shops.models import Shop
from tests.factories.listings import make_listing, make_variant
from tests.factories.shops import make_shop
from tests.live import until

REASON = "They carry our registered name without our agreement."

# A clock ends a run that is through, once a minute: it may have come by just before.
RUN_SECONDS = 60 + 60


def withheld_item(owner_id: int) -> NoticeItem:
    """Return an item that a notice withholds in a shop of this owner; made when first asked for."""
    there = NoticeItem.objects.filter(state=ItemState.WITHHELD, listing__shop__owner=owner_id)
    if there.exists():
        return there.earliest("pk")
    now, right = timezone.now(), Right.objects.earliest("pk")
    shop = Shop.objects.filter(owner=owner_id).earliest("pk")
    listing = Listing.objects.live().filter(shop=shop).latest("pk")
    by = {"by_id": right.owner_id, "at": now}
    notice = services.begin(key=uuid.uuid4(), holder_id=right.owner_id, **by)
    words = services.Words(right.pk, REASON, "I N", good_faith=True)
    services.write(notice_id=notice.pk, words=words, **by)
    services.add_goods(notice_id=notice.pk, listing_ids=[listing.pk], **by)
    services.send(notice_id=notice.pk, **by)
    # Whatever the holder's record is worth by then.
    services.withhold_compared(notice_id=notice.pk, listing_ids=[listing.pk], at=now)
    item = NoticeItem.objects.get(notice=notice)
    text = "We bought them from the holder, the invoice is at hand."
    services.answer(item_id=item.pk, by_id=owner_id, text=text, at=now)
    return item


def goods_showing(data: bytes, *, shop: Shop, title: str) -> Listing:
    """Return goods on sale with a photo that no check has looked at."""
    listing = make_listing(shop=shop, title=title, state=ListingState.DRAFT, category=_shelf())
    photo = photos.add_photo(listing_id=listing.pk, data=data, at=timezone.now())
    references.describe_photos(photo_ids=[photo.pk])
    written, now = Listing.objects.filter(pk=listing.pk), timezone.now()
    written.update(state=ListingState.PENDING, posted_at=now)
    written.update(state=ListingState.LIVE, published_at=now, checked_version=F("content_version"))
    make_variant(listing=written.get())
    return written.get()


def known_fake(data: bytes, *, name: str, by_id: int) -> None:
    """Let a person find goods with this picture to be fakes; the market is looked at again."""
    now, shop = timezone.now(), make_shop(name=name, slug=name.lower().replace(" ", "-"))
    goods = goods_showing(data, shop=shop, title="Star jumper, cheap")
    told = reports.report(
        listing_id=goods.pk,
        by_id=None,
        network="192.0.2.0/24",
        reason="fake",
        key=uuid.uuid4(),
        at=now,
    )
    ruling = {"verdict": "remove", "policy": "counterfeit", "act": "careless"}
    note = "The label is not the holder's."
    decision = cases.decide(case_id=told.case_id, **ruling, note=note, by_id=by_id, at=now)
    through = RescanRun.objects.filter(subject=f"decision:{decision.pk}", done_at__isnull=False)
    until(through.exists, "the look for more of it", RUN_SECONDS)


def fill_shop(shop: Shop, count: int = 12) -> None:
    """Put so many other goods on sale that one is less than a fifth of them."""
    for number in range(count):
        title = f"Plain jumper, no. {number + 1}"
        make_variant(listing=make_listing(shop=shop, title=title, category=_shelf()))


def _shelf() -> Category:
    return Category.objects.earliest("pk")
