"""What a token may be for, how cursors are written, when a request is the same. Plain Python."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

# Scopes that are about one shop; a token bound to a shop has no others but `catalogue:read`.
SHOP_SCOPES = frozenset(
    {
        "goods:read",
        "goods:write",
        "orders:read",
        "orders:write",
        "money:read",
        "webhooks:write",
    }
)
FOR_BOUND = SHOP_SCOPES | {"catalogue:read"}
TOKENS_MAX = 25  # more than any person's programs; a list that can be read
# How long a token lasts, in days. None lasts for ever: a forgotten one ends by itself.
LIFETIMES_DAYS = (30, 90, 365)
PREFIX = "ewtp_"
# An answer is kept for a day: https://docs.stripe.com/api/idempotent_requests names the same.
KEPT = timedelta(hours=24)
# How long a request that cannot be one transaction may take before a repeat does it again.
LEASE = timedelta(seconds=90)
KEY_MAX = 128
_KEY = re.compile(r"[\x21-\x7e]{8,128}")
_CURSOR_MAX = 200
_BIGGEST = 2**63 - 1


def is_key(text: str) -> bool:
    """Say whether a text can be an Idempotency-Key: 8 to 128 visible ASCII characters.

    >>> is_key("b3e1a2c4-0001"), is_key("short"), is_key("with a space")
    (True, False, False)
    """
    return _KEY.fullmatch(text) is not None


def fingerprint(*, method: str, path: str, body: Any, bound: str = "") -> str:
    """Return what two requests share when they ask for the very same thing: SHA-256, hex.

    `body` is the parsed body, so that the order of its names does not matter; `bound` is the shop
    of a token that is bound to one, which must learn nothing of another.

    >>> one = fingerprint(method="POST", path="/x", body={"a": 1, "b": 2})
    >>> one == fingerprint(method="POST", path="/x", body={"b": 2, "a": 1})
    True
    """
    text = json.dumps(
        [method, path, body, *([bound] if bound else [])], sort_keys=True, default=str
    )
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def cursor_of(values: Sequence[int]) -> str:
    """Return where a page ended, as one opaque word.

    >>> read_cursor(cursor_of([12, 7]), count=2)
    [12, 7]
    """
    return base64.urlsafe_b64encode(json.dumps(list(values)).encode()).decode().rstrip("=")


def read_cursor(text: str, *, count: int) -> list[int]:
    """Return the `count` numbers of a cursor. Raises ValueError for what `cursor_of` never made."""
    if len(text) > _CURSOR_MAX or not text.isascii():
        raise ValueError("not a cursor")
    try:
        padded = text + "=" * (-len(text) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except ValueError as error:  # no base64, no text, or no JSON
        raise ValueError("not a cursor") from error
    if not isinstance(values, list) or len(values) != count:
        raise ValueError("not a cursor")
    if any(type(one) is not int or not 0 <= one <= _BIGGEST for one in values):
        raise ValueError("not a cursor")
    return values
