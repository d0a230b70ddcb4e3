"""Who may enter the risk desk."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from marketplace.accounts.models import Role
from marketplace.accounts.queries import has_role
from marketplace.accounts.requests import SignedInRequest

P = ParamSpec("P")


def officers(
    view: Callable[Concatenate[SignedInRequest, P], HttpResponse],
) -> Callable[Concatenate[SignedInRequest, P], HttpResponse]:
    """Let only risk officers in: no other staff, however high."""

    @wraps(view)
    def guarded(request: SignedInRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not has_role(request.user, Role.RISK_OFFICER):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return cast("Callable[Concatenate[SignedInRequest, P], HttpResponse]", guarded)
