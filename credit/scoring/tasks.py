"""What the outbox calls. Thin: one event or one day, one service call."""

from __future__ import annotations

from datetime import UTC, datetime

from credit.scoring import queries, services
from marketplace.outbox import services as outbox
from marketplace.outbox.models import Event
from marketplace.outbox.registry import JobContext

RESCORE = "scoring.rescore"
RESCORE_OWNED = "scoring.rescore_owned"
COUNT_DISPUTE = "scoring.count_dispute"
RESCORE_ONE = "scoring.rescore_one"
GO_ON = "scoring.every_day.go_on"
BATCH = 200
AT_ONCE = datetime.fromtimestamp(0, UTC)  # also on a simulated clock


def on_fact(event: Event, at: datetime) -> None:
    """Look again at the shop that an event is about."""
    services.rescore(shop_id=event.data["shop_id"], cause=event.name, at=at)


def on_dispute(event: Event, at: datetime) -> None:
    """Count a dispute that ended, or ended anew."""
    services.dispute_ended(dispute_id=event.data["dispute_id"], cause=event.name, at=at)


def on_personal_fact(event: Event, at: datetime) -> None:
    """Look again at the shops of the person that an event is about."""
    for shop_id in queries.scored_shops_of(event.data["user_id"]):
        services.rescore(shop_id=shop_id, cause=event.name, at=at)


def rescore_one(job: JobContext) -> None:
    """Look again at one shop, asked for by name, and count its lost disputes anew."""
    at = max(job.at, datetime.fromisoformat(job.payload["at"]))
    services.recount(shop_id=job.payload["shop_id"])
    services.rescore(shop_id=job.payload["shop_id"], cause=job.payload["cause"], at=at)


def every_day(at: datetime) -> None:
    """Have every shop looked at: time alone moves months of trading, overdue parcels, strikes."""
    _ask(after=0, at=at)


def go_on(job: JobContext) -> None:
    """Have the next shops looked at, after the one where the last batch ended."""
    _ask(after=job.payload["after"], at=datetime.fromisoformat(job.payload["at"]))


def _ask(*, after: int, at: datetime) -> None:
    """Ask for a batch of shops; what is left is the next job's, so that no transaction is long."""
    shop_ids = queries.shops_to_refresh(after=after, limit=BATCH)
    for shop_id in shop_ids:
        outbox.enqueue(
            kind=RESCORE_ONE,
            key=f"{RESCORE_ONE}:{shop_id}:{at:%Y-%m-%d}",
            payload={"shop_id": shop_id, "cause": "clock.day", "at": at.isoformat()},
            run_at=AT_ONCE,
        )
    if len(shop_ids) == BATCH:
        outbox.enqueue(
            kind=GO_ON,
            key=f"{GO_ON}:{shop_ids[-1]}:{at:%Y-%m-%d}",
            payload={"after": shop_ids[-1], "at": at.isoformat()},
            run_at=AT_ONCE,
        )
