"""A shop's desk: its orders by where they stand, what runs low. Each list is one query."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from marketplace.listings.models import ListingState, Variant
from marketplace.orders import queries
from marketplace.orders.models import Order, OrderState, Refund
from marketplace.shops.models import Shop
from marketplace.shops.rules import Act

LOW_STOCK_MAX = 20  # what a person counts in one go; the stock page has the rest
GAVE_BACK = Q(refunded_goods_minor__gt=0) | Q(refunded_shipping_minor__gt=0)


@dataclass(frozen=True, slots=True)
class Tab:
    """One pile of orders on the desk."""

    key: str
    name: Promise
    which: Q
    empty: Promise
    count: int = 0


TABS = (
    Tab(
        "send",
        _("To send"),
        Q(state=OrderState.PAID_HELD),
        _("A paid order stands here at once, with its address and its day."),
    ),
    Tab(
        "way",
        _("On their way"),
        Q(state__in=[OrderState.SHIPPED, OrderState.DELIVERED]),
        _("What you sent stands here until the buyer has it."),
    ),
    Tab(
        "stopped",
        _("In dispute"),
        Q(escrow__frozen_by__gt=""),
        _("Orders that a buyer complained about stand here until that is settled."),
    ),
    Tab(
        "back",
        _("Given back"),
        GAVE_BACK,
        _("Orders stand here when money went back to their buyers."),
    ),
    Tab(
        "done",
        _("Done"),
        Q(state__in=[OrderState.COMPLETED, OrderState.SETTLED]),
        _("Orders stand here when their money is yours."),
    ),
    Tab("off", _("Called off"), Q(state=OrderState.CANCELLED), _("No order was called off.")),
)


def tabs(user_id: int) -> list[Tab]:
    """Return the desk's piles with how many orders lie in each; one query."""
    counts = _sold_by(user_id).aggregate(**{tab.key: Count("pk", filter=tab.which) for tab in TABS})
    return [Tab(tab.key, tab.name, tab.which, tab.empty, counts[tab.key]) for tab in TABS]


def orders_in(tab: Tab, *, user_id: int) -> QuerySet[Order]:
    """Return the orders of one pile: what is to be sent by its day, all others newest first."""
    orders = _sold_by(user_id).filter(tab.which).select_related("shop")
    order = (F("ship_by").asc(nulls_last=True), "pk") if tab.key == "send" else ("-pk",)
    return orders.prefetch_related(queries.PICTURES).order_by(*order)


def carried_by(payout_id: int, *, user_id: int) -> QuerySet[Order]:
    """Return the orders whose money one payout carried, to whoever may see the shop's money."""
    shops = Shop.objects.where_may(user_id, Act.SEE_MONEY)
    orders = Order.objects.filter(payout_id=payout_id, shop__in=shops).select_related("shop")
    return orders.prefetch_related(queries.PICTURES).order_by("-pk")


def refunds_of(orders: list[Order]) -> QuerySet[Refund]:
    """Return what went back for some orders, the newest first."""
    return Refund.objects.filter(order__in=[order.pk for order in orders]).order_by("-pk")


def low_stock(user_id: int) -> list[Variant]:
    """Return the goods on sale of which few are left, the fewest first."""
    shops = Shop.objects.where_may(user_id, Act.COUNT_STOCK)
    low = Variant.objects.filter(
        listing__shop__in=shops,
        listing__state=ListingState.LIVE,
        on_hand__lte=F("reserved") + F("low_stock_at"),
    )
    listed = low.select_related("listing").prefetch_related("listing__photos")
    return list(listed.order_by(F("on_hand") - F("reserved"), "pk")[:LOW_STOCK_MAX])


def _sold_by(user_id: int) -> QuerySet[Order]:
    """Return the paid orders of a person's shops; those that were called off unpaid too."""
    shops = Shop.objects.where_may(user_id, Act.SEE_ORDERS)
    return Order.objects.filter(shop__in=shops).exclude(
        state__in=[OrderState.AWAITING_PAYMENT, OrderState.EXPIRED]
    )
