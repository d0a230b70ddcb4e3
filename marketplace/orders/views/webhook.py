"""Where payment provider and carrier report: signed, stored once, worked off by one service."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from marketplace.errors import BadInput, KeyReused
from marketplace.orders.providers.carriers import CarrierNews
from marketplace.orders.providers.payments import ProviderNews
from marketplace.orders.services import payment, tracking

SIGNATURE_HEADER = "X-Signature"
BODY_BYTES_MAX = 10_000


PAYMENTS, PARCELS = b"ewtp-webhook", b"ewtp-parcels"


def signature(body: bytes, sender: bytes = PAYMENTS) -> str:
    """Return the hex HMAC-SHA256 that proves a body comes from a sender; each has its secret."""
    secret = hashlib.sha256(sender + settings.SECRET_KEY.encode()).digest()
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


@csrf_exempt  # a machine calls; the signature stands in for the token
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Take in one event. 200 also for a repeat, so that the provider stops sending it."""
    return _take_in(
        request,
        PAYMENTS,
        lambda body: payment.receive(event=_parsed(body), at=timezone.now()),
    )


@csrf_exempt  # a machine calls; the signature stands in for the token
@require_POST
def receive_scan(request: HttpRequest) -> HttpResponse:
    """Take in one scan of a parcel. 200 also for a repeat."""
    return _take_in(
        request,
        PARCELS,
        lambda body: tracking.receive(told=_parsed_scan(body), at=timezone.now()),
    )


def _take_in(request: HttpRequest, sender: bytes, take: Callable[[bytes], bool]) -> HttpResponse:
    body = request.body
    given = request.headers.get(SIGNATURE_HEADER, "")
    if len(body) > BODY_BYTES_MAX or not hmac.compare_digest(
        signature(body, sender).encode(), given.encode()
    ):
        return JsonResponse({"error": "bad signature"}, status=403)
    try:
        is_new = take(body)
    except (BadInput, KeyReused) as error:
        return JsonResponse({"error": error.reason}, status=400)
    return JsonResponse({"new": is_new})


def _parsed_scan(body: bytes) -> CarrierNews:
    try:
        told = json.loads(body)
        happened_at = datetime.fromisoformat(told["happened_at"])
        if happened_at.tzinfo is None or not isinstance(told["place"], str):
            raise ValueError("happened_at or place")
        return CarrierNews(
            event_id=_word(told["event_id"], 80),
            key=_word(told["key"], 40),
            status=_word(told["status"], 12),
            place="".join(sign for sign in told["place"] if sign.isprintable())[:80],
            happened_at=happened_at.astimezone(UTC),  # a moment that no calendar has overflows
        )
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        raise BadInput(_("This is not an event.")) from error


def _parsed(body: bytes) -> ProviderNews:
    try:
        told = json.loads(body)
        if type(told["amount_minor"]) is not int:  # neither 10.9 nor true
            raise ValueError("amount_minor")
        return ProviderNews(
            event_id=_word(told["event_id"], 80),
            kind=_word(told["kind"], 40),
            key=_word(told["key"], 120),
            provider_ref=_word(told["provider_ref"], 80),
            currency=_word(told["currency"], 3),
            amount_minor=told["amount_minor"],
            case=_word(told["case"], 80) if told.get("case") else "",
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadInput(_("This is not an event.")) from error


def _word(value: object, longest: int) -> str:
    """Return a provider's word as it is: cutting it could make two events one."""
    if not isinstance(value, str) or not re.fullmatch(r"[!-~]+", value) or len(value) > longest:
        raise ValueError(value)
    return value
