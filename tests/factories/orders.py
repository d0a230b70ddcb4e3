"""Carts and orders as small as they can be, brought to a state by the services themselves."""

from datetime import UTC, datetime, timedelta

from marketplace.orders.models import Order, OrderGroup
from marketplace.orders.services import cart, checkout, escrow, payment, shipment
from tests.factories.accounts import make_person
from tests.factories.listings import make_listing, make_variant
from tests.factories.shops import make_shop

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ADDRESS = {"recipient": "Ada Buyer", "address": "1 Harbour Road, Kigali", "country": "RW"}


def make_goods(*, currency="EUR", shipping_minor=0, **fields):
    """A buyable variant of a live listing in an open shop that can be paid out."""
    shop = fields.pop("shop", None) or make_shop(
        currency=currency, shipping_minor=shipping_minor, payout_account_sealed="IBAN 1"
    )
    return make_variant(listing=make_listing(shop=shop), **fields)


def make_group(*variants, buyer=None, quantity=1, at=NOON) -> OrderGroup:
    """A placed, unpaid checkout of some variants (one fresh variant by default)."""
    buyer = buyer or make_person()
    for variant in variants or [make_goods()]:
        line = cart.add_to_cart(buyer_id=buyer.pk, variant_id=variant.pk, quantity=quantity, at=at)
    return checkout.place(buyer_id=buyer.pk, cart_id=line.cart_id, at=at, **ADDRESS)


def make_order(*variants, state="awaiting_payment", buyer=None, at=NOON, **more) -> Order:
    """The first order of a checkout, brought to `state`, an hour per step from `at`."""
    group = make_group(*variants, buyer=buyer, at=at, **more)
    order = group.orders.order_by("pk").first()
    path = ["awaiting_payment", "paid_held", "shipped", "delivered", "settled"]
    for step in path[1 : path.index(state) + 1]:
        at += timedelta(minutes=10)
        _take(order, group, step, at)
    order.refresh_from_db()
    return order


def _take(order: Order, group: OrderGroup, step: str, at: datetime) -> None:
    if step == "paid_held":
        payment.pay(group_id=group.pk, card="tok_ok", at=at)
    elif step == "shipped":
        shipment.ship(order_id=order.pk, by_id=order.shop.owner_id, tracking="RW1", at=at)
    elif step == "delivered":
        shipment.mark_delivered(order_id=order.pk, at=at)
    else:
        escrow.confirm(order_id=order.pk, by_id=order.buyer_id, at=at)
