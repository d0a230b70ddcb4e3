"""What a visitor wants to keep: a cookie holds it until he has signed in."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# The cookie that remembers the country goods should go to.
DESTINATION = "destination"
# The cookie that holds one wish of a visitor: "listing:12" or "stock:7".
WANTED = "wanted"
KINDS = ("listing", "stock")
_KEPT_S = 86_400


def remember(response: HttpResponse, *, kind: str, pk: int) -> None:
    """Have the browser keep what a visitor asked for by a form of ours."""
    response.set_cookie(
        WANTED,
        f"{kind}:{pk}",
        max_age=_KEPT_S,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def wanted(request: HttpRequest) -> tuple[str, int] | None:
    """Return what this browser asked for before its person signed in, if that is well-formed."""
    kind, _colon, number = request.COOKIES.get(WANTED, "").partition(":")
    if kind not in KINDS or not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    return kind, int(number)


def forget(response: HttpResponse) -> None:
    """Have the browser forget it."""
    response.delete_cookie(WANTED, samesite="Lax")
