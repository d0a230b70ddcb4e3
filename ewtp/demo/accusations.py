"""Two sellers whose goods were removed: one rightly, one wrongly, who appealed and won."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from antifake.cases import services as cases
from antifake.cases.models import Appeal, Case, Decision
from ewtp.demo import world
from ewtp.demo.world import Person
from marketplace.accounts.models import User
from marketplace.shops.models import Shop

_FAKE_NOTE = "The name is Lindenhof with a digit in it, and the photo is theirs."
_ACCUSED_NOTE = "The name is Nordvik with an accent, and the shop has no authorisation."
_APPEAL = (
    "Nordvík is my grandfather's name: it stands on the workshop door and in my birth"
    " certificate. I make bowls, they make jumpers. Nobody can take one for the other."
)
_ANSWER = (
    "You are right. Nordvík is your own family name, used for your own pottery. The decision is"
    " withdrawn, your listing is back, and the strike is gone as if it had never been."
)


def told(
    start: datetime, now: datetime
) -> Iterator[tuple[datetime, str, Callable[[datetime], None]]]:
    """Return what was decided when, each with its key."""
    decided = now - timedelta(days=59)
    yield decided, "fake:removed", partial(_remove, world.FAKE_GOOD, _FAKE_NOTE)
    title, day = world.ACCUSED_GOOD, start + timedelta(days=81)
    yield day, "accused:removed", partial(_remove, title, _ACCUSED_NOTE)
    yield day + timedelta(days=1), "accused:appeal", _appeal
    yield day + timedelta(days=3), "accused:won", _win


def _remove(title: str, note: str, at: datetime) -> None:
    staff = _user(world.STAFF).pk
    case = Case.objects.get(listing__title=title)
    cases.claim(case_id=case.pk, by_id=staff, at=at)
    cases.decide(
        case_id=case.pk,
        verdict="remove",
        policy="counterfeit",
        severity=9,
        note=note,
        by_id=staff,
        at=at + timedelta(minutes=4),
    )


def _appeal(at: datetime) -> None:
    decision = Decision.objects.get(case__listing__title=world.ACCUSED_GOOD, overrides=None)
    owner = Shop.objects.get(name=world.ACCUSED).owner
    cases.appeal(decision_id=decision.pk, by_id=owner.pk, text=_APPEAL, at=at)


def _win(at: datetime) -> None:
    appeal = Appeal.objects.get(decision__case__listing__title=world.ACCUSED_GOOD)
    second = _user(world.SECOND_STAFF).pk
    cases.decide_appeal(appeal_id=appeal.pk, by_id=second, won=True, answer=_ANSWER, at=at)


def _user(person: Person) -> User:
    return User.objects.get(email=person.mail)
