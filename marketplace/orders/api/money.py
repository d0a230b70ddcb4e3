"""A shop's money, read from the ledger. Nothing here moves any."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.developers import rules
from marketplace.developers.ground import paging
from marketplace.developers.ground.base import ApiView
from marketplace.developers.ground.schema import described
from marketplace.developers.models import Scope
from marketplace.orders.api import shapes
from marketplace.orders.queries import shop_money
from marketplace.shops.api import shops_of
from marketplace.shops.models import Shop
from marketplace.shops.rules import Act

_TAG = "Money of your shop"
SHOPS_MAX = 20


class BooksView(ApiView):
    """What is held, due, kept back, owed and paid out."""

    scopes = {"get": Scope.MONEY_READ}

    @described("listBooks", tag=_TAG, gives=shapes.BooksShape)
    def get(self, request: Request) -> Response:
        """The money of each of your shops, at most twenty."""
        now = timezone.now()
        shops = shops_of(request, Act.SEE_MONEY)[:SHOPS_MAX]
        books = [_book(shop_money.book(shop, at=now)) for shop in shops]
        return Response(shapes.BooksShape({"items": books}).data)


class PayoutsView(ApiView):
    """Payouts of one shop."""

    scopes = {"get": Scope.MONEY_READ}

    @described(
        "listPayouts", tag=_TAG, gives=paging.paged(shapes.PayoutShape), query=paging.PageQuery
    )
    def get(self, request: Request, shop: str) -> Response:
        """Payouts of one shop, the newest first."""
        query = paging.asked(request)
        found, following = paging.newest_first(shop_money.payouts_of(_shop(request, shop)), query)
        names = ("id", "state", "currency", "amount_minor", "created_at", "paid_at")
        items = [
            shapes.PayoutShape(
                {**{name: getattr(one, name) for name in names}, "orders": one.__dict__["carried"]}
            ).data
            for one in found
        ]
        return Response({"items": items, "next": following})


class StatementView(ApiView):
    """One month of one shop."""

    scopes = {"get": Scope.MONEY_READ}

    @described(
        "listStatement",
        tag=_TAG,
        gives=paging.paged(shapes.StatementLineShape),
        query=shapes.StatementQuery,
    )
    def get(self, request: Request, shop: str) -> Response:
        """What came into and left one shop's balance in one month, the newest first."""
        query = paging.asked(request, shapes.StatementQuery)
        first = (paging.position(query, count=1) or [0])[0]
        month = _month(query.get("month"))
        lines = shop_money.ShopStatement(_shop(request, shop), month)
        after = first + query["size"]
        found = lines[first:after]
        following = rules.cursor_of([after]) if after < len(lines) else None
        names = ("at", "what", "of_debt", "order_id", "payout_id", "amount_minor", "balance_minor")
        items = [
            shapes.StatementLineShape(
                {**{name: getattr(one, name) for name in names}, "reference": one.key}
            ).data
            for one in found
        ]
        return Response({"items": items, "next": following})


def _shop(request: Request, slug: str) -> Shop:
    found = shops_of(request, Act.SEE_MONEY).filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def _month(text: str | None) -> shop_money.Month:
    if not text:
        return shop_money.month_of(timezone.now())
    year, _dash, number = text.partition("-")
    return shop_money.Month(int(year), int(number))


def _book(book: shop_money.ShopBook) -> dict[str, Any]:
    return {
        "shop": book.shop.slug,
        "currency": book.shop.currency,
        "held_minor": book.held_minor,
        "frozen_minor": book.frozen_minor,
        "balance_minor": book.due_minor,
        "debt_minor": book.debt_minor,
        "kept_back_minor": book.kept_back_minor,
        "next_payout_minor": book.next_minor,
        "on_its_way_minor": book.on_its_way_minor,
        "paid_out_minor": book.paid_out_minor,
    }
