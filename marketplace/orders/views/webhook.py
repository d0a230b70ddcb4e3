"""Where the payment provider reports: signed, stored once, worked off by the same service."""

from __future__ import annotations

import hashlib
import hmac
import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
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
        return ProviderNews(
            event_id=str(told["event_id"])[:80],
            kind=str(told["kind"])[:40],
            key=str(told["key"]),
            provider_ref=str(told["provider_ref"])[:80],
            currency=str(told["currency"]),
            amount_minor=int(told["amount_minor"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput("This is not an event.") from error
