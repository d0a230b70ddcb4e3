"""The sweeper rings, takes over and keeps out of the way; the clock makes one job a period."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from marketplace.outbox import queries, registry, services
from marketplace.outbox.models import Job, JobState
from marketplace.outbox.sweeper import LOCK, Sweeper
from tests.factories.outbox import make_job


class Bell:
    """Counts rings where no broker is."""

    def __init__(self, works=True):
        self.works = works
        self.rings, self.first = [], []

    def ring(self, *, job_id, queue, first):
        self.rings.append((job_id, queue))
        self.first += [job_id] if first else []
        return self.works


class Taker:
    def __init__(self):
        self.taken, self.others = [], set()

    def give(self, job):
        self.taken.append(job.job_id)
        return True

    def beaten(self):
        heard, self.others = self.others, set()
        return heard


class Clock:
    seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def sweeper(db):
    yield Sweeper(bell=Bell(), hands=Taker(), clock=Clock())
    # The lock belongs to the session, which outlives a test.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")


@pytest.mark.django_db
def test_a_late_job_is_rung_and_not_again_each_tick(sweeper):
    at = timezone.now()
    job = make_job(queue="scan", run_at=at - timedelta(seconds=2))
    make_job(run_at=at - timedelta(seconds=0.5))
    for _tick in range(10):
        assert sweeper.tick(at=at)
    assert sweeper.bell.rings == [(job.pk, "scan")]
    assert sweeper.hands.taken == []

    sweeper.clock.seconds = 2.1
    for _tick in range(10):
        sweeper.tick(at=at)
    sweeper.clock.seconds = 4.2
    sweeper.tick(at=at)
    assert len(sweeper.bell.rings) == 2


@pytest.mark.django_db
def test_a_job_that_nobody_does_is_done_by_the_sweepers_own_hands(sweeper):
    at = timezone.now()
    pending = make_job(run_at=at - timedelta(seconds=6))
    abandoned = make_job(
        state=JobState.LEASED, attempts=1, run_at=at, lease_until=at - timedelta(seconds=7)
    )
    make_job(state=JobState.LEASED, attempts=1, run_at=at, lease_until=at + timedelta(minutes=1))
    sweeper.bell.works = False
    sweeper.tick(at=at)

    assert sweeper.hands.taken == [abandoned.pk, pending.pk]


@pytest.mark.django_db
def test_when_the_broker_takes_no_ring_the_sweeper_does_a_late_job_at_once(sweeper):
    at = timezone.now()
    job = make_job(run_at=at - timedelta(seconds=2))
    make_job(run_at=at - timedelta(seconds=0.5))
    sweeper.tick(at=at)
    assert sweeper.hands.taken == []  # somebody may have heard the ring

    other = make_job(run_at=at - timedelta(seconds=2))
    sweeper.bell.works = False
    sweeper.tick(at=at)
    assert sweeper.hands.taken == [other.pk]
    assert job.pk not in sweeper.hands.taken


@pytest.mark.django_db
def test_while_a_worker_takes_jobs_of_a_queue_its_line_is_left_to_it(sweeper):
    at = timezone.now()
    first, second, third = (make_job(run_at=at - timedelta(seconds=2)) for _number in range(3))
    elsewhere = make_job(queue="scan", run_at=at - timedelta(seconds=2))
    sweeper.tick(at=at)
    Job.objects.filter(pk=first.pk).update(state=JobState.DONE, done_at=at)
    sweeper.clock.seconds = 4.0
    sweeper.tick(at=at + timedelta(seconds=4))  # somebody took the first one meanwhile
    assert sweeper.hands.taken == [elsewhere.pk]

    sweeper.clock.seconds = 9.1
    sweeper.tick(at=at + timedelta(seconds=9.1))  # nobody came since
    assert {second.pk, third.pk} < set(sweeper.hands.taken)


@pytest.mark.django_db
def test_what_the_own_hands_did_is_no_sign_of_a_worker(sweeper):
    at = timezone.now()
    first = make_job(run_at=at - timedelta(seconds=6))
    sweeper.tick(at=at)
    Job.objects.filter(pk=first.pk).update(state=JobState.DONE, done_at=at)
    second = make_job(run_at=at - timedelta(seconds=6))
    sweeper.tick(at=at)
    assert sweeper.hands.taken == [first.pk, second.pk]


@pytest.mark.django_db
def test_a_worker_that_takes_jobs_of_our_own_line_is_heard(sweeper):
    """He came late: by then all that waited was ours to do, and so would be all that comes."""
    at = timezone.now()
    first = make_job(run_at=at - timedelta(seconds=6))
    sweeper.tick(at=at)
    assert sweeper.hands.taken == [first.pk]
    sweeper.hands.others = {first.queue}
    make_job(run_at=at - timedelta(seconds=6))
    sweeper.tick(at=at)
    assert sweeper.hands.taken == [first.pk]


@pytest.mark.django_db
def test_a_job_in_line_is_rung_once_and_again_when_a_later_comer_was_served(sweeper):
    at = timezone.now()
    job = make_job(run_at=at - timedelta(seconds=10))
    near, late = (make_job(run_at=at - timedelta(seconds=age)) for age in (9, 7))
    sweeper._answered["default"] = 0.0
    sweeper.tick(at=at)
    assert len(sweeper.bell.rings) == 3
    for served, rings in ((near, 3), (late, 4)):
        Job.objects.filter(pk=served.pk).update(state=JobState.DONE, done_at=at)
        sweeper.clock.seconds += 4.0
        at += timedelta(seconds=4)
        sweeper.tick(at=at)
        assert len(sweeper.bell.rings) == rings, served.pk
    assert sweeper.bell.rings[-1] == (job.pk, "default")
    assert sweeper.bell.first == [job.pk]


@pytest.mark.django_db
@pytest.mark.parametrize(("places", "goes_first"), [(100, False), (101, True)])
def test_of_jobs_of_one_moment_the_numbers_tell_who_was_passed(sweeper, places, goes_first):
    at = timezone.now()
    moment = at - timedelta(seconds=10)
    lost = make_job(run_at=moment)
    taken = make_job(pk=lost.pk + places, run_at=moment)
    sweeper._answered["default"] = 0.0
    sweeper.tick(at=at)
    Job.objects.filter(pk=taken.pk).update(state=JobState.DONE, done_at=at)
    sweeper.clock.seconds += 4.0
    sweeper.tick(at=at + timedelta(seconds=4))
    assert sweeper.bell.first == ([lost.pk] if goes_first else [])


@pytest.mark.django_db
def test_a_job_that_came_later_was_not_passed_by_higher_numbers(sweeper):
    """It was written before the others, to be done after them."""
    at = timezone.now()
    planned = make_job(run_at=at - timedelta(seconds=5))
    taken = make_job(pk=planned.pk + 500, run_at=at - timedelta(seconds=10))
    sweeper._answered["default"] = 0.0
    sweeper.tick(at=at)
    Job.objects.filter(pk=taken.pk).update(state=JobState.DONE, done_at=at)
    sweeper.clock.seconds += 4.0
    sweeper.tick(at=at + timedelta(seconds=4))
    assert sweeper.bell.first == []
    assert len(sweeper.bell.rings) == 2


@pytest.mark.django_db
def test_what_a_worker_left_half_done_goes_before_the_line(sweeper):
    at = timezone.now()
    begun = make_job(
        state=JobState.LEASED, attempts=1, run_at=at, lease_until=at - timedelta(seconds=2)
    )
    make_job(run_at=at - timedelta(seconds=90))
    assert [job.job_id for job in queries.waiting_jobs(at=at, limit=1)] == [begun.pk]
    sweeper._answered["default"] = 0.0
    sweeper.tick(at=at)
    assert len(sweeper.bell.rings) == 2
    assert sweeper.bell.first == [begun.pk]
    sweeper.clock.seconds = 3.0
    sweeper.tick(at=at + timedelta(seconds=3))  # that ring may be lost as well
    assert len(sweeper.bell.rings) == 3
    assert sweeper.bell.first == [begun.pk, begun.pk]


@pytest.mark.django_db
def test_that_it_was_served_says_nothing_of_the_line(sweeper):
    at = timezone.now()
    facts = {"state": JobState.LEASED, "attempts": 1, "run_at": at}
    begun = make_job(**facts, lease_until=at - timedelta(seconds=2))
    make_job(run_at=at - timedelta(seconds=90))
    sweeper._answered["default"] = 0.0
    sweeper.tick(at=at)
    Job.objects.filter(pk=begun.pk).update(state=JobState.DONE, done_at=at, lease_until=None)
    sweeper.clock.seconds = 3.0
    sweeper.tick(at=at + timedelta(seconds=3))
    assert len(sweeper.bell.rings) == 2
    assert sweeper.hands.taken == []


@pytest.mark.django_db
@pytest.mark.parametrize(("age", "is_ours"), [(61, False), (64, True)])
def test_a_job_that_later_comers_pass_is_done_whoever_is_at_work(sweeper, age, is_ours):
    """A long line alone is left to its worker, however long everybody waits in it."""
    at = timezone.now()
    others = [make_job(run_at=at - timedelta(seconds=late)) for late in (3, 2)]
    old = make_job(run_at=at - timedelta(seconds=age))
    sweeper._answered["default"] = 0.0
    sweeper.tick(at=at)
    assert sweeper.hands.taken == []
    Job.objects.filter(pk=others[0].pk).update(state=JobState.DONE, done_at=at)
    sweeper.tick(at=at)
    assert sweeper.hands.taken == ([old.pk] if is_ours else [])


@pytest.mark.django_db(transaction=True)
def test_a_second_sweeper_waits_and_takes_over(transactional_db, sweeper):
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    make_job(run_at=timezone.now() - timedelta(minutes=1))
    assert not sweeper.tick(at=timezone.now())
    assert sweeper.bell.rings == []

    other.close()
    deadline = time.monotonic() + 60
    while not sweeper.tick(at=timezone.now()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert len(sweeper.bell.rings) == 1


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_make_one_job_a_period(now):
    registry.periodic("test.clock", lambda at: None, every=timedelta(minutes=10))

    def look(minutes):
        try:
            services.schedule(kind="test.clock", at=now + timedelta(minutes=minutes))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(look, [0, 0, 3, 9, 0, 5, 10, 11, 19, 10]))

    assert sorted(Job.objects.values_list("key", flat=True)) == [
        "test.clock:2026-03-02T09:00:00+00:00",
        "test.clock:2026-03-02T09:10:00+00:00",
    ]


@pytest.mark.django_db
def test_the_clocks_do_each_periodic_work_once_at_the_given_time(monkeypatch):
    registry.periodics.clear()
    heard = []
    registry.periodic("test.b", lambda at: heard.append(("b", at)), every=timedelta(hours=1))
    registry.periodic("test.a", lambda at: heard.append(("a", at)), every=timedelta(days=1))
    out = StringIO()
    call_command("clocks", at="2026-03-02T09:00:00Z", stdout=out)

    assert [name for name, _at in heard] == ["a", "b"]
    assert {at.isoformat() for _name, at in heard} == {"2026-03-02T09:00:00+00:00"}
    assert out.getvalue().split("\n")[0] == "test.a 2026-03-02T09:00:00+00:00"
    with pytest.raises(CommandError):
        call_command("clocks", at="next Tuesday")
