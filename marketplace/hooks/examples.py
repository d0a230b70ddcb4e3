"""Code to copy: how a program checks our signature, and how to try it without us."""

from __future__ import annotations

from datetime import datetime

from marketplace.hooks.models import Endpoint

_PLACEHOLDER = "whsec_…"
_PYTHON = """# pip install standardwebhooks flask

from flask import Flask, request
from standardwebhooks import Webhook, WebhookVerificationError

app = Flask(__name__)
SECRET = "{secret}"

@app.post("/")
def receive():
    try:
        message = Webhook(SECRET).verify(request.get_data(), dict(request.headers))
    except WebhookVerificationError:
        return "", 400
    print(message["type"], message["data"])
    return "", 204"""
_CURL = r"""SECRET='{secret}'
ID=msg_try1; AT=$(date +%s)
BODY='{{"type":"webhook.test","timestamp":"{day}T12:00:00.000Z","data":{{"endpoint_id":{pk}}}}}'
KEY=$(printf %s "${{SECRET#whsec_}}" | base64 -d | od -An -v -tx1 | tr -d ' \n')
SIGNATURE=$(printf '%s.%s.%s' "$ID" "$AT" "$BODY" \
  | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -binary | base64)
curl -i '{url}' \
  -H 'Content-Type: application/json' \
  -H "webhook-id: $ID" -H "webhook-timestamp: $AT" \
  -H "webhook-signature: v1,$SIGNATURE" \
  -d "$BODY" """.rstrip()


def python(*, secret: str) -> str:
    """Return a program that takes our messages; `secret` may be empty: it is shown once."""
    return _PYTHON.format(secret=secret or _PLACEHOLDER)


def curl(*, endpoint: Endpoint, secret: str, at: datetime) -> str:
    """Return a command that sends what we would send.

    An address holds no quotes (`addresses.target`), so it cannot end its own.
    """
    return _CURL.format(
        secret=secret or _PLACEHOLDER, day=at.date(), pk=endpoint.pk, url=endpoint.url_sealed
    )


def headers(*, message_id: str, at: datetime, signature: str) -> str:
    """Return the headers of one attempt as they were sent."""
    return (
        f"webhook-id: {message_id}\nwebhook-timestamp: {int(at.timestamp())}\n"
        f"webhook-signature: {signature}"
    )
