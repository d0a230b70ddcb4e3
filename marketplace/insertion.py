"""Rows that are written unless they are there already, and which of them were new."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from django.db import models
from django.db.models.constants import OnConflict

_Row = TypeVar("_Row", bound=models.Model)


def insert_new(rows: Sequence[_Row], *, key: str, learn: Collection[str] = ()) -> dict[Any, _Row]:
    """Insert those rows that break no unique constraint; return them by their field `key`.

    One statement that needs no transaction around it: INSERT … ON CONFLICT DO NOTHING RETURNING
    (PostgreSQL manual, INSERT). It waits for another transaction that writes the same key. The
    rows returned know their primary key and what the database made of the fields in `learn`;
    whoever wants the rows that were there before reads them. Django's bulk_create with
    `ignore_conflicts` is the same INSERT, in a savepoint, and does not tell what it wrote.
    """
    if not rows:
        return {}
    manager, meta = type(rows[0])._base_manager, type(rows[0])._meta
    told = ["pk", key, *learn]
    answers = manager._insert(  # type: ignore[attr-defined]
        rows,
        fields=[field for field in meta.concrete_fields if not field.primary_key],
        returning_fields=[meta.pk, *(meta.get_field(name) for name in told[1:])],
        using=manager.db,
        on_conflict=OnConflict.IGNORE,
    )
    by_key = {getattr(row, key): row for row in rows}
    new = {}
    for answer in answers:
        if answer is None:  # what Django says of one row that was there
            continue
        row = new[answer[1]] = by_key[answer[1]]
        for name, value in zip(told, answer, strict=True):
            setattr(row, name, value)
        row._state.adding, row._state.db = False, manager.db
    return new
