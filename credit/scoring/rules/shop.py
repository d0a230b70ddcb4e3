"""The card of shops: read from its file once, scored, taken apart into reasons. Plain Python."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from credit.scoring.rules.bands import UNKNOWN, band_of
from credit.scoring.rules.card import BASE, LIMIT, Attribute, Card, Reason, Scored, card_of
from credit.scoring.rules.features import Dimension, Features

FILE = Path(__file__).parents[1] / "cards" / "shop.json"


@dataclass(frozen=True, slots=True)
class ShopCard:
    """A card with what is known about it: the data it was trained on, figures, limits."""

    card: Card
    hash: str
    facts: Mapping[str, Any]
    plain: Mapping[str, Any]

    def half_width(self, buyers: int | None) -> int:
        """Return how far a score may lie off with so many buyers, in points (nine of ten)."""
        steps = self.facts["spread"]
        return int([width for edge, width in steps if (buyers or 0) >= edge][-1])

    def attribute(self, key: str) -> Attribute:
        """Return an attribute by its name."""
        return next(one for one in self.card.attributes if one.key == key)


class ShopScore(NamedTuple):
    """A score with its parts and the rows it was made of. The contributions sum to the points."""

    points: int
    band: str
    contributions: dict[str, int]
    codes: bytes


@lru_cache(maxsize=1)
def shop_card() -> ShopCard:
    """Return the card in force."""
    return shop_card_of(json.loads(FILE.read_text(encoding="utf-8")))


def shop_card_of(data: Mapping[str, Any]) -> ShopCard:
    """Read a card with its facts. Raises ValueError if it is not the one its hash names."""
    card = card_of(data["card"])
    if card.hash != data["hash"]:
        raise ValueError("This card is not the one that its hash names.")
    return ShopCard(card=card, hash=card.hash, facts=data["facts"], plain=data)


def score(features: Features, *, frozen: Mapping[str, int] | None = None) -> ShopScore:
    """Score a shop. `frozen` are rows that stay as they are, by attribute: a fact is disputed."""
    card = shop_card().card
    rows = card.rows_of(_reader(card.asked)(features))
    if frozen:
        rows = [frozen.get(one.key, row) for one, row in zip(card.attributes, rows, strict=True)]
    scored = card.score_rows(rows)
    band = UNKNOWN if features.thin else band_of(scored.points)
    return ShopScore(scored.points, band, scored.contributions, bytes(rows))


@cache
def _reader(names: tuple[str, ...]) -> attrgetter[tuple[int | None, ...]]:
    return attrgetter(*names)


def what_if(features: Features, **changes: Any) -> ShopScore:
    """Score the shop as it would be: the same engine, other facts."""
    return score(replace(features, **changes))


def replayed(kept: ShopCard, codes: Sequence[int]) -> Scored:
    """Score once more from the rows that were kept, with the card that was kept."""
    return kept.card.score_rows(codes)


def dimension_of(card: Card, key: str) -> Dimension:
    """Return the part of the score that a row belongs to; a pair goes with its first half."""
    named = key.partition(" × ")[0]
    for one in card.attributes:
        if one.key == named:
            return Dimension(one.dimension)
    return Dimension.BASE


def dimensions(card: Card, contributions: Mapping[str, int]) -> dict[Dimension, int]:
    """Return the subtotal of each dimension; they sum to the score as well."""
    totals = dict.fromkeys(Dimension, 0)
    for key, points in contributions.items():
        totals[dimension_of(card, key)] += points
    return totals


def reasons_down(card: Card, contributions: Mapping[str, int], *, limit: int = 3) -> list[Reason]:
    """Return the rows that cost most, by points lost against the maximum of the row."""
    return card.costliest(contributions, limit)


def reasons_up(card: Card, contributions: Mapping[str, int], *, limit: int = 3) -> list[Reason]:
    """Return the rows that helped most and are not among the costliest ones."""
    costly = {reason.key for reason in reasons_down(card, contributions, limit=limit)}
    gained = [r for r in reasons(card, contributions) if r.points > 0 and r.key not in costly]
    return sorted(gained, key=lambda reason: (-reason.points, reason.key))[:limit]


def reasons(card: Card, contributions: Mapping[str, int]) -> list[Reason]:
    """Return every row of the table, base and limit apart, in the order of the card."""
    most = card.extremes
    return [
        Reason(key, points, max(most[key][1] - points, 0))
        for key, points in contributions.items()
        if key not in (BASE, LIMIT)
    ]


def moved(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """Return the rows whose points changed and by how much; they sum to the score's change."""
    keys = [*after, *(key for key in before if key not in after)]
    changes = {key: after.get(key, 0) - before.get(key, 0) for key in keys}
    return {key: change for key, change in changes.items() if change}
