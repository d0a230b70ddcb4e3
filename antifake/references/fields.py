"""A column of bits that Postgres can compare: bit_count(one # other) is the Hamming distance."""

from __future__ import annotations

from typing import Any

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
