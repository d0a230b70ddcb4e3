"""What the jobs and the page of the fault tests do."""

from __future__ import annotations

import os
import signal
import time
from datetime import datetime

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from marketplace.ledger import services as ledger
from marketplace.orders.services import cart, checkout, payment
from marketplace.outbox.registry import JobContext
from tests.factories.orders import ADDRESS

# Longer than a database under load needs to come back: a period is made while it lasts or never.
TICK, TICK_SECONDS = "fault.tick", 30

# One row for each run of a job: a second run could not hide.
TABLES = (
    "CREATE TABLE fault_effect (id bigserial PRIMARY KEY, job_id bigint NOT NULL)",
    "CREATE TABLE fault_tick (id bigserial PRIMARY KEY, tick timestamptz NOT NULL)",
    "CREATE TABLE fault_checkout (key text PRIMARY KEY, cart_id bigint NOT NULL)",
    "GRANT SELECT, INSERT ON fault_effect, fault_tick, fault_checkout TO ewtp_app",
    "GRANT USAGE ON fault_effect_id_seq, fault_tick_id_seq TO ewtp_app",
)


def transfer(context: JobContext) -> None:
    """Leave one row and one transfer per run."""
    payload = context.payload
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO fault_effect (job_id) VALUES (%s)", [context.job_id])
    time.sleep(payload["takes_seconds"])
    ledger.post(
        key=f"fault:{context.job_id}:{context.attempts}",
        kind="fault",
        entries={payload["source"]: -payload["amount"], payload["target"]: payload["amount"]},
        ref=f"job:{context.job_id}",
        actor="system",
        at=context.at,
    )


def kill_yourself(_context: JobContext) -> None:
    """End the process that does this job, as a crash in native code would."""
    os.kill(os.getpid(), signal.SIGKILL)


def tick(_at: datetime) -> None:
    """Leave one row per run of the clock."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO fault_tick (tick) VALUES (now())")


@csrf_exempt
@require_POST
def buy(request: HttpRequest) -> HttpResponse:
    """Check out and pay one piece, once for each `key` however often it is asked for."""
    buyer_id, at = int(request.POST["buyer"]), timezone.now()
    cart_id = _cart(request.POST["key"], buyer_id, int(request.POST["variant"]), at)
    group = checkout.place(buyer_id=buyer_id, cart_id=cart_id, at=at, **ADDRESS)
    payment.pay(group_id=group.pk, card="tok_ok", at=at)
    return HttpResponse(str(group.pk), content_type="text/plain")


@transaction.atomic
def _cart(key: str, buyer_id: int, variant_id: int, at: datetime) -> int:
    """Return the cart that was filled under this key, or fill one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT cart_id FROM fault_checkout WHERE key = %s", [key])
        row = cursor.fetchone()
        if row is None:
            line = cart.add_to_cart(buyer_id=buyer_id, variant_id=variant_id, quantity=1, at=at)
            row = (line.cart_id,)
            cursor.execute("INSERT INTO fault_checkout VALUES (%s, %s)", [key, line.cart_id])
    return int(row[0])
