"""Who asks: a bearer token, its person, and what it is for."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from marketplace.accounts import terms
from marketplace.accounts.models import User
from marketplace.developers import queries, rules, services
from marketplace.developers.models import ApiToken, Scope

_LONGEST = 200


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer ewtp_…`. Cookies count for nothing here."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the token's person. Raises AuthenticationFailed for a token that opens nothing."""
        kind, _space, text = request.headers.get("Authorization", "").partition(" ")
        if not kind:
            return None
        text = text.strip()
        at = timezone.now()
        token = None
        if kind.lower() == "bearer" and text.startswith(rules.PREFIX) and len(text) <= _LONGEST:
            token = queries.live_token(token=text, at=at)
        if token is None or not token.user.is_active or token.user.guest:
            raise AuthenticationFailed(
                _("This token opens nothing: it is unknown, revoked, or has run out.")
            )
        services.note_used(token=token, text=text, at=at)
        return token.user, token

    def authenticate_header(self, _request: Request) -> str:
        """What a 401 asks for."""
        return 'Bearer realm="api"'


class ScopePermission(BasePermission):
    """The token is for this kind of request, and its person has accepted the terms in force.

    What the person may do with the very thing asked about is the services' and queries' to say.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Raise in words; True otherwise."""
        method = (request.method or "").lower()
        # Django answers HEAD with `get`, which tells length and existence all the same.
        needed: Scope | None = view.scopes.get("get" if method == "head" else method)
        token = request.auth
        if needed is None and not view.needs_token:
            return True
        if not isinstance(token, ApiToken):
            raise NotAuthenticated(_("Send a token: Authorization: Bearer ewtp_…"))
        if needed is not None and needed.value not in token.scopes:
            raise PermissionDenied(
                _("This token is not for this. It needs the scope %(scope)s.")
                % {"scope": needed.value},
                code="scope_missing",
            )
        if not terms.has_accepted(user_id=token.user_id, version=terms.newest()):
            raise PermissionDenied(
                _("Sign in to the site once and accept the terms in force."),
                code="terms_not_accepted",
            )
        return True
