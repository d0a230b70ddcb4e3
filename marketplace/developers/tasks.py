"""Periodic work of this room."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from marketplace.developers import services


def sweep(at: datetime) -> None:
    """Forget kept answers; by the real clock, as a played moment may lie ahead."""
    services.sweep(at=min(at, timezone.now()))
