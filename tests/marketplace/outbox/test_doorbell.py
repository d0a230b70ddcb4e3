"""A ring costs at most one time-out; a broker that does not answer is left alone for a while."""

import logging
import os
import threading

import pytest
from django.conf import settings as configured
from django.db import transaction
from kombu import Connection, Queue

from marketplace.outbox import doorbell, registry, services
from marketplace.outbox.doorbell import Counts, Doorbell
from marketplace.outbox.models import Job, JobState
from tests.factories.broker import OwnBroker, SilentServer, ringing_at


class Clock:
    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def broker(tmp_path):
    broker = OwnBroker(tmp_path)
    yield broker
    broker.close()


def bell_at(url, clock):
    return Doorbell(
        url=url,
        timeout_seconds=configured.DOORBELL_TIMEOUT_SECONDS,
        silence_seconds=configured.DOORBELL_SILENCE_SECONDS,
        clock=clock,
    )


def sockets_of(bell):
    return bell._connection.default_channel.client.connection_pool.connection_kwargs


def test_the_configured_time_outs_are_short():
    assert configured.DOORBELL_TIMEOUT_SECONDS <= 0.25
    assert configured.DOORBELL_SILENCE_SECONDS >= 5


def test_the_configured_time_outs_reach_the_socket(broker, clock):
    bell = bell_at(broker.url, clock)
    assert bell.ring(job_id=1, queue="default")

    facts = sockets_of(bell)
    assert facts["socket_timeout"] == configured.DOORBELL_TIMEOUT_SECONDS
    assert facts["socket_connect_timeout"] == configured.DOORBELL_TIMEOUT_SECONDS
    assert not facts["retry_on_timeout"]
    connection = bell._connection.default_channel.client.connection_pool.get_connection()
    assert connection.retry.get_retries() == 0
    bell.close()


def test_a_half_open_broker_is_tried_once_and_then_left_alone(clock):
    server = SilentServer()
    bell = bell_at(server.url, clock)
    try:
        for _ring in range(100):
            assert not bell.ring(job_id=1, queue="default")
        assert server.accepted == 1
        assert bell.counts == Counts(rung=0, failed=1, silenced=99)

        clock.seconds += configured.DOORBELL_SILENCE_SECONDS + 0.1
        assert not bell.ring(job_id=1, queue="default")
        assert not bell.ring(job_id=1, queue="default")
        assert server.accepted == 2
        assert bell.counts.failed == 2
    finally:
        server.close()


def test_many_threads_at_a_half_open_broker_make_one_attempt(clock):
    server = SilentServer()
    bell = bell_at(server.url, clock)
    try:
        threads = [
            threading.Thread(target=bell.ring, kwargs={"job_id": n, "queue": "default"})
            for n in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.accepted == 1
        assert bell.counts.failed + bell.counts.silenced == 20
    finally:
        server.close()


def test_a_broker_that_freezes_after_a_ring_costs_one_attempt(broker, clock):
    bell = bell_at(broker.url, clock)
    assert bell.ring(job_id=1, queue="default")
    broker.freeze()
    for _ring in range(50):
        assert not bell.ring(job_id=2, queue="default")
    assert bell.counts == Counts(rung=1, failed=1, silenced=49)

    broker.thaw()
    clock.seconds += configured.DOORBELL_SILENCE_SECONDS + 0.1
    assert bell.ring(job_id=3, queue="default")
    bell.close()


def test_a_broker_that_is_gone_is_rung_again_when_it_is_back(broker, clock):
    bell = bell_at(broker.url, clock)
    assert bell.ring(job_id=1, queue="default")
    broker.kill()
    assert not bell.ring(job_id=2, queue="default")
    assert not bell.ring(job_id=2, queue="default")
    assert bell.counts == Counts(rung=1, failed=1, silenced=1)

    broker.start()
    clock.seconds += configured.DOORBELL_SILENCE_SECONDS + 0.1
    assert bell.ring(job_id=3, queue="default")
    bell.close()


def test_a_broker_that_was_restarted_between_two_rings_loses_none(broker, clock):
    bell = bell_at(broker.url, clock)
    assert bell.ring(job_id=1, queue="default")
    broker.kill()
    broker.start()
    assert bell.ring(job_id=2, queue="default")
    assert bell.counts == Counts(rung=2, failed=0, silenced=0)
    bell.close()


def test_a_ring_that_goes_first_is_answered_before_the_line_of_every_queue(broker, clock):
    bell, heard = bell_at(broker.url, clock), []
    for job_id, queue, first in ((1, "scan", False), (2, "bulk", False), (3, "bulk", True)):
        assert bell.ring(job_id=job_id, queue=queue, first=first)
    bell.close()

    def hear(body, message):
        heard.append(body[0][0])
        message.ack()

    queues = [Queue("scan", routing_key="scan"), Queue("bulk", routing_key="bulk")]
    with Connection(broker.url) as line, line.Consumer(queues, callbacks=[hear]) as consumer:
        consumer.qos(prefetch_count=1)
        while len(heard) < 3:
            line.drain_events(timeout=5)
    assert heard[0] == 3
    assert set(heard) == {1, 2, 3}


@pytest.mark.django_db(transaction=True)
def test_the_bell_rings_after_the_commit_and_never_before(settings, broker, now):
    with ringing_at(settings, broker.url) as bell:
        registry.subscribe("test.happened", lambda event, at: None, name="test.follow")
        with transaction.atomic():
            services.emit("test.happened", subject="test:1", data={}, at=now)
            services.enqueue(kind="test.work", key="k", payload={}, run_at=now)
            assert bell.counts.rung == 0
        assert bell.counts.rung == 2


@pytest.mark.django_db(transaction=True)
def test_a_job_of_tomorrow_is_not_rung_today(settings, broker, now):
    with ringing_at(settings, broker.url) as bell:
        tomorrow = now.replace(year=now.year + 50)
        services.enqueue(kind="test.work", key="k", payload={}, run_at=tomorrow)
        assert bell.counts.rung == 0


@pytest.mark.django_db(transaction=True)
def test_a_commit_stands_when_the_broker_is_frozen(settings, broker, now, caplog):
    broker.freeze()
    with ringing_at(settings, broker.url) as bell, caplog.at_level(logging.WARNING):
        for number in range(10):
            services.enqueue(kind="test.work", key=f"k{number}", payload={}, run_at=now)
        assert bell.counts == Counts(rung=0, failed=1, silenced=9)
    assert Job.objects.filter(state=JobState.PENDING).count() == 10
    assert caplog.text.count("the broker does not answer") == 1


def test_a_forked_child_has_a_bell_of_its_own():
    mine = doorbell.bell()
    child = os.fork()
    if child == 0:
        os._exit(0 if doorbell.bell() is not mine else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert doorbell.bell() is mine
