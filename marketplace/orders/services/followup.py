"""What the provider still owes us an answer about: asked for by clock, so nothing hangs for ever.

A process that dies between charge and booking, an event that never comes, a refund or payout
whose job gave up: all end here. Each is asked about in a job of its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from marketplace.orders import queries
from marketplace.orders.models import OrderState, Payment, PaymentState, ProviderEvent
from marketplace.orders.providers import payments as port
from marketplace.orders.services import payment
from marketplace.orders.services.owing import REFUND_JOB
from marketplace.orders.services.payout import SEND_JOB
from marketplace.outbox import services as outbox

ASK_JOB = "orders.ask_charge"
# How far back the provider's list of cases is read; its hooks give up trying sooner than that.
CASES_WINDOW = timedelta(days=7)


@transaction.atomic
def follow_up(*, at: datetime) -> int:
    """Queue a question about each open charge, late refund and late payout; return how many.

    A charge is asked about every ten minutes, the others once a day: the provider knows their
    keys, so that none is made twice.
    """
    tenth, today = f"{at:%Y-%m-%dT%H:%M}"[:-1], f"{at:%Y-%m-%d}"
    asked = [
        (ASK_JOB, f"{one.charge_key}:{tenth}", {"payment_id": one.pk}, one.group.placed_at)
        for one in queries.charges_under_way().select_related("group")
    ]
    asked += [
        (REFUND_JOB, f"{one.pk}:{today}", {"refund_id": one.pk}, one.created_at)
        for one in queries.refunds_owed(at=at)
    ]
    asked += [
        (SEND_JOB, f"{one.pk}:{today}", {"payout_id": one.pk}, one.created_at)
        for one in queries.payouts_late(at=at)
    ]
    for kind, key, subject, past in asked:
        outbox.enqueue(
            kind=kind,
            key=f"{kind}:{key}",
            payload={**subject, "at": at.isoformat()},
            run_at=past,  # so at once: `at` may lie ahead on a simulated clock
            queue="checkout",
        )
    return len(asked)


def ask(*, payment_id: int) -> tuple[int, port.Result | None]:
    """Ask what became of a payment's present charge. Runs outside any transaction.

    Returns the number of the attempt that was asked about, and None when it never came.
    """
    asked = Payment.objects.get(pk=payment_id)
    return asked.attempt, payment.provider().look_up(key=asked.charge_key)


@transaction.atomic
def heard(*, payment_id: int, attempt: int, result: port.Result | None, at: datetime) -> None:
    """Act on the answer to `ask`. Safe to repeat, also beside the browser and the web hook."""
    if result is None:
        _give_up(payment_id, attempt)
    else:
        payment.learn(payment_id=payment_id, attempt=attempt, result=result, at=at)


def missed_cases(*, at: datetime) -> list[port.ProviderNews]:
    """Ask the provider for the bank's cases whose web hooks never came. Outside any transaction."""
    told = payment.provider().cases_since(since=at - CASES_WINDOW)
    known = ProviderEvent.objects.filter(event_id__in=[news.event_id for news in told])
    heard_of = set(known.values_list("event_id", flat=True))
    return [news for news in told if news.event_id not in heard_of]


def _give_up(payment_id: int, attempt: int) -> None:
    """A charge that never came ends with its orders; until then the buyer may press pay again.

    Should it come after all, `complete_payment` still takes the money in.
    """
    stuck = Payment.objects.select_for_update(no_key=True, of=("self",)).get(pk=payment_id)
    waiting = stuck.orders.filter(state=OrderState.AWAITING_PAYMENT).exists()
    if waiting or stuck.attempt != attempt or not payment.charge_under_way(payment=stuck):
        return
    stuck.state = PaymentState.FAILED
    stuck.save(update_fields=["state"])
