"""The buyer's pages: cart, checkout, paying, own orders."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.accounts import services as accounts
from marketplace.accounts.models import Address
from marketplace.errors import MarketplaceError
from marketplace.listings.models import Listing, Variant
from marketplace.orders import queries
from marketplace.orders.forms import AddForm, CardForm, CheckoutForm, QuantityForm
from marketplace.orders.models import Cart, OrderGroup, OrderState, PaymentState
from marketplace.orders.queries import baskets
from marketplace.orders.services import cart as carts
from marketplace.orders.services import checkout as checkouts
from marketplace.orders.services import payment as payments

PAGE_SIZE = 20


@require_safe
@login_required
def cart(request: HttpRequest) -> HttpResponse:
    """The cart, grouped by shop."""
    mine = baskets.open_cart_of(_user_id(request))
    basket = _basket(request, mine)
    return render(request, "orders/cart.html", {"basket": basket})


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Put goods into the cart. A visitor signs in first and comes back to a one-button page."""
    form = AddForm(request.POST or request.GET)
    if not form.is_valid():
        messages.error(request, _("Please choose how many pieces you want."))
        return redirect("orders:cart" if request.user.is_authenticated else "storefront:home")
    if not request.user.is_authenticated:
        wanted = urlencode(form.cleaned_data)
        return redirect_to_login(f"{reverse('orders:add')}?{wanted}")
    variant_id, quantity = form.cleaned_data["variant_id"], form.cleaned_data["quantity"]
    if request.method != "POST":
        return _add_page(request, form)
    try:
        carts.add_to_cart(
            buyer_id=_user_id(request),
            variant_id=variant_id,
            quantity=quantity,
            at=timezone.now(),
        )
    except MarketplaceError as error:
        messages.error(request, error.reason)
    else:
        messages.success(request, _("It is in your cart."))
    return redirect("orders:cart")


def _add_page(request: HttpRequest, form: AddForm) -> HttpResponse:
    # Only what everybody may see: ids are easily guessed, drafts and withheld goods are not shown.
    on_sale = Variant.objects.filter(listing__in=Listing.objects.live())
    variant = (
        on_sale.select_related("listing__shop").filter(pk=form.cleaned_data["variant_id"]).first()
    )
    if variant is None:
        messages.error(request, _("These goods are not on sale any more."))
        return redirect("storefront:home")
    return render(request, "orders/add.html", {"form": form, "variant": variant})


@require_POST
@login_required
def quantity(request: HttpRequest, line_id: int) -> HttpResponse:
    """Change or remove a line of the cart."""
    form = QuantityForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please type a whole number of pieces."))
        return redirect("orders:cart")
    try:
        carts.set_quantity(
            buyer_id=_user_id(request), line_id=line_id, quantity=form.cleaned_data["quantity"]
        )
    except MarketplaceError as error:
        messages.error(request, error.reason)
    return redirect("orders:cart")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def checkout(request: HttpRequest) -> HttpResponse:
    """One page: address and card; a second submit of the same cart leads to the same orders."""
    addresses = list(Address.objects.filter(user_id=_user_id(request)).order_by("-pk"))
    if request.method == "POST":
        form = CheckoutForm(request.POST, addresses=addresses)
        if form.is_valid():
            return _place_and_pay(request, form)
        return _checkout_page(request, form)
    mine = baskets.open_cart_of(_user_id(request))
    basket = _basket(request, mine)
    if mine is None or not basket.parts:
        messages.info(request, _("Your cart is empty."))
        return redirect("orders:cart")
    country = getattr(request.user, "country", "")
    initial = {"cart": mine.pk, "seen": basket.seen, "country": country}
    return _checkout_page(request, CheckoutForm(initial=initial, addresses=addresses))


def _checkout_page(request: HttpRequest, form: CheckoutForm) -> HttpResponse:
    mine = baskets.open_cart_of(_user_id(request))
    basket = _basket(request, mine)
    status = 422 if form.errors else 200
    return render(request, "orders/checkout.html", {"form": form, "basket": basket}, status=status)


def _place_and_pay(request: HttpRequest, form: CheckoutForm) -> HttpResponse:
    data: dict[str, Any] = form.cleaned_data
    try:
        group = checkouts.place(
            buyer_id=_user_id(request),
            cart_id=data["cart"],
            recipient=data["recipient"],
            address=data["lines"],
            country=data["country"],
            seen=data["seen"],
            at=timezone.now(),
        )
    except MarketplaceError as error:
        messages.error(request, error.reason)
        return redirect("orders:cart")
    if data["keep"]:
        accounts.add_address(
            user_id=_user_id(request),
            recipient=data["recipient"],
            lines=data["lines"],
            country=data["country"],
            at=timezone.now(),
        )
    return _pay(request, group, data["card"])


@require_safe
@login_required
def group(request: HttpRequest, group_id: int) -> HttpResponse:
    """One checkout: what is paid, what still waits."""
    mine = _own_group(request, group_id)
    orders = list(queries.bought_by(mine.buyer_id).filter(group=mine).order_by("pk"))
    to_pay = [one for one in mine.payments.order_by("pk") if one.state in _UNPAID]
    waiting = any(order.state == OrderState.AWAITING_PAYMENT for order in orders)
    context = {
        "group": mine,
        "orders": orders,
        "to_pay": to_pay if waiting else [],
        "pending": any(one.state == PaymentState.PENDING for one in to_pay),
        "form": CardForm(),
    }
    return render(request, "orders/group.html", context)


_UNPAID = (PaymentState.STARTED, PaymentState.PENDING, PaymentState.FAILED)


@require_POST
@login_required
def pay(request: HttpRequest, group_id: int) -> HttpResponse:
    """Pay what a checkout still owes; a double click charges once."""
    mine = _own_group(request, group_id)
    form = CardForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please choose a card."))
        return redirect("orders:group", group_id=mine.pk)
    return _pay(request, mine, form.cleaned_data["card"])


def _pay(request: HttpRequest, mine: OrderGroup, card: str) -> HttpResponse:
    try:
        payments.pay(group_id=mine.pk, card=card, at=timezone.now())
    except MarketplaceError as error:
        messages.error(request, error.reason)
    return redirect("orders:group", group_id=mine.pk)


@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """My orders, newest first."""
    pages = Paginator(queries.bought_by(_user_id(request)), PAGE_SIZE)
    page_obj = pages.get_page(request.GET.get("page"))
    return render(request, "orders/mine.html", {"page_obj": page_obj})


def _own_group(request: HttpRequest, group_id: int) -> OrderGroup:
    return get_object_or_404(OrderGroup, pk=group_id, buyer_id=_user_id(request))


def _basket(request: HttpRequest, mine: Cart | None) -> baskets.Basket:
    """Return the cart as it costs now for parcels to the person's own country."""
    if mine is None:
        return baskets.Basket([])
    country = getattr(request.user, "country", "")
    return baskets.basket(cart_id=mine.pk, country=country, at=timezone.now())


def _user_id(request: HttpRequest) -> int:
    return int(request.user.pk or 0)
