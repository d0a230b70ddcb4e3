"""Which sources a shop switched off, and every choice there was."""

from __future__ import annotations

from django.db.models import QuerySet

from credit.scoring.models import Score, SourceChoice
from credit.scoring.rules.sources import OPTIONAL, attributes_of


def sources_off(shop_id: int) -> frozenset[str]:
    """Return the optional sources that a shop switched off."""
    newest = (
        SourceChoice.objects.filter(shop_id=shop_id, source__in=OPTIONAL)
        .order_by("source", "-id")
        .distinct("source")
    )
    return frozenset(one.source for one in newest if not one.on)


def attributes_off(shop_id: int) -> frozenset[str]:
    """Return the attributes that are not looked at, because their source is off."""
    return attributes_of(sources_off(shop_id))


def off_in(score: Score) -> frozenset[str]:
    """Return the attributes that were not looked at when a score was made."""
    return frozenset(score.features.get("off", ()))


def choices_of(shop_id: int) -> QuerySet[SourceChoice]:
    """Return every choice, the newest first."""
    return SourceChoice.objects.filter(shop_id=shop_id).select_related("by").order_by("-pk")
