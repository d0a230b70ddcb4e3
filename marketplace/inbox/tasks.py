"""The inbox's work in the background."""

from __future__ import annotations

from marketplace.inbox import services
from marketplace.outbox.registry import JobContext


def carry(context: JobContext) -> None:
    """Hand the message to a carrier, outside a transaction; at least once, under one key."""
    services.carry(
        message_id=context.payload["message_id"], key=f"job-{context.job_id}", at=context.at
    )


def delivered(context: JobContext) -> None:
    """Note it, in the transaction that marks the job done."""
    services.mark_delivered(message_id=context.payload["message_id"], at=context.at)
