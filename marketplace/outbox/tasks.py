"""The one Celery task: a doorbell. Leases, fencing, back-off and attempts live in the job row."""

from datetime import datetime

from celery import shared_task
from django.db import close_old_connections

from marketplace.outbox import rules, services

PRUNE = "outbox.prune"

# Longer than any lease that is not renewed; beyond it the pool kills and replaces the child.
HARD_LIMIT_SECONDS = 300


@shared_task(
    name="marketplace.outbox.tasks.run_job", ignore_result=True, time_limit=HARD_LIMIT_SECONDS
)
def run_job(job_id: int) -> None:
    """Do one job, unless it is done, not due, or somebody else's."""
    close_old_connections()
    services.run(job_id=job_id)


def prune(at: datetime) -> None:
    """Forget old jobs; with more left than a batch, go on at once."""
    if services.prune() == rules.PRUNE_BATCH:
        services.go_on(kind=PRUNE, at=at)
