"""What follows notices: comparing photos, people's rulings, and the clock of answers."""

from __future__ import annotations

from datetime import datetime

from antifake.notices import services
from marketplace.outbox.models import Event
from marketplace.outbox.registry import JobContext


def prepare_compare(context: JobContext) -> list[int]:
    """Compare the photos of goods with known fakes, outside any transaction."""
    return services.listings_to_compare(
        notice_id=context.payload["notice_id"], listing_ids=context.payload["listing_ids"]
    )


def finish_compare(context: JobContext) -> None:
    """Withhold the copies, in the transaction of the job."""
    if context.prepared:
        services.withhold_compared(
            notice_id=context.payload["notice_id"], listing_ids=context.prepared, at=context.at
        )


def follow_case(event: Event, at: datetime) -> None:
    """A person decided about goods that a notice may name."""
    services.note_ruling(case_id=event.data["case_id"], at=at)


def lapse_due(at: datetime) -> None:
    """Give back what nobody replied about in time."""
    services.lapse_due(at=at)
