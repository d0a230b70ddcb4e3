"""Reads of the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, DateTimeField, F, Min, Q, QuerySet, When
from django.db.models.functions import Coalesce

from marketplace.outbox import rules
from marketplace.outbox.models import Job, JobState

# More than a sweep can ring or do before it looks again.
SWEEP_BATCH = 500


@dataclass(frozen=True)
class WaitingJob:
    """A job that could be claimed, and for how many seconds that has been so.

    `begun`: somebody worked on it until the lease ran out.
    """

    job_id: int
    kind: str
    queue: str
    late_seconds: float
    begun: bool = False


def oldest_due_seconds(*, at: datetime) -> float:
    """Return how long the most overdue open job has waited, in seconds; 0 when none is due.

    A job at work is late only once its lease has run out.
    """
    oldest = _claimable(at).aggregate(oldest=Min(_waiting_since()))["oldest"]
    return (at - oldest).total_seconds() if oldest else 0.0


def waiting_jobs(*, at: datetime, limit: int = SWEEP_BATCH) -> list[WaitingJob]:
    """Return the jobs that a worker could claim at `at`: those begun, then the longest waiting.

    What was begun waits since its lease ran out, behind a line that a limit would cut off.
    """
    rows = (
        _claimable(at)
        .filter(attempts__lt=rules.MAX_ATTEMPTS)
        .annotate(since=_waiting_since())
        .order_by(Case(When(state=JobState.LEASED, then=0), default=1), "since", "pk")
        .values_list("pk", "kind", "queue", "since", "state")[:limit]
    )
    return [
        WaitingJob(pk, kind, queue, (at - since).total_seconds(), begun=state == JobState.LEASED)
        for pk, kind, queue, since, state in rows
    ]


def open_payloads(kind: str) -> list[dict[str, Any]]:
    """Return the payloads of the jobs of a kind that wait or are at work."""
    jobs = Job.objects.filter(kind=kind, state__in=(JobState.PENDING, JobState.LEASED))
    return list(jobs.values_list("payload", flat=True))


def waits(*, job_id: int, at: datetime) -> bool:
    """Say whether a job could be claimed at `at`."""
    return _claimable(at).filter(pk=job_id).exists()


def _claimable(at: datetime) -> QuerySet[Job]:
    return Job.objects.filter(
        Q(state=JobState.PENDING, run_at__lte=at) | Q(state=JobState.LEASED, lease_until__lte=at)
    )


def _waiting_since() -> Coalesce:
    return Coalesce(F("lease_until"), F("run_at"), output_field=DateTimeField())
