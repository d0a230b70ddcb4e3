"""The buyer's pages: cart, checkout, paying, own orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.accounts import services as accounts
from marketplace.accounts.models import Address
from marketplace.errors import BadInput, MarketplaceError, WrongState
from marketplace.listings.models import Listing, Variant
from marketplace.orders import queries, visitors
from marketplace.orders.forms import AddForm, CardForm, CheckoutForm, QuantityForm, sendings
from marketplace.orders.models import OrderGroup, OrderState, PaymentState
from marketplace.orders.queries import baskets
from marketplace.orders.services import cart as carts
from marketplace.orders.services import checkout as checkouts
from marketplace.orders.services import payment as payments
from marketplace.rulebook import queries as rulebook

PAGE_SIZE = 20


@require_safe
def cart(request: HttpRequest) -> HttpResponse:
    """The cart, grouped by shop."""
    basket = _basket(request, getattr(request.user, "country", ""))
    return render(request, "orders/cart.html", {"basket": baskets.with_pictures(basket)})


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Put goods into the cart, a visitor's too. A link leads to a one-button page."""
    form = AddForm(request.POST or request.GET)
    if not form.is_valid():
        messages.error(request, _("Please choose how many pieces you want."))
        return redirect("orders:cart" if request.user.is_authenticated else "storefront:home")
    if request.method != "POST":
        return _add_page(request, form)
    back = redirect("orders:cart")
    whose = visitors.owner_to_be(request)
    if whose is None:
        messages.error(request, _("Too many carts were begun from here. Please sign in first."))
        return back
    try:
        carts.add_to_cart(**form.cleaned_data, **whose, at=timezone.now())
    except MarketplaceError as error:
        messages.error(request, error.reason)
    else:
        messages.success(request, _("It is in your cart."))
        visitors.remember(back, whose)
    return back


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
def quantity(request: HttpRequest, line_id: int) -> HttpResponse:
    """Change or remove a line of the cart."""
    form = QuantityForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please type a whole number of pieces."))
        return redirect("orders:cart")
    try:
        carts.set_quantity(
            **visitors.owner(request), line_id=line_id, quantity=form.cleaned_data["quantity"]
        )
    except MarketplaceError as error:
        messages.error(request, error.reason)
    return redirect("orders:cart")


@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """One page: address, ways of sending, card. `refresh` prices anew and orders nothing.

    A second submit of the same cart leads to the same orders.
    """
    if not request.user.is_authenticated:
        return redirect("orders:guest_checkout")
    addresses = list(Address.objects.filter(user_id=_user_id(request)).order_by("-pk"))
    refresh = "refresh" in request.POST
    if request.method == "POST" and not refresh:
        form = CheckoutForm(request.POST, addresses=addresses)
        if form.is_valid():
            return _place_and_pay(request, form)
        return _checkout_page(request, form)
    country = getattr(request.user, "country", "")
    initial = {"country": country, **request.POST.dict()}
    return _checkout_page(request, CheckoutForm(initial=initial, addresses=addresses))


def _checkout_page(request: HttpRequest, form: CheckoutForm) -> HttpResponse:
    """Show what it costs now, for the country and the ways of sending that are chosen."""
    now, country = timezone.now(), form.destination()
    basket = _basket(request, country, choices=sendings(request.POST))
    if basket.cart_id is None or not basket.parts:
        messages.info(request, _("Your cart is empty."))
        return redirect("orders:cart")
    form.showing(cart_id=basket.cart_id, seen=basket.seen)
    context = {
        "form": form,
        "basket": basket,
        "country": country,
        "minutes": rulebook.value("orders.payment_minutes", at=now),
    }
    status = 422 if form.errors else 200
    return render(request, "orders/checkout.html", context, status=status)


def _place_and_pay(request: HttpRequest, form: CheckoutForm) -> HttpResponse:
    data: dict[str, Any] = form.cleaned_data
    now = timezone.now()
    try:
        group = checkouts.place(
            buyer_id=_user_id(request),
            cart_id=data["cart"],
            recipient=data["recipient"],
            address=data["lines"],
            country=data["country"],
            choices=sendings(request.POST),
            seen=data["seen"],
            at=now,
        )
    except (BadInput, WrongState) as error:
        form.add_error(None, error.reason)
        return _checkout_page(request, form)
    except MarketplaceError as error:
        messages.error(request, error.reason)
        return redirect("orders:cart")
    if data["keep"] and group.placed_at == now:  # not again when the form comes twice
        accounts.add_address(
            user_id=_user_id(request),
            recipient=data["recipient"],
            lines=data["lines"],
            country=data["country"],
            at=now,
        )
    if "later" in request.POST:
        return redirect("orders:group", group_id=group.pk)
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
        "has_receipt": any(order.paid_at for order in orders),
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


def _basket(
    request: HttpRequest, country: str, choices: Mapping[int, int] | None = None
) -> baskets.Basket:
    """Return the open cart as it costs now for parcels to a country."""
    mine = visitors.open_cart(request)
    if mine is None:
        return baskets.Basket([])
    return baskets.shown(cart_id=mine.pk, country=country, choices=choices, at=timezone.now())


def _user_id(request: HttpRequest) -> int:
    return int(request.user.pk or 0)
