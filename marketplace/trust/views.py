"""What the seller may know of strikes and sanctions: all of it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from marketplace.shops.queries import shops_where
from marketplace.shops.rules import Act
from marketplace.trust import queries


@require_safe
@login_required
def standing(request: HttpRequest) -> HttpResponse:
    """Show each of one's shops with its strikes, when they end, and why."""
    at = timezone.now()
    shops = [
        {
            "shop": shop,
            "sanction": queries.active_sanction(shop.pk, at),
            "strikes": queries.strikes_of_shop(shop.pk),
        }
        for shop in shops_where(request.user, Act.SEE_RECORD)
    ]
    return render(request, "trust/standing.html", {"shops": shops, "now": at})
