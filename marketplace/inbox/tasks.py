"""The inbox's work in the background."""

from __future__ import annotations

from marketplace.inbox import services
from marketplace.outbox.registry import JobContext


def carry(context: JobContext) -> None:
    """Hand the messages to a carrier, outside a transaction; at least once, under one key each."""
    if "message_ids" in context.payload:
        services.carry_all(message_ids=context.payload["message_ids"], at=context.at)
        return
    services.carry(
        message_id=context.payload["message_id"], key=f"job-{context.job_id}", at=context.at
    )


def delivered(context: JobContext) -> None:
    """Note it, in the transaction that marks the job done."""
    ids = context.payload.get("message_ids") or [context.payload["message_id"]]
    services.mark_all_delivered(message_ids=ids, at=context.at)
