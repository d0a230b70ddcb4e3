"""The public pages: home, search, goods, shop. Read-only and the same for everybody."""

from __future__ import annotations

from urllib.parse import urljoin

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketplace.listings.models import Photo
from marketplace.listings.queries import photo_url
from marketplace.shops.models import ShopState
from marketplace.shops.queries import methods_of
from marketplace.storefront import queries

CARDS_A_PAGE = 24
TEXT_AT_MOST = 100


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this place promises, its shelves and its newest goods."""
    listings = list(queries.newest()[:CARDS_A_PAGE])
    context = {"listings": listings, "categories": queries.categories()}
    return render(request, "storefront/home.html", context)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Goods by words and shelf. The address holds all of it, so Back returns to the place."""
    # PostgreSQL text cannot hold NUL.
    text = request.GET.get("q", "").replace("\x00", "").strip()[:TEXT_AT_MOST]
    category = request.GET.get("category", "").replace("\x00", "")
    found = queries.search(text=text, category=category)
    page = Paginator(found, CARDS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "query": text,
        "category": category,
        "page_obj": page,
        "categories": queries.categories(),
    }
    return render(request, "storefront/search.html", context)


@require_safe
def listing(request: HttpRequest, listing_id: int) -> HttpResponse:
    """One listing; its own shop sees it in every state, everybody else only while it is live."""
    shown = queries.listing_for(listing_id, request.user)
    if shown is None:
        raise Http404
    photos, variants = list(shown.photos.all()), list(shown.variants.all())
    context = {
        "listing": shown,
        "shop": shown.shop,
        "photos": photos,
        "variants": variants,
        "ways": list(methods_of(shown.shop_id)[:1]),
        "any_free": any(variant.free for variant in variants),
        "public": queries.is_public(shown),
        "picture": absolute_photo_url(photos[0]) if photos else "",
        "address": urljoin(settings.SITE_URL, request.path),
    }
    return render(request, "storefront/listing.html", context)


@require_safe
def shop(request: HttpRequest, slug: str) -> HttpResponse:
    """A shop's story, standing and goods."""
    shown = queries.shop_for(slug, request.user)
    if shown is None:
        raise Http404
    goods = queries.newest().filter(shop=shown)
    page = Paginator(goods, CARDS_A_PAGE).get_page(request.GET.get("page"))
    cover = queries.cover_of(shown.pk)
    context = {
        "shop": shown,
        "page_obj": page,
        "public": shown.state == ShopState.APPROVED,
        "picture": absolute_photo_url(cover) if cover else "",
        "address": urljoin(settings.SITE_URL, request.path),
    }
    return render(request, "storefront/shop.html", context)


def absolute_photo_url(photo: Photo) -> str:
    """Return the whole address of a large photo, for previews in other people's apps."""
    return urljoin(settings.SITE_URL, photo_url(photo, "large"))
