"""Many posts at the same moment, each on a connection of its own."""

from __future__ import annotations

import threading

import psycopg2
import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from marketplace.errors import InsufficientFunds
from marketplace.ledger import queries, services
from marketplace.ledger.models import Transfer
from tests.conftest import database_url

pytestmark = pytest.mark.django_db(transaction=True)


def _together(work, times):
    """Run `work(number)` in that many threads at the same moment; return what each returned."""
    ready, results = threading.Barrier(times), []

    def run(number):
        ready.wait()
        try:
            results.append(work(number))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_the_last_unit_is_spent_once(wallet, move):
    takers = [wallet() for _ in range(16)]
    for spend in range(10):
        giver = wallet(1)

        def once(number, giver=giver, spend=spend):
            try:
                move(f"spend {spend} {number}", {giver: -1, takers[number]: 1})
            except InsufficientFunds:
                return False
            return True

        assert sum(_together(once, 16)) == 1
    assert queries.check() == []


def test_the_same_post_at_the_same_moment_moves_money_once(wallet, move):
    giver, taker = wallet(1_000), wallet()

    posted = _together(lambda number: move("gift", {giver: -10, taker: 10}), 16)

    assert len({one.transfer_id for one in posted}) == 1
    assert sorted(one.replayed for one in posted) == [False] + [True] * 15
    assert queries.balance_minor(account_id=taker) == 10


def test_crossing_transfers_do_not_deadlock(wallet, move, monkeypatch):
    monkeypatch.setattr(services, "RETRIES", 0)  # a second try would hide it
    one, other = wallet(1_000), wallet(1_000)

    def back_and_forth(number):
        for turn in range(20):
            amount = 1 if (number + turn) % 2 else -1
            move(f"cross {number} {turn}", {one: amount, other: -amount})

    _together(back_and_forth, 8)

    assert Transfer.objects.filter(key__startswith="cross").count() == 160
    assert queries.check() == []


def test_a_post_waits_out_a_lock_by_trying_again(wallet, move):
    giver, taker = wallet(100), wallet()
    blocker = _lock(giver)
    release = threading.Timer(0.25, blocker.rollback)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    try:
        release.start()
        assert not move("patient", {giver: -100, taker: 100}).replayed
    finally:
        release.join()
        blocker.close()
        connection.close()


def test_inside_a_transaction_a_collision_is_the_callers(wallet, move):
    giver, taker = wallet(100), wallet()
    blocker = _lock(giver)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '50ms'")
            cursor.execute("SAVEPOINT before_it")
            with CaptureQueriesContext(connection) as tried, pytest.raises(OperationalError):
                move("impatient", {giver: -100, taker: 100})
            cursor.execute("ROLLBACK TO before_it")
        assert len(tried) == 1
    finally:
        blocker.close()
    assert queries.balance_minor(account_id=giver) == 100


def _lock(account_id):
    blocker = psycopg2.connect(database_url(settings.DATABASE_URL))
    with blocker.cursor() as cursor:
        cursor.execute("SELECT FROM ledger_account WHERE id = %s FOR UPDATE", [account_id])
    return blocker
