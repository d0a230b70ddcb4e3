"""Checkout: a cart becomes an order group, one order per shop, totals frozen, stock kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.accounts.rules import COUNTRIES
from marketplace.errors import BadInput, WrongState
from marketplace.failpoints import reach
from marketplace.listings.services import stock
from marketplace.orders import rules
from marketplace.orders.models import Cart, Order, OrderGroup, OrderLine, Payment
from marketplace.orders.queries import baskets
from marketplace.orders.services import cart as carts
from marketplace.outbox import services as outbox
from marketplace.rulebook import queries as rulebook


@transaction.atomic
def place(
    *,
    buyer_id: int,
    cart_id: int,
    recipient: str,
    address: str,
    country: str,
    at: datetime,
    seen: str = "",
    choices: Mapping[int, int] | None = None,
) -> OrderGroup:
    """Turn a cart into orders that wait for payment, and keep their stock meanwhile.

    Safe to repeat: a cart that was checked out returns its group. `seen` is the total the
    buyer was shown (`Basket.seen`); when prices have moved since, WrongState asks to look again.
    `choices` maps shop ids to ways of sending; the cheapest is taken without one. Prices,
    discounts, shipping, tax and commission are frozen as the rules stand at `at`.
    Raises SoldOut naming the goods (the cart stays as it is), NotAllowed for one's own shop,
    BadInput for an empty cart or address, too few pieces, or a shop that does not send there.
    """
    cart = _locked_cart(buyer_id, cart_id)
    if cart.checked_out_at is not None:
        repeated = OrderGroup.objects.filter(cart=cart).first()
        if repeated is not None:
            return repeated
    reach("checkout.begun")
    basket = baskets.basket(cart_id=cart.pk, country=country, choices=choices, at=at)
    _refuse_unusable(basket, recipient, address, country, seen)
    _refuse_unsendable(basket)
    carts.refuse_own_shop(buyer_id=buyer_id, shop_ids=[part.shop.pk for part in basket.parts])
    ruled = rulebook.values(["orders.payment_minutes", "orders.commission_bp"], at=at)
    group = OrderGroup.objects.create(
        buyer_id=buyer_id,
        cart=cart,
        recipient_sealed=recipient.strip(),
        address_sealed=address.strip(),
        country=country,
        placed_at=at,
        due_at=at + timedelta(minutes=ruled["orders.payment_minutes"]),
    )
    reach("checkout.grouped")
    place_orders(group=group, basket=basket, rate_bp=ruled["orders.commission_bp"], at=at)
    Cart.objects.filter(pk=cart.pk).update(checked_out_at=at)
    reach("checkout.emptied")
    return group


def _locked_cart(buyer_id: int, cart_id: int) -> Cart:
    carts_of_buyer = Cart.objects.select_for_update(no_key=True, of=("self",)).filter(
        buyer_id=buyer_id
    )
    cart = carts_of_buyer.filter(pk=cart_id).first()
    if cart is None:
        raise BadInput(_("This cart does not exist any more."))
    return cart


def _refuse_unusable(
    basket: baskets.Basket, recipient: str, address: str, country: str, seen: str
) -> None:
    if not basket.parts:
        raise BadInput(_("Your cart is empty."))
    refuse_nowhere(recipient=recipient, address=address, country=country)
    if seen and seen != basket.seen:
        raise WrongState(_("A price or quantity changed meanwhile. Please look at the new total."))


def refuse_nowhere(*, recipient: str, address: str, country: str) -> None:
    """Raise BadInput when nobody could tell where a parcel goes."""
    if not recipient.strip():
        raise BadInput(_("Please say who receives the parcel."), "recipient")
    if not address.strip():
        raise BadInput(_("Please say where the parcel goes."), "address")
    if country not in COUNTRIES:
        raise BadInput(_("Please choose a country."), "country")


def _refuse_unsendable(basket: baskets.Basket) -> None:
    for line in baskets.too_few(basket.parts):
        raise BadInput(
            _("%(goods)s is sold from %(least)s pieces.")
            % {"goods": line.variant.listing.title, "least": line.variant.least_quantity},
            "quantity",
        )
    for part in basket.parts:
        if part.chosen is None and not part.sendings:
            raise BadInput(
                _("%(shop)s does not send to this country.") % {"shop": part.shop.name}, "country"
            )
        if part.chosen is None:
            raise BadInput(
                _("Please choose how %(shop)s sends it.") % {"shop": part.shop.name}, "sending"
            )
        if not part.total_minor:
            raise BadInput(
                _("%(shop)s's discount leaves nothing to pay. Please add more to your cart.")
                % {"shop": part.shop.name}
            )


def place_orders(
    *,
    group: OrderGroup,
    basket: baskets.Basket,
    rate_bp: int,
    agreed_ref: str = "",
    at: datetime,
) -> None:
    """Freeze a basket into a new group's orders and keep their stock, in the caller's transaction.

    `agreed_ref` names what the price of its one part was agreed in, if it was. Raises SoldOut.
    """
    payments = {
        currency: Payment.objects.create(group=group, currency=currency, amount_minor=total)
        for currency, total in basket.totals.items()
    }
    orders = Order.objects.bulk_create(
        _order(group, part, payments[part.shop.currency], rate_bp, agreed_ref=agreed_ref, at=at)
        for part in basket.parts
    )
    placed = list(zip(orders, basket.parts, strict=True))
    OrderLine.objects.bulk_create(line for order, part in placed for line in _lines(order, part))
    facts: dict[str, dict[str, object]] = {
        order.ref: {"order_id": order.pk, "shop_id": order.shop_id} for order in orders
    }
    outbox.emit_all("order.placed", facts=facts, at=at)
    reach("checkout.ordered")
    # Last, because these rows are the busy ones: locked for as short as possible.
    demands = {
        order.ref: {line.variant_id: line.quantity for line in part.priced}
        for order, part in placed
    }
    stock.reserve_all(demands=demands, due_at=group.due_at, at=at)
    reach("checkout.reserved")


def _order(
    group: OrderGroup,
    part: baskets.ShopPart,
    payment: Payment,
    rate_bp: int,
    *,
    agreed_ref: str,
    at: datetime,
) -> Order:
    sending = part.chosen
    return Order(
        group=group,
        shop=part.shop,
        buyer_id=group.buyer_id,
        payment=payment,
        currency=part.shop.currency,
        goods_minor=part.goods_minor,
        discount_minor=part.discount_minor,
        shipping_minor=part.shipping_minor,
        total_minor=part.total_minor,
        tax_rate_bp=part.tax_rate_bp or 0,
        tax_minor=part.tax_minor,
        shipping_tax_minor=part.shipping_tax_minor,
        shipping_method_id=(sending.method_id or None) if sending else None,
        shipping_name=sending.name if sending else "",
        transit_days=sending.days_max if sending else None,
        commission_bp=rate_bp,
        commission_minor=rules.commission(part.goods_minor, rate_bp),
        agreed_ref=agreed_ref,
        placed_at=at,
    )


def _lines(order: Order, part: baskets.ShopPart) -> Iterator[OrderLine]:
    versions = {line.variant_id: line.variant.listing.content_version for line in part.lines}
    for line, tax_minor in zip(part.priced, part.line_taxes_minor, strict=True):
        yield OrderLine(
            order=order,
            variant_id=line.variant_id,
            title=line.title,
            unit_price_minor=line.unit_price_minor,
            quantity=line.quantity,
            discount_minor=line.discount_minor,
            line_total_minor=line.total_minor,
            net_minor=line.total_minor - tax_minor,
            tax_minor=tax_minor,
            listing_version=versions[line.variant_id],
        )
