"""Asks for work without rest and says which of it the database has acknowledged.

`python -m tests.faults.producer NAME JOBS_PER_SECOND` prints `key asked_at` for each, in seconds
since 1970; ends on SIGTERM.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time

import django


def main(name: str, per_second: float) -> None:
    """Ask, repeat what was not acknowledged under its old key, and say what was."""
    from django.db import Error, connection
    from django.utils import timezone

    from marketplace.ledger import services as ledger
    from marketplace.outbox import services as outbox

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    chance = random.Random(name)
    wallets: list[int] = []
    number = 0
    while not stop.is_set():
        key = f"fault:{name}:{number}"
        try:
            asked_at, now = time.time(), timezone.now()
            while len(wallets) < 4:
                owner = f"shop:{len(wallets)}"
                wallets.append(
                    ledger.open_account(
                        kind="seller_payable", owner_ref=owner, currency="EUR", at=now
                    )
                )
            source, target = chance.sample(wallets, 2)
            outbox.enqueue(
                kind="fault.transfer",
                key=key,
                payload={
                    "source": source,
                    "target": target,
                    "amount": chance.randint(1, 9_999),
                    "takes_seconds": chance.choice([0, 0.02, 0.2]),
                },
                run_at=now,
            )
        except Error:
            connection.close()
            time.sleep(0.05)
            continue
        print(f"{key} {asked_at:.3f}", flush=True)
        number += 1
        stop.wait(1 / per_second)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.faults.settings")
    django.setup()
    main(sys.argv[1], float(sys.argv[2]))
