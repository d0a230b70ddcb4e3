"""Disputes and reviews as small as they can be, brought to a state by the services themselves."""

import uuid
from datetime import timedelta

from django.utils import timezone

from marketplace.care.models import Dispute, EvidencePhoto, Review
from marketplace.care.services import opening, reviews, rulings, talk
from tests.factories.accounts import make_staff
from tests.factories.orders import NOON, make_goods, make_order
from tests.factories.pictures import picture

OPENED = NOON + timedelta(hours=3)
TEXT = "The handle is broken off."


def make_dispute(order=None, *, state="open", at=OPENED, **fields) -> Dispute:
    """A dispute about a shipped order (by default), open or escalated."""
    order = order or make_order(state="shipped")
    fields.setdefault("reason", "damaged")
    fields.setdefault("wants", "money")
    fields.setdefault("text", TEXT)
    fields.setdefault("key", uuid.uuid4().hex)
    dispute = opening.open_dispute(order_id=order.pk, by_id=order.buyer_id, at=at, **fields)
    if state == "escalated":
        owner_id = order.shop.owner_id
        talk.escalate(dispute_id=dispute.pk, by_id=owner_id, at=at + timedelta(hours=1))
    dispute.refresh_from_db()
    return dispute


def make_ruling(dispute=None, *, by=None, at=OPENED + timedelta(hours=2), **fields):
    """A ruling on an escalated dispute: all the money back (by default)."""
    dispute = dispute or make_dispute(state="escalated")
    fields.setdefault("kind", "money")
    fields.setdefault("reasons", "The photos show a broken handle.")
    by = by or make_staff()
    return rulings.rule(dispute_id=dispute.pk, by_id=by.pk, at=at, **fields)


def make_review(order=None, *, stars=5, text="Fine work.", at=OPENED) -> Review:
    """A review of the first line of a settled order."""
    order = order or make_order(state="settled")
    line = order.lines.first()
    return reviews.post(line_id=line.pk, by_id=order.buyer_id, stars=stars, text=text, at=at)


def one_of_each(shop, buyer) -> dict[str, object]:
    """One of everything of this room between a shop and a buyer, by the name of its id."""
    at = timezone.now()
    sent, kept, old = (
        make_order(make_goods(shop=shop), buyer=buyer, state=state, at=at)
        for state in ("shipped", "settled", "settled")
    )
    dispute = make_dispute(sent, at=at, photos=[picture(7)])
    words = {"dispute_id": dispute.pk, "by_id": shop.owner_id, "at": at}
    offer = talk.offer(key="matrix", kind="money", amount_minor=1, **words)
    ruling = make_ruling(make_dispute(old, at=at, state="escalated"), at=at)
    appeal = rulings.appeal(
        ruling_id=ruling.pk, by_id=shop.owner_id, text="It left the shop whole.", at=at
    )
    review = make_review(kept, at=at)
    unread = make_order(make_goods(shop=shop), buyer=buyer, state="settled", at=at)
    return {
        "dispute": dispute.pk,
        "offer": offer.pk,
        "ruling": ruling.pk,
        "ruling_appeal": appeal.pk,
        "evidence": EvidencePhoto.objects.get().name,
        "review": review.pk,
        "received_line": unread.lines.get().pk,
        "sent": sent.pk,
        "live": review.listing_id,
    }
