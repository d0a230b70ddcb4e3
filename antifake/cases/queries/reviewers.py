"""How reviewers do against known answers, for leads."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from antifake.cases.models import DeskSettings, SavedView, SecondLook
from antifake.cases.queries.audits import Share
from antifake.cases.rules import keys as keyboard
from antifake.cases.rules.agreement import agreement
from marketplace.accounts.models import User

# Older answers tell about another person: people learn.
COUNTED = timedelta(days=90)


@dataclass(frozen=True)
class Reviewer:
    """One person's agreement with known answers."""

    name: str
    share: Share
    kappa: float | None
    too_strict: int
    too_mild: int


@dataclass(frozen=True)
class Working:
    """How somebody works at the desk; the usual way unless they chose."""

    keys_on: bool
    keys: dict[str, str]
    blur: bool


def reviewers(*, at: datetime) -> list[Reviewer]:
    """Return the agreement of everybody who met a known answer lately, by name."""
    rows = SecondLook.objects.filter(answered_at__gt=at - COUNTED)
    pairs: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for by_id, verdict, known in rows.values_list("by_id", "verdict", "known"):
        pairs[by_id].append((verdict, known))
    people = User.objects.in_bulk(pairs)
    found = [_of(str(people[by_id]), answers) for by_id, answers in pairs.items()]
    return sorted(found, key=lambda one: one.name)


def together(*, at: datetime) -> Reviewer | None:
    """Return the agreement of all reviewers as if they were one; None before the first answer."""
    rows = SecondLook.objects.filter(answered_at__gt=at - COUNTED)
    pairs = list(rows.values_list("verdict", "known"))
    return _of("", pairs) if pairs else None


def working_of(user_id: int) -> Working:
    """Return how somebody works at the desk."""
    row = DeskSettings.objects.filter(user_id=user_id).first()
    if row is None:
        return Working(keys_on=True, keys=keyboard.chosen({}), blur=True)
    return Working(row.keys_on, keyboard.chosen(row.keys), row.blur)


def views_of(user_id: int) -> list[SavedView]:
    """Return somebody's saved views, by name."""
    return list(SavedView.objects.filter(user_id=user_id).order_by("name"))


def _of(name: str, pairs: list[tuple[str, str]]) -> Reviewer:
    found = agreement(pairs)
    return Reviewer(
        name=name,
        share=Share(found.alike, found.seen),
        kappa=found.kappa,
        too_strict=sum(pair == ("remove", "allow") for pair in pairs),
        too_mild=sum(pair == ("allow", "remove") for pair in pairs),
    )
