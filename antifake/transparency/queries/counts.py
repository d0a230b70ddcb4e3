"""Public counts of a quarter: what was restricted, why, by whom, how fast, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from antifake.cases.models import Appeal, Decision
from antifake.transparency.rules import counts as rules
from antifake.transparency.rules.counts import Published, Quarter
from marketplace.reasons.models import AutomatedDecision, SourceType, StatementOfReasons
from marketplace.trust.models import Sanction

# Table → the names of its columns before the figure.
TABLES = {
    "restrictions": ("kind", "ground", "decided_by"),
    "found": ("brought_up_by", "detected_by"),
    "hours": ("what",),
    "appeals": ("outcome",),
    "sanctions": ("subject", "level"),
}
DECIDED_BY: dict[str, str] = {
    AutomatedDecision.FULLY: "machine",
    AutomatedDecision.PARTIALLY: "machine_and_person",
    AutomatedDecision.NOT: "person",
}
BROUGHT_UP: dict[str, str] = {
    SourceType.NOTICE: "notice",
    SourceType.TRUSTED_FLAGGER: "trusted_flagger",
    SourceType.OTHER_NOTIFICATION: "other_notification",
    SourceType.VOLUNTARY: "platform",
}
LEVELS = {1: "warned", 2: "limited", 3: "suspended"}
Facts = Iterator[tuple[tuple[str, ...], int]]


@dataclass(frozen=True)
class Report:
    """The public counts of one quarter, dated."""

    quarter: Quarter
    closed: bool
    made_at: datetime
    tables: dict[str, list[Published]]


def report(quarter: Quarter, at: datetime) -> Report:
    """Return the counts of a quarter as they may be seen at a moment."""
    closed = quarter.ends <= at
    facts = {
        "restrictions": _restrictions(quarter),
        "found": _found(quarter),
        "appeals": _appeals(quarter),
        "sanctions": _sanctions(quarter),
    }
    tables = {
        name: rules.publishable(rules.counted(rows), closed=closed) for name, rows in facts.items()
    }
    tables["hours"] = _hours(quarter)
    ordered = {name: tables[name] for name in TABLES}
    return Report(quarter=quarter, closed=closed, made_at=at, tables=ordered)


def data_rows(reports: list[Report]) -> list[dict[str, object]]:
    """Return the open data: one flat row for each figure, alike for CSV and JSON."""
    return [
        {
            "quarter": report.quarter.name,
            "from": f"{report.quarter.starts:%Y-%m-%d}",
            "until": f"{report.quarter.ends:%Y-%m-%d}",
            "closed": report.closed,
            "made_at": report.made_at.isoformat(timespec="seconds"),
            "table": table,
            **dict.fromkeys(("by_1", "by_2", "by_3"), ""),
            **{f"by_{place}": part for place, part in enumerate(cell.key, start=1)},
            "value": cell.value,
            "unit": cell.unit,
        }
        for report in reports
        for table, cells in report.tables.items()
        for cell in cells
    ]


def _restrictions(quarter: Quarter) -> Facts:
    rows = _statements(quarter).values_list(
        "decision_account",
        "decision_provision",
        "decision_monetary",
        "decision_visibility",
        "category",
        "automated_decision",
        "addressee_id",
    )
    for account, provision, monetary, visibility, category, decided, person in rows.iterator():
        # The gravest part names the kind: one statement is counted once.
        kind = account or provision or monetary or visibility[0]
        yield (kind, category, DECIDED_BY[decided]), person


def _found(quarter: Quarter) -> Facts:
    rows = _statements(quarter).values_list("source_type", "automated_detection", "addressee_id")
    for source, machine, person in rows.iterator():
        yield (BROUGHT_UP[source], "machine" if machine else "person"), person


def _appeals(quarter: Quarter) -> Facts:
    appeals = Appeal.objects.filter(at__gte=quarter.starts, at__lt=quarter.ends)
    for state, person in appeals.values_list("state", "by_id").iterator():
        yield (state,), person


def _sanctions(quarter: Quarter) -> Facts:
    sanctions = Sanction.objects.filter(since__gte=quarter.starts, since__lt=quarter.ends)
    rows = sanctions.values_list("shop__owner_id", "user_id", "level", "repeat")
    for owner, person, level, repeat in rows.iterator():
        name = "repeat_infringer" if repeat else LEVELS[level]
        yield ("shop" if owner else "notifier", name), owner or person


def _hours(quarter: Quarter) -> list[Published]:
    decided = (
        Decision.objects.first_rulings()
        .filter(at__gte=quarter.starts, at__lt=quarter.ends, by__isnull=False)
        .values_list("at", "case__opened_at", "case__listing__shop__owner_id")
    )
    answered = Appeal.objects.filter(
        decided_at__gte=quarter.starts, decided_at__lt=quarter.ends
    ).values_list("decided_at", "at", "by_id")
    found = {"case_to_decision": decided, "appeal_to_answer": answered}
    medians = {
        name: rules.median_hours(
            [((end - start).total_seconds(), person) for end, start, person in rows if end]
        )
        for name, rows in found.items()
    }
    return [
        Published((name,), hours, "hours") for name, hours in medians.items() if hours is not None
    ]


def _statements(quarter: Quarter) -> QuerySet[StatementOfReasons]:
    return StatementOfReasons.objects.filter(
        created_at__gte=quarter.starts, created_at__lt=quarter.ends
    )
