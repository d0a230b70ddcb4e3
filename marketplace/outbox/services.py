"""Emit facts, enqueue work, do it once, and write down who did what."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from contextvars import Token
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import Error, connection, transaction
from django.db.models import Q
from django.db.models.functions import Greatest, Now
from django.db.transaction import TransactionManagementError
from django.utils.translation import gettext as _

from marketplace.errors import WrongState
from marketplace.failpoints import reach
from marketplace.insertion import insert_new
from marketplace.outbox import claims, doorbell, queries, registry, rules
from marketplace.outbox.claims import Lease, LeaseLost
from marketplace.outbox.context import job_at_work, request_id
from marketplace.outbox.models import Event, Job, JobState, LogEntry
from marketplace.outbox.registry import JobContext, Kind

logger = logging.getLogger(__name__)

# The request id of what no request asked for.
NOBODY = "-"


class UnknownKind(Exception):
    """No code in this process knows how to do this kind of job."""


@dataclass(frozen=True)
class Swept:
    """What one sweep found: ids of jobs that died of a lost process, and jobs that wait."""

    died: list[int]
    waiting: list[queries.WaitingJob]


def emit(name: str, *, subject: str, data: dict[str, Any], at: datetime) -> Event:
    """Write down a fact, and one job for each subscriber, in the caller's transaction.

    The jobs are due as soon as the transaction commits, whatever `at` says.
    Raises TransactionManagementError outside a transaction: the fact and what made it true
    must be stored together or not at all.
    """
    return emit_all(name, facts={subject: data}, at=at)[0]


def emit_all(name: str, *, facts: Mapping[str, dict[str, Any]], at: datetime) -> list[Event]:
    """Write down the same thing of several subjects (data by subject); else as `emit`."""
    if not connection.in_atomic_block:
        raise TransactionManagementError(f"{name} must be emitted in a transaction")
    events = Event.objects.bulk_create(
        Event(name=name, subject=subject, data=data, at=at, request_id=request_id.get())
        for subject, data in facts.items()
    )
    jobs = Job.objects.bulk_create(
        Job(
            key=f"event:{event.pk}:{follower.kind}",
            kind=follower.kind,
            queue=follower.queue,
            payload=follower.payload(event),
            event=event,
            run_at=Now(),
            request_id=request_id.get(),
        )
        for follower in registry.subscriptions.get(name, ())
        for event in (follower.wanted(events) if follower.wanted else events)
    )
    for job in jobs:
        doorbell.ring_on_commit(job_id=job.pk, queue=job.queue, due_at=None)
    return events


@transaction.atomic
def enqueue(
    *,
    kind: str,
    key: str,
    payload: Mapping[str, Any],
    run_at: datetime,
    queue: str | None = None,
) -> Job:
    """Ask for work, not before `run_at`; the job is visible once the transaction commits.

    Safe to repeat: a key that exists returns its job untouched. A moment in the past counts as
    now, so that lateness always means waiting. Without `queue` the kind's own queue is used.
    """
    return enqueue_all(kind=kind, payloads={key: payload}, run_at=run_at, queue=queue)[0]


@transaction.atomic(savepoint=False)
def enqueue_all(
    *,
    kind: str,
    payloads: Mapping[str, Mapping[str, Any]],
    run_at: datetime,
    queue: str | None = None,
) -> list[Job]:
    """Ask for several jobs of a kind (payloads by key) in one statement; else as `enqueue`."""
    known = registry.kinds.get(kind)
    chosen = queue or (known.queue if known else "default")
    asked = [
        Job(
            key=key,
            kind=kind,
            queue=chosen,
            payload=dict(payload),
            run_at=Greatest(run_at, Now()),
            request_id=request_id.get(),
        )
        for key, payload in payloads.items()
    ]
    jobs = list(insert_new(asked, key="key", learn=["run_at"]).values())
    if len(jobs) < len(asked):  # some were asked for before
        jobs = list(Job.objects.filter(key__in=payloads).order_by("pk"))
    for job in jobs:
        if job.state == JobState.PENDING:
            doorbell.ring_on_commit(job_id=job.pk, queue=job.queue, due_at=job.run_at)
    return jobs


def record(
    *, action: str, actor: str, subject: str, data: dict[str, Any], at: datetime
) -> LogEntry:
    """Write down who did what to whom, in the caller's transaction when there is one."""
    return record_all(action=action, actor=actor, facts={subject: data}, at=at)[0]


def record_all(
    *, action: str, actor: str, facts: Mapping[str, dict[str, Any]], at: datetime
) -> list[LogEntry]:
    """Write down who did the same to several subjects (data by subject), in one statement."""
    return LogEntry.objects.bulk_create(
        LogEntry(
            action=action,
            actor=actor,
            subject=subject,
            data=data,
            at=at,
            request_id=request_id.get(),
        )
        for subject, data in facts.items()
    )


def run(*, job_id: int, at: datetime | None = None) -> bool:
    """Do one job if it is due and free; say whether this call finished it.

    The claim is committed before the work, the effects together with the `done` mark. Leases
    and due times follow the database's clock; `at` is only what the job's code is told, by
    default that clock or the event's time, whichever is later. A failure is noted in the job
    and tried again later, or the job is dead after five attempts.
    """
    job = Job.objects.select_related("event").filter(pk=job_id).first()
    if job is None or job.state == JobState.DONE:  # rung for twice
        return False
    kind = registry.kinds.get(job.kind)
    with transaction.atomic(durable=True):
        lease = claims.claim(
            job_id=job_id,
            lease_seconds=kind.lease_seconds if kind else rules.LEASE_SECONDS,
        )
    if lease is None:
        return False
    outer = _carry(job)
    reach("job.claimed")
    try:
        return _work(job, kind, lease, at)
    finally:
        _put_down(outer)


@transaction.atomic
def sweep(*, at: datetime) -> Swept:
    """Mark jobs dead whose fifth attempt never came back, and list the jobs that wait."""
    died = claims.bury(at=at)
    for job_id in died:
        logger.error(
            "job %d is dead: its process ended each time", job_id, extra={"job_id": job_id}
        )
    return Swept(died=died, waiting=queries.waiting_jobs(at=at))


@transaction.atomic
def revive(*, job_id: int, by: str, at: datetime) -> Job:
    """Give a dead job five more attempts, starting now. `by` is an actor, such as user:12.

    Raises WrongState if the job is not dead.
    """
    job = Job.objects.select_for_update(no_key=True).get(pk=job_id)
    if job.state != JobState.DEAD:
        raise WrongState(_("Only a dead job can be started again."))
    job.state, job.attempts, job.run_at = JobState.PENDING, 0, at
    job.save(update_fields=["state", "attempts", "run_at"])
    data = {"kind": job.kind, "last_error": job.last_error}
    record(action="job.revived", actor=by, subject=f"job:{job.pk}", data=data, at=at)
    doorbell.ring_on_commit(job_id=job.pk, queue=job.queue, due_at=at)
    return job


def schedule(*, kind: str, at: datetime) -> Job:
    """Make the job of the period that holds `at`; two schedulers make one job."""
    start = rules.period_start(at, registry.periodics[kind].every)
    return enqueue(kind=kind, key=f"{kind}:{start.isoformat()}", payload={}, run_at=start)


def go_on(*, kind: str, at: datetime) -> Job:
    """Have a clock look again at once, as if it were still `at`: its batch was full.

    A transaction takes on a batch at most, so that its locks are soon gone; the rest must not
    wait for the next period.
    """
    return enqueue(
        kind=kind,
        key=f"{kind}:more:{uuid.uuid4()}",
        payload={"at": at.isoformat()},
        run_at=datetime.fromtimestamp(0, UTC),
    )


@transaction.atomic
def prune() -> int:
    """Forget done jobs of events and clocks after a month, a batch at most; return how many.

    Only these, and kinds that were registered as `forgotten`: their keys hold an event's, a
    period's or a moment's own number, which never comes again.
    Every other key is somebody's proof that work was asked for once (`enqueue`), so its row
    stays. By the database's clock, as all that is said of a job's time.
    """
    forgotten = {name for name, kind in registry.kinds.items() if kind.forgotten}
    forgotten |= registry.periodics.keys()
    theirs = Q(event__isnull=False, key__startswith="event:") | Q(kind__in=forgotten)
    old = Job.objects.filter(
        theirs, state=JobState.DONE, done_at__lte=Now() - timedelta(days=rules.KEEP_DONE_DAYS)
    )
    done = list(old.order_by("pk").values_list("pk", flat=True)[: rules.PRUNE_BATCH])
    Job.objects.filter(pk__in=done).delete()
    return len(done)


@transaction.atomic
def run_clock(*, kind: str, at: datetime) -> None:
    """Do one kind of periodic work now, as if it were `at`."""
    registry.periodics[kind].handler(at)


@dataclass(frozen=True)
class _Carried:
    request: Token[str]
    job: Token[tuple[int, str] | None]


def _carry(job: Job) -> _Carried:
    """Put the request that asked for the job on what the job does and logs.

    A clock's job was asked for by nobody: what it starts is traced back to the job itself.
    """
    asked_by = f"job-{job.pk}" if job.request_id == NOBODY else job.request_id
    return _Carried(request_id.set(asked_by), job_at_work.set((job.pk, job.kind)))


def _put_down(carried: _Carried) -> None:
    request_id.reset(carried.request)
    job_at_work.reset(carried.job)


def _work(job: Job, kind: Kind | None, lease: Lease, at: datetime | None) -> bool:
    try:
        if kind is None:
            raise UnknownKind(f"nothing is registered for {job.kind}")
        context = _context(job, lease, at)
        if kind.prepare is not None:
            context = replace(context, prepared=kind.prepare(context))
        reach("job.prepared")
        with transaction.atomic():
            kind.handler(context)
            reach("job.worked")
            lease.finish()
            reach("job.finished")
    except LeaseLost:
        logger.warning("job %d: the lease ran out, the work was rolled back", job.pk)
        return False
    # A job may fail in any way its code knows. This is the one place where all of them are met:
    # noted in the row, logged with their trace, and tried again.
    except Exception as error:  # noqa: BLE001
        _note_failure(job, lease, error)
        return False
    return True


def _context(job: Job, lease: Lease, at: datetime | None) -> JobContext:
    moment = at or lease.claimed_at
    if at is None and job.event is not None:
        moment = max(moment, job.event.at)
    return JobContext(
        job_id=job.pk,
        kind=job.kind,
        payload=job.payload,
        event=job.event,
        at=moment,
        attempts=lease.attempts,
        renew=lease.renew,
    )


def _note_failure(job: Job, lease: Lease, error: Exception) -> None:
    logger.error("job %d (%s) failed", job.pk, job.kind, exc_info=error)
    try:
        state = lease.fail(rules.error_summary(error))
    except Error:
        # The database went away with the work: the lease runs out and somebody tries again.
        connection.close()
        return
    if state == JobState.DEAD:
        logger.error("job %d (%s) is dead after %d attempts", job.pk, job.kind, lease.attempts)
