"""What the jobs of the fault tests do."""

from __future__ import annotations

import os
import signal
import time

from django.db import connection

from marketplace.ledger import services as ledger
from marketplace.outbox.registry import JobContext


def transfer(context: JobContext) -> None:
    """Leave one row and one transfer per run: a second run of a job could not hide."""
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
