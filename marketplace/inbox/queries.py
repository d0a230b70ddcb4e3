"""Reads of the inbox."""

from __future__ import annotations

from django.db.models import F, QuerySet

from marketplace.inbox.models import Message


def of_user(user_id: int) -> QuerySet[Message]:
    """Return a person's messages: unread ones first, then the latest."""
    return Message.objects.filter(user_id=user_id, called_off_at=None).order_by(
        F("read_at").desc(nulls_first=True), "-pk"
    )


def unread_count(user_id: int) -> int:
    """Return how many messages a person has not read; one index-only count."""
    return Message.objects.filter(user_id=user_id, read_at=None).count()
