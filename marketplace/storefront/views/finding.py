"""Search and shelves. The address holds all of it, so Back returns to the place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode, urljoin

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from marketplace.listings.models import Category
from marketplace.listings.queries import addresses
from marketplace.listings.queries import search as engine
from marketplace.listings.queries.shelves import shelf_of
from marketplace.shops.models import Standing
from marketplace.storefront.cards import Card, cards_of
from marketplace.storefront.templatetags.trade import country as country_name

CARDS_A_PAGE = 24
# Beyond, words and filters find more than turning pages does.
PAGES_AT_MOST = 50
# The engine stops counting there.
COUNTED_TO = 10_000


@dataclass(frozen=True, slots=True)
class ShelfPage:
    """One page of found goods, as components/pager.html turns it."""

    cards: Sequence[Card]
    found: engine.Found
    number: int

    @property
    def num_pages(self) -> int:
        """How many pages can be turned to."""
        return min(max(1, -(-self.found.total // CARDS_A_PAGE)), PAGES_AT_MOST)

    @property
    def paginator(self) -> ShelfPage:
        """The page knows how many there are."""
        return self

    @property
    def has_previous(self) -> bool:
        """Whether there is one before."""
        return self.number > 1

    @property
    def has_next(self) -> bool:
        """Whether there is one after."""
        return self.number < self.num_pages

    @property
    def has_other_pages(self) -> bool:
        """Whether there is anything to turn."""
        return self.has_previous or self.has_next

    @property
    def previous_page_number(self) -> int:
        """The one before."""
        return self.number - 1

    @property
    def next_page_number(self) -> int:
        """The one after."""
        return self.number + 1


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing a search was narrowed by, and the address without it."""

    label: str
    link: str


def page_number(request: HttpRequest) -> int:
    """Return the page that is asked for: 1 for what is no number, the last for one too large."""
    said = request.GET.get("page", "1")
    number = int(said) if said.isascii() and said.isdigit() and len(said) < 6 else 1
    return min(max(number, 1), PAGES_AT_MOST)


def shelf_page(
    wish: engine.Wish, *, number: int, at: datetime, literally: bool = False
) -> ShelfPage:
    """Return a page of goods for a wish; the last one when there are not so many."""
    first = (number - 1) * CARDS_A_PAGE
    found = engine.find(wish, at=at, first=first, count=CARDS_A_PAGE, literally=literally)
    if not found.rows and found.total and number > 1:
        last = min(-(-found.total // CARDS_A_PAGE), number - 1)
        return shelf_page(wish, number=last, at=at, literally=literally)
    return ShelfPage(cards_of(found.rows), found, number if found.rows else 1)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Goods by words, shelf, country, price, stock and standing."""
    return _found(request, addresses.wish_from(request.GET.dict()), shelf=None)


@require_safe
def category(request: HttpRequest, slug: str) -> HttpResponse:
    """One shelf of the market; every other filter of a search holds here too."""
    shelf = shelf_of(slug)
    if shelf is None:
        raise Http404
    wish = replace(addresses.wish_from(request.GET.dict()), category=shelf.slug)
    return _found(request, wish, shelf=shelf)


def _found(request: HttpRequest, wish: engine.Wish, *, shelf: Category | None) -> HttpResponse:
    said = addresses.said_of(wish)
    literal = request.GET.get("as_typed") == "1"
    page = shelf_page(wish, number=page_number(request), at=timezone.now(), literally=literal)
    context = {
        "wish": wish,
        "said": said,
        "query": wish.text,
        "shelf": shelf,
        "page_obj": page,
        "cards": page.cards,
        "found": page.found,
        "more_than_counted": page.found.total >= COUNTED_TO,
        "as_typed": _as_typed(said, page.found),
        "chips": _chips(said, page.found.facets),
        "shelves": lambda: _shelves(said, page.found.facets, wish),
        # Called by the template, which may have them written already.
        "options": lambda: _all_options(wish, page.found.facets),
        "bands": lambda: _bands(wish, page.found.facets),
        "sorts": _sorts,
        "search_url": reverse("storefront:search"),
        "kept_query": urlencode(said),
        "address": urljoin(settings.SITE_URL, request.path),
        "plain": not said or set(said) == {"category"},
    }
    htmx = request.headers.get("HX-Request") == "true"
    whole = not htmx or request.headers.get("HX-History-Restore-Request") == "true"
    template = "storefront/search.html" if whole else "storefront/partials/found_swapped.html"
    return render(request, template, context)


def _as_typed(said: dict[str, str], found: engine.Found) -> str:
    """Return the address of the same search with the words as they were typed."""
    if not found.corrected:
        return ""
    return f"{reverse('storefront:search')}?{urlencode({**said, 'as_typed': '1'})}"


def _sorts() -> list[tuple[str, str]]:
    return [
        ("best", _("Best match")),
        ("newest", _("Newest")),
        ("price_up", _("Lowest price")),
        ("price_down", _("Highest price")),
    ]


def _all_options(wish: engine.Wish, facets: engine.Facets) -> dict[str, SafeString]:
    return {
        "category": _options(facets.category, wish.category),
        "country": _options(_named(facets.country), wish.country),
        "standing": _options(facets.standing, wish.standing),
        "currency": _options(facets.currency, wish.currency),
    }


def _options(choices: Sequence[engine.Choice], chosen: str) -> SafeString:
    """Write choices as a select's options with their counts: some forty, in one piece."""
    return format_html_join(
        "",
        '<option value="{}"{}>{} ({})</option>',
        (
            (one.value, mark_safe(" selected") if one.value == chosen else "", one.label, one.count)
            for one in choices
        ),
    )


def _named(choices: Sequence[engine.Choice]) -> list[engine.Choice]:
    """Name countries in the reader's language."""
    return [replace(one, label=country_name(one.value)) for one in choices]


def _bands(wish: engine.Wish, facets: engine.Facets) -> list[tuple[str, int, str]]:
    """Return each band of prices with how many goods, and the address of the search in it."""
    currency = wish.currency or next((one.value for one in facets.currency), "")
    found = []
    for one in facets.price:
        low, _dash, high = one.value.partition("-")
        narrowed = replace(
            wish, currency=currency, price_from_minor=int(low), price_to_minor=int(high)
        )
        address = addresses.address_of(narrowed)
        found.append((one.label, one.count, f"{reverse('storefront:search')}?{address}"))
    return found


def _shelves(
    said: dict[str, str], facets: engine.Facets, wish: engine.Wish
) -> list[tuple[engine.Choice, str, bool]]:
    """Return each shelf with the address of the same search on it."""
    rest = {name: value for name, value in said.items() if name != "category"}
    found = []
    for one in facets.category:
        link = reverse("storefront:category", args=[one.value])
        found.append(
            (one, f"{link}?{urlencode(rest)}" if rest else link, one.value == wish.category)
        )
    return found


def _chips(said: dict[str, str], facets: engine.Facets) -> list[Chip]:
    """Return what the search was narrowed by; words and order have places of their own."""
    names = {one.value: one.label for one in facets.category}
    labels = {
        "category": names.get(said.get("category", ""), said.get("category", "")),
        "country": country_name(said.get("country", "")),
        "standing": str(dict(Standing.choices).get(said.get("standing", ""), "")),
        "currency": said.get("currency", ""),
        "from": _("from %(price)s") % {"price": f"{said.get('from')} {said.get('currency')}"},
        "to": _("up to %(price)s") % {"price": f"{said.get('to')} {said.get('currency')}"},
        "stock": _("In stock"),
    }
    base = reverse("storefront:search")
    chips = []
    for name, label in labels.items():
        if name in said:
            gone = {name, "from", "to"} if name == "currency" else {name}
            rest = {key: value for key, value in said.items() if key not in gone}
            chips.append(Chip(label, f"{base}?{urlencode(rest)}" if rest else base))
    return chips
