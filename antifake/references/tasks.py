"""Describing what a new version has not seen, and keeping the mapped index fresh."""

from __future__ import annotations

from datetime import datetime

from antifake.references import queries, services
from antifake.references.services import files
from antifake.references.services.descriptions import DESCRIBE_BATCH
from antifake.references.services.indexing import TAIL_LIMIT
from marketplace.outbox import services as outbox
from marketplace.outbox.registry import JobContext

UPKEEP = "references.upkeep"
DESCRIBE, INDEX = "references.describe_batch", "references.build_index"


def upkeep(at: datetime) -> None:
    """Ask for what is due: both are slow and must not be done inside a clock's transaction."""
    if services.anything_undescribed():
        outbox.enqueue(kind=DESCRIBE, key=f"{DESCRIBE}:{at.isoformat()}", payload={}, run_at=at)
    if queries.tail_length(TAIL_LIMIT + 1) > TAIL_LIMIT:
        outbox.enqueue(kind=INDEX, key=f"{INDEX}:{at.isoformat()}", payload={}, run_at=at)


def tend_rights(at: datetime) -> None:
    """Remind of rights that end soon, end those that are over, erase what was kept long enough."""
    services.look_at_due(at=at)
    files.PROOFS.erase_due(at=at)


def describe(_context: JobContext) -> int:
    """Describe a batch; outside transactions, and what is done is kept if the process dies."""
    return services.describe_missing()


def describe_more(context: JobContext) -> None:
    """Go on at once when the batch was full."""
    if context.prepared == DESCRIBE_BATCH:
        key = f"{DESCRIBE}:after:{context.job_id}"
        outbox.enqueue(kind=DESCRIBE, key=key, payload={}, run_at=context.at)


def build(context: JobContext) -> None:
    """Build the index, outside transactions."""
    services.build_if_due(at=context.at)


def built(_context: JobContext) -> None:
    """Nothing is left to do."""
