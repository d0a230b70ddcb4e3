"""Facts and jobs are written with the business change, or not at all."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connections, transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from marketplace.outbox import registry, services
from marketplace.outbox.context import request_id
from marketplace.outbox.models import Event, Job, JobState, LogEntry
from tests.factories.outbox import drain, make_job


@pytest.mark.django_db(transaction=True)
def test_a_fact_outside_a_transaction_is_refused(now):
    with pytest.raises(TransactionManagementError):
        services.emit("test.happened", subject="test:1", data={}, at=now)

    assert Event.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_fact_and_its_jobs_vanish_with_the_transaction(now):
    registry.subscribe("test.happened", lambda event, at: None, name="test.follow")

    with transaction.atomic():
        services.emit("test.happened", subject="test:1", data={}, at=now)
        assert Job.objects.count() == 1
        transaction.set_rollback(True)

    assert Event.objects.count() == Job.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_job_is_not_visible_before_the_commit(now):
    other = connections["default"].copy()
    try:
        with transaction.atomic():
            services.enqueue(kind="test.work", key="k", payload={}, run_at=now)
            with other.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM outbox_job")
                assert cursor.fetchone() == (0,)
        with other.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM outbox_job")
            assert cursor.fetchone() == (1,)
    finally:
        other.close()


@pytest.mark.django_db
def test_each_subscriber_gets_its_own_job_and_the_event(now):
    heard = []
    registry.subscribe("test.happened", lambda e, at: heard.append(("a", e.data)), name="test.a")
    registry.subscribe("test.happened", lambda e, at: heard.append(("b", at)), name="test.b")
    registry.subscribe("test.else", lambda e, at: heard.append("never"), name="test.c")

    services.emit("test.happened", subject="test:1", data={"n": 7}, at=now)

    assert drain(at=now) == 2
    assert heard == [("a", {"n": 7}), ("b", now)]


@pytest.mark.django_db
def test_one_follower_of_two_events_is_called_for_both(now):
    heard = []

    def follow(event, at):
        heard.append(event.name)

    for name in ("test.one", "test.two", "test.two"):
        registry.subscribe(name, follow, name="test.follow")
    services.emit("test.one", subject="test:1", data={}, at=now)
    services.emit("test.two", subject="test:1", data={}, at=now)
    drain()

    assert heard == ["test.one", "test.two"]


@pytest.mark.django_db
def test_an_event_can_make_a_job_of_a_slow_kind(now):
    seen = []
    registry.handle(
        "test.slow",
        lambda ctx: seen.append((ctx.payload, ctx.prepared)),
        queue="scan",
        prepare=lambda ctx: ctx.payload["n"] * 2,
    )
    registry.subscribe_job(
        "test.happened", kind="test.slow", payload=lambda e: {"n": e.data["n"]}, queue="scan"
    )
    services.emit("test.happened", subject="test:1", data={"n": 4}, at=now)

    assert Job.objects.get().queue == "scan"
    drain()
    assert seen == [({"n": 4}, 8)]


@pytest.mark.django_db
def test_a_follower_lives_no_earlier_than_its_event():
    moments = []
    registry.subscribe("test.happened", lambda e, at: moments.append(at), name="test.follow")
    ahead = timezone.now() + timedelta(days=30)
    services.emit("test.happened", subject="test:1", data={}, at=ahead)
    services.emit("test.happened", subject="test:1", data={}, at=ahead - timedelta(days=60))
    drain()

    assert moments[0] == ahead
    assert abs(moments[1] - timezone.now()) < timedelta(minutes=5)


@pytest.mark.django_db
def test_asking_twice_with_one_key_makes_one_job(now):
    first = services.enqueue(kind="test.work", key="k", payload={"n": 1}, run_at=now)
    again = services.enqueue(kind="test.work", key="k", payload={"n": 2}, run_at=now)

    assert first.pk == again.pk
    assert again.payload == {"n": 1}


@pytest.mark.django_db
def test_a_job_of_the_past_is_late_only_since_it_exists(now):
    job = services.enqueue(kind="test.work", key="k", payload={}, run_at=now - timedelta(days=90))

    assert timezone.now() - job.run_at < timedelta(minutes=5)


@pytest.mark.django_db
def test_a_job_takes_the_queue_of_its_kind(now):
    registry.handle("test.letter", lambda ctx: None, queue="mail")

    assert services.enqueue(kind="test.letter", key="a", payload={}, run_at=now).queue == "mail"


def test_a_queue_that_nobody_consumes_is_refused():
    with pytest.raises(ValueError, match="no worker consumes"):
        registry.handle("test.work", lambda ctx: None, queue="fast")


def test_one_name_for_two_kinds_of_work_is_refused():
    registry.handle("test.work", lambda ctx: None)

    with pytest.raises(ValueError, match="taken"):
        registry.handle("test.work", lambda ctx: None)


@pytest.mark.django_db
def test_the_request_id_travels_into_the_job_and_what_it_writes(now):
    registry.handle(
        "test.work",
        lambda ctx: services.record(action="a", actor="system", subject="s:1", data={}, at=ctx.at),
    )
    token = request_id.set("request-of-a-person")
    job = services.enqueue(kind="test.work", key="k", payload={}, run_at=now)
    request_id.reset(token)
    services.run(job_id=job.pk)

    assert LogEntry.objects.get().request_id == "request-of-a-person"
    assert request_id.get() == "-"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "facts",
    [
        {"state": "lost"},
        {"state": JobState.LEASED},
        {"state": JobState.DONE},
        {"state": JobState.PENDING, "lease_until": timezone.now()},
    ],
)
def test_the_database_refuses_an_impossible_job(facts):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_job(**facts)
