"""What the outbox calls. Thin: one event or one hour, one service call."""

from __future__ import annotations

from datetime import datetime

from credit.loans.models import Loan
from credit.loans.services import cutting, noting, repaying, shadowing, trouble, wallet
from marketplace.orders.providers.payments import Result
from marketplace.outbox import services as outbox
from marketplace.outbox.models import Event
from marketplace.outbox.registry import JobContext

REPAID, CLOCK, SEND = "loans.repaid_from_payout", "loans.clock", wallet.SEND
NOTE, SHADOW, STANDING = "loans.note", "loans.shadow", "loans.standing"
BATCH = 200
KEY = "loan:"


def on_claim_paid(event: Event, at: datetime) -> None:
    """Book what a payout brought for a loan; other rooms' claims are theirs."""
    key = str(event.data["claim_key"])
    if key.startswith(KEY):
        repaying.book_intake(loan_id=int(key.split(":")[1]), at=at)


def on_loan_news(event: Event, at: datetime) -> None:
    """Have the score look at what was paid, or is late."""
    loan_id = int(event.data["loan_id"])
    noting.note(loan_id=loan_id, at=at)
    noting.note_outcome(loan_id=loan_id, at=at)


def on_decision(event: Event, at: datetime) -> None:
    """Have the challenger decide the same in shadow."""
    known = event.data.get("application_id")
    if known is None:
        known = Loan.objects.get(pk=int(event.data["loan_id"])).application_id
    shadowing.decide(application_id=int(known), at=at)


def on_standing(event: Event, at: datetime) -> None:
    """Bring the cut that follows from a shop's standing in line with it."""
    cutting.look_at_standing(shop_id=int(event.data["shop_id"]), at=at)


def look_at_days(at: datetime) -> None:
    """Clock: offers that lapse, loans that become late, money on its way."""
    wallet.ask_again(at=at, limit=BATCH)
    worked = (
        trouble.look_at_due(at=at, limit=BATCH),
        cutting.look_at_due(at=at, limit=BATCH),
        noting.note_old_ones(at=at, limit=BATCH),
    )
    if max(worked) >= BATCH:
        outbox.go_on(kind=CLOCK, at=at)


def send(context: JobContext) -> Result | None:
    """Ask the provider to pay out of a wallet, or what became of a charge."""
    return wallet.send(move_id=int(context.payload["move_id"]), at=_moment(context))


def sent(context: JobContext) -> None:
    """Book the provider's answer."""
    result = context.prepared
    assert result is None or isinstance(result, Result)  # noqa: S101 - what `send` returned
    wallet.finish(move_id=int(context.payload["move_id"]), result=result, at=_moment(context))


def _moment(context: JobContext) -> datetime:
    return max(context.at, datetime.fromisoformat(str(context.payload["at"])))
