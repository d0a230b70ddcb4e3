"""The buyer's pages: my requests, a new one, a request with its quotes side by side."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import BadInput, MarketplaceError
from marketplace.listings import serving
from marketplace.listings.models import Listing
from marketplace.listings.services import pictures
from marketplace.quotes import forms, queries
from marketplace.quotes.models import QuoteRequest, QuoteState, RequestState
from marketplace.quotes.services import asking, photos
from marketplace.shops.models import Shop, ShopState

A_PAGE = 20


@require_safe
@login_required
def mine(request: SignedInRequest) -> HttpResponse:
    """What a person asked for, the newest first."""
    pages = Paginator(queries.requests_of(request.user.pk), A_PAGE)
    page = pages.get_page(request.GET.get("page"))
    return render(request, "quotes/mine.html", {"page_obj": page})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def ask(request: SignedInRequest) -> HttpResponse:
    """A new request; `?listing=` or `?shop=` says from which page somebody came."""
    listing, shop = _asked_from(request)
    if request.method == "POST":
        form = forms.AskForm(request.POST, request.FILES, shop=shop)
        made = _asked(request, form, listing, shop)
        if made is not None:
            messages.success(request, _("Your request is on its way to the shops."))
            return redirect("quotes:request", made.pk)
        return _ask_page(request, form, listing, shop, status=422)
    country = request.user.country
    initial: dict[str, Any] = {
        "country": country,
        "currency": shop.currency if shop else forms.currency_of(country),
        "unit": _("pieces"),
    }
    if listing is not None:
        initial |= {"title": listing.title, "category": listing.category_id}
    return _ask_page(request, forms.AskForm(shop=shop, initial=initial), listing, shop)


def _asked_from(request: SignedInRequest) -> tuple[Listing | None, Shop | None]:
    """Return the listing and the shop that the address names, if everybody may see them."""
    listing_id, shop_id = request.GET.get("listing", ""), request.GET.get("shop", "")
    if _is_id(listing_id):
        live = Listing.objects.live().select_related("shop")
        listing = live.filter(pk=int(listing_id)).first()
        return listing, listing.shop if listing else None
    if _is_id(shop_id):
        return None, Shop.objects.filter(pk=int(shop_id), state=ShopState.APPROVED).first()
    return None, None


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 18


def _ask_page(
    request: SignedInRequest,
    form: forms.AskForm,
    listing: Listing | None,
    shop: Shop | None,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "listing": listing, "shop": shop}
    return render(request, "quotes/ask.html", context, status=status)


def _asked(
    request: SignedInRequest, form: forms.AskForm, listing: Listing | None, shop: Shop | None
) -> QuoteRequest | None:
    if not form.is_valid():
        return None
    data = form.cleaned_data
    to_one = shop is not None and form.goes_to_one()
    wish = asking.Wish(
        title=data["title"],
        details=data["details"],
        category_id=data["category"],
        quantity=data["quantity"],
        unit=data["unit"],
        currency=data["currency"],
        country=data["country"],
        target_price_minor=data["target"],
        wanted_by=data["wanted_by"],
        shop_ids=[shop.pk] if shop is not None and to_one else [],
        listing_id=listing.pk if listing and to_one else None,
    )
    try:
        return asking.ask(
            buyer_id=request.user.pk,
            key=data["key"],
            wish=wish,
            uploads=_bytes(data["photos"]),
            at=timezone.now(),
        )
    except MarketplaceError as error:
        field = error.field if isinstance(error, BadInput) and error.field in form.fields else None
        form.add_error(field, error.reason)
        return None


def _bytes(uploads: list[Any]) -> list[bytes]:
    """Read uploads of bearable size. Raises BadInput for a larger one."""
    if any(upload.size > pictures.MAX_BYTES for upload in uploads):
        raise pictures.too_large()
    return [upload.read() for upload in uploads]


@require_safe
@login_required
def show(request: SignedInRequest, request_id: int) -> HttpResponse:
    """A request: to its buyer with all quotes side by side, to a shop with its own alone."""
    found = get_object_or_404(queries.seen_by(request.user.pk), pk=request_id)
    is_buyer = found.buyer_id == request.user.pk
    if is_buyer:
        quotes = list(queries.quotes_for(found))
        shops: list[Shop] = []
    else:
        quotes = list(queries.quotes_of(request.user.pk).filter(request=found))
        answered = {quote.shop_id for quote in quotes}
        shops = queries.shops_to_answer(found, user_id=request.user.pk)
        shops = [shop for shop in shops if shop.pk not in answered]
    now = timezone.now()
    open_now = found.state == RequestState.OPEN and now < found.due_at
    context = {
        "wish": found,
        "is_buyer": is_buyer,
        "quotes": sorted(quotes, key=lambda one: one.state != QuoteState.SENT),
        "shops": shops if open_now else [],
        "asked": [one.shop for one in found.asked.select_related("shop")] if is_buyer else [],
        "may_close": is_buyer and found.state == RequestState.OPEN,
    }
    return render(request, "quotes/request.html", context)


@require_POST
@login_required
def close(request: SignedInRequest, request_id: int) -> HttpResponse:
    """The buyer needs no more quotes."""
    own = QuoteRequest.objects.filter(buyer_id=request.user.pk)
    found = get_object_or_404(own, pk=request_id)
    try:
        asking.close(request_id=found.pk, by_id=request.user.pk, at=timezone.now())
    except MarketplaceError as error:
        messages.error(request, error.reason)
    else:
        messages.success(request, _("The request is closed. The shops have been told."))
    return redirect("quotes:request", found.pk)


@require_safe
@login_required
def photo(request: SignedInRequest, name: str, size: str) -> FileResponse:
    """Serve a picture of a request to those who see it."""
    seen = queries.photos_for(user_id=request.user.pk)
    found = get_object_or_404(seen, name=name)
    return serving.private_picture(photos.PHOTOS, name=found.name, size=size)
