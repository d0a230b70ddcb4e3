"""How trade looks over the API. Amounts are minor units of the order's currency."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from rest_framework import serializers

from marketplace.accounts.rules import COUNTRIES
from marketplace.developers.ground.paging import PageQuery
from marketplace.developers.ground.shapes import BIGGEST, Shape, Text, Whole
from marketplace.orders.models import Order, OrderState, PayoutState
from marketplace.orders.queries import baskets, order_page
from marketplace.orders.rules import QUANTITY_MAX
from marketplace.shops.rules import Act


class LineShape(Shape):
    """What was bought, frozen as it was shown."""

    id = serializers.IntegerField()
    variant_id = serializers.IntegerField()
    title = serializers.CharField()
    quantity = serializers.IntegerField()
    to_send = serializers.IntegerField(help_text="neither sent nor called off")
    unit_price_minor = serializers.IntegerField(allow_null=True)
    total_minor = serializers.IntegerField(allow_null=True)


class ParcelShape(Shape):
    """One parcel."""

    id = serializers.IntegerField()
    carrier = serializers.CharField()
    tracking = serializers.CharField()
    shipped_at = serializers.DateTimeField()
    delivered_at = serializers.DateTimeField(allow_null=True)


class DeliveryShape(Shape):
    """Where it goes; for the buyer, and for people of the shop who pack, once it is paid."""

    recipient = serializers.CharField()
    address = serializers.CharField()
    country = serializers.CharField(help_text="ISO 3166-1 alpha-2")


class OrderShape(Shape):
    """One shop's part of a checkout."""

    id = serializers.IntegerField()
    checkout_id = serializers.IntegerField()
    shop = serializers.CharField(help_text="slug of the shop")
    state = serializers.ChoiceField(choices=OrderState.values)
    disputed = serializers.BooleanField()
    currency = serializers.CharField(help_text="ISO 4217")
    goods_minor = serializers.IntegerField(allow_null=True, help_text="null: not for your role")
    shipping_minor = serializers.IntegerField(allow_null=True)
    discount_minor = serializers.IntegerField(allow_null=True)
    tax_minor = serializers.IntegerField(allow_null=True, help_text="inside the total")
    total_minor = serializers.IntegerField(allow_null=True)
    refunded_minor = serializers.IntegerField(allow_null=True)
    commission_minor = serializers.IntegerField(allow_null=True, help_text="null for buyers")
    lines = LineShape(many=True)
    parcels = ParcelShape(many=True)
    delivery = DeliveryShape(allow_null=True)
    sending = serializers.CharField(help_text="the way that was chosen; may be empty")
    placed_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)
    ship_by = serializers.DateTimeField(allow_null=True, help_text="promised when paid")
    shipped_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(
        allow_null=True, help_text="the money goes to the seller then, if nobody objects"
    )
    settled_at = serializers.DateTimeField(allow_null=True)
    cancelled_at = serializers.DateTimeField(allow_null=True)


class OrdersQuery(PageQuery):
    """Which orders."""

    state = serializers.ChoiceField(choices=OrderState.values, required=False)


class SoldQuery(OrdersQuery):
    """Which of the orders of your shops."""

    shop = serializers.SlugField(required=False, help_text="slug of one of your shops")


class UnitsIn(Shape):
    """Units of a line."""

    line_id = Whole(min_value=1, max_value=BIGGEST)
    quantity = Whole(min_value=1, max_value=QUANTITY_MAX)


class ShipIn(Shape):
    """A parcel that was sent."""

    carrier = Text(max_length=40, required=False, allow_blank=True, default="")
    tracking = Text(max_length=60, required=False, allow_blank=True, default="")
    units = serializers.ListField(
        child=UnitsIn(), required=False, min_length=1, max_length=200, help_text="none: all of it"
    )


class ReasonIn(Shape):
    """Why."""

    reason = Text(max_length=500)


class MaybeReasonIn(Shape):
    """Why, if you like to say."""

    reason = Text(max_length=500, required=False, allow_blank=True, default="")


class BookShape(Shape):
    """One shop's money, from the ledger."""

    shop = serializers.CharField(help_text="slug of the shop")
    currency = serializers.CharField(help_text="ISO 4217")
    held_minor = serializers.IntegerField(help_text="in escrow for you, less the commission")
    frozen_minor = serializers.IntegerField(help_text="of it, waits for a ruling")
    balance_minor = serializers.IntegerField(help_text="due to you")
    debt_minor = serializers.IntegerField(help_text="you owe it; the balance pays it")
    kept_back_minor = serializers.IntegerField(help_text="stays behind at the next payout")
    next_payout_minor = serializers.IntegerField(help_text="before claims")
    on_its_way_minor = serializers.IntegerField()
    paid_out_minor = serializers.IntegerField()


class BooksShape(Shape):
    """The money of your shops."""

    items = BookShape(many=True)


class PayoutShape(Shape):
    """Money sent to a shop."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=PayoutState.values)
    currency = serializers.CharField(help_text="ISO 4217")
    amount_minor = serializers.IntegerField()
    orders = serializers.IntegerField(help_text="how many orders it is for")
    created_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)


class StatementQuery(PageQuery):
    """Which month."""

    month = serializers.RegexField(
        r"^20[0-9]{2}-(0[1-9]|1[0-2])$", required=False, help_text="YYYY-MM in UTC; none: this one"
    )


class StatementLineShape(Shape):
    """One line of the statement."""

    at = serializers.DateTimeField()
    what = serializers.CharField(help_text="in words")
    of_debt = serializers.BooleanField(help_text="of the debt, not of the balance")
    order_id = serializers.IntegerField(allow_null=True)
    payout_id = serializers.IntegerField(allow_null=True)
    amount_minor = serializers.IntegerField(help_text="negative: it went out")
    balance_minor = serializers.IntegerField(help_text="after it")
    reference = serializers.CharField()


class CartLineShape(Shape):
    """Goods in the cart, at the price of this moment."""

    id = serializers.IntegerField()
    variant_id = serializers.IntegerField()
    listing_id = serializers.IntegerField()
    title = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price_minor = serializers.IntegerField()


class WayShape(Shape):
    """One way to send a shop's part."""

    id = serializers.IntegerField(help_text="for `sendings` at checkout; 0 is the flat price")
    name = serializers.CharField()
    price_minor = serializers.IntegerField()


class PartShape(Shape):
    """What the cart holds from one shop."""

    shop = serializers.CharField(help_text="slug of the shop")
    currency = serializers.CharField(help_text="ISO 4217")
    lines = CartLineShape(many=True)
    ways = WayShape(many=True)
    goods_minor = serializers.IntegerField()
    discount_minor = serializers.IntegerField()
    shipping_minor = serializers.IntegerField()
    total_minor = serializers.IntegerField()


class CartQuery(Shape):
    """Where the parcels would go."""

    country = serializers.RegexField(
        r"^[A-Z]{2}$", required=False, help_text="ISO 3166-1 alpha-2; decides ways and tax"
    )


class CartShape(Shape):
    """Your open cart."""

    parts = PartShape(many=True)
    seen = serializers.CharField(
        allow_blank=True, help_text="send it with the checkout: a changed price then refuses it"
    )


class AddIn(Shape):
    """Goods for the cart."""

    variant_id = Whole(min_value=1, max_value=BIGGEST)
    quantity = Whole(min_value=1, max_value=QUANTITY_MAX)


class QuantityIn(Shape):
    """How many; 0 takes the line out."""

    quantity = Whole(max_value=QUANTITY_MAX)


class SendingIn(Shape):
    """How one shop shall send."""

    shop = Text(max_length=90, help_text="slug of the shop")
    way = Whole(max_value=BIGGEST, help_text="`id` of one of its ways in the cart")


class CheckoutIn(Shape):
    """Where it goes."""

    recipient = Text(max_length=120)
    address = Text(max_length=500)
    country = serializers.ChoiceField(choices=sorted(COUNTRIES), help_text="ISO 3166-1 alpha-2")
    sendings = serializers.ListField(child=SendingIn(), required=False, max_length=100)
    seen = Text(max_length=400, required=False, allow_blank=True, default="")


class DueShape(Shape):
    """What a checkout charges in one currency."""

    currency = serializers.CharField(help_text="ISO 4217")
    amount_minor = serializers.IntegerField()
    state = serializers.CharField(help_text="started, pending, succeeded, failed, refunded")


class GroupShape(Shape):
    """One checkout: one order for each shop."""

    id = serializers.IntegerField()
    placed_at = serializers.DateTimeField()
    pay_until = serializers.DateTimeField()
    payments = DueShape(many=True)
    orders = serializers.ListField(child=serializers.IntegerField(), help_text="order ids")


class PayIn(Shape):
    """How to pay."""

    card = Text(
        max_length=60, help_text="a card's token; in the sandbox tok_ok, tok_declined, tok_delayed"
    )


_PLAIN = (
    *("id", "state", "currency", "placed_at", "paid_at", "ship_by", "shipped_at"),
    *("delivered_at", "due_at", "settled_at", "cancelled_at"),
)
_MONEY = (
    *("goods_minor", "shipping_minor", "discount_minor", "tax_minor", "total_minor"),
    "refunded_minor",
)


def order(one: Order, *, is_buyer: bool, acts: Collection[Act]) -> dict[str, Any]:
    """Return an order as far as this person may see it; prefetch as `order_page.visible_to`."""
    sees_money = is_buyer or Act.SEE_MONEY in acts
    sees_delivery = is_buyer or (Act.SEE_DELIVERY in acts and one.paid_at is not None)
    return {
        **{name: getattr(one, name) for name in _PLAIN},
        **{name: getattr(one, name) if sees_money else None for name in _MONEY},
        "commission_minor": one.fee_minor if Act.SEE_MONEY in acts else None,
        "checkout_id": one.group_id,
        "shop": one.shop.slug,
        "disputed": bool(one.disputed_by) or order_page.is_frozen(one),
        "sending": one.shipping_name,
        "lines": [_line(line, sees_money=sees_money) for line in one.lines.all()],
        "parcels": sorted(one.shipments.all(), key=lambda parcel: parcel.pk),
        "delivery": _delivery(one) if sees_delivery else None,
    }


def _line(line: Any, *, sees_money: bool) -> dict[str, Any]:
    return {
        "id": line.pk,
        "variant_id": line.variant_id,
        "title": line.title,
        "quantity": line.quantity,
        "to_send": line.open_quantity,
        "unit_price_minor": line.unit_price_minor if sees_money else None,
        "total_minor": line.line_total_minor if sees_money else None,
    }


def _delivery(one: Order) -> dict[str, str]:
    group = one.group
    return {
        "recipient": group.recipient_sealed,
        "address": group.address_sealed,
        "country": group.country,
    }


def part(one: baskets.ShopPart) -> dict[str, Any]:
    """Return what a cart holds from one shop."""
    lines = [
        {
            "id": line.pk,
            "variant_id": line.variant_id,
            "listing_id": line.variant.listing_id,
            "title": priced.title,
            "quantity": line.quantity,
            "unit_price_minor": priced.unit_price_minor,
        }
        for line, priced in one.priced_lines
    ]
    ways = [
        {"id": way.method_id, "name": way.name, "price_minor": way.price_minor}
        for way in one.sendings
    ]
    sums = ("goods_minor", "discount_minor", "shipping_minor", "total_minor")
    return {
        "shop": one.shop.slug,
        "currency": one.shop.currency,
        "lines": lines,
        "ways": ways,
        **{name: getattr(one, name) for name in sums},
    }
