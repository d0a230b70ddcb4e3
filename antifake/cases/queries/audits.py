"""How good the check is, measured by people who did not know: bounds for machines, estimates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from antifake.cases.models import AuditSample, CaseState, Decision, Population, Scan, Verdict
from antifake.cases.rules.bounds import interval, lower_bound
from antifake.cases.rules.policy import NEEDED_PRECISION, Ground, Outcome, is_proven
from marketplace.rulebook import queries as rulebook

# The rule of the book in which a risk officer vouches for a ground.
PUBLISHED = {
    Ground.CONFIRMED_FAKE: "cases.confirmed_fake_bound",
    Ground.BRAND: "cases.protected_brand_bound",
}
BOUND_UNITS = 100_000


@dataclass(frozen=True)
class Share:
    """`hits` of `seen`, with the interval in which the true share lies 95 times of 100."""

    hits: int
    seen: int

    @property
    def percent(self) -> float | None:
        """The share itself; None when nothing was seen."""
        return 100 * self.hits / self.seen if self.seen else None

    @property
    def low_percent(self) -> float:
        """The lower bound."""
        return 100 * interval(self.hits, self.seen)[0]

    @property
    def high_percent(self) -> float:
        """The upper bound."""
        return 100 * interval(self.hits, self.seen)[1]


@dataclass(frozen=True)
class GroundFigures:
    """How far a ground of hard evidence is from being proven."""

    ground: str
    reviewed: Share
    bound_percent: float
    needed_percent: float
    published_percent: float
    is_proven: bool


@dataclass(frozen=True)
class Figures:
    """The check, measured. Percentages; recall is None until something was audited."""

    held: Share
    missed: Share
    allowed: int
    caught: int
    recall_percent: float | None
    recall_low_percent: float
    recall_high_percent: float
    waiting: int
    grounds: tuple[GroundFigures, ...]


def is_ground_proven(ground: str, *, at: datetime) -> bool:
    """Say whether a machine may take down on this ground alone, now."""
    return ground_figures(ground, at=at).is_proven


def ground_figures(ground: str, *, at: datetime) -> GroundFigures:
    """Return how a ground of hard evidence has been measured by people.

    Reviewed are all first rulings by people on cases with this ground: holds of a ground that is
    not proven yet, and the blind sample of one that is. Of machine decisions only those whose
    appeal was won are known to be wrong; an unappealed one is known to be nothing.
    """
    share = _reviewed(ground, at=at)
    published = rulebook.value(PUBLISHED[Ground(ground)], at=at) / BOUND_UNITS
    return GroundFigures(
        ground=ground,
        reviewed=share,
        bound_percent=100 * lower_bound(share.hits, share.seen),
        needed_percent=100 * NEEDED_PRECISION,
        published_percent=100 * published,
        is_proven=is_proven(right=share.hits, reviewed=share.seen, published=published),
    )


def figures(*, at: datetime) -> Figures:
    """Return precision and recall of the check over the days that count, with intervals.

    Recall is fakes held over all fakes: those held, and those that the audit of what was allowed
    says are among the rest. Both bounds come from the audit's; the count held is known.
    """
    since = at - timedelta(days=rulebook.value("cases.precision_days", at=at))
    held = _share(_first_rulings(since).filter(case__audit=None, by__isnull=False))
    missed = _share(
        _first_rulings(since).filter(case__audit__population=Population.ALLOWED, by__isnull=False)
    )
    allowed = Scan.objects.filter(outcome=Outcome.PUBLISH, done_at__gt=since).count()
    caught = _right(_first_rulings(since).exclude(case__audit__population=Population.ALLOWED))
    low, high = interval(missed.hits, missed.seen) if missed.seen else (0.0, 1.0)
    return Figures(
        held=held,
        missed=missed,
        allowed=allowed,
        caught=caught,
        recall_percent=_recall(caught, allowed, missed.hits / missed.seen) if missed.seen else None,
        recall_low_percent=_recall(caught, allowed, high),
        recall_high_percent=_recall(caught, allowed, low),
        waiting=AuditSample.objects.exclude(case__state=CaseState.DECIDED).count(),
        grounds=tuple(ground_figures(ground, at=at) for ground in Ground),
    )


def answered() -> QuerySet[AuditSample]:
    """Return the samples that a person has ruled on, the latest first.

    The others are shown to nobody: who works at the desk must not know which they are.
    """
    rows = AuditSample.objects.filter(case__decisions__isnull=False).distinct()
    return rows.select_related("case__listing__shop").order_by("-pk")


def is_audit_of_allowed() -> Q:
    """Return the condition on a case that it was drawn from what the check had allowed."""
    return Q(audit__population=Population.ALLOWED)


def _reviewed(ground: str, *, at: datetime) -> Share:
    since = at - timedelta(days=rulebook.value("cases.precision_days", at=at))
    rulings = _first_rulings(since).filter(case__scan__ground=ground)
    by_people = _share(rulings.filter(by__isnull=False))
    undone = rulings.filter(by=None, overridden_by__isnull=False).count()
    return Share(by_people.hits, by_people.seen + undone)


def _first_rulings(since: datetime) -> QuerySet[Decision]:
    return Decision.objects.first_rulings().filter(at__gt=since)


def _share(rulings: QuerySet[Decision]) -> Share:
    return Share(_right(rulings), rulings.count())


def _right(rulings: QuerySet[Decision]) -> int:
    """Count the removals that stand."""
    return rulings.filter(verdict=Verdict.REMOVE, overridden_by=None).count()


def _recall(caught: int, allowed: int, missed_share: float) -> float:
    fakes = caught + missed_share * allowed
    return 100 * caught / fakes if fakes else 100.0
