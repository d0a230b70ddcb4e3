"""Staff rule on a notice in bad faith: it costs the one who sent it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from antifake.notices.models import COMPLETE, Notice
from marketplace.errors import BadInput, WrongState
from marketplace.trust import services as trust
from marketplace.trust.models import Strike

LETTERS = 10


@transaction.atomic
def strike_sender(*, notice_id: int, act: str, facts: str, by_id: int, at: datetime) -> Strike:
    """Strike the sender of a notice in bad faith; they read `facts`. Safe to repeat.

    Raises BadInput without an act or words, WrongState before it was sent, NotAllowed to all but
    staff.
    """
    notice = Notice.objects.select_for_update(no_key=True, of=["self"]).get(pk=notice_id)
    if notice.state not in COMPLETE:
        raise WrongState(_("This notice was not sent yet."))
    if len(facts.strip()) < LETTERS:
        raise BadInput(_("Write the reason in a sentence: the sender will read it."), "facts")
    return trust.strike_notifier(
        user_id=notice.by_id,
        decision_ref=notice.ref,
        act=act,
        facts=facts.strip(),
        by_id=by_id,
        at=at,
    )
