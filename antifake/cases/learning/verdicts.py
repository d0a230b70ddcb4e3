"""Reads: what people have decided, as examples to learn from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import QuerySet

from antifake.cases.learning.fitting import Example, Seen
from antifake.cases.models import AuditSample, Decision, Finding, Verdict

# What fakes looked like longer ago says little about tonight's.
REMEMBERED = timedelta(days=365)
MOST = 20_000
BATCH = 2_000


def examples(*, until: datetime, since: datetime | None = None) -> list[Example]:
    """Return people's standing verdicts in that time, the oldest first, at most MOST of them.

    What a machine decided teaches nothing: it would learn from itself. An appeal that was won
    counts as its second decider ruled, at the time of that ruling.
    """
    standing = _by_detectors().filter(
        by__isnull=False, at__lt=until, at__gte=since or until - REMEMBERED
    )
    newest = standing.order_by("-at", "-pk").values_list(
        "case__scan_id", "case_id", "verdict", "by_id"
    )
    return _examples(reversed(list(newest[:MOST])))


def confirmed_fakes(*, until: datetime) -> list[Example]:
    """Return every fake that a person confirmed and whose decision stands, the oldest first."""
    standing = _by_detectors().filter(by__isnull=False, at__lt=until, verdict=Verdict.REMOVE)
    newest = standing.order_by("-at", "-pk").values_list(
        "case__scan_id", "case_id", "verdict", "by_id"
    )
    return _examples(reversed(list(newest[:MOST])))


def _by_detectors() -> QuerySet[Decision]:
    """Return decisions on what detectors saw; of what a notice alone brought they know nothing."""
    return Decision.objects.standing().exclude(case__scan__detector_set="")


def _examples(rows: Iterable[tuple[int, int, str, int | None]]) -> list[Example]:
    rows = list(rows)
    seen = findings_of(scan_id for scan_id, *_rest in rows)
    drawn = AuditSample.objects.filter(case_id__in=[case_id for _scan, case_id, *_rest in rows])
    chance = dict(drawn.values_list("case_id", "chance_permille"))
    return [
        Example(
            findings=tuple(seen[scan_id]),
            is_fake=verdict == Verdict.REMOVE,
            weight=1000 / chance.get(case_id, 1000),
            scan_id=scan_id,
            by=by_id or 0,
        )
        for scan_id, case_id, verdict, by_id in rows
    ]


def findings_of(scan_ids: Iterable[int]) -> dict[int, list[Seen]]:
    """Return the findings of scans as the model reads them, in the order they were stored."""
    found: dict[int, list[Seen]] = defaultdict(list)
    ids = list(scan_ids)
    for at in range(0, len(ids), BATCH):
        rows = Finding.objects.filter(scan_id__in=ids[at : at + BATCH]).order_by("pk")
        facts = rows.values_list("scan_id", "kind", "log_odds", "contribution")
        for scan_id, kind, log_odds, contribution in facts:
            # What was about another brand than the one judged was stored, and counted for nothing.
            if contribution:
                found[scan_id].append(Seen(kind, log_odds))
    return found
