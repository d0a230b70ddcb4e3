"""Locks that several services share."""

from __future__ import annotations

from collections.abc import Iterable

from marketplace.listings.models import Variant
from marketplace.orders.models import Order, Payment
from marketplace.prepared import Given, Prepared
from marketplace.shops.models import Shop

_SHOP = Prepared(
    lambda: Shop.objects.select_for_update(no_key=True, of=("self",)).filter(pk=Given("shop_id"))
)


def variants(*, variant_ids: Iterable[int]) -> None:
    """Lock the stock rows of a whole checkout at once, in primary-key order.

    A checkout reserves once per shop; without this, two checkouts over the same two shops
    could take the same two rows in different orders and block each other.
    """
    ids = sorted(set(variant_ids))
    # NO KEY UPDATE lets others write order lines that point to these rows meanwhile.
    list(
        Variant.objects.select_for_update(no_key=True)
        .filter(pk__in=ids)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def shop(*, shop_id: int) -> Shop:
    """Lock a shop while its money moves, so that a payout and its order list always agree."""
    found = _SHOP.first(shop_id=shop_id)
    if found is None:
        raise Shop.DoesNotExist
    return found


def order_with_payment(*, order_id: int) -> Order:
    """Lock the payment before the order, as every payment does."""
    payment_id = Order.objects.values_list("payment_id", flat=True).get(pk=order_id)
    if payment_id is not None:
        Payment.objects.select_for_update(no_key=True, of=("self",)).get(pk=payment_id)
    orders = Order.objects.select_for_update(of=("self",), no_key=True)
    return orders.select_related("shop__owner", "buyer", "payment").get(pk=order_id)


def order_alone(*, order_id: int) -> Order:
    """Lock an order for a change that moves no money."""
    orders = Order.objects.select_for_update(of=("self",), no_key=True)
    return orders.select_related("shop__owner", "buyer").get(pk=order_id)
