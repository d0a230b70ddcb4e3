"""Home, one listing, one shop. Read-only and the same for everybody."""

from __future__ import annotations

from urllib.parse import urljoin

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from marketplace.accounts.fields import country_choices
from marketplace.accounts.rules import COUNTRIES
from marketplace.care.queries import Stars, stars_of_shop
from marketplace.listings.models import photo_path
from marketplace.listings.queries import search
from marketplace.shops.models import Shop, ShopState
from marketplace.storefront import queries, structured
from marketplace.storefront.cards import cards_of
from marketplace.storefront.views.finding import CARDS_A_PAGE, page_number, shelf_page
from marketplace.storefront.views.wants import DESTINATION

STORIES = 3
SIMILAR = 6
TEXT_AT_MOST = 100
A_YEAR_S = 365 * 86_400


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Whose goods these are: the sellers' stories, the shelves, the newest goods, the promise."""
    context = {
        "cards": cards_of(search.newest(CARDS_A_PAGE)),
        "categories": queries.categories(),
        "stories": queries.stories(STORIES, at=timezone.now()),
        "address": whole(request.path),
    }
    return render(request, "storefront/home.html", context)


@require_safe
def listing(request: HttpRequest, listing_id: int) -> HttpResponse:
    """One listing; its own shop sees it in every state, everybody else only while it is live."""
    shown = queries.listing_for(listing_id, request.user)
    if shown is None:
        raise Http404
    one, address = shown.listing, whole(request.path)
    ways = queries.ways_of(one.shop_id)
    country = queries.country_of(request.user, request.COOKIES.get(DESTINATION, ""))
    pictures = [whole(photo_path(photo.name, "large")) for photo in shown.photos]
    context = {
        "shown": shown,
        "listing": one,
        "shop": one.shop,
        "photos": shown.photos,
        "variants": shown.variants,
        "sending": queries.sending_to(one.shop, ways, country),
        "any_free": shown.any_free,
        "public": shown.public,
        "picture": pictures[0] if pictures else "",
        "address": address,
        "marked": one.is_marked(timezone.now()),
        "wished": queries.is_wished(request.user.pk, one.pk),
        "watched": queries.watched_variants(request.user.pk, shown.variants),
        "cards": cards_of(queries.similar(one, SIMILAR)) if shown.public else [],
    }
    if shown.public:
        context["blocks"] = [
            structured.product(shown=shown, ways=ways, address=address, pictures=pictures),
            structured.breadcrumbs(
                _way_to(one.category.name, one.category.slug, one.title, address)
            ),
        ]
    return render(request, "storefront/listing.html", context)


def _way_to(shelf: str, slug: str, title: str, address: str) -> list[tuple[str, str]]:
    return [
        (_("Home"), whole(reverse("storefront:home"))),
        (shelf, whole(reverse("storefront:category", args=[slug]))),
        (title, address),
    ]


@require_safe
def shop(request: HttpRequest, slug: str) -> HttpResponse:
    """A shop's story, standing and goods, with a search of its own."""
    shown = queries.shop_for(slug, request.user)
    if shown is None:
        raise Http404
    public = shown.state == ShopState.APPROVED
    text = request.GET.get("q", "").replace("\x00", "").strip()[:TEXT_AT_MOST]
    now = timezone.now()
    page = shelf_page(search.Wish(text=text, shop_id=shown.pk), number=page_number(request), at=now)
    cover = queries.cover_of(shown.pk) if public else ""
    picture = whole(photo_path(cover, "large")) if cover else ""
    address = whole(request.path)
    stars = stars_of_shop(shown.pk, at=now)
    context = {
        "shop": shown,
        "shop_text": text,
        "page_obj": page,
        "cards": page.cards,
        "public": public,
        "stars": stars,
        "picture": picture,
        "address": address,
        "blocks": _blocks(shown, stars, address, picture) if public else [],
    }
    return render(request, "storefront/shop.html", context)


def _blocks(shown: Shop, stars: Stars, address: str, picture: str) -> list[str]:
    return [
        structured.organization(shop=shown, stars=stars, address=address, picture=picture),
        structured.breadcrumbs(
            [(_("Home"), whole(reverse("storefront:home"))), (shown.name, address)]
        ),
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def destination(request: HttpRequest) -> HttpResponse:
    """Where goods should go: this browser remembers it, and prices name what sending costs."""
    back = request.POST.get("next") or request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("storefront:home")
    country = request.POST.get("country", "")
    if request.method != "POST" or (country and country not in COUNTRIES):
        now = queries.country_of(request.user, request.COOKIES.get(DESTINATION, ""))
        context = {"choices": country_choices(), "chosen": now, "back": back}
        status = 422 if request.method == "POST" else 200
        return render(request, "storefront/destination.html", context, status=status)
    answer = redirect(back)
    if country:
        answer.set_cookie(
            DESTINATION,
            country,
            max_age=A_YEAR_S,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    else:
        answer.delete_cookie(DESTINATION, samesite="Lax")
    return answer


def whole(path: str) -> str:
    """Return the whole address of a path on this site, for other people's apps."""
    return urljoin(settings.SITE_URL, path)
