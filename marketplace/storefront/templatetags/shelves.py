"""The shelf of cards, for templates: components/listing_grid.html."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.utils.safestring import SafeString

from marketplace.storefront.cards import EAGER_PICTURES, Card, shelf

register = template.Library()


@register.simple_tag
def goods(cards: Sequence[Card], eager: int | str = "") -> SafeString:
    """Write cards as list items; `eager` says how many pictures are loaded at once, else four."""
    return shelf(cards, eager=eager if isinstance(eager, int) else EAGER_PICTURES)
