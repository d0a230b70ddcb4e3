"""How the practice provider calls things: its own references, in its own book."""

from __future__ import annotations

import hashlib

from marketplace.orders.models import Chargeback


def provider_ref(key: str) -> str:
    """Return the provider's own name of a call with an idempotency key."""
    return "sb_" + hashlib.sha256(key.encode()).hexdigest()[:24]


def case_key(case: Chargeback, *, decided: bool) -> str:
    """Return the key of a bank's case in the provider's book."""
    return f"{case.provider_case}:{'decided' if decided else 'opened'}"
