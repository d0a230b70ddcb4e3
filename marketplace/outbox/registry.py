"""Who does what: kinds of jobs, subscribers of events, periodic work.

Filled once per process by the `ready()` of each room's apps.py, read by services. Saying the
same thing twice is harmless; saying two different things under one name is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from marketplace.outbox.models import Event
from marketplace.outbox.rules import LEASE_SECONDS, QUEUES


@dataclass(frozen=True)
class JobContext:
    """What a job's code is told.

    `at` is the business time: now, or the event's time if that lies ahead (simulated clocks).
    `renew` prolongs the lease by one more term; for long `prepare` steps only, because inside
    the handler's transaction nobody would see it before the end. It raises LeaseLost.
    """

    job_id: int
    kind: str
    payload: Mapping[str, Any]
    event: Event | None
    at: datetime
    attempts: int
    renew: Callable[[], None]
    prepared: Any = None


@dataclass(frozen=True)
class Kind:
    """One kind of job. `prepare` runs before, `handler` inside, the transaction of the job."""

    name: str
    handler: Callable[[JobContext], None]
    queue: str
    prepare: Callable[[JobContext], object] | None
    lease_seconds: int
    forgotten: bool = False


@dataclass(frozen=True)
class Subscription:
    """An event of this name makes one job of `kind`, with `payload(event)`.

    With `wanted`, only those events do that it returns; it is asked in the transaction that
    emits, about all events at once.
    """

    event_name: str
    kind: str
    payload: Callable[[Event], dict[str, Any]]
    queue: str
    wanted: Callable[[Sequence[Event]], Collection[Event]] | None = None


@dataclass(frozen=True)
class Periodic:
    """Work that is due once in each period."""

    kind: str
    handler: Callable[[datetime], None]
    every: timedelta


kinds: dict[str, Kind] = {}
subscriptions: dict[str, list[Subscription]] = {}
periodics: dict[str, Periodic] = {}
# What stands behind a kind that `subscribe` or `periodic` made, to tell a repeat from a clash.
_origins: dict[str, object] = {}


def handle(
    kind: str,
    handler: Callable[[JobContext], None],
    *,
    queue: str = "default",
    prepare: Callable[[JobContext], object] | None = None,
    lease_seconds: int = LEASE_SECONDS,
    forgotten: bool = False,
) -> None:
    """Say how jobs of `kind` are done.

    `prepare` runs outside a transaction (slow work, network): at least once, its result is
    `ctx.prepared`. `handler` then runs in one transaction with the job's `done` mark: exactly
    once. `forgotten`: done jobs go after a month, because a key of this kind never comes again.
    Raises ValueError for an unknown queue or a name that is taken.
    """
    made = Kind(kind, handler, _known(queue), prepare, lease_seconds, forgotten)
    _register(made, origin=handler)


def subscribe(
    event_name: str,
    handler: Callable[[Event, datetime], None],
    *,
    name: str,
    queue: str = "default",
    wanted: Callable[[Sequence[Event]], Collection[Event]] | None = None,
) -> None:
    """Call `handler(event, at)` once for each event of this name, or of those that `wanted` names.

    It runs in one transaction with its job's `done` mark. The same name may follow several
    events with the same handler. Raises ValueError as `handle` does.
    """

    def call(context: JobContext) -> None:
        if context.event is None:
            raise ValueError(f"job {context.job_id} of {name} has no event")
        handler(context.event, context.at)

    _register(Kind(name, call, _known(queue), None, LEASE_SECONDS), origin=handler)
    _follow(Subscription(event_name, name, _nothing, queue, wanted))


def subscribe_job(
    event_name: str,
    *,
    kind: str,
    payload: Callable[[Event], dict[str, Any]],
    queue: str,
) -> None:
    """Make a job of a kind registered by `handle` for each event: for slow work."""
    _follow(Subscription(event_name, kind, payload, _known(queue)))


def periodic(
    kind: str,
    handler: Callable[[datetime], None],
    *,
    every: timedelta,
    queue: str = "default",
) -> None:
    """Call `handler(at)` once in each period of length `every`. Raises ValueError as `handle`."""

    def call(context: JobContext) -> None:
        asked = context.payload.get("at")  # by services.go_on
        handler(max(context.at, datetime.fromisoformat(asked)) if asked else context.at)

    _register(Kind(kind, call, _known(queue), None, LEASE_SECONDS), origin=handler)
    periodics[kind] = Periodic(kind, handler, every)


def _nothing(_event: Event) -> dict[str, Any]:
    return {}


def _known(queue: str) -> str:
    if queue not in QUEUES:
        raise ValueError(f"no worker consumes the queue {queue!r}; there are {', '.join(QUEUES)}")
    return queue


def _register(kind: Kind, *, origin: object) -> None:
    if _origins.get(kind.name, origin) != origin:
        raise ValueError(f"the job name {kind.name!r} is taken")
    _origins[kind.name] = origin
    kinds[kind.name] = kind


def _follow(new: Subscription) -> None:
    followers = subscriptions.setdefault(new.event_name, [])
    if new.kind not in {known.kind for known in followers}:
        followers.append(new)
