"""Job handlers of this room, thin: the slow half outside a transaction, the booking inside."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db.models import Q

from marketplace.orders.models import SandboxEntry, SandboxOutcome
from marketplace.orders.providers.payments import Result
from marketplace.orders.services import escrow, expiry, payment, payout, refund
from marketplace.outbox import services as outbox
from marketplace.outbox.registry import JobContext

SANDBOX_JOB = "orders.sandbox_send"


def send_refund(context: JobContext) -> Result:
    """Ask the provider for a refund."""
    return refund.send(order_id=int(context.payload["order_id"]), at=_moment(context))


def finish_refund(context: JobContext) -> None:
    """Book the provider's answer to a refund."""
    order_id, result = int(context.payload["order_id"]), context.prepared
    assert isinstance(result, Result)  # noqa: S101 - tells mypy what send_refund returned
    refund.finish(order_id=order_id, result=result, at=_moment(context))


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
            run_at=datetime.fromtimestamp(0, UTC),  # at once, also on a simulated clock
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
    expiry.expire_due(at=at)


def complete(at: datetime) -> None:
    """Clock: received, or silent, orders."""
    escrow.complete_due(at=at)


def pay_out(at: datetime) -> None:
    """Clock: the daily payout."""
    payout.pay_out_due(at=at)
