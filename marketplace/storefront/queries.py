"""Reads that join rooms for the public pages. Nothing here writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet, Subquery

from marketplace.accounts.models import User
from marketplace.accounts.rules import COUNTRIES
from marketplace.care.queries import Stars
from marketplace.listings.models import (
    Category,
    Listing,
    ListingState,
    Photo,
    SavedSearch,
    SearchRow,
    StockWatch,
    Variant,
    WishedListing,
)
from marketplace.listings.queries.goods import Goods, goods_of
from marketplace.shops.models import ShippingMethod, Shop, ShopState, Standing
from marketplace.shops.queries import may, methods_of, works_in
from marketplace.shops.rules import Act

# A page of the sitemap holds so many addresses at most; the protocol allows 50,000.
URLS_A_MAP = 10_000


def categories() -> QuerySet[Category]:
    """Return the shelves that have something on sale on them, by name."""
    there = SearchRow.objects.seen().filter(category=OuterRef("pk"))
    return Category.objects.filter(Exists(there))


# Goods ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """One listing with all that its page shows."""

    listing: Listing
    photos: list[Photo]
    variants: list[Variant]
    stars: Stars
    public: bool

    @property
    def lowest_minor(self) -> int | None:
        """The lowest price of its choices; None without any."""
        return min((one.price_minor for one in self.variants), default=None)

    @property
    def highest_minor(self) -> int | None:
        """The highest price of its choices; None without any."""
        return max((one.price_minor for one in self.variants), default=None)

    @property
    def any_free(self) -> bool:
        """Whether one of its choices can be bought now."""
        return any(one.free > 0 for one in self.variants)


def listing_for(listing_id: int, user: AbstractBaseUser | AnonymousUser) -> Shown | None:
    """Return a listing that `user` may see: a live one, or one of the person's own shop."""
    found = Listing.objects.filter(pk=listing_id).select_related("shop", "category", "search_row")
    listing = found.first()
    if listing is None:
        return None
    public = listing.state == ListingState.LIVE and listing.shop.state == ShopState.APPROVED
    if not public and not may(user_id=user.pk, shop_id=listing.shop_id, act=Act.SEE_LISTINGS):
        return None
    row: SearchRow | None = getattr(listing, "search_row", None)
    return Shown(
        listing=listing,
        photos=list(listing.photos.all()),
        variants=list(listing.variants.prefetch_related("tiers")),
        stars=Stars(row.stars_count, row.stars_hundredths) if row else Stars(0, 0),
        public=public,
    )


def similar(listing: Listing, count: int) -> list[Goods]:
    """Return goods of the same shelf, from where this listing stands in it onwards."""
    row: SearchRow | None = getattr(listing, "search_row", None)
    shelf = SearchRow.objects.seen().filter(category=listing.category_id)
    others = shelf.exclude(pk=listing.pk).order_by("-rank", "-listing")
    after = goods_of(others.filter(rank__lte=row.rank)[:count]) if row else []
    return after or goods_of(others[:count])


@dataclass(frozen=True, slots=True)
class Sending:
    """How goods travel to a country: the cheapest way for one piece, and what else there is."""

    country: str
    reaches: bool
    flat_minor: int | None
    way: ShippingMethod | None


def sending_to(shop: Shop, ways: Sequence[ShippingMethod], country: str) -> Sending:
    """Return what sending one piece to `country` costs; without a country, the cheapest of all."""
    if not ways:
        return Sending(country, True, shop.shipping_minor, None)
    there = [one for one in ways if not country or not one.countries or country in one.countries]
    return Sending(country, bool(there), None, there[0] if there else None)


def ways_of(shop_id: int) -> list[ShippingMethod]:
    """Return the ways of sending of a shop, the cheapest first."""
    return list(methods_of(shop_id))


def country_of(user: AbstractBaseUser | AnonymousUser, remembered: str) -> str:
    """Return where goods would go: what the browser remembers, else the person's country."""
    if remembered in COUNTRIES:
        return remembered
    return user.country if isinstance(user, User) else ""


# Shops ----------------------------------------------------------------------------------------


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


def cover_of(shop_id: int) -> str:
    """Return the stored name of the photo that stands for a shop; empty without one."""
    rows = SearchRow.objects.seen().filter(shop_id=shop_id).exclude(thumb_name="")
    return rows.order_by("-rank", "-listing").values_list("thumb_name", flat=True).first() or ""


@dataclass(frozen=True, slots=True)
class Story:
    """A shop in its own words, with the photo of something it makes."""

    shop: Shop
    photo_name: str


def stories(count: int, *, at: datetime) -> list[Story]:
    """Return a few open shops that tell their story, other ones every day.

    A shop under watch or restricted is not shown off. The day's turn begins at a shop's number, so
    that no table is sorted for it.
    """
    picture = SearchRow.objects.filter(shop=OuterRef("pk")).exclude(thumb_name="")
    newest = picture.order_by("-published_at").values("thumb_name")[:1]
    telling = (
        Shop.objects.open()
        .exclude(story="")
        .exclude(standing__in=[Standing.WATCHED, Standing.RESTRICTED])
        .annotate(photo_name=Subquery(newest))
        .filter(photo_name__isnull=False)
        .order_by("pk")
    )
    found = list(telling.filter(pk__gte=_turn(at))[:count])
    if len(found) < count:
        known = [shop.pk for shop in found]
        found += list(telling.exclude(pk__in=known)[: count - len(found)])
    return [Story(shop, getattr(shop, "photo_name", "")) for shop in found]


def _turn(at: datetime) -> int:
    """Return the number of the shop at which a day's turn begins: all get theirs in time."""
    ends = Shop.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return 0
    spread = ends["last"] - ends["first"] + 1
    # A step of about 0.618 of the whole, the golden section, visits all parts of it evenly.
    return int(ends["first"] + (at.toordinal() * 0.618_034 % 1) * spread)


# What a person keeps --------------------------------------------------------------------------


def is_wished(user_id: int | None, listing_id: int) -> bool:
    """Say whether goods are on a person's wish list."""
    if user_id is None:
        return False
    return WishedListing.objects.filter(user_id=user_id, listing_id=listing_id).exists()


def watched_variants(user_id: int | None, variants: Sequence[Variant]) -> set[int]:
    """Return which of these choices a person waits for."""
    if user_id is None:
        return set()
    mine = StockWatch.objects.filter(user_id=user_id, told_at=None, variant__in=variants)
    return set(mine.values_list("variant_id", flat=True))


def wished_rows(user_id: int) -> list[Goods]:
    """Return what of a person's wish list is on sale now, the latest wish first."""
    mine = list(WishedListing.objects.filter(user_id=user_id).values_list("listing_id", flat=True))
    seen = SearchRow.objects.seen().filter(pk__in=mine)
    rows = {one.pk: one for one in goods_of(seen)}
    return [rows[pk] for pk in mine if pk in rows]


def wished_and_gone(user_id: int) -> list[Listing]:
    """Return what of a person's wish list is not on sale now; of it only the title is shown."""
    gone = Listing.objects.exclude(pk__in=Listing.objects.live().values("pk"))
    mine = WishedListing.objects.filter(user_id=user_id).values("listing_id")
    return list(gone.filter(pk__in=mine).only("pk", "title").order_by("-pk"))


def watches_of(user_id: int) -> QuerySet[StockWatch]:
    """Return the sold-out choices that a person waits for, while they are on sale at all."""
    mine = StockWatch.objects.filter(user_id=user_id, told_at=None)
    live = Q(variant__listing__in=Listing.objects.live())
    return mine.filter(live).select_related("variant__listing")


def searches_of(user_id: int) -> QuerySet[SavedSearch]:
    """Return the searches that a person keeps."""
    return SavedSearch.objects.filter(user_id=user_id)


# For search engines ---------------------------------------------------------------------------


def map_numbers() -> tuple[range, range]:
    """Return the numbers of the sitemap's pages, of goods and of shops: no row is counted."""
    goods = SearchRow.objects.aggregate(last=Max("pk"))["last"]
    shops = Shop.objects.open().aggregate(last=Max("pk"))["last"]
    return _pages(goods), _pages(shops)


def _pages(last: int | None) -> range:
    return range(0 if last is None else last // URLS_A_MAP + 1)


def goods_of_map(number: int) -> Iterator[tuple[int, datetime]]:
    """Return (number, since when on sale) of the goods on one page of the sitemap."""
    rows = SearchRow.objects.seen().filter(
        pk__gte=number * URLS_A_MAP, pk__lt=(number + 1) * URLS_A_MAP
    )
    return rows.order_by("pk").values_list("pk", "published_at").iterator(chunk_size=2_000)


def shops_of_map(number: int) -> Iterator[str]:
    """Return the slugs of the open shops on one page of the sitemap."""
    shops = Shop.objects.open().filter(
        pk__gte=number * URLS_A_MAP, pk__lt=(number + 1) * URLS_A_MAP
    )
    return shops.order_by("pk").values_list("slug", flat=True).iterator(chunk_size=2_000)
