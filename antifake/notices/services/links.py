"""The link to a notice's state: who has it needs no account. Only its hash is stored."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from antifake.notices.models import COMPLETE, Notice
from antifake.notices.services.drafts import locked
from marketplace.errors import WrongState
from marketplace.outbox import services as outbox
from marketplace.rulebook import queries as rulebook

TOKEN_BYTES = 24


def hash_of(*, token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def new_link(*, notice_id: int, by_id: int, at: datetime) -> str:
    """Return a fresh token for the page of a sent notice; the one before ends.

    It cannot be shown again: only its hash is kept. Raises WrongState before it was sent.
    """
    notice = locked(notice_id=notice_id, by_id=by_id)
    if notice.state not in COMPLETE:
        raise WrongState(_("This notice was not sent yet."))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    days = rulebook.value("notices.link_days", at=at)
    notice.token_hash, notice.token_until = hash_of(token=token), at + timedelta(days=days)
    notice.save(update_fields=["token_hash", "token_until"])
    outbox.record(
        action="notice.link_made", actor=f"user:{by_id}", subject=notice.ref, data={}, at=at
    )
    return token


def opened_by(*, token: str, at: datetime) -> Notice | None:
    """Return the notice that a token opens at a moment; None for a wrong or ended one."""
    notices = Notice.objects.select_related("right")
    return notices.filter(token_hash=hash_of(token=token), token_until__gt=at).first()
