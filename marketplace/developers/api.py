"""Who the token speaks for, what it is for, and the schema itself."""

from __future__ import annotations

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.accounts.models import User
from marketplace.developers.ground.base import ApiView
from marketplace.developers.ground.schema import described, whole
from marketplace.developers.ground.shapes import Shape
from marketplace.developers.models import ApiToken, Scope


class MeShape(Shape):
    """A token, and whose it is."""

    name = serializers.CharField(help_text="the name others see; may be empty")
    token = serializers.CharField(help_text="the token's name")
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.values))
    shop = serializers.CharField(
        allow_null=True, help_text="the only shop it is for, as shop:12; null: all of yours"
    )
    expires_at = serializers.DateTimeField()


class MeView(ApiView):
    """The token in hand."""

    needs_token = True

    @described("getMe", tag="Token", gives=MeShape)
    def get(self, request: Request) -> Response:
        """Whose token this is, and what it is for."""
        token, user = request.auth, request.user
        if not isinstance(token, ApiToken) or not isinstance(user, User):
            raise Http404
        facts = {
            "name": user.display_name,
            "token": token.name,
            "scopes": token.scopes,
            "shop": token.shop_ref or None,
            "expires_at": token.expires_at,
        }
        return Response(MeShape(facts).data)


@extend_schema(exclude=True)
class SchemaView(ApiView):
    """This API, described."""

    def get(self, _request: Request) -> Response:
        """OpenAPI 3, as JSON."""
        return Response(whole())


@extend_schema(exclude=True)
class NowhereView(ApiView):
    """Every other address under /api/v1/."""

    def get(self, request: Request) -> Response:
        """There is nothing here, whatever the method."""
        raise Http404(request.path)

    post = put = patch = delete = get
