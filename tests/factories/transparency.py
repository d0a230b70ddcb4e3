"""Rows that get sealed, and a hand that changes them behind everybody's back."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count

from django.db import connection, transaction

from antifake.transparency import heads, services
from antifake.transparency.queries import seal as chain
from marketplace.ledger import services as ledger
from marketplace.outbox import services as outbox
from tests.factories.antifake import make_case

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_numbers = count(1)


def make_transfers(number):
    """So many transfers of two entries each; their ids."""
    return [_transfer().transfer_id for _ in range(number)]


def _transfer():
    number = next(_numbers)
    one = ledger.platform_account(kind="provider", currency="EUR", at=NOW)
    other = ledger.platform_account(kind="platform_fees", currency="EUR", at=NOW)
    return ledger.post(
        key=f"sealed:{number}",
        kind="test",
        entries={one: -number, other: number},
        ref=f"order:{number}",
        actor="system",
        at=NOW,
    )


def make_log_entries(number):
    """So many audit rows; their ids."""
    return [
        outbox.record(
            action="test.done", actor="system", subject=f"thing:{n}", data={"n": n}, at=NOW
        ).pk
        for n in range(number)
    ]


def make_decisions(number):
    """So many decisions on one real case, written past the services; their ids."""
    case = make_case()
    with behind_the_back() as cursor:
        cursor.execute(
            "INSERT INTO cases_decision (case_id, verdict, policy, note, overrides_id, at)"
            " SELECT %s, 'allow', '', 'note ' || n,"
            " currval(pg_get_serial_sequence('cases_decision', 'id')) - 1, now()"
            " FROM (SELECT nextval(pg_get_serial_sequence('cases_decision', 'id'))) AS warm,"
            " generate_series(1, %s) AS n RETURNING id",
            [case.pk, number],
        )
        return [row_id for (row_id,) in cursor.fetchall()]


def make_bundle(case, staff, **changes):
    """Evidence about a case for an authority."""
    facts = {
        "key": uuid.uuid4(),
        "case_id": case.pk,
        "authority": "Zollfahndungsamt Hamburg",
        "reference": "ZFA 12/26",
        "ground": "Order under art. 10 of the DSA of 1 March 2026",
        "by_id": staff.pk,
        "at": NOW,
    }
    return services.make_bundle(**{**facts, **changes})


@contextmanager
def behind_the_back():
    """A cursor of the tables' owner with every trigger and foreign key switched off."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
        cursor.execute("SET LOCAL session_replication_role = origin")


def seal_all(at=NOW):
    """Seal until nothing waits."""
    for _ in range(50):
        services.seal(at=at)
        if not sum(chain.waiting_rows().values()):
            return
    raise AssertionError(f"not sealed: {chain.waiting_rows()}")


def findings():
    """What the verifier says, as (kind, table, id)."""
    check = chain.verify(keys=heads.keys(), heads=heads.printed())
    return [(found.kind, found.table, found.row_id) for found in check.findings]
