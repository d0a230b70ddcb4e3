"""The thinking of the outbox: when to try again, which period it is, what an error may say."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

# Queues that workers consume; a job on any other would wait for ever.
QUEUES = ("default", "checkout", "scan", "scoring", "linking", "mail", "bulk")

# Attempts grow before the work, so work that kills its process ends here as well.
# Source: reliability design, "dead after 5".
MAX_ATTEMPTS = 5
LEASE_SECONDS = 60
LONGEST_RETRY_SECONDS = 600

# A job this late is rung again: its first ring was lost, or it was not due when it was written.
RING_AFTER_SECONDS = 1.0
LONGEST_RING_PAUSE_SECONDS = 60.0
# A job this late is done by the sweeper itself: nobody answers the door.
SELF_SERVICE_AFTER_SECONDS = 5.0

ERROR_LENGTH = 500
_EMAIL = re.compile(r"[^\s@<>\"'(=]+@[^\s@<>\"')]+")
# Phone, card and document numbers; dates and clock times lose digits too, which is no harm.
_LONG_NUMBER = re.compile(r"\+?\d[\d .()/-]{4,}\d")


def retry_delay(attempts: int) -> timedelta:
    """Return how long to wait after the `attempts`-th failure: 4 s, 16 s, 64 s, 256 s, 10 min.

    >>> [retry_delay(n).seconds for n in (1, 2, 3, 4, 5)]
    [4, 16, 64, 256, 600]
    """
    return timedelta(seconds=min(4**attempts, LONGEST_RETRY_SECONDS))


def ring_pause_seconds(rings: int) -> float:
    """Return how long to wait after ringing for a job `rings` times: 2 s, doubling to a minute.

    >>> [ring_pause_seconds(n) for n in (1, 2, 3, 20)]
    [2.0, 4.0, 8.0, 60.0]
    """
    return min(2.0 ** min(rings, 10), LONGEST_RING_PAUSE_SECONDS)


def period_start(at: datetime, every: timedelta) -> datetime:
    """Return the start of the period that holds `at`; periods are counted from 1970 in UTC.

    >>> period_start(datetime(2026, 3, 2, 9, 44, 31, tzinfo=UTC), timedelta(minutes=15)).minute
    30
    """
    seconds = every.total_seconds()
    return datetime.fromtimestamp(at.timestamp() // seconds * seconds, tz=UTC)


def error_summary(error: BaseException) -> str:
    """Return the type and first line of an error, without addresses and long numbers in it.

    The first line only: PostgreSQL puts the refused row, with its values, into the next ones.

    >>> error_summary(ValueError("no route to eva@example.org or +49 170 1234567"))
    'ValueError: no route to [address] or [number]'
    """
    first_line = next(iter(str(error).splitlines()), "")
    masked = _LONG_NUMBER.sub("[number]", _EMAIL.sub("[address]", first_line))
    return f"{type(error).__name__}: {masked}"[:ERROR_LENGTH]
