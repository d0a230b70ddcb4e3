"""Reads of requests and quotes: whose they are, who sees them, what can be accepted."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from marketplace.listings.models import Category, Listing, ListingState, Variant
from marketplace.quotes.models import (
    AskedShop,
    Quote,
    QuoteRequest,
    QuoteState,
    QuoteVersion,
    RequestPhoto,
    RequestState,
    Side,
)
from marketplace.shops.models import Shop, ShopMember, ShopState
from marketplace.shops.rules import Act


def requests_of(user_id: int) -> QuerySet[QuoteRequest]:
    """Return a buyer's requests, newest first, with how many quotes wait (`waiting`)."""
    waiting = Count("quotes", filter=Q(quotes__state=QuoteState.SENT))
    mine = QuoteRequest.objects.filter(buyer_id=user_id).annotate(waiting=waiting)
    return mine.select_related("category").order_by("-pk")


def quoting_shops(user_id: int | None) -> QuerySet[Shop]:
    """Return the open shops for which a person may quote."""
    mine = Shop.objects.where_may(user_id, Act.QUOTE)
    return mine.filter(state=ShopState.APPROVED).order_by("pk")


def requests_for(user_id: int, *, at: datetime) -> QuerySet[QuoteRequest]:
    """Return the open requests that a person's shops may answer, the newest first.

    What the shops have answered already, and what people of the shops ask, is left out.
    """
    shops = quoting_shops(user_id)
    insiders = ShopMember.objects.filter(shop__in=shops).values("user_id")
    answered = Quote.objects.filter(request=OuterRef("pk"), shop__in=shops)
    found = QuoteRequest.objects.filter(_asked(shops), state=RequestState.OPEN, due_at__gt=at)
    found = found.exclude(Exists(answered)).exclude(buyer_id__in=insiders)
    return found.select_related("category").order_by("-pk")


def shops_to_answer(request: QuoteRequest, *, user_id: int) -> list[Shop]:
    """Return the shops of a person that may answer a request."""
    shops = quoting_shops(user_id)
    return [shop for shop in shops if was_asked(request, shop_id=shop.pk)]


def was_asked(request: QuoteRequest, *, shop_id: int) -> bool:
    """Say whether a request was sent to a shop: by name, or to the market it sells in."""
    if not request.to_market:
        return AskedShop.objects.filter(request=request, shop_id=shop_id).exists()
    goods = Listing.objects.filter(shop_id=shop_id, state=ListingState.LIVE)
    return goods.filter(category_id=request.category_id).exists()


def seen_by(user_id: int) -> QuerySet[QuoteRequest]:
    """Return the requests that a person may open: written, open to their shops, or answered."""
    shops = Shop.objects.where_may(user_id, Act.QUOTE)
    answered = Quote.objects.filter(request=OuterRef("pk"), shop__in=shops)
    open_ones = Q(state=RequestState.OPEN) & _asked(shops.filter(state=ShopState.APPROVED))
    mine = Q(buyer_id=user_id) | open_ones | Q(Exists(answered))
    return QuoteRequest.objects.filter(mine).select_related("category", "listing")


def quotes_of(user_id: int) -> QuerySet[Quote]:
    """Return the quotes of the shops for which a person may quote, newest first."""
    quotes = Quote.objects.filter(shop__in=Shop.objects.where_may(user_id, Act.QUOTE))
    return _told(quotes).order_by("-pk")


def quotes_for(request: QuoteRequest) -> QuerySet[Quote]:
    """Return what shops answered to a request, the first one first."""
    return _told(Quote.objects.filter(request=request)).order_by("pk")


def visible_quotes(user_id: int) -> QuerySet[Quote]:
    """Return the quotes that a person may open: asked for, or written by one's shop."""
    own = Q(shop__in=Shop.objects.where_may(user_id, Act.QUOTE))
    return _told(Quote.objects.filter(Q(request__buyer_id=user_id) | own))


def side_of(quote: Quote, user_id: int) -> Side | None:
    """Return on whose side of a quote a person stands; None for others."""
    if quote.request.buyer_id == user_id:
        return Side.BUYER
    shops = Shop.objects.where_may(user_id, Act.QUOTE)
    return Side.SELLER if shops.filter(pk=quote.shop_id).exists() else None


def goods_to_quote(shop: Shop) -> QuerySet[Variant]:
    """Return the choices of a shop's goods on sale."""
    variants = Variant.objects.filter(listing__shop=shop, listing__state=ListingState.LIVE)
    return variants.select_related("listing").order_by("listing__title", "pk")


def shelves_asked(user_id: int, *, at: datetime) -> list[Category]:
    """Return the categories in which a person's shops can answer requests now."""
    ids = requests_for(user_id, at=at).order_by().values("category_id")
    return list(Category.objects.filter(pk__in=ids))


def photos_for(*, user_id: int) -> QuerySet[RequestPhoto]:
    """Return the pictures that a person may see; staff see no more than others do."""
    return RequestPhoto.objects.filter(request__in=seen_by(user_id))


def _asked(shops: QuerySet[Shop]) -> Q:
    named = AskedShop.objects.filter(request=OuterRef("pk"), shop__in=shops)
    on_sale = Listing.objects.filter(shop__in=shops, state=ListingState.LIVE)
    in_market = Q(to_market=True, category_id__in=on_sale.values("category_id"))
    return in_market | Q(Exists(named))


def _told(quotes: QuerySet[Quote]) -> QuerySet[Quote]:
    versions = QuoteVersion.objects.select_related("variant__listing").prefetch_related("deals")
    quotes = quotes.select_related("shop__owner", "request__category", "request__buyer", "order")
    return quotes.prefetch_related(Prefetch("versions", queryset=versions))
