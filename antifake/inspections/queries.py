"""Reads of inspections: who may open which, and what the public may read of a result."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from antifake.inspections.models import Inspection, Kind, Result, State
from antifake.inspections.rules import ASKED_A_MONTH, Link
from marketplace.accounts.models import Role, User
from marketplace.accounts.queries import has_role
from marketplace.listings.models import Listing, ListingState
from marketplace.shops.models import Shop
from marketplace.shops.queries import shops_where
from marketplace.shops.rules import Act


def readable_by(user: User) -> QuerySet[Inspection]:
    """Return what a person may open: staff all, shops their own, inspectors the open and theirs."""
    rows = Inspection.objects.select_related("listing__shop", "inspector", "by", "result")
    if user.is_staff:
        return rows
    mine = Q(listing__shop__in=shops_where(user, Act.EDIT_LISTINGS)) | Q(inspector=user)
    if has_role(user, Role.INSPECTOR):
        gains = Shop.objects.gained_from_by(user.pk)
        mine |= Q(state=State.OPEN) & ~Q(listing__shop__in=gains) & ~Q(by=user)
    return rows.filter(mine)


def listed_for(user: User) -> QuerySet[Inspection]:
    """Return the same, those that need somebody first."""
    return readable_by(user).order_by("ended_at", "due_at", "pk")


def links(inspection: Inspection) -> list[Link]:
    """Return the chain of custody so far, in order."""
    return [
        Link(row.giver, row.taker, row.seal_number, row.happened_at.isoformat())
        for row in inspection.hand_overs.order_by("number")
    ]


def may_be_asked(user: User) -> QuerySet[Listing]:
    """Return the goods for which a seller may ask an inspection."""
    shops = shops_where(user, Act.EDIT_LISTINGS)
    return Listing.objects.filter(shop__in=shops, state=ListingState.LIVE).order_by("title", "pk")


def asked_too_often(shop_id: int, *, at: datetime) -> bool:
    """Say whether a shop has asked for as many as are free in 30 days."""
    asked = Inspection.objects.filter(
        listing__shop_id=shop_id, kind=Kind.VOLUNTARY, at__gt=at - timedelta(days=30)
    )
    return asked.count() >= ASKED_A_MONTH


def results() -> QuerySet[Result]:
    """Return results with what their public page shows."""
    return Result.objects.select_related("inspection__listing__shop")
