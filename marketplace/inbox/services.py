"""Telling people things: in the app at once, by mail or SMS through a job."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from marketplace.accounts import providers
from marketplace.inbox.models import Message
from marketplace.outbox import services as outbox

DELIVER = "inbox.deliver"
# Of the 160 GSM characters of one SMS; the rest is the link's.
SMS_TEXT_MAX = 100


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
    message, created = Message.objects.get_or_create(
        key=key,
        defaults={
            "user_id": user_id,
            "kind": kind,
            "subject": subject,
            "body": body,
            "link": link,
            "created_at": at,
        },
    )
    if created:
        outbox.enqueue(
            kind=DELIVER,
            key=f"{DELIVER}:{message.pk}",
            payload={"message_id": message.pk},
            run_at=at,
            queue="mail",
        )
    return message


def carry(*, message_id: int, key: str, at: datetime) -> None:
    """Hand a message to the mail carrier, or the SMS carrier for people without e-mail.

    Runs outside a transaction. `key` is the carrier's idempotency key: a repeat goes out once.
    """
    message = Message.objects.select_related("user").get(pk=message_id)
    user = message.user
    if message.delivered_at is not None or not user.is_active:
        return
    link = settings.SITE_URL + message.link if message.link else ""
    if user.email:
        body = f"{message.body}\n\n{link}".strip()
        providers.mail().send(to=user.email, subject=message.subject, body=body, key=key, at=at)
    else:
        text = f"{message.subject[:SMS_TEXT_MAX]} {link}".strip()
        providers.sms().send(to=user.phone_sealed, body=text, key=key, at=at)


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
