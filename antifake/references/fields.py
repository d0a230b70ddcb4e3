"""Columns of bits and of half-precision numbers, which Postgres can compare.

`bit_count(one # other)` is the Hamming distance of two bit columns. Half vectors are pgvector's
`halfvec` where that extension is, plain bytes elsewhere; Python sees the same bytes either way.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class BitsField(models.Field[bytes, bytes]):
    """A fixed number of bits, bytes in Python and bit(n) in Postgres."""

    description = "Bits (%(length)s)"

    def __init__(self, *args: Any, length: int = 256, **kwargs: Any) -> None:
        self.length = length
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Name the length in migrations."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "length": self.length}

    def db_type(self, connection: BaseDatabaseWrapper) -> str:  # noqa: ARG002 - Django's signature
        """Return the Postgres type."""
        return f"bit({self.length})"

    def get_prep_value(self, value: Any) -> Any:
        """Write the bits as Postgres reads them: a text of 0 and 1."""
        return None if value is None else as_bits(value)

    def from_db_value(self, value: str | None, *_: object) -> bytes | None:
        """Read the text of 0 and 1 back into bytes."""
        if value is None:
            return None
        return int(value, 2).to_bytes(self.length // 8, "big")


def as_bits(value: bytes) -> str:
    """Return bytes as a text of 0 and 1.

    >>> as_bits(b"\\x05")
    '00000101'
    """
    return "".join(f"{byte:08b}" for byte in value)


# Little-endian: how half-precision numbers lie in our bytes on every machine.
HALF = np.dtype("<f2")
_COLUMN_TYPE = """
SELECT atttypid::regtype::text FROM pg_attribute
 WHERE attrelid = to_regclass(%s) AND attname = %s AND NOT attisdropped
"""
# (server, database, table, column) -> halfvec or bytea. What a column was made as stays.
_types: dict[tuple[str, ...], str] = {}


class HalfVectorField(models.Field[bytes | None, bytes | None]):
    """Half-precision numbers: little-endian bytes in Python, halfvec or bytea in Postgres."""

    description = "Half-precision numbers"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Return the Postgres type that a new column gets: halfvec where it is known."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regtype('halfvec') IS NOT NULL")
            return "halfvec" if cursor.fetchone()[0] else "bytea"

    def get_db_prep_value(
        self,
        value: Any,
        connection: BaseDatabaseWrapper,
        prepared: bool = False,  # noqa: ARG002 - Django's signature
    ) -> Any:
        """Write the numbers as this column takes them."""
        if value is None:
            return None
        table = self.model._meta.db_table
        if column_type(connection, table, str(self.column)) == "halfvec":
            return as_halfvec(value)
        return memoryview(value)

    def from_db_value(self, value: Any, *_: object) -> bytes | None:
        """Read the text of a halfvec, or bytes, back into bytes."""
        if value is None:
            return None
        if isinstance(value, str):
            return np.array(json.loads(value), dtype=HALF).tobytes()
        return bytes(value)


def as_halfvec(value: bytes) -> str:
    """Return little-endian half-precision numbers as pgvector's text.

    >>> as_halfvec(np.array([1, -0.5], dtype=HALF).tobytes())
    '[1.0,-0.5]'
    """
    numbers = np.frombuffer(value, dtype=HALF).astype(float).tolist()
    return "[" + ",".join(map(str, numbers)) + "]"


def column_type(connection: BaseDatabaseWrapper, table: str, column: str) -> str:
    """Return what a half-vector column was made as: halfvec or bytea. Asked once a process."""
    facts = connection.settings_dict
    key = (str(facts["HOST"]), str(facts["PORT"]), str(facts["NAME"]), table, column)
    if key not in _types:
        with connection.cursor() as cursor:
            cursor.execute(_COLUMN_TYPE, [table, column])
            _types[key] = cursor.fetchone()[0]
    return _types[key]


def forget_column_types() -> None:
    """Ask again: a column was made anew."""
    _types.clear()
