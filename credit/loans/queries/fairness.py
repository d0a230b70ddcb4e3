"""How groups of applicants fare: by country, size and age of the shop. Nobody is named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    F,
    IntegerField,
    Max,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from credit.loans.models import Application, Loan, LoanState, Outcome
from credit.loans.queries.watching import YEAR
from credit.loans.rules import fairness
from credit.loans.rules.decision import SAMPLE
from credit.loans.rules.fairness import Counts
from credit.scoring.rules.card import default_probability

# Which fact of the score makes a group: below each edge one, the rest the last.
_EDGES: dict[str, tuple[str, tuple[tuple[str, int], ...], str]] = {
    "size": ("buyers", (("small", 10), ("middle", 50)), "large"),
    "age": ("account_months", (("new", 12),), "old"),
}
SIZES: dict[str, Promise] = {
    "small": _("Fewer than 10 buyers"),
    "middle": _("10 to 49 buyers"),
    "large": _("50 buyers and more"),
}
AGES: dict[str, Promise] = {
    "new": _("Open for less than a year"),
    "old": _("Open for a year or longer"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to look at applicants, and its groups."""

    label: str
    lines: list[fairness.Line]


def fair(*, at: datetime) -> list[Kind]:
    """Return how shops fared in the year before, each counted once, with its newest application."""
    kinds: tuple[tuple[str, str, Mapping[str, Promise]], ...] = (
        (_now("Country"), "country", {}),
        (_now("Size"), "size", SIZES),
        (_now("Age"), "age", AGES),
    )
    return [
        Kind(label, fairness.lines(fairness.merged(named, rest=_now("Smaller groups together"))))
        for label, kind, names in kinds
        for named in ({str(names.get(key, key)): one for key, one in _groups(kind, at).items()},)
    ]


def _groups(kind: str, at: datetime) -> dict[str, Counts]:
    found: dict[str, Counts] = defaultdict(Counts)
    year = Application.objects.filter(at__gt=at - YEAR, at__lte=at)
    newest = year.order_by().values("shop_id").annotate(newest=Max("pk")).values("newest")
    yes = Q(outcome=Outcome.APPROVED) & ~Q(verdict__bound_by=SAMPLE)
    asked = (
        _grouped(Application.objects.filter(pk__in=newest), kind, "")
        .order_by()
        .values("group")
        .annotate(asked=Count("pk"), approved=Count("pk", filter=yes))
    )
    for row in asked:
        found[row["group"]] = Counts(asked=row["asked"], approved=row["approved"])
    for group, counts in _matured(kind):
        if group in found:
            found[group] = found[group].plus(counts)
    return dict(found)


def _matured(kind: str) -> list[tuple[str, Counts]]:
    ended = Loan.objects.filter(state__in=[LoanState.REPAID, LoanState.WRITTEN_OFF])
    rows = (
        _grouped(ended.exclude(application__score=None), kind, "application__")
        .annotate(
            points=F("application__score__points"),
            answer=F("application__outcome"),
            bound_by=KeyTextTransform("bound_by", "application__verdict"),
            permille=KeyTextTransform("sample_permille", "application__terms"),
        )
        .order_by()
        .values("group", "points", "answer", "bound_by", "permille", "state")
        .annotate(loans=Count("pk"))
    )
    return [(row["group"], _counts(row)) for row in rows]


def _counts(row: Mapping[str, object]) -> Counts:
    loans = int(str(row["loans"]))
    repaid = row["state"] == LoanState.REPAID
    by_lot = row["bound_by"] == SAMPLE
    by_card = row["answer"] == Outcome.APPROVED and not by_lot
    # Each loan by lot stands for all the near misses on whom no lot fell.
    stands_for = 1000 / int(str(row["permille"] or 1000)) if by_lot else 0.0
    return Counts(
        matured=loans,
        bad=0 if repaid else loans,
        promised=default_probability(int(str(row["points"]))) * loans,
        good=loans if repaid and by_card else 0,
        good_below=loans * stands_for if repaid else 0.0,
    )


def _grouped(rows: QuerySet[Any], kind: str, path: str) -> Any:
    """Annotate rows with the group of their shop; `path` leads to the application."""
    if kind == "country":
        return rows.annotate(group=F(f"{path}shop__country"))
    key, edges, last = _EDGES[kind]
    kept = Cast(KeyTextTransform(key, f"{path}score__features"), IntegerField())
    whens = [When(value__lt=edge, then=Value(name)) for name, edge in edges]
    group = Case(*whens, default=Value(last), output_field=CharField())
    # Without a score, or a record, a shop is small and new.
    return rows.annotate(value=Coalesce(kept, 0)).annotate(group=group)
