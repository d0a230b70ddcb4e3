"""What the seller may know of strikes and sanctions: all of it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from marketplace.accounts.requests import SignedInRequest
from marketplace.shops.queries import shops_where
from marketplace.shops.rules import Act
from marketplace.trust import queries

RECALLS_SHOWN = 20


@require_safe
@login_required
def standing(request: SignedInRequest) -> HttpResponse:
    """Show each of one's shops with its strikes, when they end, and why."""
    at = timezone.now()
    shops = [
        {
            "shop": shop,
            "sanction": queries.active_sanction(shop.pk, at),
            "strikes": queries.strikes_of_shop(shop.pk),
            "recalls": queries.recalls_of_shop(shop.pk)[:RECALLS_SHOWN],
        }
        for shop in shops_where(request.user, Act.SEE_RECORD)
    ]
    struck = queries.strikes_of_person(request.user.pk)
    notices = {"strikes": struck, "sanction": queries.sanction_of_notices(request.user.pk, at)}
    context = {"shops": shops, "now": at, "notices": notices if struck else None}
    return render(request, "trust/standing.html", context)
