"""Request ids for the log, `Vary: HX-Request`, and no NUL in what a visitor sends."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from marketplace.outbox.context import request_id

GetResponse = Callable[[HttpRequest], HttpResponse]
_NUL_REFUSED = "cannot contain NUL"  # psycopg2's words
_SAFE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestIdMiddleware:
    """Give every request an id; a proxy's X-Request-ID is kept when it looks harmless."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        token = request_id.set(given if _SAFE_ID.fullmatch(given) else uuid.uuid4().hex)
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
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


class RequestIdFilter(logging.Filter):
    """Put the current request id on every log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True
