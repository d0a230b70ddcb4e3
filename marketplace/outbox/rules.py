"""The thinking of the outbox: when to try again, which period it is, what an error may say."""

from __future__ import annotations

import re
import traceback
from datetime import UTC, datetime, timedelta

# Queues that workers consume; a job on any other would wait for ever.
QUEUES = ("default", "checkout", "scan", "scoring", "linking", "mail", "hooks", "bulk")

# Attempts grow before the work, so work that kills its process ends here as well.
# Source: reliability design, "dead after 5".
MAX_ATTEMPTS = 5
LEASE_SECONDS = 60
LONGEST_RETRY_SECONDS = 600

# A job this late is rung again: its first ring was lost, or it was not due when it was written.
RING_AFTER_SECONDS = 1.0
LONGEST_RING_PAUSE_SECONDS = 60.0
# While somebody takes jobs of its queue it is rung again only if one that came so much later was
# taken first: its ring was lost. Of jobs that wait since the same moment the numbers tell: they
# are rung for in that order, and workers hold a few rings each.
RING_AGAIN_WHEN_PASSED_SECONDS = 2.0
RING_AGAIN_WHEN_PASSED_PLACES = 100
SAME_MOMENT_SECONDS = 1.0
# A job this late is done by the sweeper itself: nobody answers the door.
SELF_SERVICE_AFTER_SECONDS = 5.0
# While somebody takes jobs of its queue, a late job only stands in a long line: a second place of
# work would take the processors from the first. One that jobs pass which came so much later does
# not stand in that line.
ANSWERED_WITHIN_SECONDS = 5.0
PASSED_OVER_SECONDS = 60.0

# How long a done job that nobody can ask for again is kept, for a person who looks into things.
KEEP_DONE_DAYS = 30
PRUNE_BATCH = 1_000

ERROR_LENGTH = 500
# Packages whose errors are written by us, with ids and never with personal data in their words.
OURS = frozenset({"marketplace", "credit", "antifake", "ewtp"})
PLACES_MAX = 30
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


def without_addresses(text: str) -> str:
    """Return `text` with e-mail addresses taken out.

    >>> without_addresses("no route to eva@example.org")
    'no route to [address]'
    """
    return _EMAIL.sub("[address]", text)


def without_numbers(text: str) -> str:
    """Return `text` with long numbers taken out: of phones, cards, documents, machines.

    >>> without_numbers("job 12 calls +49 170 1234567")
    'job 12 calls [number]'
    """
    return _LONG_NUMBER.sub("[number]", text)


def in_own_words(error: BaseException) -> str:
    """Return the first line of an error of our own family; nothing of others.

    What a driver or a library says repeats the values it was given: PostgreSQL quotes the
    refused row, a parser its input.
    """
    if type(error).__module__.partition(".")[0] not in OURS:
        return ""
    first_line = next(iter(str(error).splitlines()), "")
    return without_numbers(without_addresses(first_line))


def places(error: BaseException) -> list[str]:
    """Return where an error came through, the outermost first: "package.module:line function"."""
    frames = list(traceback.walk_tb(error.__traceback__))[-PLACES_MAX:]
    return [
        f"{frame.f_globals.get('__name__', '?')}:{line} {frame.f_code.co_name}"
        for frame, line in frames
    ]


def error_summary(error: BaseException) -> str:
    """Return what a failed job may keep of an error: type, SQL state, place, and our own words.

    >>> error_summary(ValueError("no route to eva@example.org"))
    'ValueError'
    """
    state = getattr(error.__cause__, "pgcode", None)
    words = in_own_words(error)
    stack = places(error)
    inner = [place for place in stack if place.partition(".")[0] in OURS] or stack
    parts = (
        type(error).__name__,
        f" {state}" if state else "",
        f": {words}" if words else "",
        f" at {inner[-1]}" if inner else "",
    )
    return "".join(parts)[:ERROR_LENGTH]
