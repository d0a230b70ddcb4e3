"""What the platform did, counted for everybody, to read and as open data."""

from __future__ import annotations

import csv
import io
from datetime import datetime

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from antifake.transparency.queries import counts
from antifake.transparency.queries import seal as chain
from antifake.transparency.rules.counts import K, Quarter, quarters
from antifake.transparency.words import COLUMNS, TITLES, WORDS

# Two years and the running quarter.
SHOWN = 9
KEPT_S = 3600
ABOUT = {
    "licence": "CC0-1.0",
    "k": K,
    "note": (
        "No cell stands for fewer than k different people: smaller ones are put together as"
        " 'other' or left out. Counts of a quarter that still runs are whole fives, rounded down."
    ),
    "columns": counts.TABLES,
}
PUBLIC = cache_control(public=True, max_age=KEPT_S)


@require_safe
@PUBLIC
def home(request: HttpRequest) -> HttpResponse:
    """Show one quarter: the running one, or the one asked for."""
    at = timezone.now()
    offered = quarters(at, SHOWN)
    asked = request.GET.get("quarter", offered[0].name)
    chosen = next((quarter for quarter in offered if quarter.name == asked), None)
    if chosen is None:
        raise Http404
    report = _report(chosen, at)
    context = {
        "report": report,
        "tables": [_table(name, report) for name in counts.TABLES],
        "quarters": offered,
        "k": K,
        "head": chain.newest(),
    }
    return render(request, "transparency/home.html", context)


@require_safe
@PUBLIC
def as_csv(_request: HttpRequest) -> HttpResponse:
    """Give all quarters as one table."""
    rows = _rows(timezone.now())
    names = ["quarter", "from", "until", "closed", "made_at", "table", "by_1", "by_2", "by_3"]
    out = io.StringIO()
    writer = csv.DictWriter(out, [*names, "value", "unit"])
    writer.writeheader()
    writer.writerows(rows)
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="transparency.csv"'
    return response


@require_safe
@PUBLIC
def as_json(_request: HttpRequest) -> HttpResponse:
    """Give all quarters, with what the columns mean."""
    response = JsonResponse({**ABOUT, "rows": _rows(timezone.now())})
    response["Content-Disposition"] = 'attachment; filename="transparency.json"'
    return response


def _rows(at: datetime) -> list[dict[str, object]]:
    return counts.data_rows([_report(quarter, at) for quarter in quarters(at, SHOWN)])


def _report(quarter: Quarter, at: datetime) -> counts.Report:
    key = f"transparency:{quarter.name}:{quarter.ends <= at}"
    kept = cache.get(key)
    if isinstance(kept, counts.Report):
        return kept
    made = counts.report(quarter, at)
    cache.set(key, made, KEPT_S)
    return made


def _table(name: str, report: counts.Report) -> dict[str, object]:
    return {
        "name": name,
        "title": TITLES[name],
        "columns": [COLUMNS[column] for column in counts.TABLES[name]],
        "figure": "hours" if name == "hours" else "count",
        "rows": [
            {"words": [WORDS.get(part, part) for part in cell.key], "value": cell.value}
            for cell in report.tables[name]
        ],
    }
