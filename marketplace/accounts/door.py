"""Middleware at the door: how often somebody may try, and what a signed-in person owes first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from marketplace.accounts import (
    devices,
    rules,
    second_factor,
    sessions,
    terms,
    throttles,
    tries,
)
from marketplace.accounts.hashing import HashingBusy
from marketplace.accounts.models import User

GetResponse = Callable[[HttpRequest], HttpResponse]

# Which limits guard what is sent to a page, by URL name.
GUARDED = {
    "account_login": throttles.LOG_IN,
    "account_signup": throttles.SIGN_UP,
    "account_request_login_code": throttles.ASK_CODE,
    "account_confirm_login_code": throttles.GUESS_CODE,
    "account_email_verification_sent": throttles.GUESS_CODE,
    "account_verify_phone": throttles.GUESS_CODE,
    "account_reset_password": throttles.RESET,
    "account_reset_password_from_key": throttles.GUESS_CODE,
    "account_reauthenticate": throttles.AGAIN,
    "account_change_password": throttles.AGAIN,
    "account_change_phone": throttles.CHANGE,
    "account_email": throttles.CHANGE,
    "admin:password_change": throttles.AGAIN,
    "mfa_reauthenticate": throttles.AGAIN,
    "mfa_activate_totp": throttles.AGAIN,
    "accounts:guest_link": throttles.GUEST_LINK,
    "accounts:guest_claim": throttles.CHANGE,
    "orders:guest_renew": throttles.CHANGE,
}
# Pages that people may see before the second factor and the terms; the second factor's own
# pages, which show recovery codes, before the terms alone.
OPEN = {
    "healthz",
    "readyz",
    "account_logout",
    "account_reauthenticate",
    "accounts:terms",
    "accounts:demo",
}
OPEN_BEGINNING = "mfa_"
# What a guest may open: what buyers need, and the way to an account. All else leads to that way.
GUESTS_ROOMS = (
    "storefront:",
    "orders:",
    "care:",
    "talk:",
    "inbox:",
    "reasons:",
    "accounts:guest",
    "transparency:",
    "reports:",
)
GUESTS_PAGES = {
    "notices:status",
    "listings:photo",
    "scoring:check",
    "account_email_verification_sent",
    "account_verify_phone",
}
SELLERS_PATH = "desk/"  # the sellers' pages in rooms that buyers use too
# The moment of the last request is noted at most this often.
NOTED_EVERY_SECONDS = 300


class GuardMiddleware:
    """Count tries before a password is hashed or a code is sent; answer 429 beyond the limits."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        keys = getattr(request, tries.KEYS, None)
        if keys and (_was_right(request, response) or hasattr(request, tries.NOT_TRIED)):
            throttles.give_back(keys=keys)
        token = getattr(request, tries.NEW_TOKEN, "")
        if token:
            response.set_cookie(
                devices.COOKIE,
                token,
                max_age=devices.KEPT,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Let a try through, or not."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        limits = GUARDED.get(name)
        if limits is None or request.method != "POST":
            return None
        keys = tries.take(request, limits, at=timezone.now())
        if keys is not None:
            setattr(request, tries.KEYS, keys)
            return None
        return _refused(request, by_code=name == "account_login")

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Tell in words that the house is too busy to check a password."""
        if not isinstance(error, HashingBusy):
            return None
        setattr(request, tries.NOT_TRIED, True)
        page = render(request, "503.html", {"reason": error.reason}, status=503)
        page["Retry-After"] = "2"
        return page


class DoorMiddleware:
    """Ask a signed-in person for what comes first: a second factor, the terms, a new log-in."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Let the request through, or lead to the page that comes first."""
        user = request.user
        if not isinstance(user, User):
            return None
        now = timezone.now()
        if _is_over(request, user, now):
            logout(request)
            messages.info(request, _("You were signed out because some time has passed."))
            return _lead(request, "account_login")
        _note_seen(request, now)
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in OPEN:
            return None
        if second_factor.is_needed(user) and not second_factor.was_shown(request, user):
            on = second_factor.is_on(user_id=user.pk)
            first = "mfa_reauthenticate" if on else "mfa_activate_totp"
            return None if name == first else _lead(request, first)
        if user.guest and not _is_for_guests(request, name):
            return redirect("accounts:guest")
        owes_terms = not name.startswith(OPEN_BEGINNING) and not _agreed(request, user)
        return _lead(request, "accounts:terms") if owes_terms else None


def _is_for_guests(request: HttpRequest, name: str) -> bool:
    route = request.resolver_match.route if request.resolver_match else ""
    may_be = name.startswith(GUESTS_ROOMS) and not route.startswith(SELLERS_PATH)
    return may_be or name in GUESTS_PAGES


def _was_right(request: HttpRequest, response: HttpResponse) -> bool:
    name = request.resolver_match.view_name if request.resolver_match else ""
    may_be = name in GUARDED and GUARDED[name].repaid
    return may_be and response.status_code == 302 and request.user.is_authenticated


def _refused(request: HttpRequest, *, by_code: bool) -> HttpResponse:
    """Say that there were too many tries, at the least cost: it may be the thousandth time."""
    template, context = "429.html", {"by_code": by_code}
    if isinstance(request.user, User):
        page = render(request, template, context, status=429)
    else:  # all visitors see the same
        key = f"accounts.refused.{get_language()}.{by_code}"
        body = cache.get(key)
        if body is None:
            body = render(request, template, context).content
            cache.set(key, body, 60)
        page = HttpResponse(body, status=429)
    page["Retry-After"] = "900"
    page._has_been_logged = True  # type: ignore[attr-defined]  # throttles.py logs a limit once
    return page


def _lead(request: HttpRequest, name: str) -> HttpResponse:
    back = request.get_full_path() if request.method in {"GET", "HEAD"} else reverse("accounts:me")
    if request.headers.get("HX-Request"):
        # A fragment's address is no page to come back to.
        return HttpResponseClientRedirect(reverse(name))
    return redirect(f"{reverse(name)}?{urlencode({'next': back})}")


def _is_over(request: HttpRequest, user: User, now: datetime) -> bool:
    return rules.session_is_over(
        since=request.session.get(sessions.SINCE),
        seen=request.session.get(sessions.SEEN),
        now=now.timestamp(),
        longest=settings.STAFF_SESSION_SECONDS
        if second_factor.is_needed(user)
        else settings.SESSION_COOKIE_AGE,
        idle=settings.STAFF_IDLE_SECONDS if second_factor.is_needed(user) else None,
    )


def _note_seen(request: HttpRequest, now: datetime) -> None:
    session, moment = request.session, now.timestamp()
    if sessions.SINCE not in session:
        session[sessions.SINCE] = moment
        session[sessions.DEVICE] = rules.device_name(request.headers.get("User-Agent", ""))
    if moment - session.get(sessions.SEEN, 0) >= NOTED_EVERY_SECONDS:
        session[sessions.SEEN] = moment


def _agreed(request: HttpRequest, user: User) -> bool:
    """Say whether the terms in force were accepted; the session remembers a yes."""
    newest = terms.newest()
    if request.session.get("terms") == newest:
        return True
    agreed = terms.has_accepted(user_id=user.pk, version=newest)
    if agreed:
        request.session["terms"] = newest
    return agreed
