"""The thinking of webhooks: when to try again, how long a failing receiver is left alone."""

from __future__ import annotations

from datetime import timedelta

# After each failed attempt. Source: Standard Webhooks specification, "Deliverability and
# reliability": the first at once, the last about three days later.
RETRIES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
FIRST_REST = timedelta(seconds=5)
LONGEST_REST = timedelta(minutes=5)
# A receiver that takes so long holds a place of work that others wait for: it rests three times
# as long as it took, so that it has a quarter of the time of one place at most.
SLOW = timedelta(seconds=2)
SLOW_REST = 3
# An endpoint that took nothing for so long is paused.
FAILING_MAX = timedelta(days=5)
# Both secrets sign while a receiver is moved from the old one to the new one.
ROTATION = timedelta(hours=24)
# A secret is shown to whoever asked for it, once; a double click is one asking.
SHOWN_AGAIN_WITHIN = timedelta(minutes=2)
ENDPOINTS_MAX = 10
REPLAYS_AT_ONCE_MAX = 500
# For all webhooks of an owner together: what is asked for by hand costs calls at once.
TESTS_AN_HOUR_MAX = 30
REPLAYS_AN_HOUR_MAX = 60
REPLAYS_OF_FAILED_AN_HOUR_MAX = 10
# One place of work stays with an endpoint this long at most, then the next one's turn comes.
TURN_SECONDS = 20
# Longer than one call may last; who died in a call holds its endpoint no longer than this.
BUSY = timedelta(seconds=60)
# The clock looks after deliveries that are late by this: their job was lost or is dead.
OVERDUE = timedelta(minutes=1)
GONE = 410  # HTTP: the receiver wants no more; Standard Webhooks asks to stop then


def next_try(failures: int) -> timedelta | None:
    """Return how long to wait after the `failures`-th failed attempt; None to give up.

    >>> next_try(1), next_try(10)
    (datetime.timedelta(seconds=5), None)
    """
    return RETRIES[failures - 1] if failures <= len(RETRIES) else None


def rest(failures_in_row: int) -> timedelta:
    """Return how long an endpoint is left alone after so many failures, of whatever delivery.

    >>> [rest(n).seconds for n in (1, 2, 3, 50)]
    [5, 10, 20, 300]
    """
    return min(FIRST_REST * (1 << min(failures_in_row - 1, 10)), LONGEST_REST)


def rest_after(took: timedelta) -> timedelta | None:
    """Return how long an endpoint is left alone that took a message, but took its time.

    >>> rest_after(timedelta(seconds=1)), rest_after(timedelta(seconds=10))
    (None, datetime.timedelta(seconds=30))
    """
    return took * SLOW_REST if took >= SLOW else None
