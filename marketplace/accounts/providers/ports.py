"""What the house asks of a carrier."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class MailProvider(Protocol):
    """Takes mail. A key that comes back is the same mail: it goes out once."""

    def send(self, *, to: str, subject: str, body: str, key: str, at: datetime) -> None:
        """Hand over one mail."""


class SmsProvider(Protocol):
    """Takes SMS. A key that comes back is the same SMS: it goes out once."""

    def send(self, *, to: str, body: str, key: str, at: datetime) -> None:
        """Hand over one SMS; `to` is an E.164 number."""
