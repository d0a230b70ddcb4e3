"""What a person keeps: the wish list, searches with alerts, sold-out goods to hear of."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from marketplace.accounts.models import User
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import MarketplaceError
from marketplace.listings.models import SavedSearch, Variant
from marketplace.listings.queries import addresses
from marketplace.listings.services import restock
from marketplace.listings.services import wishes as services
from marketplace.storefront import queries
from marketplace.storefront.cards import cards_of
from marketplace.storefront.views import wants

# No bigger number is a primary key; PostgreSQL would refuse it.
_KEY_AT_MOST = 2**63 - 1


@require_safe
@login_required
def wishes(request: SignedInRequest) -> HttpResponse:
    """The wish list. What a visitor wished for by our form before signing in is put on it now."""
    wanted = wants.wanted(request)
    if wanted is not None:
        _keep(request, request.user, *wanted)
        answer = redirect("storefront:wishes")
        wants.forget(answer)
        return answer
    context = {
        "cards": cards_of(queries.wished_rows(request.user.pk)),
        "gone": queries.wished_and_gone(request.user.pk),
        "watches": queries.watches_of(request.user.pk),
    }
    return render(request, "storefront/wishes.html", context)


@require_POST
def keep_wish(request: HttpRequest, listing_id: int) -> HttpResponse:
    """Put goods on the wish list; a visitor signs in first, and the wish is kept."""
    return _keep_or_sign_in(request, "listing", listing_id)


@require_POST
@login_required
def drop_wish(request: SignedInRequest, listing_id: int) -> HttpResponse:
    """Take goods off the wish list."""
    if listing_id <= _KEY_AT_MOST:
        services.drop(user_id=request.user.pk, listing_id=listing_id)
    messages.success(request, _("Taken off your wish list."))
    return redirect("storefront:wishes")


@require_POST
def watch(request: HttpRequest, variant_id: int) -> HttpResponse:
    """Ask to be told when a sold-out choice is back; a visitor signs in first."""
    return _keep_or_sign_in(request, "stock", variant_id)


@require_POST
@login_required
def stop_watch(request: SignedInRequest, variant_id: int) -> HttpResponse:
    """Wait for a choice no more."""
    if variant_id <= _KEY_AT_MOST:
        restock.stop_watching(user_id=request.user.pk, variant_id=variant_id)
    messages.success(request, _("We will not tell you of it any more."))
    return redirect("storefront:wishes")


def _keep_or_sign_in(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    if pk > _KEY_AT_MOST:
        raise Http404
    if not isinstance(request.user, User):
        back = urlencode({"next": reverse("storefront:wishes")})
        answer = redirect(f"{reverse('account_login')}?{back}")
        wants.remember(answer, kind=kind, pk=pk)
        return answer
    listing_id = _keep(request, request.user, kind, pk)
    if listing_id is None:
        raise Http404
    return redirect("storefront:listing", listing_id=listing_id)


def _keep(request: HttpRequest, user: User, kind: str, pk: int) -> int | None:
    """Keep what was asked for and say so; return the listing it is about, None without one."""

    now, user_id = timezone.now(), user.pk
    try:
        if kind == "listing":
            kept = services.keep(user_id=user_id, listing_id=pk, at=now)
            listing_id: int | None = pk if kept else None
            done = _("On your wish list.")
        else:
            kept = restock.watch(user_id=user_id, variant_id=pk, at=now)
            found = Variant.objects.filter(pk=pk).values_list("listing_id", flat=True)
            listing_id = found.first() if kept else None
            done = _("We will tell you once when it is back.")
    except MarketplaceError as error:
        messages.error(request, error.reason)
        return pk if kind == "listing" else Variant.objects.get(pk=pk).listing_id
    if listing_id is not None:
        messages.success(request, done)
    return listing_id


@require_safe
@login_required
def searches(request: SignedInRequest) -> HttpResponse:
    """The searches a person keeps."""
    context = {"searches": queries.searches_of(request.user.pk)}
    return render(request, "storefront/searches.html", context)


@require_POST
@login_required
def save_search(request: SignedInRequest) -> HttpResponse:
    """Keep the search of the page the form stands on."""
    query = request.POST.get("query", "")[:2_000]
    try:
        services.save_search(
            user_id=request.user.pk,
            name=request.POST.get("name", ""),
            query=query,
            at=timezone.now(),
        )
    except MarketplaceError as error:
        messages.error(request, error.reason)
        said = addresses.address_of(addresses.wish_in(query))
        return redirect(f"{reverse('storefront:search')}?{said}")
    messages.success(request, _("Saved. We look once a day and tell you of new goods."))
    return redirect("storefront:searches")


@require_safe
@login_required
def saved_search(request: SignedInRequest, search_id: int) -> HttpResponse:
    """Lead to what a kept search finds now, the newest first."""
    mine = SavedSearch.objects.filter(user=request.user)
    saved = get_object_or_404(mine, pk=search_id)
    wish = addresses.newest_first(addresses.wish_in(saved.query))
    return redirect(f"{reverse('storefront:search')}?{addresses.address_of(wish)}")


@require_POST
@login_required
def change_search(request: SignedInRequest, search_id: int) -> HttpResponse:
    """Stop or start the messages of a kept search, or delete it."""
    mine = SavedSearch.objects.filter(user=request.user)
    saved = get_object_or_404(mine, pk=search_id)
    user_id, what = request.user.pk, request.POST.get("what", "")
    if what == "delete":
        services.forget_search(user_id=user_id, search_id=saved.pk)
        messages.success(request, _("Deleted."))
    elif what in ("tell", "quiet"):
        services.set_alerts(
            user_id=user_id, search_id=saved.pk, alerts=what == "tell", at=timezone.now()
        )
        messages.success(request, _("Changed."))
    return redirect("storefront:searches")
