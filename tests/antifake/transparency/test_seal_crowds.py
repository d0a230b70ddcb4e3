"""Rows become visible out of number order; the seal waits for them and raises no false alarm."""

import threading

import pytest
from django.db import connection, transaction

from antifake.transparency import services
from antifake.transparency.models import Block
from antifake.transparency.queries import rows as tables
from antifake.transparency.queries import seal as chain
from marketplace.outbox.models import LogEntry
from tests.factories.transparency import (
    NOW,
    findings,
    make_log_entries,
    make_transfers,
    seal_all,
)

pytestmark = pytest.mark.django_db(transaction=True)
WAIT_S = 60


def in_thread(work):
    """Start `work` on a connection of its own."""

    def run():
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def sealed(row_id):
    blocks = Block.objects.filter(table="outbox_logentry")
    return any(row_id in block.row_ids for block in blocks)


@pytest.mark.parametrize("only_number", [False, True])
def test_a_row_that_commits_late_holds_the_seal_back_until_it_is_there(only_number):
    """With `only_number` the late one has drawn its number and written nothing yet."""
    drawn, go, numbers = threading.Event(), threading.Event(), []

    def late():
        with transaction.atomic():
            if only_number:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT nextval('outbox_logentry_id_seq')")
                    numbers.append(cursor.fetchone()[0])
            else:
                numbers.extend(make_log_entries(1))
            drawn.set()
            assert go.wait(WAIT_S)
            if only_number:
                LogEntry.objects.create(
                    pk=numbers[0], action="late", actor="system", subject="x", at=NOW
                )

    thread = in_thread(late)
    assert drawn.wait(WAIT_S)
    (after,) = make_log_entries(1)
    assert after > numbers[0]
    for _ in range(3):
        services.seal(at=NOW)
    assert not sealed(after)
    assert findings() == []

    go.set()
    thread.join(WAIT_S)
    seal_all()
    assert sealed(numbers[0])
    assert sealed(after)
    assert findings() == []


def test_rows_that_came_after_the_line_do_not_hold_back_those_before():
    (before,) = make_log_entries(1)
    started, go = threading.Event(), threading.Event()

    def busy():
        with transaction.atomic():
            make_log_entries(1)
            started.set()
            assert go.wait(WAIT_S)

    first = in_thread(busy)
    assert started.wait(WAIT_S)
    services.seal(at=NOW)  # draws a line; `busy` is among the running
    assert not sealed(before)
    started.clear()
    release, go = go, threading.Event()
    second = in_thread(busy)
    assert started.wait(WAIT_S)
    release.set()
    first.join(WAIT_S)
    services.seal(at=NOW)  # the line's transactions are over, though another one is open
    assert sealed(before)
    go.set()
    second.join(WAIT_S)
    seal_all()
    assert findings() == []


class Crowd:
    """Writers, two sealers and a verifier, until somebody says stop."""

    def __init__(self):
        self.stop = threading.Event()
        self.wrong = []

    def write(self):
        with transaction.atomic():
            make_log_entries(3)
            make_transfers(2)

    def roll_back(self):
        with transaction.atomic():
            self.write()
            transaction.set_rollback(True)

    def seal(self):
        services.seal(at=NOW)

    def look(self):
        self.wrong.extend(findings())

    def start(self):
        works = [self.write] * 3 + [self.roll_back] + [self.seal] * 2 + [self.look]
        return [in_thread(lambda work=work: self.again(work)) for work in works]

    def again(self, work):
        while not self.stop.is_set():
            work()


def test_many_writers_and_two_sealers_leave_one_chain_and_no_false_alarm():
    crowd = Crowd()
    workers = crowd.start()
    for _ in range(300):
        if Block.objects.count() >= 40 or not all(worker.is_alive() for worker in workers):
            break
        crowd.stop.wait(0.05)
    died = [worker for worker in workers if not worker.is_alive()]
    crowd.stop.set()
    for worker in workers:
        worker.join(WAIT_S)
    assert died == []
    seal_all()
    ids = Block.objects.filter(table="outbox_logentry").values_list("row_ids", flat=True)
    assert (crowd.wrong, findings()) == ([], [])
    assert sum(map(len, ids)) == LogEntry.objects.count()
    assert sum(chain.waiting_rows().values()) == 0


def test_a_session_that_connects_while_the_sealer_is_at_work_is_seen():
    """pg_stat_activity is read once a transaction: a writer who came since must not be missed."""
    started, go = threading.Event(), threading.Event()

    def write():
        with transaction.atomic():
            make_log_entries(1)
            started.set()
            assert go.wait(WAIT_S)

    with transaction.atomic():
        before = tables.running()
        writer = in_thread(write)
        assert started.wait(WAIT_S)
        during = tables.running()
    go.set()
    writer.join(WAIT_S)
    assert set(during) - set(before)
