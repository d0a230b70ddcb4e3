"""A batch of rows on its way to the database: numbered ahead, stored parents first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model

from marketplace.listings.models import Reservation
from marketplace.orders.models import (
    Cart,
    CartLine,
    Chargeback,
    Escrow,
    Order,
    OrderGroup,
    OrderLine,
    Payment,
    ProviderEvent,
    Refund,
    RefundLine,
    Shipment,
    ShipmentLine,
    TrackingEvent,
)
from marketplace.outbox.models import Event, LogEntry

Row = TypeVar("Row", bound=Model)
# Parents before those that point to them.
_IN_ORDER: tuple[type[Model], ...] = (
    Cart,
    CartLine,
    OrderGroup,
    Payment,
    Order,
    OrderLine,
    Reservation,
    Escrow,
    Shipment,
    ShipmentLine,
    TrackingEvent,
    Chargeback,
    Refund,
    RefundLine,
    ProviderEvent,
)
_AT_ONCE = 50  # numbers fetched from a sequence
_COUNT = """
    UPDATE listings_variant AS variant
    SET on_hand = variant.on_hand - change.sold, sold = variant.sold + change.sold,
        reserved = variant.reserved + change.kept
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS change (id, sold, kept)
    WHERE variant.id = change.id
"""


class Batch:
    """Rows of one batch, and what they change on the shelves."""

    def __init__(self) -> None:
        self.sold: Counter[int] = Counter()
        self.kept: Counter[int] = Counter()
        self._rows: dict[type[Model], list[Model]] = defaultdict(list)
        self._facts: list[tuple[datetime, int, Event | None, LogEntry | None]] = []
        self._numbers: dict[type[Model], Iterator[int]] = {}

    def add(self, row: Row) -> Row:
        """Keep a row for later; its number is taken now, so that others can name it."""
        self.number(row)
        self._rows[type(row)].append(row)
        return row

    def number(self, row: Model) -> None:
        """Give a row its number, ahead of being kept."""
        if row.pk is None:
            row.pk = self._next(type(row))

    def tell(
        self,
        name: str,
        subject: str,
        data: dict[str, Any],
        at: datetime,
        *,
        actor: str = "",
        silent: bool = False,
    ) -> None:
        """Write down a fact: an event unless `silent`, an audit line when there is an `actor`.

        Without jobs: they would have been done in their time, and are forgotten after a month.
        """
        event = None if silent else Event(name=name, subject=subject, data=data, at=at)
        line = LogEntry(action=name, actor=actor, subject=subject, data=data, at=at)
        self._facts.append((at, len(self._facts), event, line if actor else None))

    def store(self) -> None:
        """Write everything. Needs a transaction."""
        for model in _IN_ORDER:
            model._default_manager.bulk_create(self._rows[model], batch_size=1_000)
        facts = sorted(self._facts, key=lambda fact: fact[:2])
        Event.objects.bulk_create((fact[2] for fact in facts if fact[2]), batch_size=2_000)
        LogEntry.objects.bulk_create((fact[3] for fact in facts if fact[3]), batch_size=2_000)
        ids = sorted(set(self.sold) | set(self.kept))
        with connection.cursor() as cursor:
            cursor.execute(
                _COUNT, [ids, [self.sold[pk] for pk in ids], [self.kept[pk] for pk in ids]]
            )

    def _next(self, model: type[Model]) -> int:
        if model not in self._numbers:
            self._numbers[model] = _numbers(model)
        return next(self._numbers[model])


def _numbers(model: type[Model]) -> Iterator[int]:
    """Take primary keys from the table's own sequence, some at a time."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [model._meta.db_table, _AT_ONCE],
            )
            found = [row[0] for row in cursor.fetchall()]
        yield from found
