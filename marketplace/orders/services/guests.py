"""Checkout without an account: a visitor's cart becomes orders of a guest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.accounts import guests, terms
from marketplace.accounts.models import GuestLink
from marketplace.errors import BadInput
from marketplace.inbox import services as inbox
from marketplace.orders.models import Cart, OrderGroup
from marketplace.orders.services import checkout
from marketplace.orders.services.cart import token_hash


@transaction.atomic
def place(
    *,
    token: str,
    key: str,
    contact: str,
    recipient: str,
    address: str,
    country: str,
    language: str,
    terms_version: int,
    at: datetime,
    seen: str = "",
    choices: Mapping[int, int] | None = None,
) -> OrderGroup:
    """Turn a visitor's cart into the orders of a new guest, who is told at `contact`.

    Once a cart: the form's random `key` is bound to it, so the same form sent again leads to the
    same orders while they can be paid, and neither the cookie's `token` nor the key alone leads
    anywhere. The guest accepts the terms of `terms_version`. Raises what `checkout.place` raises,
    BadInput for a contact that reaches nobody, WrongState for terms that have changed; then
    nothing is stored.
    """
    carts = Cart.objects.select_for_update(no_key=True, of=("self",)).order_by("pk")
    open_to_visitors = carts.filter(buyer=None, checked_out_at=None)
    cart = open_to_visitors.filter(token_hash=token_hash(token=token)).first() if token else None
    if cart is None:
        return _placed(token, key, at=at)
    guest = guests.create_guest(contact=contact, country=country, language=language, at=at)
    terms.accept(user_id=guest.pk, version=terms_version, at=at)
    Cart.objects.filter(pk=cart.pk).update(buyer=guest, token_hash=_bound(token, key))
    group = checkout.place(
        buyer_id=guest.pk,
        cart_id=cart.pk,
        recipient=recipient,
        address=address,
        country=country,
        seen=seen,
        choices=choices,
        at=at,
    )
    group.contact_sealed = guest.guest_contact_sealed
    group.save(update_fields=["contact_sealed"])
    _tell(group, language, at=at)
    return group


@transaction.atomic
def renew_link(*, user_id: int, at: datetime) -> GuestLink:
    """Make a guest's link void and send a new one to where the guest is reached.

    Raises NotAllowed for people with accounts.
    """
    link = guests.renew_link(user_id=user_id, at=at)
    with override(link.user.language):
        inbox.notify(
            user_id=user_id,
            kind="guest.link",
            key=f"guest.link:{link.pk}",
            subject=_("Your new link"),
            body=_("It opens your orders in any browser. Earlier links do not work any more."),
            link=reverse("orders:mine"),
            at=at,
        )
    return link


def _placed(token: str, key: str, *, at: datetime) -> OrderGroup:
    bound = OrderGroup.objects.filter(cart__token_hash=_bound(token, key), due_at__gt=at)
    group = bound.filter(buyer__guest=True).first() if token else None
    if group is None:
        raise BadInput(_("Your cart is empty."))
    return group


def _bound(token: str, key: str) -> str:
    return token_hash(token=f"{token} {key}")


def _tell(group: OrderGroup, language: str, *, at: datetime) -> None:
    with override(language):
        inbox.notify(
            user_id=group.buyer_id,
            kind="guest.placed",
            key=f"guest.placed:{group.pk}",
            subject=_("Your order %(number)s") % {"number": group.pk},
            body=_(
                "Keep this message: its link opens your order in any browser. Give it to nobody:"
                " whoever has it sees your address and can confirm that the goods arrived."
            ),
            link=reverse("orders:group", args=[group.pk]),
            at=at,
        )
