"""Job handlers of this room, thin: the slow half outside a transaction, the booking inside."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.db.models import Q
from django.utils import timezone

from marketplace.orders import queries
from marketplace.orders.models import SandboxEntry, SandboxOutcome, SandboxScan
from marketplace.orders.providers.carriers import CarrierNews
from marketplace.orders.providers.payments import BookLine, ProviderNews, Result
from marketplace.orders.services import cart as carts
from marketplace.orders.services import (
    closing,
    escrow,
    expiry,
    followup,
    payment,
    payout,
    reconciliation,
    refund,
    tracking,
)
from marketplace.outbox import services as outbox
from marketplace.outbox.registry import JobContext

SANDBOX_JOB = "orders.sandbox_send"
EXPIRE, COMPLETE, PAYOUT_SHOPS = "orders.expire", "orders.complete", "orders.payout_shops"
PAYOUT_SHOP = "orders.payout_shop"
CASES_JOB = "orders.hear_cases"
PARCELS, SCANS_JOB = "orders.parcels", "orders.send_scans"
# What one transaction takes on: its locks are gone again within seconds.
BATCH = 200
AT_ONCE = datetime.fromtimestamp(0, UTC)  # also on a simulated clock


def send_refund(context: JobContext) -> Result:
    """Ask the provider for a refund."""
    return refund.send(refund_id=int(context.payload["refund_id"]), at=_moment(context))


def finish_refund(context: JobContext) -> None:
    """Book the provider's answer to a refund."""
    refund_id, result = int(context.payload["refund_id"]), context.prepared
    assert isinstance(result, Result)  # noqa: S101 - tells mypy what send_refund returned
    refund.finish(refund_id=refund_id, result=result, at=_moment(context))


def send_payout(context: JobContext) -> Result:
    """Ask the provider for a payout."""
    return payout.send(payout_id=int(context.payload["payout_id"]), at=_moment(context))


def finish_payout(context: JobContext) -> None:
    """Book the provider's answer to a payout."""
    payout_id, result = int(context.payload["payout_id"]), context.prepared
    assert isinstance(result, Result)  # noqa: S101 - tells mypy what send_payout returned
    payout.finish(payout_id=payout_id, result=result, at=_moment(context))


def _moment(context: JobContext) -> datetime:
    """Now, or the moment of the order when a simulated clock lies ahead of it."""
    return max(context.at, datetime.fromisoformat(str(context.payload["at"])))


def queue_sandbox_events(at: datetime) -> None:
    """Have the sandbox send what it owes; each event is its own transaction there."""
    owed = Q(events_due__gt=0) | Q(outcome=SandboxOutcome.PENDING)
    if SandboxEntry.objects.filter(owed).exists():
        outbox.enqueue(
            kind=SANDBOX_JOB,
            key=f"{SANDBOX_JOB}:{at.isoformat()}",
            payload={"at": at.isoformat()},
            run_at=AT_ONCE,
            queue="checkout",
        )


def send_sandbox_events(context: JobContext) -> int:
    """Settle delayed charges and send every owed event."""
    at = _moment(context)
    sandbox = payment.provider()
    sandbox.settle(at=at)
    return sandbox.send_due(at=at)


def nothing_left(context: JobContext) -> None:
    """The events were sent before; only the job's done mark is left to write."""


def expire(at: datetime) -> None:
    """Clock: unpaid orders."""
    if expiry.expire_due(at=at, limit=BATCH) == BATCH:
        outbox.go_on(kind=EXPIRE, at=at)


def close_shops(at: datetime) -> None:
    """Clock: the last payouts of shops that are closing."""
    closing.close_due(at=at)


def complete(at: datetime) -> None:
    """Clock: received, or silent, orders."""
    if escrow.complete_due(at=at, limit=BATCH) == BATCH:
        outbox.go_on(kind=COMPLETE, at=at)


def pay_out(at: datetime) -> None:
    """Clock: the daily payout, a job for each shop, so that none can keep others waiting."""
    _queue_payouts(after=0, at=at)


def pay_out_more(context: JobContext) -> None:
    """Queue the next batch of shops."""
    _queue_payouts(after=int(context.payload["after"]), at=_moment(context))


def _queue_payouts(*, after: int, at: datetime) -> None:
    period, moment = at.date().isoformat(), at.isoformat()
    shop_ids = queries.shops_owed(after=after, limit=BATCH)
    jobs = [(PAYOUT_SHOP, shop_id, {"shop_id": shop_id, "period": period}) for shop_id in shop_ids]
    if len(shop_ids) == BATCH:
        jobs.append((PAYOUT_SHOPS, shop_ids[-1], {"after": shop_ids[-1]}))
    for kind, number, payload in jobs:
        outbox.enqueue(
            kind=kind,
            key=f"{kind}:{number}:{period}",
            payload={**payload, "at": moment},
            run_at=AT_ONCE,
            queue="checkout",
        )


def pay_out_shop(context: JobContext) -> None:
    """Pay out one shop for one day."""
    payload = context.payload
    payout.pay_out(
        shop_id=int(payload["shop_id"]), period=str(payload["period"]), at=_moment(context)
    )


def follow_up(at: datetime) -> None:
    """Clock: answers of the provider that never came."""
    followup.follow_up(at=at)


def queue_cases(at: datetime) -> None:
    """Clock: the bank's cases, asked for in case their web hooks were lost."""
    outbox.enqueue(
        kind=CASES_JOB,
        key=f"{CASES_JOB}:{at.isoformat()}",
        payload={"at": at.isoformat()},
        run_at=AT_ONCE,
        queue="checkout",
    )


def ask_cases(context: JobContext) -> list[ProviderNews]:
    """Ask the provider which cases we have not heard of."""
    return followup.missed_cases(at=_moment(context))


def hear_cases(context: JobContext) -> None:
    """Take them in as if the web hook had brought them."""
    for news in context.prepared:
        payment.receive(event=news, at=_moment(context))


def queue_reconciliation(at: datetime) -> None:
    """Clock: the nightly comparison of our ledger with the provider's book."""
    day = at.date().isoformat()
    outbox.enqueue(
        kind=reconciliation.RECONCILE_JOB,
        key=f"{reconciliation.RECONCILE_JOB}:{day}",
        payload={"day": day, "at": at.isoformat()},
        run_at=AT_ONCE,
        queue="bulk",
    )


def read_book(_context: JobContext) -> list[BookLine]:
    """Ask the provider for its book."""
    return reconciliation.read_book()


def reconcile(context: JobContext) -> None:
    """Compare it with our ledger."""
    day = date.fromisoformat(str(context.payload["day"]))
    reconciliation.reconcile(day=day, lines=context.prepared, at=_moment(context))


def ask_charge(context: JobContext) -> tuple[int, Result | None]:
    """Ask the provider what became of a charge."""
    return followup.ask(payment_id=int(context.payload["payment_id"]))


def hear_charge(context: JobContext) -> None:
    """Act on what became of a charge."""
    attempt, result = context.prepared
    payment_id = int(context.payload["payment_id"])
    followup.heard(payment_id=payment_id, attempt=attempt, result=result, at=_moment(context))


def queue_parcels(at: datetime) -> None:
    """Clock: parcels to ask about, and what the practice carrier has to tell."""
    if tracking.ask_due(at=at, limit=BATCH) == BATCH:
        outbox.go_on(kind=PARCELS, at=at)
    if SandboxScan.objects.filter(events_due__gt=0, tell_at__lte=at).exists():
        outbox.enqueue(
            kind=SCANS_JOB,
            key=f"{SCANS_JOB}:{at.isoformat()}",
            payload={"at": at.isoformat()},
            run_at=AT_ONCE,
            queue="bulk",
        )


def send_scans(context: JobContext) -> int:
    """Have the practice carrier tell what it owes; each event is its own transaction there."""
    return tracking.carrier().send_due(at=_moment(context))


def ask_parcel(context: JobContext) -> list[CarrierNews]:
    """Ask the carrier about a parcel."""
    return tracking.ask(shipment_id=int(context.payload["shipment_id"]), at=_moment(context))


def hear_parcel(context: JobContext) -> None:
    """Store what the carrier answered."""
    tracking.heard(told=context.prepared, at=_moment(context))


def sweep_carts(at: datetime) -> None:
    """Clock: forget visitors' carts, by the real time: a played moment empties nobody's."""
    carts.sweep_visitors(at=min(at, timezone.now()))
