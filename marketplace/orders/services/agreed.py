"""Orders at a price that buyer and shop agreed on before: a quote, a sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.accounts.models import User
from marketplace.errors import BadInput, KeyReused, SoldOut, WrongState
from marketplace.listings.models import ListingState, Variant
from marketplace.orders.models import Cart, CartLine, Order, OrderGroup
from marketplace.orders.queries import baskets
from marketplace.orders.services import cart as carts
from marketplace.orders.services import checkout
from marketplace.rulebook import queries as rulebook
from marketplace.shops.models import ShopState


@dataclass(frozen=True, slots=True)
class AgreedLine:
    """So many of a variant, each at a price in minor units of the shop's currency."""

    variant_id: int
    quantity: int
    unit_price_minor: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """What both sides agreed on; `ref` names it for ever: quote:12:3.

    The price of sending all of it is in minor units; `transit_days` is the longest time on the
    way. `pay_until` is how long stock and price are kept.
    """

    ref: str
    shop_id: int
    lines: Sequence[AgreedLine]
    shipping_minor: int
    transit_days: int
    pay_until: datetime


@transaction.atomic
def place_agreed(
    *,
    agreement: Agreement,
    buyer_id: int,
    recipient: str,
    address: str,
    country: str,
    at: datetime,
) -> OrderGroup:
    """Turn an agreement into an order that waits for payment, at exactly its price; once a `ref`.

    Whatever the listing costs now, no price ladder, discount or smallest order applies. All else
    is as in `checkout.place`: stock is kept, tax inside and commission are frozen as the rules
    stand at `at`. Safe to repeat. Raises SoldOut naming goods that are short or may not be sold,
    WrongState for a shop that takes no orders, NotAllowed for one's own shop, KeyReused for
    another buyer's `ref`, BadInput for an address or lines that cannot be used.
    """
    # Two forms of one buyer come one after the other; the second finds the first one's order.
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=buyer_id)
    known = Order.objects.filter(agreed_ref=agreement.ref).select_related("group").first()
    if known is not None:
        return _repeated(known, buyer_id)
    checkout.refuse_nowhere(recipient=recipient, address=address, country=country)
    _refuse_lines(agreement)
    carts.refuse_own_shop(buyer_id=buyer_id, shop_ids=[agreement.shop_id])
    # A cart of its own, closed from the start: the person's open one stays as it is.
    cart = Cart.objects.create(buyer_id=buyer_id, created_at=at, checked_out_at=at)
    basket = baskets.Basket([_part(agreement, cart, country, at)], cart.pk, country)
    group = OrderGroup.objects.create(
        buyer_id=buyer_id,
        cart=cart,
        recipient_sealed=recipient.strip(),
        address_sealed=address.strip(),
        country=country,
        placed_at=at,
        due_at=agreement.pay_until,
    )
    rate_bp = rulebook.value("orders.commission_bp", at=at)
    checkout.place_orders(
        group=group, basket=basket, rate_bp=rate_bp, agreed_ref=agreement.ref, at=at
    )
    return group


def _repeated(known: Order, buyer_id: int) -> OrderGroup:
    if known.buyer_id != buyer_id:
        raise KeyReused(_("Somebody else has accepted this."))
    return known.group


def _refuse_lines(agreement: Agreement) -> None:
    counted = Counter(line.variant_id for line in agreement.lines)
    if not counted or max(counted.values()) > 1:
        raise BadInput(_("Choose at least one piece."))
    if any(line.quantity < 1 or line.unit_price_minor < 1 for line in agreement.lines):
        raise BadInput(_("A quantity and a price must be above zero."))


def _part(agreement: Agreement, cart: Cart, country: str, at: datetime) -> baskets.ShopPart:
    variants = Variant.objects.select_related("listing__shop").in_bulk(
        [line.variant_id for line in agreement.lines]
    )
    lines = []
    for line in agreement.lines:
        variant = variants[line.variant_id]
        _refuse_unsellable(variant, agreement.shop_id)
        lines.append(CartLine(cart=cart, variant=variant, quantity=line.quantity))
    CartLine.objects.bulk_create(lines)
    return baskets.agreed_part(
        lines=lines,
        unit_prices_minor={line.variant_id: line.unit_price_minor for line in agreement.lines},
        sending=baskets.Sending(
            baskets.NO_METHOD,
            "",
            agreement.shipping_minor,
            days_max=agreement.transit_days,
        ),
        country=country,
        at=at,
    )


def _refuse_unsellable(variant: Variant, shop_id: int) -> None:
    listing = variant.listing
    if listing.shop_id != shop_id:
        raise BadInput(_("These goods are another shop's."))
    if listing.shop.state != ShopState.APPROVED:
        raise WrongState(_("%(shop)s takes no orders now.") % {"shop": listing.shop.name})
    if listing.state != ListingState.LIVE:
        raise SoldOut(_("“%(goods)s” may not be sold now.") % {"goods": listing.title})
