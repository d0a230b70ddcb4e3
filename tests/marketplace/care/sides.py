"""What both sides of a dispute do, in few words."""

import uuid
from datetime import timedelta

from marketplace.care.services import returns, talk
from tests.factories.care import OPENED
from tests.factories.orders import make_goods, make_order

DAY = timedelta(days=1)
LATER = OPENED + timedelta(hours=5)


def two_lines(state="shipped", shipping_minor=500):
    first = make_goods(price_minor=1_000, on_hand=9, shipping_minor=shipping_minor)
    second = make_goods(shop=first.listing.shop, price_minor=2_500, on_hand=9)
    return make_order(first, second, state=state)


def key():
    return uuid.uuid4().hex


def owner(dispute):
    return dispute.order.shop.owner_id


def buyer(dispute):
    return dispute.order.buyer_id


def offered(dispute, *, by="seller", kind="money", amount=None, at=LATER):
    by_id = owner(dispute) if by == "seller" else buyer(dispute)
    return talk.offer(
        dispute_id=dispute.pk, by_id=by_id, key=key(), kind=kind, amount_minor=amount, at=at
    )


def priced(minor, state, **more):
    return make_order(make_goods(price_minor=minor, **more), state=state)


def sent_back(dispute, *, by_ruling=False):
    if not by_ruling:
        made = offered(dispute, kind="return")
        talk.accept(offer_id=made.pk, by_id=buyer(dispute), at=LATER)
    returns.say_where(dispute_id=dispute.pk, by_id=owner(dispute), address="1 Quay", at=LATER)
    returns.send_back(
        dispute_id=dispute.pk, by_id=buyer(dispute), carrier="Post", tracking="RR1", at=LATER
    )
    dispute.refresh_from_db()
