"""What buyer and seller are told about an order, in their own language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from marketplace.accounts.models import User
from marketplace.inbox import services as inbox
from marketplace.money import Money
from marketplace.orders.models import Order, Payout, Refund, Shipment, TrackingStatus


def paid(*, orders: Sequence[Order], at: datetime) -> None:
    """Tell the sellers to pack, and the buyer that the money is held; all at once."""
    notes = []
    for order in orders:
        with override(order.shop.owner.language):
            by = date_format(order.ship_by, "DATE_FORMAT") if order.ship_by else ""
            subject = _("New order %(number)s: please send it") % {"number": order.pk}
            body = _("It is paid and the money is held safe. Please ship by %(date)s.")
            notes.append(
                _note(order, order.shop.owner_id, "paid", subject=subject, body=body % {"date": by})
            )
        with override(order.buyer.language):
            subject = _("Order %(number)s is paid") % {"number": order.pk}
            body = _("We hold your money until you have received the goods.")
            notes.append(_note(order, order.buyer_id, "held", subject=subject, body=body))
    inbox.notify_all(notes=notes, at=at)


def shipped(*, order: Order, at: datetime) -> None:
    """Tell the buyer that the parcel is on its way."""
    with override(order.buyer.language):
        _tell(
            order,
            order.buyer_id,
            "shipped",
            subject=_("Order %(number)s is on its way") % {"number": order.pk},
            body=_("Press “I have received it” when you have it, not before."),
            at=at,
        )


def part_shipped(*, order: Order, parcel: Shipment, at: datetime) -> None:
    """Tell the buyer that a part is on its way and more will follow."""
    with override(order.buyer.language):
        _tell(
            order,
            order.buyer_id,
            f"part_shipped:{parcel.pk}",
            subject=_("A part of order %(number)s is on its way") % {"number": order.pk},
            body=_("The rest follows in another parcel."),
            at=at,
        )


def delivered(*, order: Order, at: datetime) -> None:
    """Tell the buyer that the goods are reported as delivered, and until when to look at them."""
    with override(order.buyer.language):
        until = date_format(order.due_at, "DATE_FORMAT") if order.due_at else ""
        body = _("Please look at the goods. If something is wrong, say so by %(date)s.")
        _tell(
            order,
            order.buyer_id,
            "delivered",
            subject=_("Order %(number)s is reported as delivered") % {"number": order.pk},
            body=body % {"date": until},
            at=at,
        )


def number_used_twice(*, order: Order, parcel: Shipment, at: datetime) -> None:
    """Tell the seller why a reported delivery does not count."""
    with override(order.shop.owner.language):
        _tell(
            order,
            order.shop.owner_id,
            f"number_used_twice:{parcel.pk}",
            subject=_("A tracking number of order %(number)s is used twice") % {"number": order.pk},
            body=_(
                "%(tracking)s is also on a parcel to another buyer. It does not count as "
                "delivered: the buyer keeps the whole time to look."
            )
            % {"tracking": parcel.tracking},
            at=at,
        )


def parcel_trouble(*, order: Order, parcel: Shipment, status: TrackingStatus, at: datetime) -> None:
    """Tell both sides that a parcel did not arrive."""
    for person in (order.buyer, order.shop.owner):
        with override(person.language):
            _tell(
                order,
                person.pk,
                f"parcel:{parcel.pk}:{status}",
                subject=_("A parcel of order %(number)s: %(status)s")
                % {"number": order.pk, "status": status.label},
                body=_("Please look at the order and agree on what to do."),
                at=at,
            )


def released(*, order: Order, at: datetime) -> None:
    """Tell the seller that the money is theirs."""
    with override(order.shop.owner.language):
        _tell(
            order,
            order.shop.owner_id,
            "released",
            subject=_("The money of order %(number)s is yours") % {"number": order.pk},
            body=_("It goes out with your next payout."),
            at=at,
        )


def cancelled(*, order: Order, at: datetime) -> None:
    """Tell both sides that the order is off, and why."""
    for person in (order.buyer, order.shop.owner):
        with override(person.language):
            subject = _("Order %(number)s was cancelled") % {"number": order.pk}
            _tell(order, person.pk, "cancelled", subject=subject, body=order.cancel_reason, at=at)


def refunded(*, order: Order, refund: Refund, at: datetime) -> None:
    """Tell the buyer that the money is back."""
    with override(order.buyer.language):
        _tell(
            order,
            order.buyer_id,
            f"refunded:{refund.pk}",
            subject=_("Money of order %(number)s is on its way back to you") % {"number": order.pk},
            body=_("%(amount)s was returned to the card you paid with.")
            % {"amount": _amount(refund, order)},
            at=at,
        )


def gave_back(*, order: Order, refund: Refund, at: datetime) -> None:
    """Tell the buyer what the shop gives back, and why."""
    with override(order.buyer.language):
        _tell(
            order,
            order.buyer_id,
            f"gave_back:{refund.pk}",
            subject=_("The shop gives you %(amount)s back") % {"amount": _amount(refund, order)},
            body=refund.reason,
            at=at,
        )


def recalled(*, order: Order, refund: Refund, at: datetime) -> None:
    """Tell the buyer that the goods were found to be fakes, and what goes back."""
    with override(order.buyer.language):
        _tell(
            order,
            order.buyer_id,
            f"recalled:{refund.pk}",
            subject=_("Goods of order %(number)s were found to be fakes") % {"number": order.pk},
            body=_(
                "You get %(amount)s back; nothing is left for you to do, and you need not send "
                "anything back. Please do not sell the goods on. If they were to be worn, eaten "
                "or plugged in, better do not use them."
            )
            % {"amount": _amount(refund, order)},
            at=at,
        )


def charged_back(*, order: Order, refund: Refund, at: datetime) -> None:
    """Tell the seller that the buyer's bank took money back."""
    with override(order.shop.owner.language):
        _tell(
            order,
            order.shop.owner_id,
            f"charged_back:{refund.pk}",
            subject=_("The bank took back the payment of order %(number)s") % {"number": order.pk},
            body=_("%(amount)s went back to the buyer's bank. Keep your proof of sending.")
            % {"amount": _amount(refund, order)},
            at=at,
        )


def _amount(refund: Refund, order: Order) -> str:
    return Money(refund.amount_minor, order.currency).display(get_language() or "en")


def payout_failed(*, payout: Payout, owner: User, at: datetime) -> None:
    """Tell the seller, or who was paid for shares, that bank or wallet did not take the payout."""
    page = "orders:money"
    if payout.member is not None:
        owner, page = payout.member, "orders:my_shares"
    with override(owner.language):
        inbox.notify(
            user_id=owner.pk,
            kind="payout.failed",
            key=f"payout:{payout.pk}:failed",
            subject=_("A payout did not reach you"),
            body=_("The money is back on your balance. Please check your payout account."),
            link=reverse(page),
            at=at,
        )


def _tell(order: Order, user_id: int, fact: str, *, subject: str, body: str, at: datetime) -> None:
    inbox.notify_all(notes=[_note(order, user_id, fact, subject=subject, body=body)], at=at)


def _note(order: Order, user_id: int, fact: str, *, subject: str, body: str) -> inbox.Note:
    return inbox.Note(
        user_id=user_id,
        kind=f"order.{fact.partition(':')[0]}",
        key=f"{order.ref}:{fact}:{user_id}",
        subject=subject,
        body=body,
        link=reverse("orders:detail", args=[order.pk]),
    )
