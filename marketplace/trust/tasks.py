"""Periodic work of this room."""

from __future__ import annotations

from datetime import datetime

from marketplace.outbox import services as outbox
from marketplace.outbox.registry import JobContext
from marketplace.trust import services
from marketplace.trust.services import recalls

EXPIRE, RECOVER = "trust.expire", "trust.recover"


def expire(at: datetime) -> None:
    """Let sanctions end whose time has come; with more than a batch, go on at once."""
    if services.expire(at=at) == services.EXPIRE_BATCH:
        outbox.go_on(kind=EXPIRE, at=at)


def list_recalls(job: JobContext) -> None:
    """Ask for a recall of each order with goods that were found to be fakes."""
    facts = job.payload
    at = datetime.fromisoformat(facts["at"])
    recalls.ask_for_orders(
        decision_ref=facts["decision_ref"], listing_id=facts["listing_id"], at=at
    )


def recall_order(job: JobContext) -> None:
    """Give one buyer of a fake the money back."""
    facts = job.payload
    recalls.recall_order(
        decision_ref=facts["decision_ref"],
        listing_id=facts["listing_id"],
        order_id=facts["order_id"],
        at=max(job.at, datetime.fromisoformat(facts["at"])),
    )


def undo_recalls(job: JobContext) -> None:
    """Make good what a decision that was undone had taken."""
    at = max(job.at, datetime.fromisoformat(job.payload["at"]))
    recalls.undo(decision_ref=job.payload["decision_ref"], at=at)


def recover(at: datetime) -> None:
    """Take from shops what was advanced and is due; with more than a batch, go on at once."""
    if recalls.recover_due(at=at) == recalls.BATCH:
        outbox.go_on(kind=RECOVER, at=at)
