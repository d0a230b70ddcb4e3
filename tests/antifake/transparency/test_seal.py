"""The seal names what somebody changed, and nothing else."""

import random
from io import StringIO

import psycopg2
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection, transaction

from antifake.transparency import heads, services, tasks
from antifake.transparency.models import Block
from antifake.transparency.queries import rows as tables
from antifake.transparency.queries import seal as chain
from antifake.transparency.rules import seal as rules
from marketplace.inbox.models import Message
from marketplace.outbox.models import LogEntry
from tests.factories.accounts import make_staff
from tests.factories.transparency import (
    NOW,
    behind_the_back,
    findings,
    make_decisions,
    make_log_entries,
    make_transfers,
    seal_all,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_one_of_50_rows_changed_by_the_owner_is_named():
    transfers, logs = make_transfers(60), make_log_entries(60)
    decisions = make_decisions(30)
    seal_all()
    assert findings() == []

    dice = random.Random(7)
    changed = {
        ("cases_decision", "note"): dice.sample(decisions, 13),
        ("ledger_transfer", "ref"): dice.sample(transfers, 13),
        ("outbox_logentry", "actor"): dice.sample(logs, 12),
    }
    with behind_the_back() as cursor:
        for (table, column), ids in changed.items():
            cursor.execute(
                f"UPDATE {table} SET {column} = {column} || 'x' WHERE id = ANY(%s)", [ids]
            )
        cursor.execute("SELECT id FROM ledger_entry WHERE transfer_id = ANY(%s)", [transfers[:6]])
        entries = [row_id for (row_id,) in cursor.fetchall()]
        cursor.execute(
            "UPDATE ledger_entry SET amount_minor = amount_minor * 2 WHERE id = ANY(%s)", [entries]
        )
    expected = {("altered", table, pk) for (table, _), ids in changed.items() for pk in ids}
    expected |= {("altered", "ledger_entry", pk) for pk in entries}
    assert len(expected) == 50
    assert set(findings()) == expected


@pytest.mark.parametrize("table", rules.TABLES)
def test_each_column_of_a_sealed_table_is_sealed(table):
    make_transfers(1)
    make_log_entries(1)
    make_decisions(1)
    seal_all()
    for column in tables.columns_of(table):
        if column == "id":
            continue
        with transaction.atomic():
            row_id = forge(table, column)
            assert findings() == [("altered", table, row_id)], column
            transaction.set_rollback(True)


def forge(table, column):
    """Write something else into one column of the newest row; its id."""
    with behind_the_back() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass",
            [table],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        cursor.execute(
            "SELECT data_type FROM information_schema.columns"
            " WHERE table_name = %s AND column_name = %s",
            [table, column],
        )
        (kind,) = cursor.fetchone()
        new = {
            "timestamp with time zone": "now() + interval '1 microsecond'",
            "jsonb": """'{"n": "forged"}'""",
            "bigint": "4711",
            "smallint": "7",
        }.get(kind, "'forged'")
        cursor.execute(
            f"UPDATE {table} SET {column} = {new} WHERE id = (SELECT max(id) FROM {table})"
            " RETURNING id"
        )
        return cursor.fetchone()[0]


def test_deleted_and_inserted_rows_are_named():
    logs = make_log_entries(9)
    with connection.cursor() as cursor:  # numbers that a rolled back transaction used up
        cursor.execute("SELECT nextval('outbox_logentry_id_seq') FROM generate_series(1, 2)")
    later = make_log_entries(1)
    seal_all()
    with behind_the_back() as cursor:
        cursor.execute("DELETE FROM outbox_logentry WHERE id = %s", [logs[4]])
        for pk in (later[0] - 1, -5, later[0] + 1000):
            cursor.execute(
                "INSERT INTO outbox_logentry (id, action, actor, subject, data, at, request_id)"
                " VALUES (%s, 'forged', 'system', 'x', '{}', now(), '-')",
                [pk],
            )
    assert set(findings()) == {
        ("missing", "outbox_logentry", logs[4]),
        ("inserted", "outbox_logentry", later[0] - 1),
        ("inserted", "outbox_logentry", -5),
        ("inserted", "outbox_logentry", later[0] + 1000),
    }


def test_two_rows_that_changed_places_are_both_named():
    one, other = make_log_entries(2)
    seal_all()
    with behind_the_back() as cursor:
        cursor.execute(
            "UPDATE outbox_logentry SET id = %s WHERE id = %s;"
            "UPDATE outbox_logentry SET id = %s WHERE id = %s;"
            "UPDATE outbox_logentry SET id = %s WHERE id = %s",
            [-1, one, one, other, other, -1],
        )
    assert set(findings()) == {
        ("altered", "outbox_logentry", one),
        ("altered", "outbox_logentry", other),
    }


def three_blocks():
    for _ in range(3):
        make_log_entries(2)
        seal_all()
    return list(Block.objects.filter(table="outbox_logentry").order_by("number"))


def test_a_cut_tail_is_seen_by_the_head_printed_outside():
    last = three_blocks()[-1]
    with behind_the_back() as cursor:
        cursor.execute("DELETE FROM transparency_block WHERE number >= %s", [last.number])
    assert ("missing", "seal", last.number) in findings()


def test_a_block_taken_out_of_the_middle_is_missed_and_its_rows_are_not_called_inserted():
    middle = three_blocks()[1]
    with behind_the_back() as cursor:
        cursor.execute("DELETE FROM transparency_block WHERE number = %s", [middle.number])
    found = findings()
    assert ("missing", "seal", middle.number) in found
    assert ("uncovered", "outbox_logentry", None) in found
    assert "inserted" not in {kind for kind, _table, _id in found}


def test_a_chain_hashed_anew_without_the_key_is_seen_and_the_row_named():
    """Whoever owns the database can write digests that fit each other, but not the key's."""
    block = three_blocks()[0]
    row_id = block.row_ids[0]
    with behind_the_back() as cursor:
        cursor.execute("UPDATE outbox_logentry SET actor = 'x' WHERE id = %s", [row_id])
    row = next(tables.rows("outbox_logentry", block.columns, above=row_id - 1, to=row_id))
    forged = rules.row_digest("a guess", "outbox_logentry", row_id, row.text)
    block.digests = forged + bytes(block.digests)[rules.DIGEST_BYTES :]
    digest = rules.block_digest("a guess", chain.contents(block))
    with behind_the_back() as cursor:
        cursor.execute(
            "UPDATE transparency_block SET digests = %s, digest = %s WHERE number = %s",
            [psycopg2.Binary(block.digests), digest, block.number],
        )
    found = findings()
    assert ("altered", "outbox_logentry", row_id) in found
    assert ("altered", "seal", block.number) in found


@pytest.mark.parametrize(
    "change",
    [
        "to_id = to_id + 1",
        "columns = columns[2:]",
        "row_ids = row_ids || 999999",
        "digests = digests || '\\x00'",
        "previous = repeat('a', 64)",
        "digest = repeat('b', 64)",
        "sealed_at = sealed_at + interval '1 microsecond'",
    ],
)
def test_a_changed_block_is_named(change):
    block = three_blocks()[-1]
    with behind_the_back() as cursor:
        cursor.execute(f"UPDATE transparency_block SET {change} WHERE number = %s", [block.number])
    assert ("altered", "seal", block.number) in findings()


def test_a_lost_file_of_heads_and_an_unknown_key_are_said(settings):
    make_log_entries(1)
    seal_all()
    heads.Path(settings.SEAL_FILE).unlink()
    assert ("missing", "heads", None) in findings()
    settings.SEAL_KEY = "another"
    assert "unreadable" in {kind for kind, _table, _id in findings()}


def test_a_new_key_goes_on_with_the_chain_of_the_old(settings):
    make_log_entries(3)
    seal_all()
    settings.SEAL_KEY, settings.SEAL_KEY_OLD = "the new key", settings.SEAL_KEY
    make_log_entries(3)
    seal_all()
    assert findings() == []
    assert Block.objects.values("key_name").distinct().count() == 2


def test_blocks_stay_small_and_a_run_is_bounded(monkeypatch):
    monkeypatch.setattr(rules, "BLOCK_ROWS", 10)
    monkeypatch.setattr(rules, "RUN_ROWS", 30)
    make_log_entries(95)
    done = services.seal(at=NOW)
    assert (done.rows, done.more) == (30, True)
    seal_all()
    assert max(len(block.row_ids) for block in Block.objects.all()) == 10
    assert findings() == []


def test_the_chain_only_grows_for_its_owner_and_for_the_application(app_connection):
    make_log_entries(1)
    seal_all()
    for statement in ("UPDATE {} SET number = 9", "DELETE FROM {}", "TRUNCATE {}"):
        query = statement.format("transparency_block")
        with pytest.raises(IntegrityError, match="only grows"), connection.cursor() as cursor:
            cursor.execute(query)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege), app_connection.cursor() as app:
            app.execute(query)


def test_the_application_may_read_what_the_sealer_needs(app_connection):
    with app_connection.cursor() as cursor:
        cursor.execute(tables.RUNNING)
        cursor.execute("SELECT last_value FROM outbox_logentry_id_seq")
        cursor.execute(tables.COLUMNS, ["ledger_entry"])
        assert len(cursor.fetchall()) == 4


def test_the_commands_seal_and_verify_and_fail_when_a_row_was_changed():
    (row_id,) = make_log_entries(1)
    said = StringIO()
    call_command("seal", "run", stdout=said)
    call_command("seal", "verify", stdout=said)
    assert "waiting 0" in said.getvalue()
    assert "findings 0" in said.getvalue()

    with behind_the_back() as cursor:
        cursor.execute("UPDATE outbox_logentry SET actor = 'x' WHERE id = %s", [row_id])
    wrong = StringIO()
    with pytest.raises(CommandError):
        call_command("seal", "verify", stdout=said, stderr=wrong)
    assert f"altered outbox_logentry {row_id}" in wrong.getvalue()


def test_the_nightly_check_writes_down_that_it_was_done_and_tells_staff_what_it_found():
    staff = make_staff()
    (row_id,) = make_log_entries(1)
    tasks.seal(NOW)
    tasks.verify(NOW)
    assert LogEntry.objects.get(action="seal.verified").data["findings"] == 0
    assert not Message.objects.filter(user=staff).exists()

    with behind_the_back() as cursor:
        cursor.execute("DELETE FROM outbox_logentry WHERE id = %s", [row_id])
    tasks.verify(NOW)
    assert f"missing outbox_logentry {row_id}" in Message.objects.get(user=staff).body
