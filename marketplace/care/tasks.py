"""Clocks of this room, thin."""

from __future__ import annotations

from datetime import datetime

from marketplace.care.services import clock
from marketplace.outbox import services as outbox

DISPUTES = "care.disputes"
# What one transaction takes on: its locks are gone again within seconds.
BATCH = 100


def move_disputes(at: datetime) -> None:
    """Clock: disputes in which somebody was silent."""
    if clock.apply_due(at=at, limit=BATCH) == BATCH:
        outbox.go_on(kind=DISPUTES, at=at)
