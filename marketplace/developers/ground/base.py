"""The view that every endpoint is made of."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import (
    APIException,
    AuthenticationFailed,
    MethodNotAllowed,
    ParseError,
)
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.accounts import throttles
from marketplace.developers.ground.auth import ScopePermission, TokenAuthentication
from marketplace.developers.ground.problems import TooLarge
from marketplace.developers.ground.schema import EndpointSchema
from marketplace.developers.ground.shapes import Shape
from marketplace.developers.models import ApiToken, Scope

_MINUTE = timedelta(minutes=1)
BODY_MAX = 1_000_000


class StrictJSONParser(JSONParser):
    """JSON; what Python cannot nest or UTF-8 cannot write is the sender's mistake."""

    def parse(self, *args: Any, **named: Any) -> Any:
        """Raise ParseError in words."""
        try:
            found = super().parse(*args, **named)
            # "\ud800" is JSON and half a sign: no answer could name it, no column hold it.
            json.dumps(found, ensure_ascii=False).encode()
        except RecursionError as error:
            raise ParseError(_("This JSON is nested too deeply.")) from error
        except UnicodeEncodeError as error:
            raise ParseError(_("This JSON holds half a sign (a lone surrogate).")) from error
        return found


class TooManyRequests(APIException):
    """The minute's requests are used up."""

    status_code = 429
    default_code = "too_many_requests"

    def __init__(self, wait: int) -> None:
        super().__init__(_("Too many requests. Please wait as Retry-After says."))
        self.wait = wait


class ApiView(APIView):
    """An endpoint. `scopes` names what a token must be for, by method; a method without one is
    open to everybody unless `needs_token`.

    The order: method, size, token, limits, scope. Whoever is refused has been counted.
    """

    scopes: ClassVar[Mapping[str, Scope]] = {}
    needs_token: ClassVar[bool] = False
    body_max: ClassVar[int] = BODY_MAX
    authentication_classes = [TokenAuthentication]
    permission_classes = [ScopePermission]
    parser_classes = [StrictJSONParser]
    renderer_classes = [JSONRenderer]
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]
    schema = EndpointSchema()

    def initial(self, request: Request, *args: Any, **named: Any) -> None:
        """Refuse a method that is not there before anybody is asked who he is."""
        name = (request.method or "").lower()
        if name not in self.http_method_names or not hasattr(self, name):
            raise MethodNotAllowed(request.method or "")
        _refuse_huge(request, self.body_max)
        super().initial(request, *args, **named)

    def perform_authentication(self, request: Request) -> None:
        """Read the token and count the request: against the token, else against the network."""
        try:
            token = request.auth
        except AuthenticationFailed:
            self._count(request, None)
            raise
        self._count(request, token if isinstance(token, ApiToken) else None)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **named: Any
    ) -> Response:
        """Say how many requests are left; nothing here is for a shared cache."""
        done: Response = super().finalize_response(request, response, *args, **named)
        for name, value in getattr(self, "_told", {}).items():
            done[name] = value
        done.headers.setdefault("Cache-Control", "no-store")
        return done

    def user_id(self) -> int:
        """Return whose token it is."""
        return int(self.request.user.pk or 0)

    def sent(self, shape: type[Shape], **options: Any) -> dict[str, Any]:
        """Return the checked body. Raises ValidationError."""
        body = shape(data=self.request.data, **options)
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)

    def keepable(self, answer: Any) -> Any:
        """Return what of an answer may be kept for a repeat (`once`): no secrets."""
        return answer

    def recall(self, answer: Any, **_named: Any) -> Any:
        """Return a kept answer for a repeat; `_named` is of the address.

        Views of things that people share raise here as `post` would for who may no longer.
        """
        return answer

    def _count(self, request: Request, token: ApiToken | None) -> None:
        at = timezone.now()
        if token is not None:
            most = settings.API_TOKEN_A_MINUTE
            limit, subject = throttles.Limit("api/token", most, _MINUTE), str(token.pk)
        else:
            most = settings.API_NETWORK_A_MINUTE
            address = get_adapter().get_client_ip(request._request)
            limit = throttles.Limit("api/network", most, _MINUTE)
            subject = throttles.network(address)
        spent = throttles.spend(limit=limit, subject=subject, at=at)
        wait = max(1, math.ceil((spent.ends_at - at).total_seconds()))
        self._told = {
            "RateLimit-Limit": str(most),
            "RateLimit-Remaining": str(spent.left),
            "RateLimit-Reset": str(wait),
        }
        if spent.is_over:
            raise TooManyRequests(wait)


def _refuse_huge(request: Request, most: int) -> None:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > most:
        raise TooLarge(
            _("At most %(most)d bytes may be sent here, with their length named.") % {"most": most}
        )
