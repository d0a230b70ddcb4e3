"""Limits that were cut, and what another card says in shadow."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from credit.loans.models import (
    RUNNING,
    Application,
    CutState,
    Exposure,
    LimitCut,
    Loan,
    LoanState,
    Outcome,
    ShadowDecision,
)
from credit.scoring import queries as scoring
from marketplace.accounts.models import User
from marketplace.shops.models import Shop
from marketplace.shops.rules import Act

YEAR = timedelta(days=365)


def cuts_on(exposure: Exposure) -> QuerySet[LimitCut]:
    """Return the cuts in force that stand on an exposure."""
    theirs = Q(identity=exposure) | Q(account=exposure)
    return LimitCut.objects.filter(theirs, ended_at=None).order_by("pk")


def cuts_over(*, at: datetime) -> list[int]:
    """Return the cuts whose day has come."""
    over = LimitCut.objects.filter(ended_at=None, ends_at__lte=at)
    return list(over.order_by("pk").values_list("pk", flat=True))


def late_without_cut(*, before: datetime) -> list[int]:
    """Return the loans that are late since `before` and cut no limit for it yet."""
    cut = LimitCut.objects.filter(loan=OuterRef("pk"), since__gte=OuterRef("late_since"))
    late = Loan.objects.filter(state=LoanState.LATE, late_since__lte=before)
    return list(late.exclude(Exists(cut)).order_by("pk").values_list("pk", flat=True))


def a_year_old(*, at: datetime) -> list[int]:
    """Return the running loans that are a year old and whose outcome is not kept yet."""
    old = Loan.objects.filter(state__in=RUNNING, signed_at__lte=at - YEAR).order_by("pk")
    by_key = {loan.ref: loan.pk for loan in old.exclude(application__score=None)}
    known = scoring.outcomes_known(list(by_key))
    return [pk for key, pk in by_key.items() if key not in known]


def cuts_of(user: User) -> QuerySet[LimitCut]:
    """Return the cuts that a person may read, the newest first."""
    mine = LimitCut.objects.filter(shop__in=Shop.objects.where_may(user.pk, Act.BORROW))
    return mine.select_related("shop", "statement").order_by("-pk")


def cuts() -> QuerySet[LimitCut]:
    """Return every cut; those that were appealed and wait on top."""
    rows = LimitCut.objects.select_related("shop", "statement", "decided_by", "loan")
    waiting = Count("pk", filter=Q(state=CutState.APPEALED))
    return rows.annotate(waits=waiting).order_by("-waits", "due_at", "-pk")


def appeals_waiting() -> int:
    """Return how many appeals wait."""
    return LimitCut.objects.filter(state=CutState.APPEALED).count()


@dataclass(frozen=True, slots=True)
class ShadowLine:
    """Decisions on which card in force and challenger agree, or not, and what became of them."""

    ours: str
    theirs: str
    decisions: int
    matured: int
    bad: int


def shadows(card_hash: str) -> list[ShadowLine]:
    """Return the four cells of champion and challenger; `bad` of loans that ran their course."""
    ended = Q(application__loan__state__in=[LoanState.REPAID, LoanState.WRITTEN_OFF])
    lost = Q(application__loan__state=LoanState.WRITTEN_OFF)
    rows = (
        ShadowDecision.objects.filter(card__hash=card_hash)
        .values("application__outcome", "outcome")
        .annotate(
            decisions=Count("pk"), matured=Count("pk", filter=ended), bad=Count("pk", filter=lost)
        )
        .order_by("application__outcome", "outcome")
    )
    return [
        ShadowLine(
            str(Outcome(row["application__outcome"]).label),
            str(Outcome(row["outcome"]).label),
            row["decisions"],
            row["matured"],
            row["bad"],
        )
        for row in rows
    ]


def lots() -> Counter[str]:
    """Return what became of the loans that were given by lot, by state."""
    rows = Loan.objects.filter(
        application__in=Application.objects.filter(verdict__bound_by="sample")
    )
    return Counter(rows.values_list("state", flat=True))
