"""Reads: how far a re-scan of the catalogue came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from antifake.cases.models import Case, RescanLook, RescanRun, RescanState


@dataclass(frozen=True)
class Coverage:
    """Figures of one moment: rows of the quick pass, then looks and what they held."""

    scanned: int
    due: int
    looks: int
    looked: int
    held: int
    late: bool

    @property
    def percent(self) -> int:
        """Rows gone through of those due, rounded down."""
        return 100 * self.scanned // self.due if self.due else 100


def coverage(run: RescanRun, *, at: datetime) -> Coverage:
    """Return how far a run came."""
    cases = Case.objects.filter(scan=OuterRef("scan"))
    figures = run.looks.annotate(held=Exists(cases)).aggregate(
        looks=Count("pk"),
        done=Count("pk", filter=Q(done_at__isnull=False)),
        withheld=Count("pk", filter=Q(held=True)),
    )
    return Coverage(
        scanned=run.scanned,
        due=run.due,
        looks=figures["looks"],
        looked=figures["done"],
        held=figures["withheld"],
        late=run.state != RescanState.DONE and at > run.due_at,
    )


def held_by(run: RescanRun) -> QuerySet[RescanLook]:
    """Return the looks of a run whose listing was held, the latest first."""
    looks = run.looks.filter(scan__case__isnull=False).select_related("listing__shop", "scan__case")
    return looks.order_by("-done_at", "-pk")
