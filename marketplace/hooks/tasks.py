"""What events, jobs and clocks ask of this room."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from marketplace.hooks import config, rules, services
from marketplace.hooks.services import sending
from marketplace.outbox.models import Event
from marketplace.outbox.registry import JobContext


def fan_out(event: Event, at: datetime) -> None:
    """Something of the catalogue happened."""
    services.fan_out(event=event, at=at)


def call(context: JobContext) -> tuple[int, datetime] | None:
    """Take a turn with one endpoint, outside a transaction; return its number and its end."""
    endpoint_id, began = int(context.payload["endpoint_id"]), time.monotonic()

    def now() -> datetime:
        return context.at + timedelta(seconds=time.monotonic() - began)

    turn = services.start(endpoint_id=endpoint_id, at=now())
    if turn is None:
        return None
    while time.monotonic() - began < rules.TURN_SECONDS:
        letter = services.take(endpoint_id=endpoint_id, turn=turn, at=now())
        if letter is None:
            break
        answer = sending.send(letter=letter, guard=config.guard())
        services.note(letter=letter, answer=answer, at=now())
        context.renew()
    return turn, now()


def called(context: JobContext) -> None:
    """End the turn together with its job."""
    if context.prepared is not None:
        turn, at = context.prepared
        services.release(endpoint_id=int(context.payload["endpoint_id"]), turn=turn, at=at)


def pause_failing(at: datetime) -> None:
    """Clock: endpoints that took nothing for five days."""
    services.pause_failing(at=at)


def ring_overdue(at: datetime) -> None:
    """Clock: messages whose job was lost."""
    services.ring_overdue(at=at)
