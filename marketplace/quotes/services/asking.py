"""A buyer asks shops for a price, and may stop asking."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.accounts import queries as accounts
from marketplace.accounts.models import User
from marketplace.accounts.rules import COUNTRIES
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.listings.models import Category, Listing
from marketplace.outbox import services as outbox
from marketplace.quotes import rules
from marketplace.quotes.models import (
    AskedShop,
    Quote,
    QuoteRequest,
    QuoteState,
    RequestState,
)
from marketplace.quotes.services import news, photos, steps
from marketplace.rulebook import queries as rulebook
from marketplace.shops.models import Shop, ShopState


@dataclass(frozen=True, slots=True)
class Wish:
    """What a buyer looks for. `target_price_minor` is hoped for a piece, in `currency`.

    `shop_ids` are the only shops that see it; with none it goes to the market: to every shop
    that sells goods of the category.
    """

    title: str
    details: str
    category_id: int
    quantity: int
    unit: str
    currency: str
    country: str
    target_price_minor: int | None = None
    wanted_by: date | None = None
    shop_ids: Sequence[int] = ()
    listing_id: int | None = None


def ask(
    *, buyer_id: int, key: uuid.UUID, wish: Wish, uploads: Sequence[bytes] = (), at: datetime
) -> QuoteRequest:
    """Write a request for quotation; once a `key` of the form.

    Raises NotAllowed for people whose address and phone are unproven or who work in an asked
    shop, WrongState beyond the day's requests or for shops that take no orders, BadInput.
    """
    known = QuoteRequest.objects.filter(buyer_id=buyer_id, key=key).first()
    if known is not None:
        return known
    _check(wish, at)
    with photos.PHOTOS.kept(uploads=uploads) as kept, transaction.atomic():
        # Two forms of one buyer come one after the other: the count below is right.
        User.objects.select_for_update(of=("self",), no_key=True).get(pk=buyer_id)
        known = QuoteRequest.objects.filter(buyer_id=buyer_id, key=key).first()
        if known is not None:
            return known
        ruled = _refuse_too_many(buyer_id, at)
        shops = _shops_to_ask(wish, buyer_id)
        request = QuoteRequest.objects.create(
            buyer_id=buyer_id,
            key=key,
            title=steps.words(text=wish.title, field="title", least=1),
            details=steps.words(text=wish.details, field="details"),
            category_id=wish.category_id,
            listing_id=_listing_of(wish, shops),
            quantity=wish.quantity,
            unit=steps.words(text=wish.unit, field="unit", least=1),
            target_price_minor=wish.target_price_minor,
            currency=wish.currency,
            country=wish.country,
            wanted_by=wish.wanted_by,
            to_market=not shops,
            made_at=at,
            due_at=at + timedelta(days=ruled["quotes.request_days"]),
        )
        AskedShop.objects.bulk_create(AskedShop(request=request, shop=shop) for shop in shops)
        for photo in kept:
            photo.request = request
            photo.save()
        data: dict[str, object] = {
            "request_id": request.pk,
            "category_id": wish.category_id,
            "shop_ids": [shop.pk for shop in shops],
        }
        outbox.emit("quote.requested", subject=request.ref, data=data, at=at)
        news.asked(request=request, shops=shops, at=at)
        return request


@transaction.atomic
def close(*, request_id: int, by_id: int, at: datetime) -> QuoteRequest:
    """Stop asking: quotes that wait are declined as not needed any more. Safe to repeat.

    Raises NotAllowed for others than the buyer, WrongState after an acceptance.
    """
    request = steps.locked_request(request_id=request_id)
    steps.require_buyer(request=request, by_id=by_id)
    if request.state == RequestState.CLOSED:
        return request
    steps.move_request(request=request, to=RequestState.CLOSED, at=at)
    waiting = Quote.objects.select_for_update(of=("self",), no_key=True).filter(
        request=request, state=QuoteState.SENT
    )
    for quote in waiting.select_related("shop__owner").order_by("pk"):
        steps.move(quote=quote, to=QuoteState.DECLINED, declined_for="no_need")
        steps.emit(quote=quote, what="declined", actor=f"user:{by_id}", at=at)
        news.declined(quote=quote, at=at)
    outbox.emit("quote.request_closed", subject=request.ref, data={"request_id": request.pk}, at=at)
    return request


def _check(wish: Wish, at: datetime) -> None:
    if not wish.title.strip():
        raise BadInput(_("Please say what you look for."), "title")
    if not 1 <= wish.quantity <= rules.QUANTITY_MAX:
        raise BadInput(_("Please say how many you need."), "quantity")
    if not wish.unit.strip():
        raise BadInput(_("Please say what you count: pieces, metres, kilograms."), "unit")
    if wish.country not in COUNTRIES:
        raise BadInput(_("Please choose a country."), "country")
    if not Category.objects.filter(pk=wish.category_id).exists():
        raise BadInput(_("Please choose a category."), "category")
    if wish.wanted_by is not None and wish.wanted_by <= at.date():
        raise BadInput(_("Please choose a day that is still to come."), "wanted_by")


def _refuse_too_many(buyer_id: int, at: datetime) -> dict[str, int]:
    if not accounts.has_proven_contact(buyer_id):
        raise NotAllowed(_("Please prove your e-mail address or phone number first."))
    ruled = rulebook.values(["quotes.request_days", "quotes.requests_a_day"], at=at)
    since = at - timedelta(days=1)
    today = QuoteRequest.objects.filter(buyer_id=buyer_id, made_at__gt=since).count()
    if today >= ruled["quotes.requests_a_day"]:
        raise WrongState(
            _("You have written %(count)s requests today. Please write the next one tomorrow.")
            % {"count": today}
        )
    return ruled


def _shops_to_ask(wish: Wish, buyer_id: int) -> list[Shop]:
    ids = set(wish.shop_ids)
    if len(ids) > rules.SHOPS_ASKED_MAX:
        raise BadInput(
            _("Ask at most %(most)d shops, or the whole market.") % {"most": rules.SHOPS_ASKED_MAX},
            "shops",
        )
    shops = list(Shop.objects.filter(pk__in=ids).select_related("owner").order_by("pk"))
    if len(shops) < len(ids) or any(shop.state != ShopState.APPROVED for shop in shops):
        raise WrongState(_("One of these shops takes no orders now."))
    if Shop.objects.worked_in_by(buyer_id).filter(pk__in=ids).exists():
        raise NotAllowed(_("You cannot ask your own shop for a quote."))
    return shops


def _listing_of(wish: Wish, shops: Sequence[Shop]) -> int | None:
    """Return the listing it is about, if it is on sale in one of the asked shops."""
    if wish.listing_id is None:
        return None
    found = Listing.objects.live().filter(pk=wish.listing_id, shop__in=shops)
    return wish.listing_id if found.exists() else None
