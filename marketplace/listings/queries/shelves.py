"""The shelves of the market. Staff change them rarely; a process remembers them for a minute."""

from __future__ import annotations

from django.core.cache import cache

from marketplace.listings.models import Category

_KEY, _SECONDS = "listings.shelves", 60


def shelves() -> list[Category]:
    """Return all shelves, by name."""
    known: list[Category] | None = cache.get(_KEY)
    if known is None:
        known = list(Category.objects.all())
        cache.set(_KEY, known, _SECONDS)
    return known


def shelf_of(slug: str) -> Category | None:
    """Return the shelf of an address; None for one that does not exist."""
    return next((one for one in shelves() if one.slug == slug), None)
