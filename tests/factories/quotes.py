"""Requests and quotes as small as they can be, written by the services themselves."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils import timezone

from marketplace.orders.models import OrderGroup
from marketplace.quotes.models import Quote, QuoteRequest, QuoteVersion
from marketplace.quotes.rules import Rung
from marketplace.quotes.services import accepting, asking, quoting
from tests.factories.accounts import make_person
from tests.factories.orders import NOON, make_goods
from tests.factories.pictures import picture

DETAILS = "Woven by hand, undyed, about thirty centimetres wide."
HOME = {"recipient": "Ada Buyer", "address": "1 Harbour Road, Kigali"}


def make_request(
    goods=None, *, buyer=None, at=NOON, key=None, uploads=(), **fields
) -> QuoteRequest:
    """A request to the market for 100 pieces of the category of some goods."""
    goods = goods or make_goods(on_hand=500)
    wish: dict[str, Any] = {
        "title": "Baskets for a hotel",
        "details": DETAILS,
        "category_id": goods.listing.category_id,
        "quantity": 100,
        "unit": "pieces",
        "currency": "EUR",
        "country": "RW",
        **fields,
    }
    buyer = buyer or make_person()
    key = key or uuid.uuid4()
    return asking.ask(buyer_id=buyer.pk, key=key, wish=asking.Wish(**wish), uploads=uploads, at=at)


def terms(goods, *, price=900, quantity=100, shipping=4_000, **fields) -> quoting.Terms:
    """What a shop offers for some goods."""
    fields.setdefault("ladder", [Rung(quantity, price, shipping)])
    return quoting.Terms(**{"variant_id": goods.pk, "transit_days": 12, "valid_days": 7, **fields})


def make_version(request=None, goods=None, *, at=NOON, key=None, **fields) -> QuoteVersion:
    """A shop's answer to a request, its first or its next."""
    goods = goods or make_goods(on_hand=500)
    request = request or make_request(goods, at=at)
    shop = goods.listing.shop
    return quoting.send(
        request_id=request.pk,
        shop_id=shop.pk,
        by_id=shop.owner_id,
        key=key or uuid.uuid4(),
        terms=terms(goods, **fields),
        at=at,
    )


def accept(version: QuoteVersion, *, at=NOON, sample=False, rung=0) -> OrderGroup:
    """The buyer says yes to a rung of a version, or to its sample."""
    deal = version.sample if sample else version.ladder[rung]
    buyer_id = version.quote.request.buyer_id
    return accepting.accept(deal_id=deal.pk, by_id=buyer_id, at=at, **HOME)


def market_shelf(goods, like) -> None:
    """Put goods onto the same shelf as others, so that their shop is asked too."""
    goods.listing.category_id = like.listing.category_id
    goods.listing.save()


def one_of_each(shop, buyer) -> dict[str, object]:
    """One of everything of this room between a shop and a buyer, by the name of its id."""
    at = timezone.now()
    goods = make_goods(shop=shop, on_hand=500)
    asked = make_request(goods, buyer=buyer, at=at, uploads=[picture(3)])
    version = make_version(asked, goods, at=at, sample=Rung(1, 1_500, 500))
    open_one = make_request(goods, buyer=buyer, at=at)
    taken = make_version(make_request(goods, buyer=buyer, at=at), goods, at=at)
    accept(taken, at=at)
    return {
        "quote_request": open_one.pk,
        "quote": version.quote_id,
        "deal": version.ladder[0].pk,
        "request_photo": asked.photos.get().name,
        "agreed_ref": taken.ref,
    }


def fresh(row: Quote | QuoteRequest):
    """The row as it stands now."""
    return type(row).objects.get(pk=row.pk)
