"""Where the payment provider reports: signed, stored once, worked off by the same service."""

from __future__ import annotations

import hashlib
import hmac
import json
import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from marketplace.errors import BadInput
from marketplace.orders.providers.payments import ProviderNews
from marketplace.orders.services import payment

SIGNATURE_HEADER = "X-Signature"
BODY_BYTES_MAX = 10_000


def signature(body: bytes) -> str:
    """Return the hex HMAC-SHA256 that proves a body comes from the provider."""
    secret = hashlib.sha256(b"ewtp-webhook" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


@csrf_exempt  # a machine calls; the signature stands in for the token
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Take in one event. 200 also for a repeat, so that the provider stops sending it."""
    body = request.body
    given = request.headers.get(SIGNATURE_HEADER, "")
    if len(body) > BODY_BYTES_MAX or not hmac.compare_digest(
        signature(body).encode(), given.encode()
    ):
        return JsonResponse({"error": "bad signature"}, status=403)
    try:
        event = _parsed(body)
        is_new = payment.receive(event=event, at=timezone.now())
    except BadInput as error:
        return JsonResponse({"error": error.reason}, status=400)
    return JsonResponse({"new": is_new})


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
