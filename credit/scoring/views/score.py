"""The score page of a shop, and what it would be."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from credit.scoring import queries, rules, words
from credit.scoring.forms import WhatIfForm
from credit.scoring.models import Score
from credit.scoring.rules import buyer as buyers
from credit.scoring.views import shown
from marketplace.accounts.requests import SignedInRequest
from marketplace.shops.models import CreditBand


@require_safe
@login_required
def score(request: HttpRequest) -> HttpResponse:
    """Show the score of one of the person's shops."""
    shops, shop = shown.chosen_shop(request)
    kept = queries.current(shop.pk) if shop else None
    context: dict[str, Any] = {"shops": shops, "shop": shop, "score": kept}
    if shop and kept:
        context |= _whole(kept)
    return render(request, "scoring/score.html", context)


def _whole(kept: Score) -> dict[str, Any]:
    history = queries.history(kept.shop_id)
    return {
        **shown.gauge(kept),
        **shown.why(kept),
        **shown.since_last_month(kept, queries.a_month_before(kept.shop_id, kept.at)),
        **shown.next_step(kept),
        **shown.story(history),
        "dimensions": shown.parts(kept),
        "base": kept.contributions["base"],
        "limit": kept.contributions["limit"],
        "disputes": shown.disputes(queries.disputes_of(kept.shop_id)),
        "facts": queries.card_of(kept).facts,
    }


@require_safe
@login_required
def what_if(request: HttpRequest) -> HttpResponse:
    """Score the shop as it would be with other facts: the real engine, nothing is kept."""
    shops, shop = shown.chosen_shop(request)
    kept = queries.current(shop.pk) if shop else None
    if shop is None or kept is None:
        raise Http404
    facts = queries.features_of(kept)
    asked = any(name in request.GET for name in WhatIfForm.base_fields)
    form = WhatIfForm(request.GET if asked else None, facts=facts)
    context: dict[str, Any] = {"shops": shops, "shop": shop, "score": kept, "form": form}
    if asked and form.is_valid():
        now = rules.score(facts)
        then = rules.what_if(facts, **form.changes())
        context |= {
            "then": then,
            "change": then.points - now.points,
            "now_points": now.points,
            "then_band": CreditBand(then.band).label,
            "moves": _moves(now, then),
        }
    status = 422 if asked and form.errors else 200
    return render(request, "scoring/what_if.html", context, status=status)


def _moves(now: rules.ShopScore, then: rules.ShopScore) -> list[shown.MoveShown]:
    moves = rules.moved(now.contributions, then.contributions)
    return [shown.MoveShown(words.row_label(key), points) for key, points in moves.items()]


@require_safe
@login_required
def mine(request: SignedInRequest) -> HttpResponse:
    """Show a buyer's own small table: conduct and identity alone, for nobody else's eyes."""
    facts = queries.buyer_facts(request.user.pk, timezone.now())
    scored = buyers.score(facts)
    rows = [
        (words.BUYER_ROWS[one.key], scored.contributions[one.key], max(one.points))
        for one in buyers.CARD.attributes
    ]
    context = {"scored": scored, "rows": rows, "base": buyers.CARD.base}
    return render(request, "scoring/mine.html", context)
