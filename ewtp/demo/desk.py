"""What the review desk shows in the demo: a case passed on, one that waits, a saved view."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from antifake.cases import services
from antifake.cases.models import Case, CaseState
from ewtp.demo import world
from marketplace.accounts.models import User

_WORDS = "Is the name on the label theirs, or only alike? I know too little of these goods."
_ASKED = "Please send us the invoice of your supplier for these goods."


def told(now: datetime) -> Iterator[tuple[datetime, str, Callable[[datetime], None]]]:
    """Return what happened when, each with its key."""
    yield now - timedelta(hours=2), "desk:view", _save_view
    yield now - timedelta(hours=1), "desk:passed", _pass_on


def _save_view(at: datetime) -> None:  # noqa: ARG001 - a habit has no moment
    services.save_view(
        user_id=User.objects.get(email=world.STAFF.mail).pk,
        name="Fakes and goods that are free",
        filters="kinds=fake,prohibited&only=free",
    )


def _pass_on(at: datetime) -> None:
    """The second member of staff passes one of two or more waiting cases on, and asks about one."""
    waiting = list(Case.objects.filter(state=CaseState.OPEN).order_by("rank", "pk"))
    if len(waiting) < 2:
        return
    second = User.objects.get(email=world.SECOND_STAFF.mail).pk
    services.escalate(case_id=waiting[0].pk, by_id=second, note=_WORDS, at=at)
    if len(waiting) > 2:
        services.ask_evidence(case_id=waiting[1].pk, by_id=second, words=_ASKED, at=at)
