"""How many rows a second the sealer seals and the verifier reads, and what both see.

    python bench/seal.py [--rows 200000] [--seconds 20] [--writers 8]

Runs on a scratch database of its own. First a pile of audit rows is sealed and verified. Then
writers add rows in transactions that end out of order, some rolled back, while the sealer runs
once a second and the verifier looks: a finding then is a false alarm. At last the owner of the
tables, with every trigger switched off, alters, deletes and inserts rows, and the verifier must
name each. Compared with reading the same rows by a plain SELECT. Prints one JSON line last.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg2

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from bench.ledger import scratch_database

TAMPERED = 50
PILE = """
    INSERT INTO outbox_logentry (action, actor, subject, data, at, request_id)
    SELECT 'bench.done', 'user:' || n %% 1000, 'thing:' || n, jsonb_build_object('n', n),
           now(), '-' FROM generate_series(1, %s) AS n
"""
FORGED = """
    INSERT INTO outbox_logentry (id, action, actor, subject, data, at, request_id)
    VALUES (%s, 'forged', 'system', 'x', '{}', now(), '-')
"""


def main() -> int:
    """Run everything; 0 when every altered row was named and nothing else."""
    chosen = _arguments()
    with scratch_database("bench_seal", rooms=()) as owner_url:
        from django.conf import settings

        with tempfile.TemporaryDirectory() as folder:
            settings.SEAL_FILE = Path(folder) / "heads.log"
            figures = {"pile": _pile(owner_url, chosen.rows), "crowd": _crowd(owner_url, chosen)}
            figures["tampering"] = _tamper(owner_url)
    meets = {
        "every_altered_row_named": figures["tampering"]["unnamed"] == 0,
        "nothing_else_named": figures["tampering"]["wrongly_named"] == 0,
        "false_alarms": figures["crowd"]["false_alarms"] == 0,
        "all_sealed": figures["crowd"]["unsealed"] == 0,
    }
    print(json.dumps({"bench": "seal", "figures": figures, "meets": meets}))
    return 0 if all(meets.values()) else 1


def _pile(owner_url: str, rows: int) -> dict[str, float]:
    _owner(owner_url, PILE, [rows])
    start = time.perf_counter()
    _seal_all()
    sealed = time.perf_counter() - start
    start = time.perf_counter()
    findings = _findings()
    verified = time.perf_counter() - start
    start = time.perf_counter()
    _owner(owner_url, "SELECT * FROM outbox_logentry ORDER BY id", [])
    read = time.perf_counter() - start
    return {
        "rows": rows,
        "sealed_per_second": round(rows / sealed),
        "verified_per_second": round(rows / verified),
        "plain_read_per_second": round(rows / read),
        "findings": len(findings),
    }


def _crowd(owner_url: str, chosen: argparse.Namespace) -> dict[str, int]:
    stop, written, alarms, looks = threading.Event(), [], [], 0
    writers = [
        threading.Thread(target=_write, args=(owner_url, number, stop, written))
        for number in range(chosen.writers)
    ]
    for writer in writers:
        writer.start()
    until = time.monotonic() + chosen.seconds
    while time.monotonic() < until:
        _seal_once()
        alarms += _findings()
        looks += 1
        time.sleep(1)
    stop.set()
    for writer in writers:
        writer.join()
    _seal_all()
    alarms += _findings()
    return {
        "rows_written": sum(written),
        "looks": looks,
        "false_alarms": len(alarms),
        "unsealed": _waiting(),
    }


def _write(url: str, number: int, stop: threading.Event, written: list[int]) -> None:
    """Transactions of one to nine rows that stay open for up to 50 ms; one in five rolls back."""
    dice = random.Random(number)
    connection = psycopg2.connect(url)
    while not stop.is_set():
        rows = dice.randint(1, 9)
        with connection.cursor() as cursor:
            cursor.execute(PILE, [rows])
            time.sleep(dice.random() / 20)
        if dice.random() < 0.2:
            connection.rollback()
        else:
            connection.commit()
            written.append(rows)
    connection.close()


def _tamper(owner_url: str) -> dict[str, int]:
    dice = random.Random(7)
    connection = psycopg2.connect(owner_url)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM outbox_logentry")
        ids = [row_id for (row_id,) in cursor.fetchall()]
        there = set(ids)
        gaps = [row_id for row_id in range(min(ids), max(ids)) if row_id not in there]
        altered, deleted = dice.sample(ids, TAMPERED), []
        deleted = dice.sample(sorted(there - set(altered)), TAMPERED)
        inserted = dice.sample(gaps, min(TAMPERED, len(gaps)))
        cursor.execute("ALTER TABLE outbox_logentry DISABLE TRIGGER USER")
        cursor.execute("UPDATE outbox_logentry SET actor = 'x' WHERE id = ANY(%s)", [altered])
        cursor.execute("DELETE FROM outbox_logentry WHERE id = ANY(%s)", [deleted])
        for row_id in inserted:
            cursor.execute(FORGED, [row_id])
    connection.commit()
    connection.close()
    expected = {
        *(("altered", row_id) for row_id in altered),
        *(("missing", row_id) for row_id in deleted),
        *(("inserted", row_id) for row_id in inserted),
    }
    named = {(found.kind, found.row_id) for found in _findings()}
    return {
        "tampered": len(expected),
        "unnamed": len(expected - named),
        "wrongly_named": len(named - expected),
    }


def _seal_once() -> bool:
    from antifake.transparency import services

    return services.seal(at=datetime.now(UTC)).more


def _seal_all() -> None:
    while _waiting():
        _seal_once()


def _waiting() -> int:
    from antifake.transparency.queries import seal as chain

    return sum(chain.waiting_rows().values())


def _findings() -> list[object]:
    from antifake.transparency import heads
    from antifake.transparency.queries import seal as chain

    return list(chain.verify(keys=heads.keys(), heads=heads.printed()).findings)


def _owner(url: str, statement: str, values: list[object]) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        if cursor.description:
            cursor.fetchall()
    connection.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--writers", type=int, default=8)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
