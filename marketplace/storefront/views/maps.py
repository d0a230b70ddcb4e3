"""For search engines: what to read, and where everything is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from urllib.parse import urljoin
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from marketplace.storefront import queries

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
# Source: https://www.sitemaps.org/protocol.html
_SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_XML = "application/xml; charset=utf-8"
# What is different for everybody, or costs a search.
_NOT_FOR_ROBOTS = (
    "account/",
    "admin/",
    "cart/",
    "me/",
    "messages/",
    "search",
    "searches/",
    "sell/",
)
# Lines that travel together: few chunks, little memory.
_LINES_A_CHUNK = 500


@require_safe
def robots(_request: HttpRequest) -> HttpResponse:
    """Tell robots what not to read, and where the sitemap is."""
    home = reverse("storefront:home")
    lines = ["User-agent: *", *(f"Disallow: {home}{path}" for path in _NOT_FOR_ROBOTS)]
    lines += ["", f"Sitemap: {_whole(reverse('storefront:sitemap'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
def sitemap(_request: HttpRequest) -> HttpResponse:
    """The pages of the sitemap. Costs two looks at an index, however many goods there are."""
    goods, shops = queries.map_numbers()
    pages = [("shelves", 0), *(("shops", number) for number in shops)]
    pages += [("goods", number) for number in goods]
    lines = [
        f"<sitemap><loc>{_loc('storefront:sitemap_page', kind, number)}</loc></sitemap>"
        for kind, number in pages
    ]
    body = f"{_HEAD}<sitemapindex {_SPACE}>{''.join(lines)}</sitemapindex>"
    return HttpResponse(body, content_type=_XML)


@require_safe
def sitemap_page(_request: HttpRequest, kind: str, number: int) -> StreamingHttpResponse:
    """One page of the sitemap, as it is read from the database."""
    goods, shops = queries.map_numbers()
    if kind == "goods" and number in goods:
        lines = _goods(number)
    elif kind == "shops" and number in shops:
        lines = (_url("storefront:shop", slug) for slug in queries.shops_of_map(number))
    elif (kind, number) == ("shelves", 0):
        lines = _shelves()
    else:
        raise Http404
    return StreamingHttpResponse(_chunks(lines), content_type=_XML)


def _goods(number: int) -> Iterator[str]:
    beginning = _loc("storefront:listing", 0).removesuffix("0/")
    for pk, since in queries.goods_of_map(number):
        yield _entry(f"{beginning}{pk}/", since)


def _shelves() -> Iterator[str]:
    yield _url("storefront:home")
    for shelf in queries.categories():
        yield _url("storefront:category", shelf.slug)


def _chunks(lines: Iterable[str]) -> Iterator[str]:
    waiting = [f"{_HEAD}<urlset {_SPACE}>"]
    for line in lines:
        waiting.append(line)
        if len(waiting) >= _LINES_A_CHUNK:
            yield "\n".join(waiting)
            waiting = [""]
    yield "\n".join([*waiting, "</urlset>\n"])


def _url(name: str, *parts: object) -> str:
    return _entry(_loc(name, *parts))


def _entry(address: str, since: datetime | None = None) -> str:
    changed = f"<lastmod>{since:%Y-%m-%d}</lastmod>" if since else ""
    return f"<url><loc>{address}</loc>{changed}</url>"


def _loc(name: str, *parts: object) -> str:
    return escape(_whole(reverse(name, args=parts)))


def _whole(path: str) -> str:
    return urljoin(settings.SITE_URL, path)
