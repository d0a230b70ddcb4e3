"""Browsers that people have signed in with: others' guesses never lock them out."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from marketplace.accounts.models import KnownDevice

COOKIE = "device"
KEPT = timedelta(days=400)  # as long as browsers keep a cookie (RFC 6265bis section 5.5)
MOST_A_PERSON = 20


def token_hash(token: str) -> str:
    """Return what is stored of a token; it is 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_known(*, user_id: int, token: str) -> bool:
    """Say whether this person has signed in with the browser that shows `token`."""
    return bool(
        token and KnownDevice.objects.filter(user_id=user_id, token_hash=token_hash(token)).exists()
    )


@transaction.atomic
def remember(*, user_id: int, token: str, at: datetime) -> str:
    """Note that a person signed in with a browser; return the browser's new token.

    A token is never kept: one that was planted before the log-in is worth nothing after it.
    Others who use the same browser stay known in it.
    """
    fresh = secrets.token_urlsafe(32)
    if token:
        rows = KnownDevice.objects.filter(token_hash=token_hash(token))
        rows.filter(user_id=user_id).delete()
        rows.update(token_hash=token_hash(fresh))
    KnownDevice.objects.create(user_id=user_id, token_hash=token_hash(fresh), seen_at=at)
    kept = KnownDevice.objects.filter(user_id=user_id).order_by("-seen_at", "-pk")
    KnownDevice.objects.filter(pk__in=[row.pk for row in kept[MOST_A_PERSON:]]).delete()
    return fresh


def forget(*, user_id: int) -> None:
    """Know none of a person's browsers any more. Safe to repeat."""
    KnownDevice.objects.filter(user_id=user_id).delete()


def sweep(*, at: datetime) -> None:
    """Forget browsers whose cookie has run out."""
    KnownDevice.objects.filter(seen_at__lt=at - KEPT).delete()
