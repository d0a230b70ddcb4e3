"""What follows a change of the things that prove who somebody is."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from marketplace.accounts import devices, sessions
from marketplace.outbox import services as outbox


@transaction.atomic
def start_over(*, user_id: int, reason: str, keep: str | None, at: datetime) -> None:
    """End a person's sessions but the one with the key `keep`, and know no browser any more.

    After a new password, phone number, e-mail address or second factor, whoever had got in by
    the old one is out (OWASP ASVS 3.3.3).
    """
    sessions.end_all(user_id=user_id, but=keep)
    devices.forget(user_id=user_id)
    who, data = f"user:{user_id}", {"reason": reason}
    outbox.record(action="user.sessions_ended", actor=who, subject=who, data=data, at=at)
