"""Showing the score to somebody outside: links, and the page that they open."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from io import BytesIO
from typing import Any

import qrcode
from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from qrcode.image.svg import SvgPathFillImage

from credit.scoring import queries, rules, services
from credit.scoring.forms import ShareForm
from credit.scoring.models import Scope, ShareLink
from credit.scoring.views import shown
from marketplace.accounts import throttles
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import MarketplaceError
from marketplace.shops.models import Shop
from marketplace.shops.rules import Act

# One of 2^192 links is guessed by nobody: this only keeps a flood off the table.
CHECKS = throttles.Limit("check-score/network", 60, timedelta(minutes=15))


@require_safe
@login_required
def shares(request: SignedInRequest) -> HttpResponse:
    """Show the links of one of the person's shops, and the form for another."""
    shops, shop = shown.chosen_shop(request, Act.SHARE_SCORE)
    return _page(request, shops, shop, ShareForm.blank())


@require_POST
@login_required
def make(request: SignedInRequest, shop_id: int) -> HttpResponse:
    """Make a link."""
    shop = shown.one_shop(request.user, shop_id, Act.SHARE_SCORE)
    form = ShareForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            link = services.make_link(
                shop_id=shop.pk,
                purpose=given["purpose"],
                scope=given["scope"],
                hours=given["hours"],
                key=given["key"],
                by_id=request.user.pk,
                at=timezone.now(),
            )
        except MarketplaceError as error:
            form.add_error(None, error.reason)
        else:
            return redirect("scoring:share", link.pk)
    return _page(request, [shop], shop, form, status=422)


@never_cache
@require_safe
@login_required
def share(request: SignedInRequest, link_id: int) -> HttpResponse:
    """Show one link: its address, its QR code, who opened it when."""
    link = _own(request, link_id)
    path = reverse("scoring:check", args=[link.token_sealed])
    address = request.build_absolute_uri(path)
    now = timezone.now()
    context = {
        "link": link,
        "live": link.revoked_at is None and link.expires_at > now,
        "path": path,
        "address": address,
        "code": _code(address),
        "views": link.views.order_by("-pk")[:50],
    }
    return render(request, "scoring/share.html", context)


@require_POST
@login_required
def revoke(request: SignedInRequest, link_id: int) -> HttpResponse:
    """End a link."""
    link = _own(request, link_id)
    services.revoke_link(link_id=link.pk, by_id=request.user.pk, at=timezone.now())
    messages.success(request, _("This link opens nothing any more."))
    return redirect("scoring:share", link.pk)


@never_cache
@require_safe
def check(request: HttpRequest, token: str) -> HttpResponse:
    """Show somebody outside what a seller chose to show; every opening is kept."""
    now = timezone.now()
    network = throttles.network(get_adapter().get_client_ip(request))
    if not throttles.take(limit=CHECKS, subject=network, at=now):
        return render(request, "scoring/check.html", {"link": None, "busy": True}, status=429)
    link = queries.live_link(token=token, at=now)
    if link is None:
        return render(request, "scoring/check.html", {"link": None}, status=404)
    if request.method == "GET":
        services.note_view(link_id=link.pk, at=now)
    return render(request, "scoring/check.html", _checked(link))


def _checked(link: ShareLink) -> dict[str, Any]:
    kept = queries.current(link.shop_id)
    context: dict[str, Any] = {"link": link, "shop": link.shop, "score": kept}
    if kept is None:
        return context
    promise = next((one for one in shown.bands(kept) if one.here), None)
    context |= {
        "promise": promise,
        "proven": queries.proven(),
        "proven_after": rules.PROVEN_AFTER_LOANS,
    }
    if link.scope != Scope.BAND:
        context |= shown.gauge(kept)
    if link.scope == Scope.FULL:
        context["dimensions"] = shown.parts(kept)
        context["breaches"] = queries.proven_breaches(link.shop_id)
    return context


def _own(request: SignedInRequest, link_id: int) -> ShareLink:
    link = get_object_or_404(ShareLink.objects.select_related("shop"), pk=link_id)
    shown.one_shop(request.user, link.shop_id, Act.SHARE_SCORE)
    return link


def _page(
    request: SignedInRequest,
    shops: list[Shop],
    shop: Shop | None,
    form: ShareForm,
    status: int = 200,
) -> HttpResponse:
    context = {
        "shops": shops,
        "shop": shop,
        "form": form,
        "links": queries.links_of(shop.pk) if shop else [],
        "now": timezone.now(),
    }
    return render(request, "scoring/shares.html", context, status=status)


def _code(address: str) -> str:
    """Return a QR code as an address of its own, on white: readable in the dark scheme too."""
    stream = BytesIO()
    qrcode.make(address, image_factory=SvgPathFillImage).save(stream)
    return "data:image/svg+xml;base64," + b64encode(stream.getvalue()).decode()
