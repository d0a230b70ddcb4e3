"""Reads that join rooms for the public pages. Nothing here writes."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value

from marketplace.listings.models import Category, Listing, Photo, Variant
from marketplace.listings.queries import with_cards
from marketplace.shops.models import Shop, ShopState
from marketplace.shops.queries import may, works_in
from marketplace.shops.rules import Act

# Word similarity from which a title counts as what was meant: one or two typos in a word.
# pg_trgm's own default for word similarity is 0.6; short words with a typo fall below it.
CLOSE_ENOUGH = 0.5
# A search looks at so many words; the rest of a long text adds cost, not meaning.
WORDS_AT_MOST = 8


def cards(listings: QuerySet[Listing]) -> QuerySet[Listing]:
    """Add what a card shows: shop, thumbnail, lowest and highest price, free units."""
    variants = Variant.objects.filter(listing=OuterRef("pk")).order_by().values("listing")
    highest = variants.annotate(highest=Max("price_minor")).values("highest")
    return with_cards(listings).annotate(highest_price_minor=Subquery(highest))


def newest() -> QuerySet[Listing]:
    """Return live goods, newest first, as cards."""
    return cards(Listing.objects.live()).order_by("-published_at", "-id")


def search(*, text: str, category: str = "") -> QuerySet[Listing]:
    """Return live goods that hold every word of `text`, give or take a typo in the title.

    Closest title first; a shop's ranking trust weighs in. Without text: newest first.
    """
    found = Listing.objects.live()
    if category:
        found = found.filter(category__slug=category)
    words = text.split()[:WORDS_AT_MOST]
    if not words:
        return cards(found).order_by("-published_at", "-id")
    everywhere = Q()
    for number, word in enumerate(words):
        close = f"close_{number}"
        found = found.annotate(**{close: TrigramWordSimilarity(word, "title")})
        everywhere &= (
            Q(title__icontains=word)
            | Q(description__icontains=word)
            | Q(**{f"{close}__gte": CLOSE_ENOUGH})
        )
    match = sum((F(f"close_{number}") for number in range(len(words))), start=Value(0.0))
    rank = match * F("shop__ranking_trust_permille")
    return cards(found.filter(everywhere)).order_by(rank.desc(), "-published_at", "-id")


def categories() -> QuerySet[Category]:
    """Return the shelves that have something live on them, by name."""
    live = Listing.objects.live().filter(category=OuterRef("pk"))
    return Category.objects.filter(Exists(live))


def listing_for(listing_id: int, user: AbstractBaseUser | AnonymousUser) -> Listing | None:
    """Return a listing that `user` may see: a live one, or one of the person's own shop."""
    found = cards(Listing.objects.filter(pk=listing_id))
    listing = found.prefetch_related("photos", "variants__tiers").first()
    if listing is None or is_public(listing):
        return listing
    inside = may(user_id=user.pk, shop_id=listing.shop_id, act=Act.SEE_LISTINGS)
    return listing if inside else None


def cover_of(shop_id: int) -> Photo | None:
    """Return the first photo of the newest live goods of a shop."""
    return (
        Photo.objects.filter(listing__in=Listing.objects.live().filter(shop_id=shop_id))
        .order_by("-listing__published_at", "-listing_id", "position")
        .first()
    )


def is_public(listing: Listing) -> bool:
    """Say whether buyers can see and buy this listing now."""
    return Listing.objects.live().filter(pk=listing.pk).exists()


def shop_for(slug: str, user: AbstractBaseUser | AnonymousUser) -> Shop | None:
    """Return a shop that `user` may see: an open one, or one the person works in."""
    shop = Shop.objects.filter(slug=slug).first()
    if (
        shop is None
        or shop.state == ShopState.APPROVED
        or works_in(user_id=user.pk, shop_id=shop.pk)
    ):
        return shop
    return None
