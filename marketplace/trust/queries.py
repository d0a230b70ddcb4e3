"""Reads of strikes and sanctions."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from marketplace.trust.models import Sanction, Strike


def live_strikes(shop_id: int, at: datetime) -> QuerySet[Strike]:
    """Return the strikes that count at a moment: not voided, not yet over; oldest first."""
    return Strike.objects.filter(shop_id=shop_id, voided_at=None, due_at__gt=at).order_by("pk")


def strikes_of_shop(shop_id: int) -> QuerySet[Strike]:
    """Return every strike a shop ever had, voided ones too; newest first."""
    strikes = Strike.objects.filter(shop_id=shop_id)
    return strikes.select_related("statement").order_by("-pk")


def active_sanction(shop_id: int, at: datetime) -> Sanction | None:
    """Return the sanction in force at a moment, if any."""
    active = Sanction.objects.filter(shop_id=shop_id, lifted_at=None, due_at__gt=at)
    return active.select_related("statement").first()


def shops_due(at: datetime, *, limit: int) -> list[int]:
    """Return `limit` shops at most whose active sanction has run out and must be counted anew."""
    due = Sanction.objects.filter(lifted_at=None, due_at__lte=at)
    return list(due.order_by("shop_id").values_list("shop_id", flat=True)[:limit])
