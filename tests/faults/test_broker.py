"""The broker dies or freezes: work goes on."""

from __future__ import annotations

import pytest
from django.conf import settings as configured
from django.db import transaction
from django.utils import timezone

from ewtp import embedded
from marketplace.outbox import services
from marketplace.outbox.doorbell import Counts
from marketplace.outbox.models import Job
from tests.faults.crew import PRODUCER, PROFILE, command, kill

DONE = "SELECT count(*) FROM outbox_job WHERE state = 'done'"


@pytest.mark.timeout(150)
def test_a_worker_outlives_three_kills_of_its_broker(own_servers):
    team, database = own_servers
    worker = team.start("worker", command("worker"))
    team.start("producer", [*PRODUCER, "one", "8"])
    for _kill in range(3):
        before = database.number(DONE)
        team.wait_until(lambda before=before: database.number(DONE) > before + 3, 45)
        kill(embedded.pids(PROFILE)[1] or 0)
    before = database.number(DONE)
    # No sweeper runs: only doorbells heard by the worker can do this.
    team.wait_until(lambda: database.number(DONE) > before + 3, 45)

    assert team.running["worker"] is worker
    assert worker.poll() is None


@pytest.mark.django_db(transaction=True)
def test_with_the_broker_frozen_a_commit_costs_one_time_out_in_all(frozen_broker):
    assert configured.DOORBELL_TIMEOUT_SECONDS <= 0.25
    assert frozen_broker.timeout_seconds == configured.DOORBELL_TIMEOUT_SECONDS
    assert frozen_broker.silence_seconds == configured.DOORBELL_SILENCE_SECONDS
    for number in range(5):
        with transaction.atomic():
            services.enqueue(kind="test.work", key=f"k{number}", payload={}, run_at=timezone.now())

    assert Job.objects.count() == 5
    assert frozen_broker.counts.failed == 1
    assert frozen_broker.counts == Counts(rung=1, failed=1, silenced=4)
