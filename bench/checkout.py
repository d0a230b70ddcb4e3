"""How many mixed carts a second are checked out and paid, and whether a rush sells right.

    python bench/checkout.py [--checkouts 1000] [--clients 16]

Runs the whole platform on a scratch database of its own: gunicorn with two processes, worker,
scheduler and sweeper, started as `manage.py demo` starts them, with the server's durability as it
is. First 200 buyers rush for 50 units of one thing. Then clients with filled carts (two or three
lines from two shops, with price ladders, discounts, ways of sending and domestic tax) each POST
the checkout, POST the payment, and count when the orders are paid and the money is held. Beside it
pgbench's TPC-B, PostgreSQL's own yardstick. Prints one JSON line last.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from bench import checkout_loads as loads
from bench.ledger import pgbench, processor, scratch_database, server
from bench.ledger_loads import say

DATABASE = "bench_checkout"
BUYERS, UNITS = 200, 50
# What was promised, with 16 clients on two cores.
LEAST_PER_SECOND, TARGET_PER_SECOND = 50, 100
HEALTHY_WITHIN_S = 60
# How long the worker may go on telling people after the last order.
QUIET_WITHIN_S = 120


def main() -> int:
    """Run everything; 0 when the least that was promised is met."""
    chosen = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EWTP_STATIC_ROOT"] = str(Path(folder) / "static")
        os.environ["EWTP_MEDIA_ROOT"] = str(Path(folder) / "media")
        with scratch_database(DATABASE, rooms=()) as owner_url:
            figures, machine = _measure(chosen, owner_url, Path(folder))
    meets = _verdict(figures)
    targets = {
        "orders_per_second": {"must": LEAST_PER_SECOND, "target": TARGET_PER_SECOND},
        "rush": {"orders": UNITS, "server_errors": 0},
    }
    result = {"bench": "checkout", "machine": machine, "figures": figures, "targets": targets}
    print(json.dumps({**result, "meets": meets}))
    return 0 if all(value for name, value in meets.items() if "target" not in name) else 1


def _measure(
    chosen: argparse.Namespace, owner_url: str, folder: Path
) -> tuple[dict[str, object], dict[str, object]]:
    now = loads.utc_now()
    goods = loads.make_shops(now)
    load_before = os.getloadavg()
    figures: dict[str, object] = {}
    with platform_running(folder) as (port, processes):
        figures["rush"] = _rush(goods[0][0], port)
        say(figures["rush"])
        _wait_for_worker()
        warm = loads.make_buyers(loads.mixed_carts(goods, 4 * chosen.clients), "warm", now)
        loads.rush(warm, port, chosen.clients, chosen.processes)
        _wait_for_worker()
        carts = loads.mixed_carts(goods, chosen.checkouts)
        figures["checkout"] = _checkouts(chosen, carts, port, processes)
        say(figures["checkout"])
        figures["books"] = _books()
        say(figures["books"])
    figures["pgbench_tpcb"] = pgbench(owner_url, chosen.clients, chosen.seconds)
    say(figures["pgbench_tpcb"])
    machine = {
        "cores": os.cpu_count(),
        "processor": processor(),
        "python": platform.python_version(),
        "postgresql": server(owner_url),
        "load_average_before": [round(value, 2) for value in load_before],
        "clients": chosen.clients,
        "web_processes": 2,
    }
    return figures, machine


# The platform ----------------------------------------------------------------------------
@contextmanager
def platform_running(folder: Path) -> Iterator[tuple[int, dict[str, psutil.Process]]]:
    """Start web, worker, scheduler and sweeper; yield the port and the processes."""
    import redis

    from ewtp.programs import programs

    redis.Redis.from_url(os.environ["REDIS_URL"]).flushdb()
    environment = {**os.environ, "EWTP_LOG_LEVEL": "WARNING"}
    manage = [sys.executable, str(PROJECT / "manage.py")]
    collect = [*manage, "collectstatic", "--noinput", "--verbosity=0"]
    subprocess.run(collect, check=True, env=environment)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (folder / "programs.log").open("wb")
    running = {
        program.name: subprocess.Popen(
            program.command, env=environment, cwd=PROJECT, stdout=log, stderr=log
        )
        for program in programs("127.0.0.1", port, environment)
    }
    try:
        _wait_until_healthy(port)
        yield port, {name: psutil.Process(one.pid) for name, one in running.items()}
    finally:
        for one in running.values():
            one.terminate()
        for one in running.values():
            try:
                one.wait(timeout=10)
            except subprocess.TimeoutExpired:
                one.kill()
        log.close()
        _say_errors(folder / "programs.log")


def _wait_until_healthy(port: int) -> None:
    deadline = time.monotonic() + HEALTHY_WITHIN_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError("the platform does not come up")


def _say_errors(log: Path) -> None:
    lines = [line for line in log.read_text(errors="replace").splitlines() if "ERROR" in line]
    for line in lines[:3]:
        say(line[:2_000])


def _waiting_jobs() -> int:
    from django.db import connection
    from django.db.models.functions import Now

    from marketplace.outbox.models import Job, JobState

    waiting = Job.objects.filter(state=JobState.PENDING, run_at__lte=Now()).count()
    connection.close()
    return waiting


def _wait_for_worker() -> float:
    begun = time.monotonic()
    while _waiting_jobs() and time.monotonic() - begun < QUIET_WITHIN_S:
        time.sleep(0.5)
    return time.monotonic() - begun


# The two loads ---------------------------------------------------------------------------
def _rush(variant_id: int, port: int) -> dict[str, object]:
    """Two hundred buyers at the same moment, fifty units."""
    from django.db import connection

    from marketplace.listings.models import Variant
    from marketplace.orders.models import Order

    Variant.objects.filter(pk=variant_id).update(on_hand=UNITS)
    buyers = loads.make_buyers([[(variant_id, 1)]] * BUYERS, "rush", loads.utc_now())
    connection.close()
    seen = loads.rush(buyers, port, clients=BUYERS, processes=2)
    held = Order.objects.filter(lines__variant=variant_id, state="paid_held").count()
    left = Variant.objects.get(pk=variant_id)
    Variant.objects.filter(pk=variant_id).update(on_hand=loads.PLENTY)
    connection.close()
    return {
        "buyers": BUYERS,
        "units": UNITS,
        "orders": held,
        "sold": left.sold,
        "left": left.on_hand,
        "answers": dict(seen.answers),
        "server_errors": seen.server_errors,
        "seconds": round(seen.seconds, 2),
        **seen.figures(),
    }


def _checkouts(
    chosen: argparse.Namespace,
    carts: list[list[tuple[int, int]]],
    port: int,
    processes: dict[str, psutil.Process],
) -> dict[str, object]:
    """The steady load: every cart is placed and paid once."""
    from django.db import connection

    from marketplace.orders.models import Order

    before = Order.objects.filter(state="paid_held").count()
    buyers = loads.make_buyers(carts, "buyer", loads.utc_now())
    connection.close()
    spent_before = {name: _cpu_seconds(one) for name, one in processes.items()}
    seen = loads.rush(buyers, port, chosen.clients, chosen.processes)
    spent = {name: _cpu_seconds(one) - spent_before[name] for name, one in processes.items()}
    backlog = _waiting_jobs()
    held = Order.objects.filter(state="paid_held").count() - before
    connection.close()
    return {
        "checkouts": len(carts),
        "orders": held,
        "checkouts_per_second": round(seen.answers["paid"] / seen.seconds, 1),
        "orders_per_second": round(held / seen.seconds, 1),
        **seen.figures(),
        "answers": dict(seen.answers),
        "server_errors": seen.server_errors,
        "cpu_ms_a_checkout": {
            name: round(1_000 * value / len(carts), 1) for name, value in spent.items()
        },
        "jobs_left_at_the_end": backlog,
        "worker_quiet_after_s": round(_wait_for_worker(), 1),
    }


def _cpu_seconds(process: psutil.Process) -> float:
    """Return what a program and its children have computed."""
    total = 0.0
    for one in [process, *process.children(recursive=True)]:
        times = one.cpu_times()
        total += times.user + times.system
    return total


def _books() -> dict[str, object]:
    """Nobody writes any more: ledger, escrows and stock agree."""
    from django.db import connection
    from django.db.models import Sum

    from marketplace.ledger import queries as ledger
    from marketplace.listings.models import Variant
    from marketplace.orders.models import Escrow, OrderLine
    from marketplace.orders.services import payout

    sold = Variant.objects.aggregate(sum=Sum("sold"))["sum"]
    bought = OrderLine.objects.filter(order__state="paid_held").aggregate(sum=Sum("quantity"))
    found = {
        "ledger_problems": len(ledger.check()),
        "provider_differences": len(payout.reconcile()),
        "escrows": Escrow.objects.count(),
        "units_sold": sold,
        "units_bought": bought["sum"],
        "reserved_and_unpaid": Variant.objects.aggregate(sum=Sum("reserved"))["sum"],
    }
    connection.close()
    return found


def _verdict(figures: dict[str, object]) -> dict[str, bool]:
    rush, steady, books = figures["rush"], figures["checkout"], figures["books"]
    return {
        "rush_sells_exactly": rush["orders"] == rush["sold"] == UNITS and rush["left"] == 0,
        "no_server_error": not rush["server_errors"] and not steady["server_errors"],
        "all_paid": steady["answers"].get("paid", 0) == steady["checkouts"],
        "rate": steady["orders_per_second"] >= LEAST_PER_SECOND,
        "target_rate": steady["orders_per_second"] >= TARGET_PER_SECOND,
        "books": not books["ledger_problems"]
        and not books["provider_differences"]
        and books["units_sold"] == books["units_bought"],
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checkouts", type=int, default=1_000)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--processes", type=int, default=2, help="that the clients share")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of pgbench's run")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
