"""The cheapest ways up: what a seller can do himself, reckoned by the engine. Plain Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations, product
from math import ceil

from credit.scoring.rules.features import (
    PRIOR_BUYERS,
    Features,
)
from credit.scoring.rules.shop import score

# Effort of one unit of what must be done, in days of an ordinary small shop: our own reckoning.
DAYS_A_BUYER = 3.0
DAYS_A_PARCEL = 3.0
DAYS_TO_IDENTIFY = 2.0
DAYS_TO_REGISTER = 60.0
DAYS_AN_HOUR_SOONER = 1.0
DAYS_A_REGULAR = 5.0
# More than this nobody plans for; the list stays one that people can follow.
COUNT_MOST = 120
STEPS_OF_ONE, KINDS_TOGETHER = 6, 3
# Ways that are so many more buyers served, each for the first time; one buyer may be all of them.
_SERVED = frozenset({"buyers", "on_time_permille", "cancelled_permille", "refunded_permille"})


@dataclass(frozen=True, slots=True)
class Way:
    """One thing to do: `count` units of it take the feature `key` to `value`.

    `points` is what the score gains when this alone is done.
    """

    key: str
    count: int
    value: int
    points: int
    days: float


def ways_up(features: Features, *, target: int, limit: int = 3) -> list[Way]:
    """Return the cheapest things that together reach `target` points, at most `limit`.

    Each is true when followed: the engine scores the shop as it would be. When no few things
    reach it, the ones that gain most are returned, the cheapest a point first; nothing is
    promised that a seller cannot do (time and strikes have other ways).
    """
    now = score(features).points
    if now >= target:
        return []
    singles = [list(_useful(features, now, make)) for make in _MAKERS]
    singles = [one for one in singles if one]
    best: tuple[float, list[Way]] | None = None
    for size in range(1, min(limit, KINDS_TOGETHER) + 1):
        for kinds in combinations(singles, size):
            for chosen in product(*kinds):
                days = sum(way.days for way in chosen)
                cheaper = best is None or days < best[0]
                if cheaper and score(_done(features, chosen)).points >= target:
                    best = days, list(chosen)
    if best is not None:
        return sorted(best[1], key=lambda way: (-way.points, way.key))
    most = [max(one, key=lambda way: way.points) for one in singles]
    return sorted(most, key=lambda way: (way.days / way.points, way.key))[:limit]


def after(features: Features, ways: list[Way]) -> int:
    """Return the score once all of these are done."""
    return score(_done(features, tuple(ways))).points


def _done(features: Features, ways: tuple[Way, ...]) -> Features:
    """Return the facts once all of these are done, with what that does to other facts.

    Whoever is served anew is a buyer more, and one who has not come back yet.
    """
    changes = {way.key: way.value for way in ways}
    new = max((way.count for way in ways if way.key in _SERVED), default=0)
    if new:
        have, value = features.buyers or 0, features.repeat_permille
        changes["buyers"] = have + new
        if value is not None:
            regular = changes.get("repeat_permille", value) * (have + PRIOR_BUYERS)
            changes["repeat_permille"] = regular // (have + PRIOR_BUYERS + new)
    return replace(features, **changes)


def _useful(features: Features, now: int, make: Callable[[Features], Iterator[Way]]) -> list[Way]:
    """Keep the steps that gain something more than a cheaper one, a few of them."""
    kept: list[Way] = []
    for way in make(features):
        points = score(_done(features, (way,))).points - now
        if points > (kept[-1].points if kept else 0):
            kept.append(replace(way, points=points))
    if len(kept) <= STEPS_OF_ONE:
        return kept
    return [kept[len(kept) * place // STEPS_OF_ONE] for place in range(STEPS_OF_ONE - 1)] + [
        kept[-1]
    ]


def _more_buyers(features: Features) -> Iterator[Way]:
    have = features.buyers or 0
    for count in range(1, COUNT_MOST + 1):
        yield Way("buyers", count, have + count, 0, count * DAYS_A_BUYER)


def _in_time(features: Features) -> Iterator[Way]:
    value = features.on_time_permille
    if value is None:
        return
    have = features.shipped_buyers + PRIOR_BUYERS
    for count in range(1, COUNT_MOST + 1):
        better = (value * have + 1000 * count) // (have + count)
        yield Way("on_time_permille", count, better, 0, count * DAYS_A_PARCEL)


def _kept_orders(features: Features) -> Iterator[Way]:
    yield from _diluted(features, "cancelled_permille")


def _no_refunds(features: Features) -> Iterator[Way]:
    yield from _diluted(features, "refunded_permille")


def _diluted(features: Features, key: str) -> Iterator[Way]:
    value = features.values()[key]
    if value is None:
        return
    have = features.paid_buyers + PRIOR_BUYERS
    for count in range(1, COUNT_MOST + 1):
        # Rounded up, as the rate itself is rounded down: less is promised than what comes.
        better = ceil((value + 1) * have / (have + count))
        if better < value:
            yield Way(key, count, better, 0, count * DAYS_A_PARCEL)


def _sooner(features: Features) -> Iterator[Way]:
    value = features.ship_hours
    if value is None:
        return
    for hours in range(4, value - 11, 4):
        yield Way("ship_hours", hours, value - hours, 0, hours * DAYS_AN_HOUR_SOONER)


def _identity(features: Features) -> Iterator[Way]:
    if features.identity_level < 1:
        yield Way("identity_level", 1, 1, 0, DAYS_TO_IDENTIFY)
    if features.identity_level < 2:
        yield Way("identity_level", 2, 2, 0, DAYS_TO_REGISTER)


def _regulars(features: Features) -> Iterator[Way]:
    value, have = features.repeat_permille, features.buyers or 0
    if value is None:
        return
    free = have - value * (have + PRIOR_BUYERS) // 1000  # who came once, at least about as many
    for count in range(1, max(free, 0) + 1):
        better = value + 1000 * count // (have + PRIOR_BUYERS)
        yield Way("repeat_permille", count, better, 0, count * DAYS_A_REGULAR)


_MAKERS = (_more_buyers, _in_time, _kept_orders, _no_refunds, _sooner, _identity, _regulars)
