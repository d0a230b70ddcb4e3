"""The clock of this room, thin."""

from __future__ import annotations

from datetime import datetime

from marketplace.outbox import services as outbox
from marketplace.quotes.services import clock

QUOTES = "quotes.clock"
BATCH = 100


def move_on(at: datetime) -> None:
    """Clock: quotes and requests whose time ran out, accepted ones that nobody paid."""
    if clock.apply_due(at=at, limit=BATCH) == BATCH:
        outbox.go_on(kind=QUOTES, at=at)
