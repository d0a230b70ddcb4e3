"""Periodic work of this room."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from marketplace.accounts import devices, sessions, throttles


def sweep(at: datetime) -> None:
    """Forget what has run out: counters, sessions, browsers.

    They live by the real clock: a played moment that lies ahead signs nobody out.
    """
    at = min(at, timezone.now())
    throttles.sweep(at=at)
    sessions.sweep(at=at)
    devices.sweep(at=at)
