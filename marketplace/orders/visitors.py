"""Whose cart a request is about: the person's own, or the visitor's whose cookie it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from marketplace.accounts import throttles
from marketplace.accounts.models import User
from marketplace.orders.models import Cart
from marketplace.orders.queries import baskets
from marketplace.orders.services import cart as carts

COOKIE = "cart"


class Owner(TypedDict, total=False):
    """What the cart's services ask for; one of the two."""

    buyer_id: int
    token: str


class CartMiddleware:
    """Let a visitor's cart join the person's own at log-in, by whatever page or code that was.

    The cookie goes with it: after log-out the browser shows nothing of the person's cart.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = request.COOKIES.get(COOKIE, "")
        if not token:
            return self.get_response(request)
        _join(request, token)
        response = self.get_response(request)
        if _join(request, token):
            response.delete_cookie(COOKIE, samesite="Lax")
        return response


def owner(request: HttpRequest) -> Owner:
    """Return whose cart this is; an empty token for a visitor who has none."""
    if isinstance(request.user, User):
        return {"buyer_id": request.user.pk}
    return {"token": request.COOKIES.get(COOKIE, "")}


def open_cart(request: HttpRequest) -> Cart | None:
    """Return the request's open cart, if there is one."""
    whose = owner(request)
    if "buyer_id" in whose:
        return baskets.open_cart_of(whose["buyer_id"])
    return carts.visitors_cart(token=whose["token"])


def owner_to_be(request: HttpRequest) -> Owner | None:
    """Return whose cart goods may be put into; a visitor's first goods get a fresh token.

    A token that hangs on no open cart is never taken over: it may have been planted. None when
    a network has begun too many carts.
    """
    whose = owner(request)
    if "buyer_id" in whose or carts.visitors_cart(token=whose["token"]) is not None:
        return whose
    network = throttles.network(get_adapter().get_client_ip(request))
    if not throttles.take(limit=throttles.NEW_CART, subject=network, at=timezone.now()):
        return None
    return {"token": carts.new_token()}


def remember(response: HttpResponse, whose: Owner) -> None:
    """Have the browser keep a visitor's token."""
    if "token" in whose:
        response.set_cookie(
            COOKIE,
            whose["token"],
            max_age=carts.VISITORS_KEPT,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def _join(request: HttpRequest, token: str) -> bool:
    if not isinstance(request.user, User):
        return False
    carts.join(token=token, buyer_id=request.user.pk, at=timezone.now())
    return True
