"""Shops over the API: an open shop's public face, and whose shops a token reaches."""

from __future__ import annotations

from django.http import Http404
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.developers.ground.base import ApiView
from marketplace.developers.ground.schema import described
from marketplace.developers.ground.shapes import Shape
from marketplace.developers.models import ApiToken
from marketplace.shops.models import Shop, ShopQuerySet, Standing
from marketplace.shops.queries import shops_where
from marketplace.shops.rules import Act


class ShopShape(Shape):
    """A shop as everybody sees it."""

    slug = serializers.SlugField(help_text="its name in addresses")
    name = serializers.CharField()
    country = serializers.CharField(help_text="ISO 3166-1 alpha-2")
    currency = serializers.CharField(help_text="ISO 4217; it sells and is paid in it")
    story = serializers.CharField()
    standing = serializers.ChoiceField(choices=Standing.values, help_text="the public badge")


def shops_of(request: Request, act: Act) -> ShopQuerySet:
    """Return the shops in which the token's person may do `act`, and the token too."""
    found = shops_where(request.user, act)
    token = request.auth
    bound = token.shop_ref if isinstance(token, ApiToken) else ""
    return found.filter(pk=int(bound.removeprefix("shop:"))) if bound else found


def bindable(user_id: int) -> list[tuple[str, str]]:
    """Return (ref, name) of the shops to which a person may bind a token."""
    return [(shop.ref, shop.name) for shop in Shop.objects.worked_in_by(user_id).order_by("pk")]


class ShopView(ApiView):
    """One open shop."""

    @described("getShop", tag="Catalogue", gives=ShopShape)
    def get(self, _request: Request, slug: str) -> Response:
        """One open shop, by its name in addresses."""
        shop = Shop.objects.open().filter(slug=slug).first()
        if shop is None:
            raise Http404
        return Response(ShopShape(shop).data)


urlpatterns = [path("catalogue/shops/<slug:slug>", ShopView.as_view(), name="shop")]
