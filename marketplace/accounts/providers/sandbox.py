"""Carriers that deliver nothing and keep a sealed book of what they were asked to deliver."""

from __future__ import annotations

from datetime import datetime

from marketplace.accounts.models import Channel, SandboxDelivery
from marketplace.insertion import insert_new


class SandboxMail:
    """A mail carrier for demos and tests."""

    def send(self, *, to: str, subject: str, body: str, key: str, at: datetime) -> None:
        """Write the mail into the book, once a key."""
        _book(Channel.EMAIL, to=to, body=f"{subject}\n\n{body}", key=key, at=at)


class SandboxSms:
    """An SMS carrier for demos and tests."""

    def send(self, *, to: str, body: str, key: str, at: datetime) -> None:
        """Write the SMS into the book, once a key."""
        _book(Channel.SMS, to=to, body=body, key=key, at=at)


def _book(channel: Channel, *, to: str, body: str, key: str, at: datetime) -> None:
    line = SandboxDelivery(
        idempotency_key=key, channel=channel, to_sealed=to, body_sealed=body, accepted_at=at
    )
    insert_new([line], key="idempotency_key")
