"""What the sweeper does each half second: ring for jobs that wait, and do what nobody does."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from django.db import connection

from marketplace.outbox import rules, services
from marketplace.outbox.queries import WaitingJob

# "outbox" in ASCII: the advisory lock that makes one sweeper of many. It belongs to the database
# session, so PostgreSQL gives it to the next one when the holder dies.
LOCK = 0x6F7574626F78


class Bell(Protocol):
    """Something that can be rung."""

    def ring(self, *, job_id: int, queue: str, first: bool) -> bool:
        """Tell a worker of this job, `first` of all; False when it could not be told."""
        ...


class Taker(Protocol):
    """Somebody who does jobs."""

    def give(self, job: WaitingJob) -> bool:
        """Hand the job over; False when nobody is free."""
        ...

    def beaten(self) -> set[str]:
        """Return the queues of which somebody else took what was handed over."""
        ...


@dataclass
class _Rung:
    times: int
    again_at: float


@dataclass
class Sweeper:
    """The memory of one sweeper: whom it rang for, and when it may ring again."""

    bell: Bell
    hands: Taker
    clock: Callable[[], float] = time.monotonic
    _rung: dict[int, _Rung] = field(default_factory=dict)
    # What waited at the last look and was left to the workers: its queue, and since when it waits;
    # no moment for what was begun, which stands before the line and tells nothing of it.
    _left: dict[int, tuple[str, float | None]] = field(default_factory=dict)
    # When a worker last took a job of a queue; since when the latest comer of those had waited,
    # and the highest number of them.
    _answered: dict[str, float] = field(default_factory=dict)
    _latest: dict[str, float] = field(default_factory=dict)
    _highest: dict[str, int] = field(default_factory=dict)
    _given: set[int] = field(default_factory=set)
    _is_the_one: bool = False

    def tick(self, *, at: datetime) -> bool:
        """Sweep once if this is the one sweeper; say whether it is."""
        if not self._is_the_one:
            self._is_the_one = _took_the_lock()
        if self._is_the_one:
            self._sweep(at)
        return self._is_the_one

    def forget(self) -> None:
        """The database session is gone, and the lock with it."""
        self._is_the_one = False

    def _sweep(self, at: datetime) -> None:
        waiting = services.sweep(at=at).waiting
        still = {job.job_id for job in waiting}
        self._listen(still)
        for job in waiting:
            nobody_hears = job.late_seconds >= rules.RING_AFTER_SECONDS and not self._ring(job)
            if self._is_for_us(job, nobody_hears) and self.hands.give(job):
                self._given.add(job.job_id)
        self._rung = {job_id: rung for job_id, rung in self._rung.items() if job_id in still}
        self._given &= still
        self._left = {
            job.job_id: (job.queue, None if job.begun else self._since(job))
            for job in waiting
            if job.job_id not in self._given
        }

    def _listen(self, still: set[int]) -> None:
        """Note which queues somebody works on: he took what we left, or was there before us.

        Without the second, a worker that came late to a long line would never be heard: all that
        he takes was in our own line before.
        """
        for job_id, (queue, since) in self._left.items():
            if job_id not in still:
                self._answered[queue] = self.clock()
                if since is not None:
                    self._latest[queue] = max(since, self._latest.get(queue, since))
                    self._highest[queue] = max(job_id, self._highest.get(queue, job_id))
        for queue in self.hands.beaten():
            self._answered[queue] = self.clock()

    def _is_for_us(self, job: WaitingJob, nobody_hears: bool) -> bool:
        """Say whether no worker will come for a job: none was at work lately, or not for it."""
        if self._is_worked_on(job.queue):
            return self._passed_by_seconds(job) > rules.PASSED_OVER_SECONDS
        return nobody_hears or job.late_seconds >= rules.SELF_SERVICE_AFTER_SECONDS

    def _is_worked_on(self, queue: str) -> bool:
        answered = self._answered.get(queue)
        return answered is not None and self.clock() - answered <= rules.ANSWERED_WITHIN_SECONDS

    def _passed_by_seconds(self, job: WaitingJob) -> float:
        """Return how much later somebody came who was served; not above 0 when nobody did."""
        return self._latest.get(job.queue, -math.inf) - self._since(job)

    def _was_passed(self, job: WaitingJob) -> bool:
        """Say whether somebody who stood behind a job in line was served before it."""
        seconds = self._passed_by_seconds(job)
        if seconds > rules.RING_AGAIN_WHEN_PASSED_SECONDS:
            return True
        places = self._highest.get(job.queue, job.job_id) - job.job_id
        return seconds > -rules.SAME_MOMENT_SECONDS and places > rules.RING_AGAIN_WHEN_PASSED_PLACES

    def _since(self, job: WaitingJob) -> float:
        """Return since when a job waits, by this sweeper's clock."""
        return self.clock() - job.late_seconds

    def _ring(self, job: WaitingJob) -> bool:
        """Ring unless that was done lately; False when the broker takes no ring.

        Once is enough for a job that only stands in line: each ring more costs its worker a look.
        One that stood there before, and was passed or begun, goes first.
        """
        rung = self._rung.setdefault(job.job_id, _Rung(times=0, again_at=0.0))
        first = job.begun or self._was_passed(job)
        in_line = self._is_worked_on(job.queue) and not first
        if self.clock() < rung.again_at or (rung.times and in_line):
            return True
        if not self.bell.ring(job_id=job.job_id, queue=job.queue, first=first):
            return False
        rung.times += 1
        rung.again_at = self.clock() + rules.ring_pause_seconds(rung.times)
        return True


def _took_the_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])
