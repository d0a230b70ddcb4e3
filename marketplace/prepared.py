"""Questions to the database whose SQL is written once: those that every request repeats.

Django writes the SQL of a query anew each time it is asked, and that takes longer than
PostgreSQL takes to answer: in an application for a loan it was a third of the processor's time.
A question here is a query set with `Given` where values go; it is written at its first use, and
what comes back is what the query set would have returned. Whatever else stands in it is written
for good: nothing of the moment, the request or the language.

    BY_NUMBER = Prepared(lambda: Shop.objects.filter(pk=Given("pk")))
    shop = BY_NUMBER.first(pk=7)
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connections
from django.db.models import Expression, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError

_Row = TypeVar("_Row")


class Given(Expression):
    """A value that is named when the question is asked; of the type that its column stores."""

    def __init__(self, name: str) -> None:
        """Name it."""
        super().__init__()
        self.name = name

    def as_sql(self, _compiler: SQLCompiler, _connection: object) -> tuple[str, Any]:
        """Leave its place in the parameters."""
        return "%s", (self,)


class _Written(NamedTuple):
    rows: Any
    compiler: SQLCompiler
    sql: str
    params: tuple[object, ...]
    converters: dict[int, Any]


class Prepared(Generic[_Row]):
    """A question that is written once in each process and asked as often as need be."""

    def __init__(self, write: Callable[[], QuerySet[Any, _Row]]) -> None:
        """`write` returns the query set, at its first use, when all models are loaded."""
        self._write = write
        self._written: _Written | None = None

    def ask(self, **given: object) -> list[_Row]:
        """Return all rows. Raises KeyError for a value that was not given, and what Django does."""
        written = self._written or self._once()
        alias = written.rows.db
        if written.rows.query.select_for_update and not connections[alias].in_atomic_block:
            raise TransactionManagementError("a lock needs a transaction")
        params = tuple(given[one.name] if isinstance(one, Given) else one for one in written.params)
        # Django's own way from rows to objects, with what it would have worked out once more.
        compiler: Any = copy.copy(written.compiler)
        compiler.connection = connections[alias]
        compiler.as_sql = lambda *_args, **_more: (written.sql, params)
        compiler.get_converters = lambda _columns: written.converters
        query: Any = copy.copy(written.rows.query)
        query.get_compiler = lambda *_args, **_more: compiler
        asked: Any = type(written.rows)(model=written.rows.model, query=query, using=alias)
        asked._fields = written.rows._fields
        return list(written.rows._iterable_class(asked))

    def first(self, **given: object) -> _Row | None:
        """Return the first row, None when there is none."""
        return next(iter(self.ask(**given)), None)

    def _once(self) -> _Written:
        rows: Any = self._write()
        if rows._prefetch_related_lookups:
            raise ValueError("prefetch_related would be lost: ask for those rows yourself")
        compiler = rows.query.get_compiler(using=rows.db)
        sql, params = compiler.as_sql()
        columns = [column for column, _sql, _alias in compiler.select[: compiler.col_count]]
        converters = compiler.get_converters(columns)
        compiler.connection = None  # each thread's own comes in `ask`; the first one's may end
        self._written = _Written(rows, compiler, sql, tuple(params), converters)
        return self._written
