"""A score as pages show it: the number, where it comes from, how it moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

from credit.scoring import queries, rules, words
from credit.scoring.models import FactDispute, Score
from marketplace.shops.models import CreditBand, Shop
from marketplace.shops.queries import shops_where
from marketplace.shops.rules import Act

# The history drawing, in units of its own coordinate system.
CHART_WIDTH, CHART_HEIGHT, CHART_MARGIN = 600, 150, 12
# Where the events behind a row can be seen.
EVENTS: dict[str, str] = {
    **dict.fromkeys(
        ("months_trading", "active_months", "buyers", "repeat_permille", "largest_buyer_permille"),
        "orders:desk",
    ),
    **dict.fromkeys(("on_time_permille", "cancelled_permille", "ship_hours"), "orders:desk"),
    "lost_permille": "care:mine",
    "refunded_permille": "orders:money",
    "stars_hundredths": "care:received",
    "strike_points": "trust:standing",
    "fakes_proven": "trust:standing",
    "identity_level": "accounts:identity",
    "instalments_paid": "loans:mine",
    "days_late": "loans:mine",
    "account_months": "shops:desk",
    "payout_months": "shops:desk",
}
NOT_DISPUTED = frozenset({"strike_points", "fakes_proven"})


@dataclass(frozen=True, slots=True)
class RowShown:
    """One line of the table as people read it."""

    key: str
    label: str
    value: str
    points: int
    maximum: int
    frozen: bool
    disputable: bool


@dataclass(frozen=True, slots=True)
class PartShown:
    """One of the five dimensions; `filled` of 100 for its bar: from its least to its most."""

    key: str
    label: Promise
    about: Promise
    points: int
    minimum: int
    maximum: int
    filled: int
    rows: list[RowShown]


@dataclass(frozen=True, slots=True)
class ReasonShown:
    """A reason as a sentence, with the points behind it and where its events are."""

    sentence: str
    points: int
    link: str


@dataclass(frozen=True, slots=True)
class MoveShown:
    """One row that moved since a month ago."""

    label: str
    points: int


def chosen_shop(request: HttpRequest, act: Act = Act.SEE_RECORD) -> tuple[list[Shop], Shop | None]:
    """Return the shops whose record a person may see, and the one asked for, or the first.

    Raises Http404 for a shop that is not among them.
    """
    shops = list(shops_where(request.user, act))
    wanted = request.GET.get("shop") or request.POST.get("shop") or ""
    if not wanted:
        return shops, shops[0] if shops else None
    for shop in shops:
        if str(shop.pk) == wanted:
            return shops, shop
    raise Http404


def one_shop(user: AbstractBaseUser | AnonymousUser, shop_id: int, act: Act) -> Shop:
    """Return a shop in which the person may do `act`. Raises Http404 otherwise."""
    shop = shops_where(user, act).filter(pk=shop_id).first()
    if shop is None:
        raise Http404
    return shop


def gauge(kept: Score) -> dict[str, Any]:
    """Return the number on its scale, the band, and how far it may lie off."""
    card = queries.card_of(kept)
    width = card.half_width(queries.features_of(kept).buyers)
    low, high = rules.interval(kept.points, width)
    return {
        "reach": kept.points - rules.LOWEST,
        "span": rules.HIGHEST - rules.LOWEST,
        "lowest": rules.LOWEST,
        "highest": rules.HIGHEST,
        "low": low,
        "high": high,
        "thin": kept.band == rules.UNKNOWN,
        "thin_below": rules.THIN_BELOW,
        "proven_after": rules.PROVEN_AFTER_LOANS,
        "proven": queries.proven(),
        "bands": bands(kept),
    }


@dataclass(frozen=True, slots=True)
class BandShown:
    """A band with the share of loans that it promises to fail, in words of per cent."""

    label: str
    lowest: int
    highest: int
    best: str
    worst: str
    here: bool


def bands(kept: Score | None) -> list[BandShown]:
    """Return the bands with what each promises, the best first."""
    return [
        BandShown(
            label=str(CreditBand(one.band).label),
            lowest=one.lowest,
            highest=one.highest,
            best=f"{one.best:.1%}",
            worst=f"{one.worst:.1%}",
            here=kept is not None and kept.band == one.band,
        )
        for one in reversed(rules.promises())
    ]


def parts(kept: Score) -> list[PartShown]:
    """Return the five parts with their rows."""
    card = queries.card_of(kept).card
    subtotals = rules.dimensions(card, kept.contributions)
    values = queries.features_of(kept).values()
    ends = card.extremes
    shown = []
    for dimension, label in words.DIMENSIONS.items():
        keys = [key for key in ends if rules.dimension_of(card, key) == dimension]
        least, most = (sum(ends[key][place] for key in keys) for place in (0, 1))
        points = subtotals[dimension]
        rows = [_row(key, kept, values, ends[key][1]) for key in keys]
        filled = min(max((points - least) * 100 // (most - least), 0), 100)
        about = words.ABOUT[dimension]
        shown.append(PartShown(dimension, label, about, points, least, most, filled, rows))
    return shown


def _row(key: str, kept: Score, values: Mapping[str, int | None], most: int) -> RowShown:
    single = key in values
    return RowShown(
        key=key,
        label=words.row_label(key),
        value=words.value(key, values[key]) if single else "",
        points=kept.contributions[key],
        maximum=most,
        frozen=key in kept.frozen,
        disputable=single and key not in NOT_DISPUTED and values[key] is not None,
    )


def why(kept: Score) -> dict[str, list[ReasonShown]]:
    """Return what helps and what costs most, each with the way to its events."""
    card, facts = queries.card_of(kept).card, queries.features_of(kept)
    off = queries.off_in(kept)
    up = rules.reasons_up(card, kept.contributions)
    down = rules.reasons_down(card, kept.contributions)
    return {
        "up": [ReasonShown(words.up(r.key), r.points, events(r.key)) for r in up],
        "down": [ReasonShown(words.down(r.key, facts, off), r.lost, events(r.key)) for r in down],
    }


def events(key: str) -> str:
    """Return the page on which the events behind a row stand; empty if there is none."""
    try:
        return reverse(EVENTS[key.partition(" × ")[0]])
    except (KeyError, NoReverseMatch):
        return ""


def since_last_month(kept: Score, before: Score | None) -> dict[str, Any]:
    """Return what changed against the score of a month ago."""
    if before is None:
        return {"before": None, "moves": []}
    moves = rules.moved(before.contributions, kept.contributions)
    ordered = sorted(moves.items(), key=lambda one: (-abs(one[1]), one[0]))
    return {
        "before": before,
        "change": kept.points - before.points,
        "moves": [MoveShown(_label(key), points) for key, points in ordered],
    }


def _label(key: str) -> str:
    known = key.partition(" × ")[0] in words.ROWS
    return words.row_label(key) if known else key


def next_step(kept: Score) -> dict[str, Any]:
    """Return the cheapest way to the next band."""
    band = rules.next_band(kept.points)
    if band is None:
        return {"next_band": None, "ways": []}
    facts = queries.features_of(kept)
    ways = rules.ways_up(facts, target=band.lowest)
    return {
        "next_band": CreditBand(band.band).label,
        "next_at": band.lowest,
        "ways": [queries.Said(way.key, words.way(way), way.points) for way in ways],
        "ways_reach": rules.after(facts, ways),
    }


def story(history: list[Score]) -> dict[str, Any]:
    """Return the history for the drawing and for the table."""
    return {
        "history": [(row, words.CAUSES.get(row.cause, row.cause)) for row in reversed(history)],
        "line": line_points([row.points for row in history]),
    }


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


def disputes(found: list[FactDispute]) -> list[tuple[str, FactDispute]]:
    """Return disputed facts with the names of their rows."""
    return [(words.row_label(one.key), one) for one in found]
