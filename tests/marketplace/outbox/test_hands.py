"""The sweeper's own hands are processes of their own, and its loops stop when they are told."""

import re
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from marketplace.outbox.hands import Hands
from marketplace.outbox.models import Job, JobState
from marketplace.outbox.queries import WaitingJob
from tests.factories.outbox import make_job


def wait_until(true, seconds=60):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture
def children_use_the_test_database(monkeypatch):
    facts = connection.settings_dict
    url = f"postgresql://{facts['USER']}:{facts['PASSWORD']}@{facts['HOST']}:{facts['PORT']}"
    for name in ("DATABASE_URL", "DATABASE_APP_URL"):
        monkeypatch.setenv(name, f"{url}/{facts['NAME']}")
    monkeypatch.setenv("REDIS_URL", settings.REDIS_URL)


@pytest.mark.django_db(transaction=True)
def test_hands_do_jobs_in_a_process_of_their_own(children_use_the_test_database):
    jobs = [make_job(kind="test.unheard_of") for _number in range(3)]
    hands = Hands(count=1)
    try:
        for job in jobs:
            waiting = WaitingJob(job.pk, job.kind, job.queue, 6.0)
            assert hands.give(waiting)
        wait_until(lambda: Job.objects.exclude(last_error="").count() == 3)
    finally:
        hands.close()
    assert set(Job.objects.values_list("attempts", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_hands_tell_of_jobs_that_somebody_else_had_taken(children_use_the_test_database):
    ours = make_job(kind="test.unheard_of", queue="mail")
    lease = timezone.now() + timedelta(minutes=1)
    theirs = make_job(queue="scan", state=JobState.LEASED, attempts=1, lease_until=lease)
    hands, heard = Hands(count=1), set()
    try:
        for job in (ours, theirs):
            assert hands.give(WaitingJob(job.pk, job.kind, job.queue, 6.0))
        wait_until(lambda: heard.update(hands.beaten()) or heard)
    finally:
        hands.close()
    assert heard == {"scan"}
    theirs.refresh_from_db()
    assert (theirs.state, theirs.attempts) == (JobState.LEASED, 1)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the signal mask from /proc")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("command", ["sweeper", "scheduler"])
def test_the_loops_stop_cleanly_on_sigterm(command, children_use_the_test_database):
    process = subprocess.Popen(
        [sys.executable, "-m", "django", command],
        cwd=settings.BASE_DIR,
        stderr=subprocess.PIPE,
    )
    try:
        wait_until(lambda: listens_to_sigterm(process.pid), 30)
        process.terminate()
        _out, errors = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 0
    assert b"Traceback" not in errors


def listens_to_sigterm(pid):
    """Python itself catches SIGINT alone: once SIGTERM is caught as well, the loop has begun."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = int(re.search(r"^SigCgt:\s*(\w+)", status, re.MULTILINE).group(1), 16)
    return bool(caught >> (signal.SIGTERM - 1) & 1)
