"""A job is done once: leases, fencing, back-off, death and revival."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from marketplace.errors import WrongState
from marketplace.outbox import queries, registry, rules, services
from marketplace.outbox.claims import LeaseLost, claim
from marketplace.outbox.models import Event, Job, JobState, LogEntry
from tests.factories.outbox import make_job

PAST = timedelta(seconds=-1)


def leave_an_effect(context):
    Event.objects.create(name="test.effect", subject=f"job:{context.job_id}", at=context.at)


def let_the_lease_run_out(job):
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() + PAST)


@pytest.fixture
def working():
    registry.handle("test.work", leave_an_effect)


@pytest.mark.django_db(transaction=True)
def test_eight_threads_on_twenty_jobs_do_each_of_them_once(working):
    jobs = [make_job().pk for _ in range(20)]

    def race(job_id):
        try:
            return services.run(job_id=job_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        wins = list(pool.map(race, jobs * 8))

    assert wins.count(True) == 20
    assert sorted(Event.objects.values_list("subject", flat=True)) == sorted(
        f"job:{pk}" for pk in jobs
    )


@pytest.mark.django_db
def test_a_done_job_is_not_done_again(working):
    job = make_job()

    assert services.run(job_id=job.pk)
    assert not services.run(job_id=job.pk)
    assert Event.objects.count() == 1


@pytest.mark.django_db
def test_a_job_that_is_not_due_or_not_there_is_left_alone(working):
    job = make_job(run_at=timezone.now() + timedelta(hours=1))

    assert not services.run(job_id=job.pk)
    assert not services.run(job_id=job.pk + 1)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.PENDING, 0)


@pytest.mark.django_db(transaction=True)
def test_the_claim_is_on_disk_before_the_work_begins():
    seen = []

    def look(context):
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT state, attempts, token FROM outbox_job")
            seen.append(cursor.fetchone())
        other.close()

    registry.handle("test.work", look)
    services.run(job_id=make_job().pk)

    assert seen == [("leased", 1, 1)]


@pytest.mark.django_db(transaction=True)
def test_the_effects_of_a_stale_worker_are_rolled_back():
    job = make_job()

    def overtaken(context):
        leave_an_effect(context)
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("UPDATE outbox_job SET token = token + 1")
        other.close()

    registry.handle("test.work", overtaken)

    assert not services.run(job_id=job.pk)
    assert Event.objects.count() == 0
    job.refresh_from_db()
    # The failure is not noted either: the job belongs to somebody else now.
    assert (job.state, job.last_error) == (JobState.LEASED, "")


@pytest.mark.django_db
def test_a_lease_is_respected_until_it_runs_out(working):
    job = make_job()
    lost = claim(job_id=job.pk, lease_seconds=60)

    assert not services.run(job_id=job.pk)
    let_the_lease_run_out(job)
    assert services.run(job_id=job.pk)
    for late in (lost.renew, lost.finish):
        with pytest.raises(LeaseLost):
            late()
    assert lost.fail("too late") is None


@pytest.mark.django_db
def test_a_long_step_can_renew_its_lease():
    seen = []

    def prepare(context):
        context.renew()
        seen.append(Job.objects.get(pk=context.job_id).lease_until)
        context.renew()
        seen.append(Job.objects.get(pk=context.job_id).lease_until)

    registry.handle("test.work", lambda ctx: None, prepare=prepare, lease_seconds=30)
    assert services.run(job_id=make_job().pk)

    assert seen[1] > seen[0] > timezone.now() + timedelta(seconds=20)


@pytest.mark.django_db
def test_a_failure_leaves_no_effect_and_is_tried_again_later_and_later():
    def fail(context):
        leave_an_effect(context)
        raise ValueError("no answer for eva@example.org\nDETAIL: Key (phone)=(+4917012345)")

    registry.handle("test.work", fail)
    job = make_job()
    waits = []
    for _attempt in range(5):
        Job.objects.filter(pk=job.pk).update(run_at=timezone.now() + PAST)
        before = timezone.now()
        assert not services.run(job_id=job.pk)
        job.refresh_from_db()
        waits.append(round((job.run_at - before).total_seconds()))

    assert Event.objects.count() == 0
    assert waits[:4] == [4, 16, 64, 256]
    assert (job.state, job.attempts) == (JobState.DEAD, 5)
    # The words of others repeat the values they were given; type and place are enough.
    assert re.fullmatch(r"ValueError at marketplace\.outbox\.services:\d+ _work", job.last_error)
    assert not services.run(job_id=job.pk)


@pytest.mark.django_db
def test_a_job_of_a_kind_that_nobody_knows_fails_visibly():
    job = make_job(kind="test.unheard_of")

    assert not services.run(job_id=job.pk)
    job.refresh_from_db()
    assert job.last_error.startswith("UnknownKind: nothing is registered for test.unheard_of at ")


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_leaves_the_job_to_its_lease():
    def cut(context):
        other = connection.copy()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pid = cursor.fetchone()[0]
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
        other.close()
        Event.objects.count()

    registry.handle("test.work", cut)
    job = make_job()
    assert not services.run(job_id=job.pk)
    job.refresh_from_db()
    assert job.state in {JobState.LEASED, JobState.PENDING}
    registry._origins.clear()
    registry.handle("test.work", leave_an_effect)
    Job.objects.filter(pk=job.pk, state=JobState.LEASED).update(lease_until=timezone.now() + PAST)
    Job.objects.filter(pk=job.pk, state=JobState.PENDING).update(run_at=timezone.now() + PAST)

    assert services.run(job_id=job.pk)


@pytest.mark.django_db
def test_a_job_that_kills_its_process_is_dead_after_five_attempts(working):
    job = make_job()
    for _attempt in range(rules.MAX_ATTEMPTS):
        assert services.sweep(at=timezone.now()).died == []
        assert claim(job_id=job.pk, lease_seconds=60)
        let_the_lease_run_out(job)

    assert claim(job_id=job.pk, lease_seconds=60) is None
    assert services.sweep(at=timezone.now()).died == [job.pk]
    job.refresh_from_db()
    assert job.state == JobState.DEAD
    assert job.last_error


@pytest.mark.django_db
def test_a_dead_job_starts_again_and_it_is_written_down(working):
    job = make_job(state=JobState.DEAD, attempts=5, last_error="ValueError: x")
    at = timezone.now() + PAST
    services.revive(job_id=job.pk, by="user:7", at=at)

    entry = LogEntry.objects.get()
    assert (entry.action, entry.actor, entry.subject) == ("job.revived", "user:7", f"job:{job.pk}")
    with pytest.raises(WrongState):
        services.revive(job_id=job.pk, by="user:7", at=at)
    assert services.run(job_id=job.pk)


@pytest.mark.django_db(transaction=True)
def test_a_job_refuses_to_run_inside_somebody_elses_transaction(working):
    with pytest.raises(RuntimeError), transaction.atomic():
        services.run(job_id=make_job().pk)


@pytest.mark.django_db
def test_lateness_counts_from_the_due_time_or_the_end_of_the_lease():
    at = timezone.now()
    make_job(run_at=at - timedelta(seconds=40))
    make_job(
        state=JobState.LEASED,
        run_at=at - timedelta(hours=2),
        lease_until=at - timedelta(seconds=50),
    )
    make_job(
        state=JobState.LEASED, run_at=at - timedelta(hours=3), lease_until=at + timedelta(minutes=1)
    )
    make_job(run_at=at + timedelta(hours=1))

    assert queries.oldest_due_seconds(at=at) == 50
    assert [round(job.late_seconds) for job in queries.waiting_jobs(at=at)] == [50, 40]


@pytest.mark.django_db
def test_nothing_is_late_when_nothing_waits():
    assert queries.oldest_due_seconds(at=timezone.now()) == 0.0


@pytest.mark.django_db
def test_other_database_errors_of_a_job_are_noted_as_failures():
    def fail(context):
        raise OperationalError("deadlock detected")

    registry.handle("test.work", fail)
    job = make_job()
    services.run(job_id=job.pk)
    job.refresh_from_db()

    assert job.state == "pending"
    assert job.last_error.startswith("OperationalError at ")


@pytest.mark.django_db
def test_done_jobs_of_events_and_clocks_are_forgotten_and_other_keys_stay():
    old, fresh = (timezone.now() - timedelta(days=days) for days in (31, 29))
    event = Event.objects.create(name="test.happened", subject="x:1", data={}, at=old)
    done = {"state": JobState.DONE, "done_at": old}
    gone = [
        make_job(event=event, key=f"event:{event.pk}:test.work", **done),
        make_job(kind="outbox.prune", **done),
        make_job(kind="hooks.send", key="hooks.send:1:at:1770000000", **done),
    ]
    kept = [
        make_job(key="inbox.deliver:1", **done),
        make_job(kind="inbox.deliver", key="inbox.deliver:2", **done),
        make_job(event=event, key=f"event:{event.pk}:b", **{**done, "done_at": fresh}),
        make_job(event=event, key=f"event:{event.pk}:c", state=JobState.DEAD, run_at=old),
        make_job(event=event, key=f"event:{event.pk}:d", run_at=old),
    ]
    assert services.prune() == len(gone)
    assert set(Job.objects.all()) == set(kept)
    assert services.prune() == 0
