"""What a shop sold: list, one, send, call off."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.developers.ground import paging
from marketplace.developers.ground.base import ApiView
from marketplace.developers.ground.once import once, own_key
from marketplace.developers.ground.schema import described
from marketplace.developers.models import Scope
from marketplace.orders.api import shapes
from marketplace.orders.models import Order
from marketplace.orders.services import refund, shipment
from marketplace.shops.api import shops_of
from marketplace.shops.models import ShopMember
from marketplace.shops.rules import MAY, Act

_TAG = "Orders of your shop"


class OrdersView(ApiView):
    """Orders of your shops."""

    scopes = {"get": Scope.ORDERS_READ}

    @described(
        "listOrders", tag=_TAG, gives=paging.paged(shapes.OrderShape), query=shapes.SoldQuery
    )
    def get(self, request: Request) -> Response:
        """Orders of your shops, the newest first."""
        query = paging.asked(request, shapes.SoldQuery)
        rows = _sold(request)
        for name, column in (("state", "state"), ("shop", "shop__slug")):
            if query.get(name):
                rows = rows.filter(**{column: query[name]})
        found, following = paging.newest_first(rows, query)
        acts = _acts(request, {one.shop_id for one in found})
        items = [_shape(one, acts[one.shop_id]) for one in found]
        return Response({"items": items, "next": following})


class OrderView(ApiView):
    """One order of your shop."""

    scopes = {"get": Scope.ORDERS_READ}

    @described("getOrder", tag=_TAG, gives=shapes.OrderShape)
    def get(self, request: Request, id: int) -> Response:
        """One order of your shop."""
        return _answer(request, id)


class ShipView(ApiView):
    """A parcel."""

    scopes = {"post": Scope.ORDERS_WRITE}

    @described("shipOrder", tag=_TAG, takes=shapes.ShipIn, gives=shapes.OrderShape)
    @once
    def post(self, request: Request, id: int) -> Response:
        """Say that a parcel was sent: all that is left, or some units of some lines."""
        order = _one(request, id)
        sent = self.sent(shapes.ShipIn)
        units = {one["line_id"]: one["quantity"] for one in sent.get("units", [])}
        shipment.ship(
            order_id=order.pk,
            by_id=self.user_id(),
            carrier=sent["carrier"],
            tracking=sent["tracking"],
            quantities=units or None,
            key=own_key(request),
            at=timezone.now(),
        )
        return _answer(request, id)

    def recall(self, answer: Any, **named: Any) -> Any:
        """Return it to whoever may see the order still."""
        _one(self.request, named["id"])
        return answer


class CancelView(ApiView):
    """An order that is not sent."""

    scopes = {"post": Scope.ORDERS_WRITE}

    @described("cancelOrder", tag=_TAG, takes=shapes.ReasonIn, gives=shapes.OrderShape)
    @once
    def post(self, request: Request, id: int) -> Response:
        """Call an order off; the buyer gets all money back."""
        order = _one(request, id)
        refund.cancel(
            order_id=order.pk,
            by_id=self.user_id(),
            reason=self.sent(shapes.ReasonIn)["reason"],
            at=timezone.now(),
        )
        return _answer(request, id)

    def recall(self, answer: Any, **named: Any) -> Any:
        """Return it to whoever may see the order still."""
        _one(self.request, named["id"])
        return answer


def _sold(request: Request) -> QuerySet[Order]:
    rows = Order.objects.filter(shop__in=shops_of(request, Act.SEE_ORDERS))
    return rows.select_related("shop", "group", "escrow").prefetch_related("lines", "shipments")


def _one(request: Request, order_id: int) -> Order:
    found = _sold(request).filter(pk=order_id).first()
    if found is None:
        raise Http404
    return found


def _answer(request: Request, order_id: int) -> Response:
    found = _one(request, order_id)
    return Response(_shape(found, _acts(request, {found.shop_id})[found.shop_id]))


def _shape(order: Order, acts: Collection[Act]) -> dict[str, Any]:
    return dict(shapes.OrderShape(shapes.order(order, is_buyer=False, acts=acts)).data)


def _acts(request: Request, shop_ids: Collection[int]) -> dict[int, frozenset[Act]]:
    """Return what the person may do in each shop, in one query."""
    rows = ShopMember.objects.filter(shop__in=shop_ids, user_id=request.user.pk or 0)
    return {shop_id: MAY[role] for shop_id, role in rows.values_list("shop_id", "role")}
