"""Buying: cart, checkout, paying, what was bought."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.developers.ground import paging
from marketplace.developers.ground.base import ApiView
from marketplace.developers.ground.once import once, once_outside
from marketplace.developers.ground.schema import described
from marketplace.developers.models import Scope
from marketplace.errors import BadInput
from marketplace.orders.api import shapes
from marketplace.orders.models import Order, OrderGroup
from marketplace.orders.queries import baskets
from marketplace.orders.services import cart as carts
from marketplace.orders.services import checkout as checkouts
from marketplace.orders.services import escrow, payment, refund

_TAG = "Buying"


class CartView(ApiView):
    """Your open cart."""

    scopes = {"get": Scope.BUY_READ}

    @described("getCart", tag=_TAG, gives=shapes.CartShape, query=shapes.CartQuery)
    def get(self, request: Request) -> Response:
        """Your open cart, shop by shop, as it costs now."""
        query = paging.asked(request, shapes.CartQuery)
        return _cart(self.user_id(), query.get("country", ""))


class LinesView(ApiView):
    """Lines of the cart."""

    scopes = {"post": Scope.BUY_WRITE}

    @described("addToCart", tag=_TAG, takes=shapes.AddIn, gives=shapes.CartShape, status=201)
    @once
    def post(self, _request: Request) -> Response:
        """Put goods into the cart; the same choice adds up."""
        carts.add_to_cart(**self.sent(shapes.AddIn), buyer_id=self.user_id(), at=timezone.now())
        return _cart(self.user_id(), "", status=201)


class LineView(ApiView):
    """One line of the cart."""

    scopes = {"patch": Scope.BUY_WRITE}

    @described("setQuantity", tag=_TAG, takes=shapes.QuantityIn, gives=shapes.CartShape)
    def patch(self, _request: Request, id: int) -> Response:
        """Change how many; 0 takes the line out."""
        wanted = self.sent(shapes.QuantityIn)["quantity"]
        carts.set_quantity(buyer_id=self.user_id(), line_id=id, quantity=wanted)
        return _cart(self.user_id(), "")


class CheckoutView(ApiView):
    """The cart becomes orders."""

    scopes = {"post": Scope.BUY_WRITE}

    @described(
        "placeOrders", tag=_TAG, takes=shapes.CheckoutIn, gives=shapes.GroupShape, status=201
    )
    @once
    def post(self, _request: Request) -> Response:
        """Order what is in the cart: one order for each shop. Totals are frozen, stock is kept."""
        sent = self.sent(shapes.CheckoutIn)
        now = timezone.now()
        cart = baskets.open_cart_of(self.user_id())
        if cart is None:
            raise BadInput(_("Your cart is empty."))
        choices = _choices(cart.pk, sent.get("sendings", []))
        group = checkouts.place(
            buyer_id=self.user_id(),
            cart_id=cart.pk,
            recipient=sent["recipient"],
            address=sent["address"],
            country=sent["country"],
            choices=choices,
            seen=sent["seen"],
            at=now,
        )
        return Response(_group(group), status=201)


class GroupView(ApiView):
    """One checkout."""

    scopes = {"get": Scope.BUY_READ}

    @described("getCheckout", tag=_TAG, gives=shapes.GroupShape)
    def get(self, _request: Request, id: int) -> Response:
        """One checkout: what is paid, what still waits."""
        return Response(_group(_own_group(self.user_id(), id)))


class PayView(ApiView):
    """The charge."""

    scopes = {"post": Scope.BUY_WRITE}

    @described("pay", tag=_TAG, takes=shapes.PayIn, gives=shapes.GroupShape, refuses=(402,))
    @once_outside
    def post(self, _request: Request, id: int) -> Response:
        """Pay what a checkout still owes. The money is held until the goods arrive."""
        group = _own_group(self.user_id(), id)
        card = self.sent(shapes.PayIn)["card"]
        payment.pay(group_id=group.pk, card=card, at=timezone.now())
        return Response(_group(group))


class PurchasesView(ApiView):
    """What you bought."""

    scopes = {"get": Scope.BUY_READ}

    @described(
        "listPurchases", tag=_TAG, gives=paging.paged(shapes.OrderShape), query=shapes.OrdersQuery
    )
    def get(self, request: Request) -> Response:
        """What you bought, the newest first."""
        query = paging.asked(request, shapes.OrdersQuery)
        rows = _bought(self.user_id())
        if query.get("state"):
            rows = rows.filter(state=query["state"])
        found, following = paging.newest_first(rows, query)
        return Response({"items": [_shape(one) for one in found], "next": following})


class PurchaseView(ApiView):
    """One thing you bought."""

    scopes = {"get": Scope.BUY_READ}

    @described("getPurchase", tag=_TAG, gives=shapes.OrderShape)
    def get(self, _request: Request, id: int) -> Response:
        """One order that you placed."""
        return Response(_shape(_one(self.user_id(), id)))


class ConfirmView(ApiView):
    """You have the goods."""

    scopes = {"post": Scope.BUY_WRITE}

    @described("confirmReceipt", tag=_TAG, gives=shapes.OrderShape)
    @once
    def post(self, _request: Request, id: int) -> Response:
        """Say that you have the goods: the money goes to the seller."""
        order = _one(self.user_id(), id)
        escrow.confirm(order_id=order.pk, by_id=self.user_id(), at=timezone.now())
        return Response(_shape(_one(self.user_id(), id)))


class CallOffView(ApiView):
    """An order of yours that you do not want any more."""

    scopes = {"post": Scope.BUY_WRITE}

    @described("callOffPurchase", tag=_TAG, takes=shapes.MaybeReasonIn, gives=shapes.OrderShape)
    @once
    def post(self, _request: Request, id: int) -> Response:
        """Call off an order that is unpaid, or late and not sent."""
        order = _one(self.user_id(), id)
        reason = self.sent(shapes.MaybeReasonIn)["reason"]
        refund.cancel(order_id=order.pk, by_id=self.user_id(), reason=reason, at=timezone.now())
        return Response(_shape(_one(self.user_id(), id)))


def _cart(user_id: int, country: str, *, status: int = 200) -> Response:
    mine = baskets.open_cart_of(user_id)
    basket = baskets.Basket([])
    if mine is not None:
        basket = baskets.shown(cart_id=mine.pk, country=country, at=timezone.now())
    body = {"parts": [shapes.part(one) for one in basket.parts], "seen": basket.seen}
    return Response(shapes.CartShape(body).data, status=status)


def _choices(cart_id: int, sendings: list[dict[str, Any]]) -> dict[int, int]:
    """Return shop ids with the way that was chosen; only of shops that are in the cart."""
    basket = baskets.basket(cart_id=cart_id, at=timezone.now())
    ids = {part.shop.slug: part.shop.pk for part in basket.parts}
    unknown = [one["shop"] for one in sendings if one["shop"] not in ids]
    if unknown:
        raise BadInput(_("Nothing of this shop is in your cart."), "sendings")
    return {ids[one["shop"]]: one["way"] for one in sendings}


def _own_group(user_id: int, group_id: int) -> OrderGroup:
    found = OrderGroup.objects.filter(pk=group_id, buyer_id=user_id).first()
    if found is None:
        raise Http404
    return found


def _group(group: OrderGroup) -> dict[str, Any]:
    facts = {
        "id": group.pk,
        "placed_at": group.placed_at,
        "pay_until": group.due_at,
        "payments": group.payments.order_by("pk"),
        "orders": list(group.orders.order_by("pk").values_list("pk", flat=True)),
    }
    return dict(shapes.GroupShape(facts).data)


def _bought(user_id: int) -> Any:
    rows = Order.objects.filter(buyer_id=user_id).select_related("shop", "group", "escrow")
    return rows.prefetch_related("lines", "shipments")


def _one(user_id: int, order_id: int) -> Order:
    found: Order | None = _bought(user_id).filter(pk=order_id).first()
    if found is None:
        raise Http404
    return found


def _shape(order: Order) -> dict[str, Any]:
    return dict(shapes.OrderShape(shapes.order(order, is_buyer=True, acts=())).data)
