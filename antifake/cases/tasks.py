"""The scan as a job, and the clock that asks again for scans that did not come."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from antifake.cases import services
from antifake.detectors.base import Finding
from marketplace.outbox.models import Event
from marketplace.outbox.registry import JobContext


def scan_payload(event: Event) -> dict[str, Any]:
    """Return what a scan job needs to know of a posted or edited listing."""
    return {
        "listing_id": event.data["listing_id"],
        "content_version": event.data["content_version"],
    }


def prepare_scan(context: JobContext) -> list[Finding] | None:
    """Look at the listing, outside any transaction: pictures are read and described."""
    return services.look(
        listing_id=context.payload["listing_id"],
        content_version=context.payload["content_version"],
    )


def finish_scan(context: JobContext) -> None:
    """Act on what was found, in the transaction of the job."""
    if context.prepared is not None:
        services.finish(
            listing_id=context.payload["listing_id"],
            content_version=context.payload["content_version"],
            findings=context.prepared,
            at=context.at,
        )


def rescan_stalled(at: datetime) -> None:
    """Ask again for checks that did not come."""
    services.rescan_stalled(at=at)


def let_originals_go(at: datetime) -> None:
    """Let go the uploads of cases that nobody can appeal any more."""
    services.let_originals_go(at=at)
