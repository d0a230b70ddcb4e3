"""The cart: what somebody means to buy, over many shops.

A signed-in person's cart is his in every browser. A visitor's hangs on a random token, which the
browser keeps and we store as a hash; at log-in it joins the person's own. Functions take either
`buyer_id` or `token`.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.errors import BadInput, NotAllowed, SoldOut
from marketplace.listings.models import ListingState, Variant
from marketplace.orders.models import Cart, CartLine
from marketplace.orders.rules import CART_LINES_MAX, QUANTITY_MAX
from marketplace.shops.models import Shop, ShopState

VISITORS_KEPT = timedelta(days=90)


def new_token() -> str:
    """Return a token for a visitor's cart: 256 random bits."""
    return secrets.token_urlsafe(32)


def token_hash(*, token: str) -> str:
    """Return what is stored of a token; it is random, so a plain hash cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def visitors_cart(*, token: str) -> Cart | None:
    """Return the open visitor's cart that hangs on a token; nobody's cart that has an owner."""
    carts = Cart.objects.filter(token_hash=token_hash(token=token), buyer=None, checked_out_at=None)
    return carts.first() if token else None


@transaction.atomic
def add_to_cart(
    *, variant_id: int, quantity: int, at: datetime, buyer_id: int | None = None, token: str = ""
) -> CartLine:
    """Put units of a variant into the open cart; the same variant adds up.

    Raises SoldOut when the goods are not on sale, NotAllowed for goods of one's own shop,
    BadInput for an impossible quantity or a cart that is full.
    """
    variant = Variant.objects.select_related("listing__shop").filter(pk=variant_id).first()
    if variant is None or not _on_sale(variant):
        raise SoldOut(_("These goods are not on sale any more."))
    if buyer_id is not None:
        refuse_own_shop(buyer_id=buyer_id, shop_ids=[variant.listing.shop_id])
    cart = open_cart(buyer_id=buyer_id, token=token, at=at)
    line = CartLine.objects.filter(cart=cart, variant=variant).order_by("pk").first()
    if line is None:
        if CartLine.objects.filter(cart=cart).count() >= CART_LINES_MAX:
            raise BadInput(_("Your cart is full. Please check out, or take something out."))
        line = CartLine(cart=cart, variant=variant, quantity=0)
    line.quantity = _checked(line.quantity + quantity)
    line.save()
    return line


@transaction.atomic
def set_quantity(
    *, line_id: int, quantity: int, buyer_id: int | None = None, token: str = ""
) -> None:
    """Set how many of a line are wanted; 0 takes it out. Raises BadInput otherwise."""
    own = Cart.objects.filter(**_owner(buyer_id, token), checked_out_at=None)
    line = CartLine.objects.filter(pk=line_id, cart__in=own).first()
    if line is None:
        raise BadInput(_("This line is not in your cart any more."))
    cart = Cart.objects.select_for_update(no_key=True, of=("self",)).filter(pk=line.cart_id).first()
    if cart is None or cart.checked_out_at is not None:  # while we waited for the lock
        raise BadInput(_("This line is not in your cart any more."))
    if quantity == 0:
        line.delete()
        return
    CartLine.objects.filter(pk=line.pk).update(quantity=_checked(quantity))


@transaction.atomic
def open_cart(*, at: datetime, buyer_id: int | None = None, token: str = "") -> Cart:
    """Return the open cart, locked; make one when there is none."""
    owner = _owner(buyer_id, token)
    opened = Cart.objects.filter(**owner, checked_out_at=None)
    while True:
        opened.get_or_create(**owner, checked_out_at=None, defaults={"created_at": at})
        cart = opened.select_for_update(no_key=True, of=("self",)).first()
        if cart is not None:
            return cart
        # It was checked out while we waited for its lock: the next round makes a new one.


@transaction.atomic
def join(*, token: str, buyer_id: int, at: datetime) -> None:
    """Put a visitor's cart into a person's own open cart. Safe to repeat; the token is void then.

    Quantities of a variant add up, to QUANTITY_MAX; goods of the person's own shop, and what is
    beyond CART_LINES_MAX, stay out. A token that hangs on somebody's cart does nothing.
    Locks the visitor's cart before the person's.
    """
    theirs = Cart.objects.select_for_update(no_key=True).filter(
        token_hash=token_hash(token=token), buyer=None, checked_out_at=None
    )
    visitors = theirs.first() if token else None
    if visitors is None:
        return
    wanted: Counter[int] = Counter()
    for line in _buyable_by(buyer_id, visitors):
        wanted[line.variant_id] += line.quantity
    if wanted:
        _add_all(open_cart(buyer_id=buyer_id, at=at), wanted)
    visitors.delete()


def sweep_visitors(*, at: datetime) -> None:
    """Forget visitors' carts whose cookie has run out."""
    old = Cart.objects.filter(buyer=None, checked_out_at=None, created_at__lt=at - VISITORS_KEPT)
    old.delete()


def refuse_own_shop(*, buyer_id: int, shop_ids: list[int]) -> None:
    """Raise NotAllowed when the buyer gains from one of the shops: such trade earns no trust."""
    own = Shop.objects.gained_from_by(buyer_id).filter(pk__in=shop_ids).values_list("name").first()
    if own is not None:
        raise NotAllowed(_("You cannot buy from your own shop, %(shop)s.") % {"shop": own[0]})


def _owner(buyer_id: int | None, token: str) -> dict[str, Any]:
    if buyer_id is not None:
        return {"buyer_id": buyer_id}
    if not token:
        raise BadInput(_("This cart does not exist any more."))
    return {"buyer": None, "token_hash": token_hash(token=token)}


def _buyable_by(buyer_id: int, cart: Cart) -> list[CartLine]:
    own = set(Shop.objects.worked_in_by(buyer_id).values_list("pk", flat=True))
    lines = CartLine.objects.filter(cart=cart).select_related("variant__listing")
    return [line for line in lines if line.variant.listing.shop_id not in own]


def _add_all(cart: Cart, wanted: Counter[int]) -> None:
    present: dict[int, CartLine] = {}
    fresh: list[CartLine] = []
    for one in CartLine.objects.filter(cart=cart):
        present.setdefault(one.variant_id, one)
    for variant_id, quantity in wanted.items():
        line = present.get(variant_id)
        if line is None:
            capped = min(quantity, QUANTITY_MAX)
            fresh.append(CartLine(cart=cart, variant_id=variant_id, quantity=capped))
        else:
            line.quantity = min(line.quantity + quantity, QUANTITY_MAX)
            line.save(update_fields=["quantity"])
    CartLine.objects.bulk_create(fresh[: max(0, CART_LINES_MAX - len(present))])


def _on_sale(variant: Variant) -> bool:
    listing = variant.listing
    return listing.state == ListingState.LIVE and listing.shop.state == ShopState.APPROVED


def _checked(quantity: int) -> int:
    if not 1 <= quantity <= QUANTITY_MAX:
        raise BadInput(
            _("Please choose between 1 and %(max)s pieces.") % {"max": QUANTITY_MAX}, "quantity"
        )
    return quantity
