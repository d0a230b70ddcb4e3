"""Periodic work of this room."""

from __future__ import annotations

from datetime import datetime

from marketplace.outbox import services as outbox
from marketplace.trust import services

EXPIRE = "trust.expire"


def expire(at: datetime) -> None:
    """Let sanctions end whose time has come; with more than a batch, go on at once."""
    if services.expire(at=at) == services.EXPIRE_BATCH:
        outbox.go_on(kind=EXPIRE, at=at)
