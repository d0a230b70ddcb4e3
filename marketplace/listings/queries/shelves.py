"""The shelves of the market. Staff change them rarely; a process remembers them for a minute."""

from __future__ import annotations

from collections.abc import Iterable

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


def by_id(wanted: Iterable[int]) -> dict[int, Category]:
    """Return shelves by number, with all that are `wanted`: one that is new is read at once."""
    known = {one.pk: one for one in shelves()}
    if not known.keys() >= set(wanted):
        cache.delete(_KEY)
        known = {one.pk: one for one in shelves()}
    return known


def shelf_of(slug: str) -> Category | None:
    """Return the shelf of an address; None for one that does not exist."""
    found = next((one for one in shelves() if one.slug == slug), None)
    return found or Category.objects.filter(slug=slug).first()
