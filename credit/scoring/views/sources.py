"""Where a score takes its facts from, and what its people allow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from credit.scoring import queries, rules, services, words
from credit.scoring.forms import SourceForm
from credit.scoring.rules.sources import SOURCES, Source, without
from credit.scoring.views import shown
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import MarketplaceError
from marketplace.shops.queries import may
from marketplace.shops.rules import Act


@dataclass(frozen=True, slots=True)
class SourceShown:
    """A source: what it is, its rows, whether it is read; `points` lost without it."""

    key: str
    label: Promise
    about: Promise
    rows: list[str]
    optional: bool
    on: bool
    points: int


@require_safe
@login_required
def sources(request: SignedInRequest) -> HttpResponse:
    """Show every source of a shop's score, which may be switched off, and what that costs."""
    shops, shop = shown.chosen_shop(request)
    context: dict[str, object] = {"shops": shops, "shop": shop}
    if shop is not None:
        context |= {
            "sources": _shown(shop.pk, timezone.now()),
            "choices": [
                (words.SOURCES[one.source][0], one) for one in queries.choices_of(shop.pk)[:50]
            ],
            "may_choose": may(user_id=request.user.pk, shop_id=shop.pk, act=Act.SHARE_SCORE),
        }
    return render(request, "scoring/sources.html", context)


def _shown(shop_id: int, at: datetime) -> list[SourceShown]:
    facts = queries.features(shop_id, at)
    off = queries.sources_off(shop_id)
    whole = rules.score(facts).points
    return [
        SourceShown(
            one.key,
            *words.SOURCES[one.key],
            [words.row_label(key) for key in one.attributes],
            one.optional,
            one.key not in off,
            whole - rules.score(without(facts, one.attributes)).points if one.optional else 0,
        )
        for one in _ordered()
    ]


def _ordered() -> list[Source]:
    return sorted(SOURCES, key=lambda one: not one.optional)


@require_POST
@login_required
def choose(request: SignedInRequest, shop_id: int) -> HttpResponse:
    """Switch a source on or off."""
    shop = shown.one_shop(request.user, shop_id, Act.SHARE_SCORE)
    form = SourceForm(request.POST)
    if not form.is_valid():
        raise Http404
    on = form.cleaned_data["on"] == "on"
    try:
        services.choose_source(
            shop_id=shop.pk,
            source=form.cleaned_data["source"],
            on=on,
            by_id=request.user.pk,
            at=timezone.now(),
        )
    except MarketplaceError as error:
        messages.error(request, error.reason)
    else:
        messages.success(
            request,
            _("Switched on. The score was computed anew.")
            if on
            else _("Switched off. The score was computed anew without it."),
        )
    return redirect(f"{reverse('scoring:sources')}?shop={shop.pk}")
