"""Several database connections in one test, and a way to see that one of them waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import connection


def started(work: Callable[[], Any]) -> Future[Any]:
    """Do `work` on a connection of its own; the future of its result."""

    def one():
        try:
            return work()
        finally:
            connection.close()

    pool = ThreadPoolExecutor(1)
    future = pool.submit(one)
    pool.shutdown(wait=False)
    return future


def wait_for_a_lock(*, within_seconds: float = 60) -> None:
    """Return as soon as somebody waits for a lock."""
    give_up = time.monotonic() + within_seconds
    while time.monotonic() < give_up:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits for a lock")
