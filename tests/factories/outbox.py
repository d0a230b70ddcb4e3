"""Jobs and events with the least that is valid, and a way to get queued work done in a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count

from django.utils import timezone

from marketplace.outbox import queries, registry, services
from marketplace.outbox.models import Job

_numbers = count(1)


def make_job(kind: str = "test.work", **facts) -> Job:
    number = next(_numbers)
    return Job.objects.create(
        key=facts.pop("key", f"test:{number}"),
        kind=kind,
        run_at=facts.pop("run_at", timezone.now() - timedelta(seconds=1)),
        **facts,
    )


@contextmanager
def registered() -> Iterator[None]:
    """Forget at the end what a test put into the registry."""
    places = (registry.kinds, registry.periodics, registry._origins)
    before = [dict(place) for place in places]
    followers = {name: list(known) for name, known in registry.subscriptions.items()}
    try:
        yield
    finally:
        for place, kept in zip(places, before, strict=True):
            place.clear()
            place.update(kept)
        registry.subscriptions.clear()
        registry.subscriptions.update(followers)


def drain(*, at: datetime | None = None, rounds: int = 50) -> int:
    """Do every due job, and the jobs these make, as a worker would; return how many got done.

    `at` is what the jobs' code is told. A job that fails raises nothing here: look at `last_error`.
    """
    done = 0
    for _round in range(rounds):
        due = queries.waiting_jobs(at=timezone.now())
        if not due:
            break
        done += sum(services.run(job_id=job.job_id, at=at) for job in due)
    return done
