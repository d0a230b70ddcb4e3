"""Filters and tags that every page may use: money, countries, standing, photos, icons."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, to_locale

from marketplace.listings import queries
from marketplace.listings.models import Photo
from marketplace.money import Money
from marketplace.shops.models import Shop, Standing
from marketplace.storefront.templatetags.icons import ARROW, PATHS

register = template.Library()

TONES: dict[str, str] = {
    Standing.TRUSTED: "good",
    Standing.WATCHED: "warn",
    Standing.RESTRICTED: "bad",
}
# How many amounts are remembered as written; a shelf's prices come again with every visitor.
AMOUNTS_KEPT = 20_000


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    return Locale.parse(to_locale(language))


def babel_locale() -> Locale:
    """Return the active language as Babel's locale."""
    return _locale(get_language() or "en")


@lru_cache(maxsize=AMOUNTS_KEPT)
def _written(amount_minor: int, currency: str, language: str) -> SafeString:
    text = Money(amount_minor, currency).display(str(_locale(language)))
    return format_html("<bdi>{}</bdi>", text)


@register.filter
def money(amount_minor: int | None, currency: str) -> SafeString | str:
    """Show minor units of `currency` as people of the active language write them.

    Wrapped in <bdi> so that it keeps its order inside right-to-left text; no amount shows nothing.
    """
    if amount_minor is None:
        return ""
    return _written(amount_minor, currency, get_language() or "en")


@register.filter
def country(code: str) -> str:
    """Name an ISO 3166-1 code in the active language (CLDR); an unknown code shows itself."""
    return str(babel_locale().territories.get(code, code))


@register.inclusion_tag("components/badge.html")
def standing_badge(shop: Shop) -> dict[str, str]:
    """A shop's public standing, in words and in a tone."""
    return {"text": shop.get_standing_display(), "tone": TONES.get(shop.standing, "")}


@register.simple_tag
def photo_url(photo: Photo, size: str) -> str:
    """Return the address of a photo; `size` is thumb or large."""
    return queries.photo_url(photo, size)


@register.simple_tag
def icon(name: str = "", more: str | None = None) -> SafeString:
    """Draw a line icon by its name, or by the name of the page it leads to. Decoration only.

    `more` is a class beside icon.
    """
    return _drawn(str(name), str(more or ""))


@lru_cache(maxsize=500)
def _drawn(name: str, more: str) -> SafeString:
    # The path is ours; the class goes through format_html.
    return format_html(
        '<svg class="icon{}{}" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" '
        'focusable="false"><path d="{}" /></svg>',
        " " if more else "",
        more,
        mark_safe(PATHS.get(name, ARROW)),  # noqa: S308
    )
