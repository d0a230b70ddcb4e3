"""The sweeper's own hands: child processes that do jobs when no worker answers.

Each hand does one job at a time in a child of its own, with a time limit. A job that kills,
blocks or bloats its process costs that child alone; its attempts grew before the work began,
so after five of them it is dead and everybody else's work goes on.
"""

from __future__ import annotations

import logging
import os
import queue
import select
import subprocess
import sys
import threading
from contextlib import suppress

from django.conf import settings

from marketplace.outbox import registry
from marketplace.outbox.queries import WaitingJob
from marketplace.outbox.rules import LEASE_SECONDS

HANDS = 2
# A child imports the whole project before it can work.
READY_WITHIN_SECONDS = 60.0
GRACE_SECONDS = 5.0
# More would only age in line; the next sweep finds them again.
LINE_LENGTH = 200
# What a hand answers: ready for the first job; a job is over; somebody else had taken it.
READY, OVER, TAKEN = b"ready\n", b"over\n", b"taken\n"

logger = logging.getLogger(__name__)


class Hands:
    """A few hands and the line of jobs in front of them."""

    def __init__(self, *, count: int = HANDS) -> None:
        self._line: queue.Queue[WaitingJob] = queue.Queue(maxsize=LINE_LENGTH)
        self._given: set[int] = set()
        self._beaten: set[str] = set()
        self._hands = [_Hand(self._line, self._given, self._beaten) for _number in range(count)]

    def give(self, job: WaitingJob) -> bool:
        """Put a job in line; False when it stands there already or the line is full."""
        if job.job_id in self._given or self._line.full():
            return False
        self._given.add(job.job_id)
        self._line.put_nowait(job)
        for hand in self._hands:
            if not hand.is_alive():
                hand.start()
        return True

    def beaten(self) -> set[str]:
        """Return the queues of which somebody else took a job of our line since the last call."""
        queues = set()
        while self._beaten:
            queues.add(self._beaten.pop())
        return queues

    def close(self) -> None:
        """Stop all hands; jobs cut off half-way are claimed again when their lease ends."""
        for hand in self._hands:
            hand.let_go()


class _Hand(threading.Thread):
    """One thread that feeds one child. The child is started when the first job comes."""

    def __init__(self, line: queue.Queue[WaitingJob], given: set[int], beaten: set[str]) -> None:
        super().__init__(daemon=True)
        self._line = line
        self._given = given
        self._beaten = beaten
        self._closed = False
        self._child: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        while not self._closed:
            with suppress(queue.Empty):
                job = self._line.get(timeout=0.5)
                if not self._closed:
                    self._do(job)
                self._given.discard(job.job_id)
        self._end_child()

    def let_go(self) -> None:
        """End the child, whatever it does, and this thread."""
        self._closed = True
        child = self._child
        if child is not None:
            child.kill()
        if self.is_alive():
            self.join(GRACE_SECONDS)

    def _do(self, job: WaitingJob) -> None:
        child = self._ready_child()
        if child is None or child.stdin is None:
            return
        kind = registry.kinds.get(job.kind)
        limit = (kind.lease_seconds if kind else LEASE_SECONDS) + GRACE_SECONDS
        with suppress(BrokenPipeError):
            child.stdin.write(b"%d\n" % job.job_id)
            child.stdin.flush()
        answer = _answer(child, limit)
        if answer == TAKEN:
            self._beaten.add(job.queue)
        elif not answer:
            logger.error("job %d (%s) ended or outlasted its process", job.job_id, job.kind)
            self._end_child()

    def _ready_child(self) -> subprocess.Popen[bytes] | None:
        if self._child is not None and self._child.poll() is None:
            return self._child
        self._child = _start()
        if _answer(self._child, READY_WITHIN_SECONDS):
            return self._child
        logger.error("a hand of the sweeper did not start")
        self._end_child()
        return None

    def _end_child(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            # What was not written yet cannot be flushed to the dead.
            with suppress(BrokenPipeError):
                if pipe is not None:
                    pipe.close()


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "django", "sweeper", "--hand"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=settings.BASE_DIR,
    )


def _answer(child: subprocess.Popen[bytes], within_seconds: float) -> bytes:
    """Wait for one line from the child; nothing when it ended or the time is up."""
    if child.stdout is None:
        return b""
    ready, _writable, _broken = select.select([child.stdout], [], [], within_seconds)
    return os.read(child.stdout.fileno(), 64) if ready else b""
