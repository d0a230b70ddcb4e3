"""One shape for everything that went wrong: RFC 9457, `application/problem+json`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response

from marketplace.developers.services import StillRunning
from marketplace.errors import (
    BadInput,
    InsufficientFunds,
    KeyReused,
    MarketplaceError,
    NotAllowed,
    PaymentRefused,
    SoldOut,
    WrongState,
)
from marketplace.outbox.context import request_id

MEDIA_TYPE = "application/problem+json"
ROOT = "/api/"
# Where each code is explained; a problem's `type` is an address that a person can open.
TYPES = "/developers/#problem-"
# The status and the code of each expected refusal, the nearest class first.
REFUSALS: Mapping[type[MarketplaceError], tuple[int, str]] = {
    StillRunning: (409, "still_running"),
    BadInput: (422, "invalid"),
    NotAllowed: (403, "not_allowed"),
    KeyReused: (422, "key_reused"),
    SoldOut: (409, "sold_out"),
    PaymentRefused: (402, "payment_refused"),
    InsufficientFunds: (409, "insufficient_funds"),
    WrongState: (409, "wrong_state"),
    MarketplaceError: (409, "refused"),
}
CODES = {
    400: "malformed",
    401: "not_authenticated",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
    500: "internal_error",
    503: "busy",
}


class KeyMissing(exceptions.APIException):
    """A request that makes something came without an Idempotency-Key."""

    status_code = 400
    default_code = "idempotency_key_missing"


class TooLarge(exceptions.APIException):
    """More was sent than any request of this kind needs."""

    status_code = 413
    default_code = "too_large"


def answer(error: Exception, _context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: every expected error as a problem; None for what is a fault."""
    if isinstance(error, MarketplaceError):
        return of_refusal(error)
    if isinstance(error, Http404):
        error = exceptions.NotFound(_("There is no such thing, or it is not yours."))
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    if isinstance(error, exceptions.ValidationError):
        found = list(_fields(error.detail))
        detail = _("Some values cannot be used; see errors.")
        return _response(422, "invalid", detail, errors=found)
    code = _code(error)
    answered = _response(error.status_code, code, str(error.detail))
    header = getattr(error, "auth_header", None)
    if header:
        answered["WWW-Authenticate"] = header
    wait = getattr(error, "wait", None)
    if wait:
        answered["Retry-After"] = str(int(wait))
    return answered


def of_refusal(error: MarketplaceError) -> Response:
    """Return an expected refusal of a service as a problem."""
    status, code = next(REFUSALS[kind] for kind in type(error).__mro__ if kind in REFUSALS)
    field = error.field if isinstance(error, BadInput) else ""
    errors = [{"field": field, "message": error.reason}] if isinstance(error, BadInput) else []
    answered = _response(status, code, error.reason, errors=errors)
    if isinstance(error, StillRunning):
        answered["Retry-After"] = "1"
    return answered


def problem(
    status: int, code: str, detail: str, errors: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    """Return the body of a problem."""
    return {
        "type": f"{TYPES}{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": errors or [],
        "request_id": request_id.get(),
    }


class ProblemMiddleware:
    """Turn whatever fails under /api/ outside our views into the same shape.

    Addresses that are nowhere, a NUL in the path, a fault: Django answers these with pages.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        kind = response.headers.get("Content-Type", "")
        if not request.path.startswith(ROOT) or response.status_code < 400 or kind == MEDIA_TYPE:
            return response
        status = response.status_code
        body = problem(status, CODES.get(status, "refused"), _words(status))
        told = HttpResponse(json.dumps(body), status=status, content_type=MEDIA_TYPE)
        for name in ("Allow", "Retry-After", "WWW-Authenticate", "X-Request-ID"):
            if name in response.headers:
                told[name] = response[name]
        return told


def _words(status: int) -> str:
    if status == 404:
        return _("There is no such address.")
    if status >= 500:
        return _("Something broke on our side. Nothing was lost; send the same request again.")
    return _("This request cannot be read.")


def _response(
    status: int, code: str, detail: str, errors: list[dict[str, str]] | None = None
) -> Response:
    body = problem(status, code, detail, errors)
    return Response(body, status=status, content_type=MEDIA_TYPE)


def _code(error: exceptions.APIException) -> str:
    codes = error.get_codes()
    own = codes if isinstance(codes, str) else ""
    plain = {"error", "permission_denied", "parse_error", "authentication_failed", "throttled"}
    return CODES.get(error.status_code, "refused") if own in plain or not own else own


def _fields(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Walk DRF's nested errors: one row for each sentence, with the way to its field."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            here = "" if name == "non_field_errors" else str(name)
            yield from _fields(inner, f"{path}.{here}".strip("."))
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from _fields(inner, f"{path}.{number}".strip(".") if nested else path)
    else:
        yield {"field": path, "message": str(detail)}
