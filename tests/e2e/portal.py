"""A notice that withholds goods of a seller, and the seller's answer: for the tours of both."""

from __future__ import annotations

import uuid

from django.utils import timezone

from antifake.notices import services
from antifake.notices.models import ItemState, NoticeItem
from antifake.references.models import Right
from marketplace.listings.models import Listing
from marketplace.shops.models import Shop

REASON = "They carry our registered name without our agreement."


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
