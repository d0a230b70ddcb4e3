"""What the clock and other rooms' news ask of this room."""

from __future__ import annotations

from datetime import datetime

from marketplace.outbox.models import Event
from marketplace.shops import services


def begin_closing(at: datetime) -> None:
    """Clock: planned closures whose day has come."""
    services.begin_due(at=at)


def tell_trader(event: Event, at: datetime) -> None:
    """Staff decided about a trader's identity."""
    services.tell_trader(
        user_id=int(event.data["user_id"]),
        decision=event.name.removeprefix("identity."),
        key=f"{event.name}:{event.pk}",
        at=at,
    )
