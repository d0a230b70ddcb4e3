"""The score page of a shop: the number, where it comes from, how it moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from credit.scoring import queries, rules, words
from credit.scoring.models import Score
from marketplace.shops.models import Shop
from marketplace.shops.queries import shops_where
from marketplace.shops.rules import Act

# The history drawing, in units of its own coordinate system.
CHART_WIDTH, CHART_HEIGHT, CHART_MARGIN = 600, 150, 12


@dataclass(frozen=True, slots=True)
class RowShown:
    """One line of the table as people read it."""

    label: Promise
    value: str
    points: int
    maximum: int


@dataclass(frozen=True, slots=True)
class DimensionShown:
    """One of the five dimensions; `filled` of 100 for its bar."""

    label: Promise
    about: Promise
    points: int
    maximum: int
    filled: int
    rows: list[RowShown]


@dataclass(frozen=True, slots=True)
class ReasonShown:
    """A reason as a sentence, with the points behind it."""

    sentence: Promise
    points: int


@require_safe
@login_required
def score(request: HttpRequest) -> HttpResponse:
    """Show the score of one of the person's shops."""
    shops = list(shops_where(request.user, Act.SEE_RECORD))
    shop = _chosen(shops, request.GET.get("shop", ""))
    kept = queries.current(shop.pk) if shop else None
    context: dict[str, Any] = {"shops": shops, "shop": shop, "score": kept}
    if shop and kept:
        context |= _shown(kept, queries.history(shop.pk))
    return render(request, "scoring/score.html", context)


def _chosen(shops: list[Shop], wanted: str) -> Shop | None:
    if not wanted:
        return shops[0] if shops else None
    for shop in shops:
        if str(shop.pk) == wanted:
            return shop
    raise Http404


def _shown(kept: Score, history: list[Score]) -> dict[str, Any]:
    return {
        "reach": kept.points - rules.LOWEST,
        "span": rules.HIGHEST - rules.LOWEST,
        "lowest": rules.LOWEST,
        "highest": rules.HIGHEST,
        "thin": kept.band == rules.UNKNOWN,
        "thin_below": rules.THIN_BELOW,
        "dimensions": _dimensions(kept),
        "base": kept.contributions["base"],
        "limit": kept.contributions["limit"],
        "up": [
            ReasonShown(words.UP[r.key], r.points) for r in rules.reasons_up(kept.contributions)
        ],
        "down": [
            ReasonShown(_down(r.key, kept.features), r.lost)
            for r in rules.reasons_down(kept.contributions)
        ],
        "history": [(row, words.CAUSES.get(row.cause, row.cause)) for row in reversed(history)],
        "line": line_points([row.points for row in history]),
    }


def _dimensions(kept: Score) -> list[DimensionShown]:
    subtotals = rules.dimensions(kept.contributions)
    shown = []
    for dimension, label in words.DIMENSIONS.items():
        rows = [row for row in rules.TABLE if row.dimension == dimension]
        maximum = sum(row.maximum for row in rows)
        points = subtotals[dimension]
        filled = max(points, 0) * 100 // maximum
        lines = [
            RowShown(
                words.ROWS[row.key],
                value_in_words(row.key, kept.features[row.key]),
                kept.contributions[row.key],
                row.maximum,
            )
            for row in rows
        ]
        about = words.ABOUT[dimension]
        shown.append(DimensionShown(label, about, points, maximum, filled, lines))
    return shown


def _down(key: str, features: dict[str, int | None]) -> Promise:
    if features[key] is None:
        return words.MISSING[key]
    return words.DOWN[key]


def value_in_words(key: str, value: int | None) -> str:
    """Say a feature's value as people would: months, per cent, a count."""
    if value is None:
        return _("no record yet")
    if key.endswith("_permille"):
        return _("%(rate)s %%") % {"rate": value / 10}
    if key == "approved":
        return _("yes") if value else _("not yet")
    if key == "months_trading":
        return ngettext("%(count)d month", "%(count)d months", value) % {"count": value}
    return str(value)


def line_points(points: list[int]) -> list[tuple[int, int]]:
    """Place scores on the drawing, oldest at the start, 350 at the bottom and 950 on top."""
    span = rules.HIGHEST - rules.LOWEST
    width, height = CHART_WIDTH - 2 * CHART_MARGIN, CHART_HEIGHT - 2 * CHART_MARGIN
    steps = max(len(points) - 1, 1)
    return [
        (
            CHART_MARGIN + width * index // steps,
            CHART_MARGIN + height - height * (value - rules.LOWEST) // span,
        )
        for index, value in enumerate(points)
    ]
