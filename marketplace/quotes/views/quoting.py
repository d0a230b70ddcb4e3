"""The shop's pages: open requests, my quotes, writing a quote and its next version."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.forms import BoundField
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import BadInput, MarketplaceError
from marketplace.money import currency_digits, scaled
from marketplace.quotes import forms, queries, rules
from marketplace.quotes.models import Quote, QuoteRequest
from marketplace.quotes.services import quoting
from marketplace.shops.models import Shop
from marketplace.shops.rules import Act

A_PAGE = 20
MY_QUOTES = "mine"


@require_safe
@login_required
def desk(request: SignedInRequest) -> HttpResponse:
    """Open requests that my shops may answer, or (`?show=mine`) the quotes they have sent."""
    user_id, now = request.user.pk, timezone.now()
    open_ones, own = queries.requests_for(user_id, at=now), queries.quotes_of(user_id)
    shows_own = request.GET.get("show") == MY_QUOTES
    shelf = request.GET.get("category", "")
    rows: Any = own
    if not shows_own:
        rows = open_ones.filter(category__slug=shelf) if shelf else open_ones
    context = {
        "page_obj": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        "shows_own": shows_own,
        "shelf": shelf,
        "shelves": queries.shelves_asked(user_id, at=now),
        "open_count": open_ones.count(),
        "own_count": own.count(),
    }
    return render(request, "quotes/desk.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def write(request: SignedInRequest, request_id: int, shop_id: int) -> HttpResponse:
    """A shop's quote: the first, or a new version of it."""
    found = get_object_or_404(queries.seen_by(request.user.pk), pk=request_id)
    shop = get_object_or_404(Shop.objects.where_may(request.user.pk, Act.QUOTE), pk=shop_id)
    quote = Quote.objects.filter(request=found, shop=shop).first()
    if quote is None and not queries.was_asked(found, shop_id=shop.pk):
        raise Http404
    if request.method == "POST":
        form = forms.QuoteForm(request.POST, shop=shop)
        sent = _sent(request, form, found, shop)
        if sent is not None:
            messages.success(request, _("The buyer has your quote."))
            return redirect("quotes:detail", sent.pk)
        return _page(request, form, found, shop, quote)
    initial = _initial(found, shop, quote)
    return _page(request, forms.QuoteForm(shop=shop, initial=initial), found, shop, quote)


def _initial(found: QuoteRequest, shop: Shop, quote: Quote | None) -> dict[str, Any]:
    digits = currency_digits(shop.currency)
    if quote is not None:
        return forms.of_version(quote.latest(), shown=lambda minor: str(scaled(minor, digits)))
    goods = queries.goods_to_quote(shop)
    asked_for = goods.filter(listing=found.listing) if found.listing else goods.none()
    fitting = asked_for.first() or goods.filter(listing__category_id=found.category_id).first()
    initial: dict[str, Any] = {"quantity": found.quantity}
    if fitting is not None:
        initial |= {"variant": fitting.pk, "unit_price": str(scaled(fitting.price_minor, digits))}
    return initial


def _page(
    request: SignedInRequest,
    form: forms.QuoteForm,
    found: QuoteRequest,
    shop: Shop,
    quote: Quote | None,
) -> HttpResponse:
    endings = {
        "2": _("Lower price for more"),
        "3": _("And for still more"),
    }
    fields = ("quantity", "unit_price", "shipping")
    more = [(title, [form[f"{one}_{end}"] for one in fields]) for end, title in endings.items()]
    context = {
        "form": form,
        "wish": found,
        "shop": shop,
        "quote": quote,
        "over": quote is not None and quote.state not in rules.REVISABLE,
        "first": [form[name] for name in ("variant", *fields)],
        "more": [(title, rows, _is_filled(rows)) for title, rows in more],
        "last": [form[name] for name in ("transit_days", "valid_days", "note")],
        "has_goods": bool(form.fields["variant"].choices),  # type: ignore[attr-defined]
    }
    return render(request, "quotes/write.html", context, status=422 if form.errors else 200)


def _is_filled(fields: list[BoundField]) -> bool:
    return any(one.value() or one.errors for one in fields)


def _sent(
    request: SignedInRequest, form: forms.QuoteForm, found: QuoteRequest, shop: Shop
) -> Quote | None:
    if not form.is_valid():
        return None
    try:
        version = quoting.send(
            request_id=found.pk,
            shop_id=shop.pk,
            by_id=request.user.pk,
            key=form.cleaned_data["key"],
            terms=form.terms(),
            at=timezone.now(),
        )
    except MarketplaceError as error:
        field = error.field if isinstance(error, BadInput) and error.field in form.fields else None
        form.add_error(field, error.reason)
        return None
    return version.quote


@require_POST
@login_required
def withdraw(request: SignedInRequest, quote_id: int) -> HttpResponse:
    """The shop takes its quote back."""
    found = get_object_or_404(queries.quotes_of(request.user.pk), pk=quote_id)
    try:
        quoting.withdraw(quote_id=found.pk, by_id=request.user.pk, at=timezone.now())
    except MarketplaceError as error:
        messages.error(request, error.reason)
    else:
        messages.success(request, _("The quote is taken back. The buyer has been told."))
    return redirect("quotes:detail", found.pk)
