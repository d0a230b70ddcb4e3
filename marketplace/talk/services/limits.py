"""How much one person may write; counters in PostgreSQL, as at the door.

A person who really deals writes a few dozen messages a day; what sells lists of addresses writes
to hundreds of shops. The first contact with a shop is the scarce one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from marketplace.accounts import throttles
from marketplace.accounts.throttles import Limit
from marketplace.errors import WrongState

FIRST_CONTACTS = Limit("talk/first", 20, timedelta(days=1))
MESSAGES = Limit("talk/messages", 60, timedelta(minutes=10))
QUESTIONS = Limit("talk/questions", 20, timedelta(days=1))
REPORTS = Limit("talk/reports", 30, timedelta(days=1))


def take(*, limit: Limit, by_id: int, at: datetime) -> None:
    """Count one. Raises WrongState beyond the limit."""
    if not throttles.take(limit=limit, subject=f"user:{by_id}", at=at):
        raise WrongState(_("You have written a lot in a short time. Please try again later."))
