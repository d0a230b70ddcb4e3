"""The sealed tables as they are, column by column, whichever room they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection
from psycopg2 import sql

# How values are written as text must not depend on who asks.
PLAIN_TEXT = """
    SELECT set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, YMD', true),
           set_config('IntervalStyle', 'postgres', true), set_config('bytea_output', 'hex', true),
           set_config('extra_float_digits', '1', true)
"""
COLUMNS = """
    SELECT attname FROM pg_catalog.pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
# Every running transaction holds a lock on its own virtual number from its first statement on;
# unlike pg_stat_activity.xact_start, everybody may read these. The view of sessions only leaves
# other databases out, and whoever it does not know counts as ours: it is read once a transaction,
# unless it is told to forget.
FORGET = "SELECT pg_stat_clear_snapshot()"
RUNNING = """
    SELECT locks.virtualtransaction FROM pg_catalog.pg_locks AS locks
    LEFT JOIN pg_catalog.pg_stat_activity AS session ON session.pid = locks.pid
    WHERE locks.locktype = 'virtualxid' AND locks.granted AND locks.pid <> pg_backend_pid()
        AND coalesce(session.datname, current_database()) = current_database()
    ORDER BY 1
"""


@dataclass(frozen=True)
class Row:
    """One row as text: a JSON array of its columns, each null or a string."""

    row_id: int
    text: str


def columns_of(table: str) -> tuple[str, ...]:
    """Return the names of a table's columns, in the table's order."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [table])
        return tuple(name for (name,) in cursor.fetchall())


def rows(
    table: str, columns: Sequence[str], *, above: int, to: int, limit: int | None = None
) -> Iterator[Row]:
    """Return the rows with above < id <= to, in id order. Needs a transaction."""
    query = sql.SQL(
        "SELECT id, jsonb_build_array({columns})::text FROM {table}"
        " WHERE id > %s AND id <= %s ORDER BY id LIMIT %s"
    ).format(
        columns=sql.SQL(", ").join(
            sql.SQL("{}::text").format(sql.Identifier(name)) for name in columns
        ),
        table=sql.Identifier(table),
    )
    with connection.cursor() as cursor:
        cursor.execute(PLAIN_TEXT)
        cursor.execute(query, [above, to, limit])
        for row_id, text in cursor.fetchall():
            yield Row(row_id, text)


def last_drawn(table: str) -> int:
    """Return the highest id that was ever drawn for a table, used or not; 0 when none was."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
        (name,) = cursor.fetchone()
        query = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM "
        cursor.execute(query + name)
        return int(cursor.fetchone()[0])


def running() -> list[str]:
    """Return the transactions of other sessions that are open in this database now."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET)
        cursor.execute(RUNNING)
        return [number for (number,) in cursor.fetchall()]


def outside(table: str) -> list[int]:
    """Return ids that the table's own counter never drew: somebody chose them by hand."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
        (counter,) = cursor.fetchone()
        query = sql.SQL(
            "SELECT id FROM {table} WHERE id <= 0 OR id > (SELECT CASE WHEN is_called"
            " THEN last_value ELSE 0 END FROM {counter}) ORDER BY id LIMIT 100"
        ).format(table=sql.Identifier(table), counter=sql.SQL(counter))
        cursor.execute(query)
        return [row_id for (row_id,) in cursor.fetchall()]
