"""Request ids and the access line, `Vary: HX-Request`, and no NUL in what a visitor sends."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from ewtp.logs import route_of
from marketplace.outbox.context import request_id

GetResponse = Callable[[HttpRequest], HttpResponse]
_NUL_REFUSED = "cannot contain NUL"  # psycopg2's words
# 32 hexadecimal digits or a UUID, as proxies make them; anything freer could be a phone number.
_WELL_FORMED = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

access = logging.getLogger("ewtp.access")


class RequestIdMiddleware:
    """Give every request an id and one line in the log; a proxy's well-formed id is kept.

    The line names the page, not the path: paths hold tokens, query strings hold anything.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        token = request_id.set(given if _WELL_FORMED.fullmatch(given) else uuid.uuid4().hex)
        begun = time.monotonic()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            _note(request, response.status_code, time.monotonic() - begun)
            return response
        finally:
            request_id.reset(token)


class NoNulMiddleware:
    """Answer 400 where a NUL would go into PostgreSQL, whose text cannot hold one.

    Path and cookies are read before any view; what else a view reads shows at the database,
    unless the view or its form has refused it in words.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if any("\x00" in text for text in (request.path, *request.COOKIES.values())):
            raise BadRequest("A NUL in path or cookie.")
        return self.get_response(request)

    def process_exception(self, _request: HttpRequest, exception: Exception) -> None:
        """Turn the database driver's refusal into the visitor's mistake that it is."""
        if isinstance(exception, ValueError) and _NUL_REFUSED in str(exception):
            raise BadRequest("A NUL in the request.") from exception


class VaryOnHtmxMiddleware:
    """Tell caches that a page and its htmx fragment are two different things.

    Without it, the browser's Back would show a bare fragment.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        return response


def _note(request: HttpRequest, status: int, took_s: float) -> None:
    method = request.method if request.method in _METHODS else "OTHER"
    line = {
        "method": method,
        "route": route_of(request),
        "status": status,
        "duration_ms": round(took_s * 1000, 1),
    }
    access.info("%s %s %d", method, line["route"], status, extra=line)
