"""Limits of this room, and what a saved reply's placeholders become."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

TEXT_MAX = 2_000
QUESTION_MAX = 500
ANSWER_MAX = 1_000
NOTE_MAX = 1_000
REASON_MIN = 10  # letters of a sentence that somebody else can check
PHOTOS_AT_ONCE = 4
# What a person may write before the shop has answered once: a question and what was forgotten in
# it, not a flood. About an order both sides may always write.
UNANSWERED_MAX = 5
REPLIES_MAX = 50
REPLY_TITLE_MAX = 60
A_PAGE = 50
# A report shows staff what stood around the reported words, not the whole acquaintance.
AROUND = 10
APPEAL_DAYS = 14
# A member of staff sees pictures for as long as a case takes after he opened it.
LOOK_LASTS = timedelta(hours=8)
PLACES = ("buyer", "order", "days")


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a saved reply with its placeholders replaced; one without a value stays readable.

    >>> filled("Dear {buyer}, order {order} leaves in {days} days.", {"buyer": "Ada", "days": "3"})
    'Dear Ada, order … leaves in 3 days.'
    """
    for name in PLACES:
        text = text.replace("{" + name + "}", values.get(name) or "…")
    return text


def may_write_more(*, about_order: bool, unanswered: int) -> bool:
    """Say whether a buyer may add a message while the shop has not answered `unanswered` others.

    >>> may_write_more(about_order=False, unanswered=5)
    False
    >>> may_write_more(about_order=True, unanswered=5)
    True
    """
    return about_order or unanswered < UNANSWERED_MAX
