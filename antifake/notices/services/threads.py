"""Closing a thread between seller and sender, and telling both."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from antifake.notices.models import CounterNotice, CounterState, NoticeItem, Side, ThreadLine
from marketplace.inbox import services as inbox

ENDS = (CounterState.LAPSED, CounterState.CONCEDED, CounterState.WON, CounterState.LOST)


def say(*, counter: CounterNotice, side: str, text: str, at: datetime) -> ThreadLine:
    """Add a line to a thread. Needs a transaction."""
    return ThreadLine.objects.create(counter=counter, side=side, text=text, at=at)


def close(*, counter: CounterNotice, state: str, at: datetime, words: str = "") -> None:
    """End a thread, or change how it ended; say so in it and tell both sides. Safe to repeat.

    Needs a transaction in which the counter-notice or its notice is locked.
    """
    if counter.state == state:
        return
    counter.state, counter.due_at, counter.closed_at = state, None, at
    counter.save(update_fields=["state", "due_at", "closed_at"])
    label = str(CounterState(state).label)
    say(counter=counter, side=Side.MARKET, text=f"{label}\n{words}".strip(), at=at)
    item = NoticeItem.objects.select_related("notice", "listing").get(pk=counter.item_id)
    facts = {"title": item.listing.title}
    notes = [
        inbox.Note(
            user_id=user_id,
            kind="counter.closed",
            key=f"counter.closed:{counter.pk}:{state}:{user_id}",
            subject=_("About “%(title)s”") % facts,
            body=f"{label}. {words}".strip(),
            link=reverse(page, args=[number]),
        )
        for user_id, page, number in (
            (counter.by_id, "notices:answer", item.pk),
            (item.notice.by_id, "notices:counter", counter.pk),
        )
    ]
    inbox.notify_all(notes=notes, at=at)
