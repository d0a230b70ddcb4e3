"""What the outbox calls. Thin: one event or one day, one service call."""

from __future__ import annotations

from datetime import UTC, datetime

from credit.scoring import queries, services
from marketplace.outbox import services as outbox
from marketplace.outbox.models import Event
from marketplace.outbox.registry import JobContext

RESCORE = "scoring.rescore"
RESCORE_ONE = "scoring.rescore_one"
AT_ONCE = datetime.fromtimestamp(0, UTC)  # also on a simulated clock


def on_fact(event: Event, at: datetime) -> None:
    """Look again at the shop that an event is about."""
    services.rescore(shop_id=event.data["shop_id"], cause=event.name, at=at)


def rescore_one(job: JobContext) -> None:
    """Look again at one shop, asked for by name."""
    at = max(job.at, datetime.fromisoformat(job.payload["at"]))
    services.rescore(shop_id=job.payload["shop_id"], cause=job.payload["cause"], at=at)


def every_day(at: datetime) -> None:
    """Have every shop looked at: time alone moves months of trading, overdue parcels, strikes."""
    for shop_id in queries.shops_to_refresh():
        outbox.enqueue(
            kind=RESCORE_ONE,
            key=f"{RESCORE_ONE}:{shop_id}:{at:%Y-%m-%d}",
            payload={"shop_id": shop_id, "cause": "clock.day", "at": at.isoformat()},
            run_at=AT_ONCE,
        )
