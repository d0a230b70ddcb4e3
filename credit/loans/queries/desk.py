"""What the risk desk shows: the book, its ages and vintages, calibration, reasons, replay."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from credit.loans.models import (
    OWED,
    RUNNING,
    Application,
    Loan,
    LoanState,
    Outcome,
    Review,
    ReviewState,
)
from credit.loans.rules import decision, portfolio
from credit.scoring import queries as scoring
from marketplace.shops.models import CreditBand

BANDS = [str(band) for band in CreditBand]
MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class BookLine:
    """All loans of one currency; minor units."""

    currency: str
    running: int
    late: int
    owed_minor: int
    lent_minor: int
    interest_minor: int
    lost_minor: int


def book() -> list[BookLine]:
    """Return the portfolio by currency."""
    rows = (
        Loan.objects.exclude(signed_at=None)
        .order_by("currency")
        .values("currency")
        .annotate(
            running=Count("pk", filter=Q(state__in=RUNNING)),
            late=Count("pk", filter=Q(state=LoanState.LATE)),
            owed_minor=Sum("principal_left_minor", filter=Q(state__in=RUNNING), default=0),
            lent_minor=Sum("principal_minor", default=0),
            interest_minor=Sum("interest_paid_minor", default=0),
            lost_minor=Sum(
                "principal_left_minor", filter=Q(state=LoanState.WRITTEN_OFF), default=0
            ),
        )
    )
    return [BookLine(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class AgeLine:
    """Running loans of one currency that are so many days late; minor units."""

    currency: str
    from_day: int
    loans: int
    owed_minor: int


def ages(*, at: datetime) -> list[AgeLine]:
    """Return arrears by age."""
    found: dict[tuple[str, int], list[int]] = defaultdict(list)
    running = Loan.objects.filter(state__in=RUNNING)
    for loan in running.only("currency", "principal_left_minor", "late_since"):
        days = max(1, (at - loan.late_since).days) if loan.late_since else 0
        found[loan.currency, portfolio.age_of(days)].append(loan.principal_left_minor)
    return [AgeLine(*key, len(owed), sum(owed)) for key, owed in sorted(found.items())]


@dataclass(frozen=True, slots=True)
class Vintage:
    """The loans signed in one month, and what became of them."""

    month: datetime
    loans: int
    repaid: int
    late: int
    written_off: int


def vintages(*, limit: int = 24) -> list[Vintage]:
    """Return the months, the newest first."""
    rows = (
        Loan.objects.exclude(signed_at=None)
        .annotate(month=TruncMonth("signed_at"))
        .values("month")
        .annotate(
            loans=Count("pk"),
            repaid=Count("pk", filter=Q(state=LoanState.REPAID)),
            late=Count("pk", filter=Q(state=LoanState.LATE)),
            written_off=Count("pk", filter=Q(state=LoanState.WRITTEN_OFF)),
        )
        .order_by("-month")[:limit]
    )
    return [Vintage(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class BandLine:
    """What a band promised and what came; rates between 0 and 1, with a 95 % interval."""

    band: str
    matured: int
    bad: int
    promised: float
    lowest: float
    highest: float

    @property
    def kept(self) -> bool:
        """Whether the promise lies within what the cases allow."""
        return self.lowest <= self.promised <= self.highest


def calibration() -> list[BandLine]:
    """Return promised and observed default by band; only loans that have run their course."""
    kept = scoring.outcomes()
    return [
        BandLine(
            str(CreditBand(band).label),
            kept[band].matured,
            kept[band].bad,
            kept[band].promised,
            *portfolio.interval(kept[band].bad, kept[band].matured),
        )
        for band in BANDS
        if band in kept
    ]


def stability(*, at: datetime) -> float | None:
    """Compare the bands of this month's applicants with those of the three months before."""
    now = _bands(Application.objects.filter(at__gt=at - MONTH, at__lte=at))
    before = _bands(Application.objects.filter(at__gt=at - 4 * MONTH, at__lte=at - MONTH))
    return portfolio.stability(before, now)


def _bands(applications: QuerySet[Application]) -> list[int]:
    counted = Counter(applications.values_list("score__band", flat=True))
    return [counted[band] for band in BANDS]


def reasons(*, at: datetime) -> list[tuple[str, int]]:
    """Return how often each reason refused somebody in 30 days, the most frequent first."""
    refused = Application.objects.filter(outcome=Outcome.REFUSED, at__gt=at - MONTH, at__lte=at)
    counted = Counter(code for row in refused.only("verdict") for code in row.reasons)
    return counted.most_common()


def waiting() -> QuerySet[Review]:
    """Return whoever waits for a person, the most urgent first."""
    rows = Review.objects.select_related("application__shop", "application__score", "decided_by")
    return rows.order_by("decided_at", "due_at", "pk")


def waiting_count() -> int:
    """Return how many wait."""
    return Review.objects.filter(state=ReviewState.WAITING).count()


def applications() -> QuerySet[Application]:
    """Return every decision, the newest first."""
    return Application.objects.select_related("shop", "score").order_by("-pk")


def running() -> QuerySet[Loan]:
    """Return the loans that run: the longest late first, then by the day on which more is due."""
    found = Loan.objects.filter(state__in=RUNNING).select_related("shop")
    return found.order_by(F("late_since").asc(nulls_last=True), "due_at", "pk")


def loans() -> QuerySet[Loan]:
    """Return every loan, with its shop."""
    return Loan.objects.select_related("shop", "application")


def share_of_shop(shop_id: int) -> int:
    """Return how many loans of a shop are owed."""
    return Loan.objects.filter(shop_id=shop_id, state__in=OWED).count()


@dataclass(frozen=True, slots=True)
class Replay:
    """A decision made once more from what was stored: the same bits, or not."""

    application: Application
    verdict: dict[str, object]
    digest: str

    @property
    def same(self) -> bool:
        """Whether it came out as it stands."""
        return self.digest == self.application.digest


def replay(application: Application) -> Replay:
    """Decide once more from the stored facts and terms alone."""
    facts = decision.facts_of(application.facts)
    terms = decision.Terms(**application.terms)
    verdict = decision.as_json(decision.decide(facts, terms))
    parts = {"facts": application.facts, "terms": application.terms, "verdict": verdict}
    return Replay(application, verdict, decision.digest(parts))


def replay_all(rows: Iterable[Application]) -> list[int]:
    """Return the ids of those decisions that do not replay to the same bits."""
    return [row.pk for row in rows if not replay(row).same]
