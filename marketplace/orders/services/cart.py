"""The cart: what a person means to buy, over many shops."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.errors import BadInput, NotAllowed, SoldOut
from marketplace.listings.models import ListingState, Variant
from marketplace.orders.models import Cart, CartLine
from marketplace.orders.rules import QUANTITY_MAX
from marketplace.shops.models import Shop, ShopState


@transaction.atomic
def add_to_cart(*, buyer_id: int, variant_id: int, quantity: int, at: datetime) -> CartLine:
    """Put units of a variant into the person's open cart; the same variant adds up.

    Raises SoldOut when the goods are not on sale, NotAllowed for goods of one's own shop,
    BadInput for an impossible quantity.
    """
    variant = Variant.objects.select_related("listing__shop").filter(pk=variant_id).first()
    if variant is None or not _on_sale(variant):
        raise SoldOut(_("These goods are not on sale any more."))
    refuse_own_shop(buyer_id=buyer_id, shop_ids=[variant.listing.shop_id])
    cart = open_cart(buyer_id=buyer_id, at=at)
    line = CartLine.objects.filter(cart=cart, variant=variant).order_by("pk").first()
    if line is None:
        line = CartLine(cart=cart, variant=variant, quantity=0)
    line.quantity = _checked(line.quantity + quantity)
    line.save()
    return line


@transaction.atomic
def set_quantity(*, buyer_id: int, line_id: int, quantity: int) -> None:
    """Set how many of a line are wanted; 0 takes it out. Raises BadInput otherwise."""
    line = CartLine.objects.filter(
        pk=line_id, cart__buyer_id=buyer_id, cart__checked_out_at=None
    ).first()
    if line is None:
        raise BadInput(_("This line is not in your cart any more."))
    cart = Cart.objects.select_for_update(of=("self",)).get(pk=line.cart_id)
    if cart.checked_out_at is not None:  # while we waited for the lock
        raise BadInput(_("This line is not in your cart any more."))
    if quantity == 0:
        line.delete()
        return
    CartLine.objects.filter(pk=line.pk).update(quantity=_checked(quantity))


@transaction.atomic
def open_cart(*, buyer_id: int, at: datetime) -> Cart:
    """Return the person's open cart, locked; make one when there is none."""
    opened = Cart.objects.filter(buyer_id=buyer_id, checked_out_at=None)
    while True:
        opened.get_or_create(buyer_id=buyer_id, checked_out_at=None, defaults={"created_at": at})
        cart = opened.select_for_update(of=("self",)).first()
        if cart is not None:
            return cart
        # It was checked out while we waited for its lock: the next round makes a new one.


def refuse_own_shop(*, buyer_id: int, shop_ids: list[int]) -> None:
    """Raise NotAllowed when the buyer works in one of the shops: such trade earns no trust."""
    own = Shop.objects.worked_in_by(buyer_id).filter(pk__in=shop_ids).first()
    if own is not None:
        raise NotAllowed(_("You cannot buy from your own shop, %(shop)s.") % {"shop": own.name})


def _on_sale(variant: Variant) -> bool:
    listing = variant.listing
    return listing.state == ListingState.LIVE and listing.shop.state == ShopState.APPROVED


def _checked(quantity: int) -> int:
    if not 1 <= quantity <= QUANTITY_MAX:
        raise BadInput(
            _("Please choose between 1 and %(max)s pieces.") % {"max": QUANTITY_MAX}, "quantity"
        )
    return quantity
