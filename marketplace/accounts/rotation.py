"""Renew what is sealed or hashed under an old key, row by row, while the site runs.

Columns are found by the class of their field, in every installed model, so a new sealed column
needs no word here. Each row changes only if it still holds what was read: nobody's work is lost,
no lock is held for long, and a run that was stopped goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from django.apps import apps as installed
from django.apps.registry import Apps
from django.db import IntegrityError, connection, models, transaction

from marketplace.accounts import sealing
from marketplace.accounts.columns import KeyedHashField, SealedEmailField
from marketplace.accounts.sealing import KeyMissing, SealedTextField

BATCH_ROWS = 200


@dataclass(frozen=True)
class Column:
    """One column: how to see that a value is old (an SQL condition), and how to renew it."""

    name: str
    db_type: str
    old: str
    old_parameter: str
    # From the stored value and the plain values of the row's other columns.
    renew: Callable[[str | None, Mapping[str, str]], str | None]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One table with such columns."""

    name: str
    key: str
    columns: tuple[Column, ...]
    # Fields whose plain values the hashes are made of.
    sources: tuple[models.Field[Any, Any], ...]

    @property
    def is_old(self) -> str:
        """Return the condition for rows with any old value."""
        return " OR ".join(f"({column.old})" for column in self.columns)

    @property
    def old_parameters(self) -> list[str]:
        """Return the condition's parameters."""
        return [column.old_parameter for column in self.columns]


@dataclass
class Batch:
    """What came of a batch: rows renewed, rows that no key opens or that clash, where it ended."""

    seen: int = 0
    renewed: int = 0
    stuck: list[str] = field(default_factory=list)
    last_key: Any = None


def tables(apps: Apps = installed, *, of: str = "") -> list[Table]:
    """Return every table with sealed or hashed columns; of one app when `of` names its label."""
    fragments = list(sealing.columns_with_fragments()) if apps is installed else []
    found = []
    for model in apps.get_models(include_auto_created=True):
        if of and model._meta.app_label != of:
            continue
        columns, sources = _columns_of(model)
        columns += [_fragment_column(f) for f in fragments if f.model is model]
        if columns and model._meta.managed and not model._meta.proxy:
            found.append(_table(model, columns, sources))
    return found


def count_old(table: Table) -> dict[str, int]:
    """Return how many old values each column still holds."""
    counts = ", ".join(f"count(*) FILTER (WHERE {column.old})" for column in table.columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts} FROM {_quoted(table.name)}", table.old_parameters)  # noqa: S608
        row = cursor.fetchone()
    return {column.name: count for column, count in zip(table.columns, row, strict=True)}


def count_old_rows(table: Table) -> int:
    """Return how many rows hold any old value."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {_quoted(table.name)} WHERE {table.is_old}",  # noqa: S608
            table.old_parameters,
        )
        return int(cursor.fetchone()[0])


def batches(table: Table, *, rows: int = BATCH_ROWS) -> Iterator[Batch]:
    """Renew a table in primary-key order; each batch given back is committed."""
    after = None
    while True:
        batch = _renew_batch(table, after=after, rows=rows)
        if not batch.seen:
            return
        after = batch.last_key
        yield batch


def _columns_of(
    model: type[models.Model],
) -> tuple[list[Column], list[models.Field[Any, Any]]]:
    columns: list[Column] = []
    sources: dict[str, models.Field[Any, Any]] = {}
    for one in model._meta.local_concrete_fields:
        if isinstance(one, SealedTextField | SealedEmailField):
            columns.append(_sealed_column(one))
        elif isinstance(one, KeyedHashField):
            columns.append(_hash_column(one))
            for name in (*one.beside, one.of):
                sources[name] = _field(model, name)
    return columns, list(sources.values())


def _table(
    model: type[models.Model], columns: list[Column], sources: list[models.Field[Any, Any]]
) -> Table:
    return Table(
        name=model._meta.db_table,
        key=_name(model._meta.pk),
        columns=tuple(columns),
        sources=tuple(sources),
    )


def _sealed_column(one: SealedTextField | SealedEmailField) -> Column:
    name = _quoted(_name(one))
    return Column(
        name=_name(one),
        db_type="text",
        old=f"{name} <> '' AND NOT starts_with({name}, %s)",
        old_parameter=sealing.current_key_id() + ":",
        renew=lambda stored, _plain: one.closed(one.opened(stored or "")),
    )


def _hash_column(one: KeyedHashField) -> Column:
    name = _quoted(_name(one))
    return Column(
        name=_name(one),
        db_type="text",
        old=f"{name} IS NOT NULL AND NOT starts_with({name}, %s)",
        old_parameter=sealing.current_pepper_id() + ":",
        renew=lambda _stored, plain: one.hash_of(plain),
        needs=(*one.beside, one.of),
    )


def _fragment_column(known: sealing.SealedFragments) -> Column:
    """A column in whose text or JSON sealed values stand: each is renewed in its place."""
    column = _field(known.model, known.column)
    name = _quoted(_name(column))

    def renew(stored: str | None, _plain: Mapping[str, str]) -> str:
        return sealing.SEALED.sub(
            lambda found: sealing.reseal(found[0], bound_to=known.bound_to), stored or ""
        )

    return Column(
        name=_name(column),
        db_type=column.db_type(connection) or "text",
        old=rf"{name}::text ~ ('\mk(?!' || %s || ')[0-9a-f]{{8}}:[A-Za-z0-9+/]')",
        old_parameter=sealing.current_key_id()[1:],
        renew=renew,
    )


def _renew_batch(table: Table, *, after: Any, rows: int) -> Batch:
    batch = Batch()
    changes: list[tuple[Any, dict[str, str | None], dict[str, str | None]]] = []
    for key, stored, others in _old_rows(table, after=after, rows=rows):
        batch.seen, batch.last_key = batch.seen + 1, key
        try:
            changes.append((key, stored, _renewed(table, stored, others)))
        except (KeyMissing, InvalidTag, ValueError) as error:
            batch.stuck.append(f"{table.name} {key}: {error or 'altered, or from another column'}")
    try:
        with transaction.atomic():
            batch.renewed = sum(_store(table, *change) for change in changes)
    except IntegrityError:
        _store_singly(table, changes, batch)
    return batch


def _store_singly(table: Table, changes: list[Any], batch: Batch) -> None:
    """Two rows turned out to hold the same value: renew all the others."""
    for change in changes:
        try:
            with transaction.atomic():
                batch.renewed += _store(table, *change)
        except IntegrityError:
            batch.stuck.append(f"{table.name} {change[0]}: another row has the same value")


def _old_rows(
    table: Table, *, after: Any, rows: int
) -> Iterator[tuple[Any, dict[str, str | None], dict[str, Any]]]:
    names = [column.name for column in table.columns]
    others = [_name(source) for source in table.sources]
    asked = ", ".join(
        [
            _quoted(table.key),
            *(f"{_quoted(name)}::text" for name in names),
            *(f"{_quoted(name)}::text" for name in others),
        ]
    )
    later = f"{_quoted(table.key)} > %s AND " if after is not None else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {asked} FROM {_quoted(table.name)} WHERE {later}({table.is_old})"  # noqa: S608
            f" ORDER BY {_quoted(table.key)} LIMIT %s",
            [*([] if after is None else [after]), *table.old_parameters, rows],
        )
        for key, *values in cursor.fetchall():
            split = len(names)
            yield (
                key,
                dict(zip(names, values[:split], strict=True)),
                dict(zip(others, values[split:], strict=True)),
            )


def _renewed(
    table: Table, stored: Mapping[str, str | None], others: Mapping[str, str | None]
) -> dict[str, str | None]:
    plain = {source.name: _plain(source, others[_name(source)]) for source in table.sources}
    return {
        column.name: column.renew(stored[column.name], plain)
        for column in table.columns
        if stored[column.name] not in {None, ""}
    }


def _plain(source: models.Field[Any, Any], stored: str | None) -> str:
    if isinstance(source, SealedTextField | SealedEmailField) and stored:
        return source.opened(stored)
    return stored or ""


def _store(
    table: Table, key: Any, before: Mapping[str, str | None], after: Mapping[str, str | None]
) -> int:
    """Store a row's renewed values if it is as it was read; return how many rows changed."""
    types = {column.name: column.db_type for column in table.columns}
    new = ", ".join(f"{_quoted(name)} = %s::{types[name]}" for name in after)
    same = "".join(f" AND {_quoted(name)}::text = %s" for name in after)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {_quoted(table.name)} SET {new} WHERE {_quoted(table.key)} = %s{same}",  # noqa: S608
            [*after.values(), key, *(before[name] for name in after)],
        )
        return int(cursor.rowcount)


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    found = model._meta.get_field(name)
    assert isinstance(found, models.Field)  # noqa: S101 - a column, not a relation back
    return found


def _name(column: models.Field[Any, Any] | None) -> str:
    """Return the name of a field's column in the database."""
    return str(column.column) if column is not None else ""


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
