"""Secrets and signatures of Standard Webhooks, made by its own library."""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from datetime import datetime

from standardwebhooks import Webhook

PREFIX = "whsec_"
# The specification asks for 24 to 64 random bytes.
SECRET_BYTES = 32


def new_secret() -> str:
    """Return a fresh secret as its holder writes it: whsec_ and base64."""
    return PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode()


def signature(*, secrets: Sequence[str], message_id: str, body: str, at: datetime) -> str:
    """Return the header `webhook-signature`: one signature a secret, separated by a space."""
    return " ".join(
        Webhook(secret).sign(msg_id=message_id, timestamp=at, data=body) for secret in secrets
    )
