"""The clients of bench/ledger.py: what they ask of the ledger, and what they count."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import queue
import random
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg2

CURRENCY = "EUR"
LARGEST_TRANSFER_MINOR = 100
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
# Trial balances in one run, each of which must be zero.
LEAST_READS = 1_000
FORK = multiprocessing.get_context("fork")

Transfer = Callable[[str, int, int, int], None]


@dataclass
class Load:
    """What the clients of one run did; latencies in seconds."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    refused: int = 0
    failed: list[str] = field(default_factory=list)
    reads: int = 0
    wrong_reads: int = 0

    def add(self, other: Load) -> None:
        """Count another client's work as well."""
        self.latencies += other.latencies
        self.refused += other.refused
        self.failed += other.failed
        self.reads += other.reads
        self.wrong_reads += other.wrong_reads

    def figures(self) -> dict[str, float]:
        """Transfers a second and milliseconds a transfer."""
        ordered = sorted(self.latencies)
        return {
            "transfers": len(ordered),
            "per_second": round(len(ordered) / self.seconds),
            "p50_ms": round(1_000 * ordered[len(ordered) // 2], 1),
            "p99_ms": round(1_000 * ordered[len(ordered) * 99 // 100], 1),
            "insufficient_funds": self.refused,
            "failed": len(self.failed),
        }


def say(figures: object) -> None:
    """Show progress to whoever waits; the last line of stdout stays the result."""
    print(json.dumps(figures), file=sys.stderr, flush=True)


def through_service() -> Transfer:
    """Transfer as every room does."""
    from marketplace.ledger import services

    def transfer(key: str, giver: int, taker: int, amount_minor: int) -> None:
        services.post(
            key=key,
            kind="bench",
            entries={giver: -amount_minor, taker: amount_minor},
            ref="bench:1",
            actor="system",
            at=AT,
        )

    return transfer


def bare_function() -> Callable[[], Transfer]:
    """Transfer by the SQL function, with psycopg2 alone."""
    url = os.environ["DATABASE_APP_URL"]

    def connected() -> Transfer:
        connection = psycopg2.connect(url)
        connection.autocommit = True
        cursor = connection.cursor()

        def transfer(key: str, giver: int, taker: int, amount_minor: int) -> None:
            cursor.execute(
                "SELECT posted_id FROM ledger_post(%s, 'bench', 'bench:1', 'system', %s, NULL,"
                " %s::bigint[], %s::bigint[], '{}')",
                (key, AT, [giver, taker], [-amount_minor, amount_minor]),
            )

        return transfer

    return connected


def run(
    chosen: argparse.Namespace,
    wallets: list[int],
    connect: Callable[[], Transfer],
    readers: int = 0,
) -> Load:
    """Let all clients work for the chosen time, in several processes of several threads each."""
    shares = [
        len(range(number, chosen.clients, chosen.processes)) for number in range(chosen.processes)
    ]
    answers = FORK.Queue()
    barrier = FORK.Barrier(len(shares) + (1 if readers else 0))
    label = time.time_ns()
    workers = [
        FORK.Process(
            target=_client_process,
            args=(share, chosen.seconds, wallets, connect, f"{label}:{number}", barrier, answers),
        )
        for number, share in enumerate(shares)
    ]
    if readers:
        workers.append(
            FORK.Process(target=_reader_process, args=(readers, chosen.seconds, barrier, answers))
        )
    for worker in workers:
        worker.start()
    total = Load(seconds=chosen.seconds)
    for _ in workers:
        total.add(answers.get(timeout=chosen.seconds + 120))
    for worker in workers:
        worker.join()
    for failure in total.failed[:3]:
        say(failure)
    return total


def _client_process(
    threads: int,
    seconds: float,
    wallets: list[int],
    connect: Callable[[], Transfer],
    label: str,
    barrier: object,
    answers: queue.Queue[Load],
) -> None:
    def work(number: int) -> Load:
        return _client(seconds, wallets, connect(), f"{label}:{number}")

    answers.put(_in_threads(threads, barrier, work))


def _reader_process(
    threads: int, seconds: float, barrier: object, answers: queue.Queue[Load]
) -> None:
    answers.put(_in_threads(threads, barrier, lambda _number: _reader(threads, seconds)))


def _in_threads(threads: int, barrier: object, work: Callable[[int], Load]) -> Load:
    done: queue.Queue[Load] = queue.Queue()
    running = [
        threading.Thread(target=lambda number=number: done.put(work(number)))
        for number in range(threads)
    ]
    barrier.wait()
    for thread in running:
        thread.start()
    total = Load()
    for thread in running:
        thread.join()
        total.add(done.get())
    return total


def _client(seconds: float, wallets: list[int], transfer: Transfer, label: str) -> Load:
    from marketplace.errors import InsufficientFunds

    load, chance, count = Load(), random.Random(label), 0
    end = time.perf_counter() + seconds
    while (start := time.perf_counter()) < end:
        giver, taker = chance.sample(wallets, 2)
        count += 1
        try:
            transfer(f"{label}:{count}", giver, taker, chance.randint(1, LARGEST_TRANSFER_MINOR))
        except (InsufficientFunds, psycopg2.IntegrityError):
            load.refused += 1
        except Exception as error:  # noqa: BLE001 - counted, and makes the benchmark fail
            load.failed.append(repr(error))
        else:
            load.latencies.append(time.perf_counter() - start)
    return load


def _reader(threads: int, seconds: float) -> Load:
    """Read at an even pace, half as often again as is asked for."""
    from marketplace.ledger import queries

    load = Load()
    start = time.perf_counter()
    pause = seconds * threads / (LEAST_READS * 1.5)
    while time.perf_counter() < start + seconds:
        totals = queries.trial_balance()
        load.reads += 1
        load.wrong_reads += totals != {CURRENCY: 0}
        time.sleep(max(0.0, start + load.reads * pause - time.perf_counter()))
    return load
