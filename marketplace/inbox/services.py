"""Telling people things: in the app at once, by mail or SMS through a job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction

from marketplace.accounts import guests, providers
from marketplace.inbox.models import Message
from marketplace.outbox import services as outbox

DELIVER = "inbox.deliver"
# Of the 160 GSM characters of one SMS; the rest is the link's.
SMS_TEXT_MAX = 100


@dataclass(frozen=True, slots=True)
class Note:
    """What one person is told. `key` is said once; `link` is a path on this site."""

    user_id: int
    kind: str
    key: str
    subject: str
    body: str
    link: str = ""


@transaction.atomic
def notify(
    *,
    user_id: int,
    kind: str,
    key: str,
    subject: str,
    body: str,
    link: str = "",
    at: datetime,
) -> Message:
    """Leave a message for a person and have it carried to mail or phone; once a `key`.

    `link` is a path on this site. The job carries the message's id, never contact data.
    """
    return notify_all(notes=[Note(user_id, kind, key, subject, body, link)], at=at)[0]


@transaction.atomic(savepoint=False)
def notify_all(*, notes: Sequence[Note], at: datetime) -> list[Message]:
    """Leave several messages at once, in as many statements as one; else as `notify`."""
    Message.objects.bulk_create(
        (
            Message(
                user_id=note.user_id,
                key=note.key,
                kind=note.kind,
                subject=note.subject,
                body=note.body,
                link=note.link,
                created_at=at,
            )
            for note in notes
        ),
        ignore_conflicts=True,
    )
    stored = {one.key: one for one in Message.objects.filter(key__in=[one.key for one in notes])}
    messages = [stored[note.key] for note in notes]
    outbox.enqueue_all(
        kind=DELIVER,
        payloads={f"{DELIVER}:{one.pk}": {"message_id": one.pk} for one in messages},
        run_at=at,
        queue="mail",
    )
    return messages


def carry(*, message_id: int, key: str, at: datetime) -> None:
    """Hand a message to the mail carrier, or the SMS carrier for people without e-mail.

    Runs outside a transaction. `key` is the carrier's idempotency key: a repeat goes out once.
    """
    message = Message.objects.select_related("user").get(pk=message_id)
    user = message.user
    if message.delivered_at is not None or not user.is_active:
        return
    link = _link(message, at=at)
    email, phone = guests.reach(user)
    if email:
        body = f"{message.body}\n\n{link}".strip()
        providers.mail().send(to=email, subject=message.subject, body=body, key=key, at=at)
    else:
        text = f"{message.subject[:SMS_TEXT_MAX]} {link}".strip()
        providers.sms().send(to=phone, body=text, key=key, at=at)


def _link(message: Message, *, at: datetime) -> str:
    """Return the message's address; a guest's leads through the link that opens his orders.

    Made while the message is carried and stored nowhere: whoever has it is let in.
    """
    if not message.link:
        return ""
    if not message.user.guest:
        return settings.SITE_URL + message.link
    door = guests.door_of(user_id=message.user_id, at=at)
    # Without a live link the page asks whoever opens it to sign in.
    path = f"{door}?{urlencode({'next': message.link})}" if door else message.link
    return settings.SITE_URL + path


@transaction.atomic
def mark_delivered(*, message_id: int, at: datetime) -> None:
    """Note that a carrier took the message. Safe to repeat: the first moment stays."""
    Message.objects.filter(pk=message_id, delivered_at=None).update(delivered_at=at)


@transaction.atomic
def mark_read(*, message_id: int, user_id: int, at: datetime) -> Message | None:
    """Note that the addressee read the message. Safe to repeat: the first moment stays.

    Returns None when the person has no such message.
    """
    message = Message.objects.select_for_update().filter(pk=message_id, user_id=user_id).first()
    if message is not None and message.read_at is None:
        message.read_at = at
        message.save(update_fields=["read_at"])
    return message
