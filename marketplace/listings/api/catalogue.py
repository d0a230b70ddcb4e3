"""The public catalogue: what everybody sees, for programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.developers import rules
from marketplace.developers.ground import paging
from marketplace.developers.ground.base import ApiView
from marketplace.developers.ground.schema import described
from marketplace.errors import BadInput
from marketplace.listings.api import shapes
from marketplace.listings.models import Category, Listing
from marketplace.listings.queries import live
from marketplace.listings.queries.goods import Goods
from marketplace.listings.queries.search import Wish, find

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
FOUND_MAX = 1_000  # nobody reads further in a ranking; the whole catalogue is read by newest


class ListingsView(ApiView):
    """Goods on sale."""

    @described(
        "listListings",
        tag="Catalogue",
        gives=paging.paged(shapes.CardShape),
        query=shapes.CatalogueQuery,
    )
    def get(self, request: Request) -> Response:
        """Find goods on sale, or read the whole catalogue, the newest first."""
        query = paging.asked(request, shapes.CatalogueQuery)
        sort = query.get("sort") or ("best" if query.get("q") else "newest")
        by_date = sort == "newest" and not query.get("q")
        items, following = _newest(query) if by_date else _found(query, sort)
        return Response({"items": items, "next": following})


class ListingView(ApiView):
    """One listing on sale."""

    @described("getListing", tag="Catalogue", gives=shapes.ListingShape)
    def get(self, _request: Request, id: int) -> Response:
        """One listing on sale, with choices, prices and photos."""
        rows = Listing.objects.live().select_related("shop", "category")
        listing = rows.prefetch_related("photos", "variants__tiers").filter(pk=id).first()
        if listing is None:
            raise Http404
        return Response(shapes.ListingShape(shapes.whole(listing)).data)


class CategoriesView(ApiView):
    """The shelves."""

    @described("listCategories", tag="Catalogue", gives=shapes.CategoriesShape)
    def get(self, _request: Request) -> Response:
        """All shelves of the market."""
        return Response(shapes.CategoriesShape({"items": Category.objects.all()}).data)


def _newest(query: dict[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
    rows = live()
    for name, column in (("category", "category__slug"), ("country", "shop__country")):
        if query.get(name):
            rows = rows.filter(**{column: query[name]})
    ends = paging.position(query, count=2)
    if ends:
        since = _moment(ends[0])
        rows = rows.filter(Q(published_at__lt=since) | Q(published_at=since, pk__lt=ends[1]))
    found = list(rows[: query["size"] + 1])
    kept = found[: query["size"]]
    following = None
    if len(found) > len(kept) and kept[-1].published_at:
        micros = (kept[-1].published_at - _EPOCH) // _MICROSECOND
        following = rules.cursor_of([micros, kept[-1].pk])
    return [shapes.CardShape(shapes.card(one)).data for one in kept], following


def _found(query: dict[str, Any], sort: str) -> tuple[list[dict[str, Any]], str | None]:
    first = (paging.position(query, count=1) or [0])[0]
    if first >= FOUND_MAX:
        raise BadInput(_("A search goes no further. Make it narrower."), "cursor")
    size = query["size"]
    wish = Wish(
        text=query.get("q", ""),
        category=query.get("category", ""),
        country=query.get("country", ""),
        sort=sort,
    )
    rows = find(wish, at=timezone.now(), first=first, count=size + 1).rows
    after = first + size
    following = rules.cursor_of([after]) if len(rows) > size and after < FOUND_MAX else None
    return [shapes.CardShape(_card(one)).data for one in rows[:size]], following


def _card(row: Goods) -> dict[str, Any]:
    return {
        "id": row.pk,
        "title": row.title,
        "shop": row.shop_slug,
        "category": row.category_slug,
        "currency": row.currency,
        "lowest_price_minor": row.lowest_price_minor,
        "in_stock": row.in_stock,
        "thumb": shapes.thumb(row.thumb_name),
        "published_at": row.published_at,
        "web": shapes.web(row.pk),
    }


def _moment(micros: int) -> datetime:
    try:
        return _EPOCH + micros * _MICROSECOND
    except OverflowError as error:
        raise BadInput(_("This cursor is not one that a page of this list gave."), "cursor") from (
            error
        )
