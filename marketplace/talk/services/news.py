"""What the other side is told: that there is something to read, never what it says.

One note for all that is unread: whoever gets five messages in a row gets one mail.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.accounts.models import User
from marketplace.inbox import services as inbox
from marketplace.inbox.services import Note
from marketplace.shops.rules import Act, roles_that_may
from marketplace.talk.models import Message, Question, Side, Thread


def written(*, thread: Thread, message: Message, at: datetime) -> None:
    """Tell the other side that it has something to read."""
    to_shop = message.side == Side.BUYER
    people: Iterable[User] = answering(shop_id=thread.shop_id) if to_shop else [thread.buyer]
    notes = []
    for person in people:
        with override(person.language):
            notes.append(_note(thread, message, person, to_shop=to_shop))
    inbox.notify_all(notes=notes, at=at)


def _note(thread: Thread, message: Message, person: User, *, to_shop: bool) -> Note:
    subject = (_("A buyer wrote to %(shop)s") if to_shop else _("%(shop)s wrote to you")) % {
        "shop": thread.shop.name
    }
    if thread.listing is not None:
        about = _("It is about “%(title)s”.") % {"title": thread.listing.title}
    else:
        about = _("It is about order %(number)d.") % {"number": thread.order_id or 0}
    return Note(
        user_id=person.pk,
        kind="talk.message",
        key=f"{message.ref}:{person.pk}",
        subject=subject,
        body=about + " " + _("Read and answer it on the market."),
        link=reverse("talk:thread", args=[thread.pk]),
    )


def answering(*, shop_id: int) -> QuerySet[User]:
    """Return who answers for a shop."""
    roles = roles_that_may(Act.ANSWER_MESSAGES)
    people = User.objects.filter(
        memberships__shop_id=shop_id, memberships__role__in=roles, is_active=True
    )
    return people.order_by("pk")


def asked(*, question: Question, at: datetime) -> None:
    """Tell the shop that a question waits."""
    notes = []
    for person in answering(shop_id=question.shop_id):
        with override(person.language):
            notes.append(
                Note(
                    user_id=person.pk,
                    kind="talk.question",
                    key=f"{question.ref}:{person.pk}",
                    subject=_("A question about “%(title)s”") % {"title": question.listing.title},
                    body=_("Everybody reads the question once you have answered it."),
                    link=reverse("talk:received"),
                )
            )
    inbox.notify_all(notes=notes, at=at)


def answered(*, question: Question, at: datetime) -> None:
    """Tell whoever asked."""
    with override(question.by.language):
        inbox.notify(
            user_id=question.by_id,
            kind="talk.answer",
            key=f"{question.ref}:answered",
            subject=_("%(shop)s answered your question") % {"shop": question.shop.name},
            body=question.answer,
            link=reverse("talk:questions", args=[question.listing_id]),
            at=at,
        )


def tell(*, person: User, kind: str, key: str, subject: str, body: str, at: datetime) -> None:
    """Tell one person something about a report, in words that are already his language."""
    inbox.notify(user_id=person.pk, kind=kind, key=key, subject=subject, body=body, at=at)
