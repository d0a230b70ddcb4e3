"""A buyer says yes: the deal becomes an order at exactly its price."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.errors import SoldOut, WrongState
from marketplace.orders.models import Order, OrderGroup, OrderState
from marketplace.orders.services import agreed
from marketplace.quotes.models import (
    Deal,
    DeclinedFor,
    Quote,
    QuoteRequest,
    QuoteState,
    RequestState,
)
from marketplace.quotes.services import news, steps
from marketplace.rulebook import queries as rulebook


def accept(*, deal_id: int, by_id: int, recipient: str, address: str, at: datetime) -> OrderGroup:
    """Turn a deal of a quote into an order that waits for payment; once a version.

    The order goes to the country of the request, at the deal's price, whatever the listing costs
    now. Any other quote of the request is declined. A sample leaves the request and the quote
    open. Safe to repeat. Raises NotAllowed for others than the buyer, WrongState for a quote
    that is over or replaced, and whatever `agreed.place_agreed` raises; when pieces are missing
    the shop is told too.
    """
    try:
        with transaction.atomic():
            return _accept(deal_id, by_id, recipient, address, at)
    except SoldOut as error:
        deal = Deal.objects.select_related("version__quote__shop__owner").get(pk=deal_id)
        news.missing(quote=deal.version.quote, why=error.reason, at=at)
        raise


def decline_others(*, request: QuoteRequest, chosen: Quote, actor: str, at: datetime) -> None:
    """Decline what else waits for the buyer of a locked request whose quotes are locked."""
    waiting = request.quotes.filter(state=QuoteState.SENT).exclude(pk=chosen.pk)
    for quote in waiting.select_related("shop__owner").order_by("pk"):
        steps.move(quote=quote, to=QuoteState.DECLINED, declined_for=DeclinedFor.OTHER_CHOSEN)
        steps.emit(quote=quote, what="declined", actor=actor, at=at)
        news.declined(quote=quote, at=at)


def lock_all(*, quote_id: int) -> Quote:
    """Lock a request and all its quotes, in primary-key order; return one of them."""
    request_id = Quote.objects.values_list("request_id", flat=True).get(pk=quote_id)
    request = steps.locked_request(request_id=request_id)
    quotes = Quote.objects.select_for_update(of=("self",), no_key=True).filter(request=request)
    found = {one.pk: one for one in quotes.select_related("shop__owner").order_by("pk")}
    quote = found[quote_id]
    quote.request = request
    return quote


def _accept(deal_id: int, by_id: int, recipient: str, address: str, at: datetime) -> OrderGroup:
    deal = Deal.objects.select_related("version").get(pk=deal_id)
    quote = lock_all(quote_id=deal.version.quote_id)
    steps.require_buyer(request=quote.request, by_id=by_id)
    ref, known = _known(deal)
    if known is not None:
        return known.group
    refuse_over(quote=quote, deal=deal, at=at)
    hours = rulebook.value("quotes.pay_hours", at=at)
    group = agreed.place_agreed(
        agreement=agreed.Agreement(
            ref=ref,
            shop_id=quote.shop_id,
            lines=[
                agreed.AgreedLine(deal.version.variant_id, deal.quantity, deal.unit_price_minor)
            ],
            shipping_minor=deal.shipping_minor,
            transit_days=deal.version.transit_days,
            pay_until=at + timedelta(hours=hours),
        ),
        buyer_id=by_id,
        recipient=recipient,
        address=address,
        country=quote.request.country,
        at=at,
    )
    order = group.orders.get()
    if not deal.sample:
        steps.move(quote=quote, to=QuoteState.ACCEPTED, order=order)
        steps.move_request(request=quote.request, to=RequestState.ACCEPTED, at=at)
        decline_others(request=quote.request, chosen=quote, actor=f"user:{by_id}", at=at)
    steps.emit(
        quote=quote,
        what="accepted",
        actor=f"user:{by_id}",
        order_id=order.pk,
        sample=deal.sample,
        at=at,
    )
    news.accepted(quote=quote, order=order, sample=deal.sample, at=at)
    return group


def _known(deal: Deal) -> tuple[str, Order | None]:
    """Return the order that a deal of a locked quote made, or the ref its next one remembers.

    A sample that was not paid in time can be ordered again, under a number. A version cannot:
    its quote has lapsed, and the shop sends a new one.
    """
    ref, count = deal.ref, 1
    while known := Order.objects.filter(agreed_ref=ref).select_related("group").first():
        over = known.state in (OrderState.EXPIRED, OrderState.CANCELLED)
        if not (deal.sample and over and known.paid_at is None):
            return ref, known
        count += 1
        ref = f"{deal.ref}:{count}"
    return ref, None


def refuse_over(*, quote: Quote, deal: Deal, at: datetime) -> None:
    """Raise WrongState, in words, when a deal cannot be accepted at this moment."""
    if quote.state in (QuoteState.SENT, QuoteState.DECLINED) and (
        deal.version.number != quote.current
    ):
        raise WrongState(_("The shop has sent a newer version. Please look at it first."))
    if quote.state != QuoteState.SENT:
        raise WrongState(
            _("This quote cannot be accepted. Its state: %(state)s.")
            % {"state": quote.get_state_display()}
        )
    if at >= quote.due_at:
        raise WrongState(_("This quote was valid for a time that is over. Ask for a new one."))
    if quote.request.state not in (RequestState.OPEN, RequestState.EXPIRED):
        raise WrongState(
            _("This request is over: %(state)s.") % {"state": quote.request.get_state_display()}
        )
