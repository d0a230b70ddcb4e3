"""What both sides of a quote are told, in their own language; what recurs, once a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.accounts.models import User
from marketplace.inbox import services as inbox
from marketplace.orders.models import Order
from marketplace.quotes.models import Quote, QuoteRequest, Side
from marketplace.shops.models import Shop


def asked(*, request: QuoteRequest, shops: Sequence[Shop], at: datetime) -> None:
    """Tell the chosen shops that somebody asks them."""
    notes = []
    for shop in shops:
        with override(shop.owner.language):
            notes.append(
                inbox.Note(
                    shop.owner_id,
                    "quote.requested",
                    f"{request.ref}:asked:{shop.pk}",
                    _("Somebody asks your shop for a quote: %(title)s") % {"title": request.title},
                    _("Answer with a price that holds for some days. Who asks stays hidden."),
                    reverse("quotes:request", args=[request.pk]),
                )
            )
    if notes:
        inbox.notify_all(notes=notes, at=at)


def sent(*, request: QuoteRequest, at: datetime) -> None:
    """Tell the buyer of new quotes, once a day for all of them."""
    with override(request.buyer.language):
        subject = _("New quotes for “%(title)s”") % {"title": request.title}
        body = _("Compare them side by side, ask back, or accept one.")
        _tell(
            request.buyer_id,
            "quote.sent",
            f"{request.ref}:quotes:{at:%Y-%m-%d}",
            subject=subject,
            body=body,
            link=reverse("quotes:request", args=[request.pk]),
            at=at,
        )


def said(*, quote: Quote, side: Side, at: datetime) -> None:
    """Tell the other side that something was written, once a day."""
    reader: User = quote.shop.owner if side == Side.BUYER else quote.request.buyer
    with override(reader.language):
        _about(
            quote,
            reader,
            f"said:{side}:{at:%Y-%m-%d}",
            subject=_("A question or answer about a quote: %(title)s"),
            body=_("Read it on the page of the quote."),
            at=at,
        )


def declined(*, quote: Quote, at: datetime) -> None:
    """Tell the shop that the buyer said no, and why."""
    owner = quote.shop.owner
    with override(owner.language):
        why = f"{quote.get_declined_for_display()}. {quote.reason}".strip()
        _about(
            quote,
            owner,
            f"declined:{quote.current}",
            subject=_("Your quote was declined: %(title)s"),
            body=why,
            at=at,
        )


def withdrawn(*, quote: Quote, at: datetime) -> None:
    """Tell the buyer that a quote is gone."""
    with override(quote.request.buyer.language):
        _about(
            quote,
            quote.request.buyer,
            f"withdrawn:{quote.current}",
            subject=_("A shop took its quote back: %(title)s"),
            body=quote.shop.name,
            at=at,
        )


def accepted(*, quote: Quote, order: Order, sample: bool, at: datetime) -> None:
    """Tell the shop that the buyer said yes; it packs when the money is there."""
    owner = quote.shop.owner
    with override(owner.language):
        subject = (
            _("A sample of yours was ordered: %(title)s")
            if sample
            else _("Your quote was accepted: %(title)s")
        )
        _about(
            quote,
            owner,
            f"accepted:{order.pk}",
            subject=subject,
            body=_("The pieces are kept for the buyer. Send them once the order is paid."),
            at=at,
        )


def missing(*, quote: Quote, why: str, at: datetime) -> None:
    """Tell the shop that the buyer said yes and could not order, once a day."""
    owner = quote.shop.owner
    with override(owner.language):
        _about(
            quote,
            owner,
            f"missing:{quote.current}:{at:%Y-%m-%d}",
            subject=_("A buyer could not accept your quote: %(title)s"),
            body=_("The pieces are not in stock, or the goods are not on sale: count the stock.")
            + f" {why}",
            at=at,
        )


def expired(*, quote: Quote, at: datetime) -> None:
    """Tell the shop that its quote holds no longer."""
    owner = quote.shop.owner
    with override(owner.language):
        _about(
            quote,
            owner,
            f"expired:{quote.current}",
            subject=_("Your quote is not valid any more: %(title)s"),
            body=_("While the request is open you can send a new version."),
            at=at,
        )


def lapsed(*, quote: Quote, at: datetime) -> None:
    """Tell both that the order was not paid."""
    for person in (quote.request.buyer, quote.shop.owner):
        with override(person.language):
            _about(
                quote,
                person,
                f"lapsed:{quote.order_id}",
                subject=_("An accepted quote was not paid in time: %(title)s"),
                body=_("The pieces are free again. The shop can send a new version."),
                at=at,
            )


def request_over(*, request: QuoteRequest, at: datetime) -> None:
    """Tell the buyer that no more quotes come."""
    with override(request.buyer.language):
        _tell(
            request.buyer_id,
            "quote.request_expired",
            f"{request.ref}:over:{request.due_at:%Y-%m-%d}",
            subject=_("Your request takes no more quotes: %(title)s") % {"title": request.title},
            body=_("Quotes that are still valid can be accepted."),
            link=reverse("quotes:request", args=[request.pk]),
            at=at,
        )


def _about(quote: Quote, reader: User, fact: str, *, subject: str, body: str, at: datetime) -> None:
    _tell(
        reader.pk,
        f"quote.{fact.partition(':')[0]}",
        f"{quote.ref}:{fact}:{reader.pk}",
        subject=subject % {"title": quote.request.title},
        body=body,
        link=reverse("quotes:detail", args=[quote.pk]),
        at=at,
    )


def _tell(
    user_id: int, kind: str, key: str, *, subject: str, body: str, link: str, at: datetime
) -> None:
    inbox.notify(user_id=user_id, kind=kind, key=key, subject=subject, body=body, link=link, at=at)
