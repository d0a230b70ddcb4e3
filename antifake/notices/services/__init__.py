"""Notices: written, sent, answered, withdrawn; and what people's rulings do to them."""

from antifake.notices.services.counters import answer, concede, go_to_court, lapse_due, reply
from antifake.notices.services.drafts import (
    Words,
    add_goods,
    add_links,
    begin,
    remove_goods,
    write,
)
from antifake.notices.services.faith import strike_sender
from antifake.notices.services.links import new_link, opened_by
from antifake.notices.services.outcomes import note_ruling, withdraw
from antifake.notices.services.sending import (
    COMPARE,
    listings_to_compare,
    send,
    withhold_compared,
)

__all__ = [
    "COMPARE",
    "Words",
    "add_goods",
    "add_links",
    "answer",
    "begin",
    "concede",
    "go_to_court",
    "lapse_due",
    "listings_to_compare",
    "new_link",
    "note_ruling",
    "opened_by",
    "remove_goods",
    "reply",
    "send",
    "strike_sender",
    "withdraw",
    "withhold_compared",
    "write",
]
