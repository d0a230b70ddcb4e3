"""The owner's page of shipping prices: ways of sending, and discounts for large orders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import BadInput, MarketplaceError
from marketplace.money import currency_digits
from marketplace.shops import queries
from marketplace.shops.forms import DiscountForm, SendingForm
from marketplace.shops.models import Discount, ShippingMethod, Shop, ShopQuerySet
from marketplace.shops.rules import Act
from marketplace.shops.services import shipping


@dataclass
class _Sent:
    """A form that came back with mistakes, shown again in its place."""

    key: str = ""
    form: SendingForm | DiscountForm | None = field(default=None)


@require_safe
@login_required
def page(request: SignedInRequest) -> HttpResponse:
    """Show how each shop one owns sends, and what it takes off."""
    return _page(request, _Sent())


@require_POST
@login_required
def add(request: SignedInRequest, shop_id: int) -> HttpResponse:
    """Offer one more way of sending."""
    shop = get_object_or_404(_mine(request), pk=shop_id)
    form = SendingForm(request.POST, currency=shop.currency, prefix=f"add-{shop.pk}")
    done = _try(
        form,
        lambda: shipping.add_method(
            shop_id=shop.pk, by_id=request.user.pk, sending=form.sending(), at=timezone.now()
        ),
    )
    if not done:
        return _page(request, _Sent(f"add-{shop.pk}", form), status=422)
    messages.success(request, _("Buyers can choose it now."))
    return redirect("shops:shipping")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change(request: SignedInRequest, method_id: int) -> HttpResponse:
    """Give a way of sending another price, time or reach."""
    methods = ShippingMethod.objects.filter(shop__in=_mine(request), active=True)
    method = get_object_or_404(methods.select_related("shop"), pk=method_id)
    currency = method.shop.currency
    sent = request.POST if request.method == "POST" else None
    form = SendingForm(sent, initial=_initial(method), currency=currency)
    if request.method == "POST" and _try(
        form,
        lambda: shipping.change_method(
            method_id=method.pk, by_id=request.user.pk, sending=form.sending(), at=timezone.now()
        ),
    ):
        messages.success(request, _("Saved. Carts show it at once; placed orders keep theirs."))
        return redirect("shops:shipping")
    status = 422 if form.errors else 200
    context = {"form": form, "method": method}
    return render(request, "shops/shipping_change.html", context, status=status)


@require_POST
@login_required
def stop(request: SignedInRequest, method_id: int) -> HttpResponse:
    """Offer a way of sending no more."""
    method = get_object_or_404(ShippingMethod, pk=method_id, shop__in=_mine(request))
    return _act(
        request,
        lambda: shipping.stop_method(method_id=method.pk, by_id=request.user.pk, at=timezone.now()),
        _("It is not offered any more."),
    )


@require_POST
@login_required
def give_discount(request: SignedInRequest, shop_id: int) -> HttpResponse:
    """Take something off large orders."""
    shop = get_object_or_404(_mine(request), pk=shop_id)
    form = DiscountForm(request.POST, currency=shop.currency, prefix=f"discount-{shop.pk}")
    done = _try(
        form,
        lambda: shipping.give_discount(
            shop_id=shop.pk,
            by_id=request.user.pk,
            percent_bp=form.cleaned_data["percent"] * 100,
            from_minor=form.cleaned_data["from_sum"],
            at=timezone.now(),
        ),
    )
    if not done:
        return _page(request, _Sent(f"discount-{shop.pk}", form), status=422)
    messages.success(request, _("Carts show the discount now."))
    return redirect("shops:shipping")


@require_POST
@login_required
def end_discount(request: SignedInRequest, discount_id: int) -> HttpResponse:
    """End a discount now."""
    discount = get_object_or_404(Discount, pk=discount_id, shop__in=_mine(request))
    return _act(
        request,
        lambda: shipping.end_discount(
            discount_id=discount.pk, by_id=request.user.pk, at=timezone.now()
        ),
        _("The discount has ended."),
    )


def _mine(request: SignedInRequest) -> ShopQuerySet:
    return queries.shops_where(request.user, Act.SET_PRICES)


def _page(request: SignedInRequest, sent: _Sent, status: int = 200) -> HttpResponse:
    at = timezone.now()
    rows = []
    for shop in _mine(request):
        add_key, discount_key = f"add-{shop.pk}", f"discount-{shop.pk}"
        adding, giving = (
            sent.form if sent.key == key else kind(currency=shop.currency, prefix=key)
            for key, kind in ((add_key, SendingForm), (discount_key, DiscountForm))
        )
        discounts = queries.discounts_of(shop_id=shop.pk, at=at)
        rows.append((shop, queries.methods_of(shop.pk), adding, discounts, giving))
    if not rows:
        raise Http404
    return render(request, "shops/shipping.html", {"rows": rows}, status=status)


def _initial(method: ShippingMethod) -> dict[str, object]:
    shop: Shop = method.shop
    typed = {
        "first": method.first_minor,
        "further": method.each_further_minor,
        "free_from": method.free_from_minor,
    }
    as_is = ("name", "carrier", "days_min", "days_max", "tracked", "countries")
    return {
        **{name: getattr(method, name) for name in as_is},
        **{name: _typed(amount, shop.currency) for name, amount in typed.items()},
    }


def _typed(amount_minor: int | None, currency: str) -> str:
    """Return an amount as a person would type it."""
    if amount_minor is None:
        return ""
    digits = currency_digits(currency)
    whole, rest = divmod(amount_minor, 10**digits)
    return f"{whole}.{rest:0{digits}d}" if digits else str(whole)


def _try(form: SendingForm | DiscountForm, act: Callable[[], object]) -> bool:
    """Call a service with a valid form; what it refuses becomes the form's mistake."""
    if not form.is_valid():
        return False
    try:
        act()
    except BadInput as error:
        form.add_error(error.field if error.field in form.fields else None, error.reason)
        return False
    return True


def _act(request: SignedInRequest, act: Callable[[], object], done: str) -> HttpResponse:
    try:
        act()
    except MarketplaceError as error:
        messages.error(request, error.reason)
    else:
        messages.success(request, done)
    return redirect("shops:shipping")
