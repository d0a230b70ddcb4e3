"""The doorbell: tells a worker that a job waits. Losing a ring loses nothing.

Publishing has its own, tight broker options. One ring costs the caller at most one time-out;
after a failure nobody is rung for a while, and the sweeper rings again later.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from celery import Celery
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from kombu import Producer
from kombu.exceptions import KombuError

from marketplace.failpoints import reach

TASK = "marketplace.outbox.tasks.run_job"
# With Redis 0 is answered before 3, and both are lists of their own.
FIRST, IN_LINE = 0, 3

# A due time of "now" was written by the database's clock, which may run ahead of ours.
CLOCKS_MAY_DIFFER = timedelta(seconds=1)
# A line that is refused this soon has cost nothing: the broker was only restarted since.
STALE_WITHIN_SECONDS = 0.05

logger = logging.getLogger(__name__)


@dataclass
class Counts:
    """What became of the rings of this process."""

    rung: int = 0
    failed: int = 0
    silenced: int = 0


class Doorbell:
    """Rings over one broker connection, shared by all threads of the process."""

    def __init__(
        self,
        *,
        url: str,
        timeout_seconds: float,
        silence_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.timeout_seconds = timeout_seconds
        self.silence_seconds = silence_seconds
        self.counts = Counts()
        self._clock = clock
        self._silent_until = 0.0
        self._lock = threading.Lock()
        # An application of its own, so that its options are not the workers' options.
        self._celery = Celery("doorbell", broker=url, set_as_current=False)
        self._celery.conf.update(
            task_default_queue="default",
            task_ignore_result=True,
            broker_transport_options={
                "socket_timeout": timeout_seconds,
                "socket_connect_timeout": timeout_seconds,
                "retry_on_timeout": False,
                # kombu tries for ever unless told how often; the first failure is final here.
                "max_retries": 0,
            },
        )
        self._connection = self._celery.connection_for_write()
        self._errors: tuple[type[BaseException], ...] = (
            KombuError,
            OSError,
            *self._connection.connection_errors,
            *self._connection.channel_errors,
        )
        self._producer: Producer | None = None

    def ring(self, *, job_id: int, queue: str, first: bool = False) -> bool:
        """Tell the workers of `queue`; say whether the broker took the message.

        A ring that goes `first` is answered before all that stand in line: the job has stood there
        once, and its ring was lost with a worker.
        """
        if self._is_silent() or not self._lock.acquire(timeout=self.timeout_seconds):
            self.counts.silenced += 1
            return False
        try:
            if self._is_silent():
                self.counts.silenced += 1
                return False
            return self._publish(job_id, queue, FIRST if first else IN_LINE)
        finally:
            self._lock.release()

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            self._drop()

    def _is_silent(self) -> bool:
        return self._clock() < self._silent_until

    def _publish(self, job_id: int, queue: str, priority: int) -> bool:
        served_before, began = self._producer is not None, self._clock()
        try:
            if self._producer is None:
                self._producer = self._celery.amqp.Producer(self._connection, auto_declare=False)
            self._celery.send_task(
                TASK,
                args=(job_id,),
                queue=queue,
                priority=priority,
                producer=self._producer,
                retry=False,
            )
        except self._errors as error:
            if served_before and self._clock() - began < STALE_WITHIN_SECONDS:
                self._drop()
                return self._publish(job_id, queue, priority)
            self.counts.failed += 1
            self._silent_until = self._clock() + self.silence_seconds
            self._drop()
            logger.warning(
                "the broker does not answer (%s); no rings for %g s",
                type(error).__name__,
                self.silence_seconds,
            )
            return False
        self.counts.rung += 1
        return True

    def _drop(self) -> None:
        self._producer = None
        with suppress(*self._errors):
            self._connection.close()
        self._connection = self._celery.connection_for_write()


@cache
def bell() -> Doorbell:
    """Return the doorbell of this process."""
    return Doorbell(
        url=settings.CELERY_BROKER_URL,
        timeout_seconds=settings.DOORBELL_TIMEOUT_SECONDS,
        silence_seconds=settings.DOORBELL_SILENCE_SECONDS,
    )


# A forked child must not talk over its parent's socket, nor inherit a lock that a thread holds.
os.register_at_fork(after_in_child=bell.cache_clear)


def ring_on_commit(*, job_id: int, queue: str, due_at: datetime | None) -> None:
    """Ring once the present transaction is on disk; at once when there is none.

    A job that is due later is not rung now: the sweeper rings when its time has come.
    """
    if due_at is None or due_at <= timezone.now() + CLOCKS_MAY_DIFFER:
        transaction.on_commit(lambda: _ring(job_id, queue), robust=True)


def _ring(job_id: int, queue: str) -> None:
    reach("outbox.committed")
    bell().ring(job_id=job_id, queue=queue)
