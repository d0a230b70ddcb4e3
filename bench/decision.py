"""How fast a loan is decided and paid, over HTTP, without the broker; and never twice.

    python bench/decision.py [--open-seconds 60] [--closed 10000] [--duplicates 10000]

The score with all its reasons is timed alone first (bench/score_latency.py). Then gunicorn with
two processes runs on a scratch database of its own, with the server's durability as it is and
nobody answering at the broker's address. Signed-in browsers POST the application form and count
until the answer, by when contract, schedule and money in the wallet are committed: first an open
loop at a fixed rate (time counts from the planned moment), then clients one post after the other,
with the processor time that each takes in web and database, then the same forms over and over, at
once, from several shops of one person. At the end the books are read, and every decision is made
once more from what was stored (10,000 and more). Prints one JSON line last.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from bench import decision_loads as loads
from bench import score_latency
from bench.checkout_loads import utc_now
from bench.ledger import processor, scratch_database, server
from bench.ledger_loads import say

DATABASE = "bench_decision"
NOBODY = "redis://127.0.0.1:9/0"
# What was promised on two cores.
SCORED = 20_000
SCORE_US, OPEN_MS, CLOSED_MS, WORST_MS = 20, 100, 500, 1_000
# One person's: shops, and how often the forms of each are sent.
SHOPS_A_PERSON, POSTS_A_PERSON = 4, 20


def main() -> int:
    """Run everything; 0 when all that was promised is met."""
    chosen = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EWTP_STATIC_ROOT"] = str(Path(folder) / "static")
        os.environ["EWTP_MEDIA_ROOT"] = str(Path(folder) / "media")
        with scratch_database(DATABASE, rooms=()) as owner_url:
            figures, machine = _measure(chosen, owner_url, Path(folder))
    meets = _verdict(figures)
    result = {"bench": "decision", "machine": machine, "figures": figures, "meets": meets}
    print(json.dumps(result))
    return 0 if all(meets.values()) else 1


def _measure(
    chosen: argparse.Namespace, owner_url: str, folder: Path
) -> tuple[dict[str, object], dict[str, object]]:
    now, figures = utc_now(), {}
    load_before = os.getloadavg()
    figures["score"] = score_latency.measure(score_latency.drawn(SCORED))["explained"]
    say(figures["score"])
    people = chosen.duplicates // POSTS_A_PERSON
    steady = int(chosen.rate * chosen.open_seconds)
    open_ones = loads.make_borrowers(steady, "open", now)
    closed_ones = loads.make_borrowers(chosen.closed, "closed", now)
    owners = loads.make_borrowers(people, "owner", now, shops=SHOPS_A_PERSON)
    warm = loads.make_borrowers(4 * chosen.clients, "warm", now)
    _settled(owner_url)
    with web_running(folder) as port:
        work = loads.Work()
        loads.send([one.post(0, uuid.uuid4()) for one in warm], port, chosen.clients)
        planned = [
            one.post(0, uuid.uuid4(), after_s=0.5 + number / chosen.rate)
            for number, one in enumerate(open_ones)
        ]
        figures["open"] = loads.send(planned, port, clients=64).figures()
        say(figures["open"])
        posts = [one.post(0, uuid.uuid4()) for one in closed_ones]
        work.begin()
        figures["closed"] = loads.send(posts, port, chosen.clients).figures()
        figures["closed"]["cpu_ms_a_post"] = work.milliseconds_each(len(posts))
        say(figures["closed"])
        figures["duplicates"] = loads.send(_again(owners), port, chosen.clients).figures()
        say(figures["duplicates"])
    figures["books"] = _books()
    say(figures["books"])
    return figures, {
        "cores": os.cpu_count(),
        "processor": processor(),
        "python": platform.python_version(),
        "postgresql": server(owner_url),
        "load_average_before": [round(value, 2) for value in load_before],
        "clients": chosen.clients,
        "web_processes": 2,
        "broker": "nobody answers",
    }


def _again(owners: list[loads.Borrower]) -> list[loads.Post]:
    """The same forms over and over: each person's few keys, from all shops, in any order."""
    chance, posts = random.Random(11), []
    for owner in owners:
        forms = [(number % SHOPS_A_PERSON, uuid.uuid4()) for number in range(SHOPS_A_PERSON + 1)]
        mine = [chance.choice(forms) for _ in range(POSTS_A_PERSON)]
        posts += [(owner, shop, key) for shop, key in mine]
    # A person's posts stay close together, so that they meet.
    window = 4 * POSTS_A_PERSON
    for start in range(0, len(posts), window):
        part = posts[start : start + window]
        chance.shuffle(part)
        posts[start : start + window] = part
    return [owner.post(shop, key) for owner, shop, key in posts]


def _books() -> dict[str, object]:
    """Nobody writes any more: each loan paid once, nobody above his limit, decisions replay."""
    from django.db import connection
    from django.db.models import Count, Sum

    from credit.loans.models import Application, Loan
    from credit.loans.queries import desk
    from marketplace.ledger import queries as ledger

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(balance_minor), 0) FROM ledger_account WHERE kind = 'wallet'"
        )
        wallets = int(cursor.fetchone()[0])
    by_person = Loan.objects.values("identity_id").annotate(
        owed=Sum("principal_left_minor"), loans=Count("pk")
    )
    lent = Loan.objects.aggregate(sum=Sum("principal_minor"))["sum"] or 0
    found = {
        "applications": Application.objects.count(),
        "loans": Loan.objects.count(),
        "lent_minor": lent,
        "in_wallets_minor": wallets,
        "double_payouts_minor": wallets - lent,
        "above_their_limit": sum(row["owed"] > 50_000 or row["loans"] > 2 for row in by_person),
        "keys_used_twice": Application.objects.values("key")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
        .count(),
        "ledger_problems": len(ledger.check()),
        "not_replayed": len(desk.replay_all(Application.objects.iterator(chunk_size=2_000))),
    }
    connection.close()
    return found


@contextmanager
def web_running(folder: Path) -> Iterator[int]:
    """Start the web program alone, with nobody at the broker's address; yield its port."""
    from ewtp.programs import programs

    environment = {**os.environ, "EWTP_LOG_LEVEL": "ERROR", "REDIS_URL": NOBODY}
    collect = [sys.executable, str(PROJECT / "manage.py"), "collectstatic", "--noinput"]
    subprocess.run([*collect, "--verbosity=0"], check=True, env=environment)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    web = next(one for one in programs("127.0.0.1", port, environment) if one.name == "web")
    with (folder / "web.log").open("wb") as log:
        running = subprocess.Popen(
            web.command, env=environment, cwd=PROJECT, stdout=log, stderr=log
        )
        try:
            _wait_until_up(port)
            yield port
        finally:
            running.terminate()
            try:
                running.wait(timeout=10)
            except subprocess.TimeoutExpired:
                running.kill()


def _wait_until_up(port: int) -> None:
    """Wait for a connection: /readyz would rightly say that the broker is missing."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError("the web program does not come up")


def _settled(owner_url: str) -> None:
    """Have the tables' statistics say what was written, as any market in use has them."""
    from django.db import connection

    connection.close()
    owner = psycopg2.connect(owner_url)
    owner.autocommit = True
    with owner.cursor() as cursor:
        cursor.execute("ANALYZE")
    owner.close()


def _verdict(figures: dict[str, object]) -> dict[str, bool]:
    score, books = figures["score"], figures["books"]
    steady, closed, again = (figures[name] for name in ("open", "closed", "duplicates"))
    errors = {"broken", "500", "502", "503", "403"}
    answered = [steady["answers"], closed["answers"], again["answers"]]
    return {
        "score": score["p99"] <= SCORE_US,
        "open_p99": steady["p99_ms"] <= OPEN_MS,
        "closed_p99": closed["p99_ms"] <= CLOSED_MS,
        "closed_worst": closed["worst_ms"] <= WORST_MS,
        "all_lent": set(steady["answers"]) == set(closed["answers"]) == {"lent"},
        "no_error": not any(errors & set(answers) for answers in answered),
        "paid_once": books["double_payouts_minor"] == 0 and books["keys_used_twice"] == 0,
        "within_limits": books["above_their_limit"] == 0,
        "ledger": books["ledger_problems"] == 0,
        "replayed": books["not_replayed"] == 0,
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rate", type=float, default=50.0, help="posts a second, open loop")
    parser.add_argument("--open-seconds", type=float, default=60.0)
    parser.add_argument("--closed", type=int, default=10_000)
    parser.add_argument("--duplicates", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=32)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
