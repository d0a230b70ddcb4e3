"""Filters and tags that every page may use: money, countries, standing, photos."""

from __future__ import annotations

from babel import Locale
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, to_locale

from marketplace.listings import queries
from marketplace.listings.models import Photo
from marketplace.money import Money
from marketplace.shops.models import Shop, Standing

register = template.Library()

TONES: dict[str, str] = {
    Standing.TRUSTED: "good",
    Standing.WATCHED: "warn",
    Standing.RESTRICTED: "bad",
}


def babel_locale() -> Locale:
    """Return the active language as Babel's locale."""
    return Locale.parse(to_locale(get_language() or "en"))


@register.filter
def money(amount_minor: int | None, currency: str) -> SafeString | str:
    """Show minor units of `currency` as people of the active language write them.

    Wrapped in <bdi> so that it keeps its order inside right-to-left text; no amount shows nothing.
    """
    if amount_minor is None:
        return ""
    return format_html("<bdi>{}</bdi>", Money(amount_minor, currency).display(str(babel_locale())))


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
