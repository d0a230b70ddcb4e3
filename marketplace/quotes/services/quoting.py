"""A shop answers a request: first quote, later versions, taking it back; words of both sides."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.errors import BadInput, NotAllowed, SoldOut, WrongState
from marketplace.listings.models import ListingState, Variant
from marketplace.quotes import queries, rules
from marketplace.quotes.models import (
    Deal,
    DeclinedFor,
    Quote,
    QuoteRequest,
    QuoteState,
    QuoteVersion,
    QuoteWord,
    RequestState,
)
from marketplace.quotes.rules import Rung
from marketplace.quotes.services import news, steps
from marketplace.rulebook import queries as rulebook
from marketplace.shops import queries as shops
from marketplace.shops.amounts import MAX_MINOR
from marketplace.shops.models import Shop, ShopState
from marketplace.shops.rules import Act

MONTH = timedelta(days=30)
WORDS_MAX = 60  # of one quote: more is a conversation for another place


@dataclass(frozen=True, slots=True)
class Terms:
    """What a shop offers: a ladder of quantities and prices for one variant, in its currency.

    Goods are always a variant of a listing on sale, so that they went through the same checks as
    all others. `sample` is a few pieces to look at first, with a price of their own.
    """

    variant_id: int
    ladder: Sequence[Rung]
    transit_days: int
    valid_days: int
    note: str = ""
    sample: Rung | None = None


@transaction.atomic
def send(
    *, request_id: int, shop_id: int, by_id: int, key: uuid.UUID, terms: Terms, at: datetime
) -> QuoteVersion:
    """Answer a request, or replace the shop's earlier answer by a new version; once a `key`.

    Raises NotAllowed for people who may not quote for the shop and shops that were not asked,
    WrongState when the request takes no quotes or a limit is reached, SoldOut for goods that
    are not on sale, BadInput.
    """
    shops.require(user_id=by_id, shop_id=shop_id, act=Act.QUOTE)
    request = steps.locked_request(request_id=request_id)
    quote = Quote.objects.select_for_update(of=("self",), no_key=True).filter(
        request=request, shop_id=shop_id
    )
    mine = quote.select_related("shop__owner").first()
    known = QuoteVersion.objects.filter(quote=mine, key=key).first() if mine else None
    if known is not None:
        return known
    if request.state != RequestState.OPEN or at >= request.due_at:
        raise WrongState(_("This request takes no more quotes."))
    variant = _variant(terms, shop_id)
    due_at = at + timedelta(days=terms.valid_days)
    if mine is None:
        _refuse_unasked(request, shop_id)
        _refuse_too_many(request, shop_id, at)
        mine = Quote.objects.create(request=request, shop_id=shop_id, due_at=due_at, made_at=at)
    else:
        _reopen(mine, due_at)
    version = _write(mine, key, terms, variant, by_id=by_id, at=at)
    what = "sent" if version.number == 1 else "revised"
    steps.emit(quote=mine, what=what, actor=f"user:{by_id}", at=at)
    news.sent(request=request, at=at)
    return version


@transaction.atomic
def withdraw(*, quote_id: int, by_id: int, at: datetime) -> Quote:
    """Take a quote back before it is accepted. Safe to repeat.

    Raises NotAllowed for people who may not quote for the shop, WrongState.
    """
    quote = steps.locked_quote(quote_id=quote_id)
    shops.require(user_id=by_id, shop_id=quote.shop_id, act=Act.QUOTE)
    if quote.state == QuoteState.WITHDRAWN:
        return quote
    steps.move(quote=quote, to=QuoteState.WITHDRAWN)
    steps.emit(quote=quote, what="withdrawn", actor=f"user:{by_id}", at=at)
    news.withdrawn(quote=quote, at=at)
    return quote


@transaction.atomic
def decline(
    *, quote_id: int, by_id: int, declined_for: str, reason: str = "", at: datetime
) -> Quote:
    """Say no to a quote, and why; the shop may come back with a better one. Safe to repeat.

    Raises NotAllowed for others than the buyer, WrongState, BadInput.
    """
    if declined_for not in DeclinedFor.values or declined_for == DeclinedFor.OTHER_CHOSEN:
        raise BadInput(_("Please say why."), "declined_for")
    quote = steps.locked_quote(quote_id=quote_id)
    steps.require_buyer(request=quote.request, by_id=by_id)
    if quote.state == QuoteState.DECLINED:
        return quote
    reason = steps.words(text=reason, field="reason", least=0)
    steps.move(quote=quote, to=QuoteState.DECLINED, declined_for=declined_for, reason=reason)
    steps.emit(
        quote=quote, what="declined", actor=f"user:{by_id}", declined_for=declined_for, at=at
    )
    news.declined(quote=quote, at=at)
    return quote


@transaction.atomic
def say(*, quote_id: int, by_id: int, key: uuid.UUID, text: str, at: datetime) -> QuoteWord:
    """Ask or answer about one quote; only the two sides read it. Once a `key`.

    Raises NotAllowed for others, WrongState when there is nothing left to talk about, BadInput.
    """
    quote = steps.locked_quote(quote_id=quote_id)
    side = queries.side_of(quote, by_id)
    if side is None:
        raise NotAllowed(_("Only the buyer and the shop can write here."))
    known = QuoteWord.objects.filter(quote=quote, key=key).first()
    if known is not None:
        return known
    if quote.request.state == RequestState.CLOSED or quote.words.count() >= WORDS_MAX:
        raise WrongState(_("Nothing more can be written about this quote."))
    word = QuoteWord.objects.create(
        quote=quote, side=side, by_id=by_id, key=key, text=steps.words(text=text, least=2), at=at
    )
    news.said(quote=quote, side=side, at=at)
    return word


def _refuse_unasked(request: QuoteRequest, shop_id: int) -> None:
    if not queries.was_asked(request, shop_id=shop_id):
        raise NotAllowed(_("This request was sent to other shops."))
    if shops.works_in(user_id=request.buyer_id, shop_id=shop_id):
        raise NotAllowed(_("You cannot quote for somebody who works in your shop."))


def _variant(terms: Terms, shop_id: int) -> Variant:
    wrong = rules.why_no_ladder(terms.ladder)
    if not wrong and terms.sample is not None:
        wrong = rules.why_no_ladder([terms.sample])
    if wrong == "order":
        raise BadInput(
            _("Each further line needs more pieces, and no higher price for one."), "ladder"
        )
    if wrong:
        raise BadInput(_("Please give a quantity and a price."), "quantity")
    if any(
        one.unit_price_minor * one.quantity + one.shipping_minor > MAX_MINOR for one in terms.ladder
    ):
        raise BadInput(_("This amount is too large."), "unit_price")
    if not 1 <= terms.valid_days <= rules.VALID_DAYS_MAX:
        raise BadInput(_("Please say for how long the quote holds."), "valid_days")
    if not 1 <= terms.transit_days <= rules.TRANSIT_DAYS_MAX:
        raise BadInput(_("Please say how long sending takes."), "transit_days")
    return _on_sale(terms.variant_id, shop_id)


def _on_sale(variant_id: int, shop_id: int) -> Variant:
    variants = Variant.objects.select_related("listing__shop").filter(listing__shop_id=shop_id)
    variant = variants.filter(pk=variant_id).first()
    if variant is None:
        raise BadInput(_("Please choose goods of your shop."), "variant")
    if variant.listing.shop.state != ShopState.APPROVED:
        raise WrongState(_("Your shop cannot sell now."))
    if variant.listing.state != ListingState.LIVE:
        raise SoldOut(_("“%(goods)s” may not be sold now.") % {"goods": variant.listing.title})
    return variant


def _refuse_too_many(request: QuoteRequest, shop_id: int, at: datetime) -> None:
    ruled = rulebook.values(["quotes.a_month", "quotes.a_request"], at=at)
    if request.quotes.count() >= ruled["quotes.a_request"]:
        raise WrongState(_("Enough shops have answered this request already."))
    # Two requests answered at once: the count below is right.
    Shop.objects.select_for_update(of=("self",), no_key=True).get(pk=shop_id)
    if (
        Quote.objects.filter(shop_id=shop_id, made_at__gt=at - MONTH).count()
        >= ruled["quotes.a_month"]
    ):
        raise WrongState(
            _("Your shop has sent %(count)s quotes in 30 days. New ones are possible later.")
            % {"count": ruled["quotes.a_month"]}
        )


def _reopen(quote: Quote, due_at: datetime) -> None:
    """Make room for a new version of a locked quote."""
    if quote.state not in rules.REVISABLE:
        raise WrongState(_("An accepted quote cannot be changed."))
    quote.current += 1
    quote.due_at = due_at
    if quote.state == QuoteState.SENT:
        quote.save(update_fields=["current", "due_at"])
        return
    steps.move(quote=quote, to=QuoteState.SENT, current=quote.current, due_at=due_at, reason="")


def _write(
    quote: Quote, key: uuid.UUID, terms: Terms, variant: Variant, *, by_id: int, at: datetime
) -> QuoteVersion:
    named = f"{variant.listing.title}, {variant.name}" if variant.name else variant.listing.title
    version = QuoteVersion.objects.create(
        quote=quote,
        number=quote.current,
        key=key,
        variant=variant,
        goods=named,
        transit_days=terms.transit_days,
        note=steps.words(text=terms.note, field="note", least=0),
        valid_until=quote.due_at,
        made_by_id=by_id,
        made_at=at,
    )
    offered = [(one, False) for one in terms.ladder]
    offered += [(terms.sample, True)] if terms.sample else []
    Deal.objects.bulk_create(
        Deal(
            version=version,
            sample=sample,
            quantity=one.quantity,
            unit_price_minor=one.unit_price_minor,
            shipping_minor=one.shipping_minor,
        )
        for one, sample in offered
    )
    return version
