"""Telling people things: in the app at once, by mail or SMS through a job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction

from marketplace.accounts import guests, providers
from marketplace.errors import MarketplaceError
from marketplace.inbox.models import Message
from marketplace.insertion import insert_new
from marketplace.outbox import services as outbox

DELIVER = "inbox.deliver"
# Of the 160 GSM characters of one SMS; the rest is the link's.
SMS_TEXT_MAX = 100
# What is said at once goes out in one job. A carrier that does not answer costs ten seconds a
# message, and all of a job's must fit into its lease of a minute.
MESSAGES_A_JOB = 4


@dataclass(frozen=True, slots=True)
class Note:
    """What one person is told. `key` is said once; `link` is a path on this site."""

    user_id: int
    kind: str
    key: str
    subject: str
    body: str
    link: str = ""


@transaction.atomic(savepoint=False)
def notify(
    *,
    user_id: int,
    kind: str,
    key: str,
    subject: str,
    body: str,
    link: str = "",
    at: datetime,
    mail_at: datetime | None = None,
) -> Message:
    """Leave a message for a person and have it carried to mail or phone; once a `key`.

    `link` is a path on this site. The job carries the message's id, never contact data.
    `mail_at`: no mail leaves before; until then `call_off` may still stop it.
    """
    note = Note(user_id, kind, key, subject, body, link)
    return notify_all(notes=[note], at=at, mail_at=mail_at)[0]


@transaction.atomic(savepoint=False)
def notify_all(
    *, notes: Sequence[Note], at: datetime, mail_at: datetime | None = None
) -> list[Message]:
    """Leave several messages at once, in as many statements as one; else as `notify`.

    In the app they are there at once; mail and SMS leave from `mail_at` on (None: at once).
    """
    said = [
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
    ]
    stored = insert_new(said, key="key")
    if len(stored) < len(said):  # some were said before
        stored = Message.objects.in_bulk([note.key for note in notes], field_name="key")
    messages = [stored[note.key] for note in notes]
    outbox.enqueue_all(
        kind=DELIVER,
        payloads=dict(_errand(batch) for batch in _batched(messages)),
        run_at=mail_at or at,
        queue="mail",
    )
    return messages


@transaction.atomic
def call_off(*, key: str, at: datetime) -> bool:
    """Take a message back that no mail has carried yet; say whether it was still in time.

    It is gone from the inbox as well. Safe to repeat; a key that nobody was told is in time.
    """
    message = Message.objects.select_for_update(no_key=True).filter(key=key).first()
    if message is None or message.called_off_at is not None:
        return True
    if message.delivered_at is not None:
        return False
    # Counted as read, so that the bell's count needs to know nothing of this.
    message.called_off_at, message.read_at = at, message.read_at or at
    message.save(update_fields=["called_off_at", "read_at"])
    return True


def _batched(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """Cut what is said at once into the parts that one job carries."""
    for first in range(0, len(messages), MESSAGES_A_JOB):
        yield messages[first : first + MESSAGES_A_JOB]


def _errand(messages: Sequence[Message]) -> tuple[str, dict[str, object]]:
    """Return a job's key and payload. The key names every message, so none hides another."""
    ids = [one.pk for one in messages]
    payload: dict[str, object] = {"message_id": ids[0]} if len(ids) == 1 else {"message_ids": ids}
    return f"{DELIVER}:{'+'.join(map(str, ids))}", payload


def carry_all(*, message_ids: Sequence[int], at: datetime) -> None:
    """Carry several messages, each under a key of its own; else as `carry`.

    A carrier that refuses one keeps back no other: what went out is noted before the first
    refusal is raised, so that only the rest is tried again.
    """
    messages = Message.objects.select_related("user").filter(pk__in=message_ids).order_by("pk")
    gone, refusals = [], []
    for message in messages:
        try:
            _carry(message, f"message-{message.pk}", at)
        except (OSError, ValueError, MarketplaceError) as error:
            refusals.append(error)
        else:
            gone.append(message.pk)
    if refusals:
        mark_all_delivered(message_ids=gone, at=at)
        raise refusals[0]


def carry(*, message_id: int, key: str, at: datetime) -> None:
    """Hand a message to the mail carrier, or the SMS carrier for people without e-mail.

    Runs outside a transaction. `key` is the carrier's idempotency key: a repeat goes out once.
    """
    _carry(Message.objects.select_related("user").get(pk=message_id), key, at)


def _carry(message: Message, key: str, at: datetime) -> None:
    user = message.user
    if message.delivered_at or message.called_off_at or not user.is_active:
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


def mark_delivered(*, message_id: int, at: datetime) -> None:
    """Note that a carrier took the message. Safe to repeat: the first moment stays."""
    mark_all_delivered(message_ids=[message_id], at=at)


@transaction.atomic(savepoint=False)
def mark_all_delivered(*, message_ids: Sequence[int], at: datetime) -> None:
    """Note that a carrier took several messages; else as `mark_delivered`."""
    waiting = Message.objects.filter(pk__in=message_ids, delivered_at=None, called_off_at=None)
    waiting.update(delivered_at=at)


@transaction.atomic
def mark_read(*, message_id: int, user_id: int, at: datetime) -> Message | None:
    """Note that the addressee read the message. Safe to repeat: the first moment stays.

    Returns None when the person has no such message.
    """
    message = (
        Message.objects.select_for_update(no_key=True)
        .filter(pk=message_id, user_id=user_id)
        .first()
    )
    if message is not None and message.read_at is None:
        message.read_at = at
        message.save(update_fields=["read_at"])
    return message
