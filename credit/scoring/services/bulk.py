"""Scoring every shop anew at once, when a new card comes into force."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection, transaction

from credit.scoring import rules
from credit.scoring.rules import many
from credit.scoring.rules.card import BASE, LIMIT, Card
from credit.scoring.services.scores import keep_card

CAUSE = "card.changed"
# The newest score of each shop in the batch; shops that dispute a fact are scored one by one.
_NEWEST = """
    SELECT DISTINCT ON (s.shop_id) s.shop_id, s.features::text
      FROM scoring_score s
     WHERE s.shop_id = ANY(%(shops)s)
       AND NOT EXISTS (SELECT FROM scoring_factdispute d
                        WHERE d.shop_id = s.shop_id AND d.state = 'open')
     ORDER BY s.shop_id, s.id DESC
"""
_SHOPS = """
    SELECT id FROM shops_shop WHERE id > %(after)s ORDER BY id LIMIT %(limit)s
       FOR NO KEY UPDATE
"""
_COLUMNS = "shop_id, points, band, table_hash, codes, features, contributions, frozen, cause, at"
_IN = f"COPY scoring_score ({_COLUMNS}) FROM STDIN"


@dataclass(frozen=True, slots=True)
class Batch:
    """What one batch did: the last shop looked at (None: there was none), and how many scores."""

    last: int | None
    scored: int


@transaction.atomic
def rescore_batch(*, after: int, limit: int, at: datetime) -> Batch:
    """Score the next shops anew under the card in force, from the facts last read of each.

    Their public bands follow with the next daily look. Shops are locked in the order of their
    numbers, so that no newer facts are passed over; safe to repeat.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SHOPS, {"after": after, "limit": limit})
        shops = [row[0] for row in cursor.fetchall()]
        if not shops:
            return Batch(None, 0)
        cursor.execute(_NEWEST, {"shops": shops})
        kept = cursor.fetchall()
        card = rules.shop_card()
        keep_card(card=card, at=at)
        if kept:
            lines = io.StringIO("".join(_lines(card, kept, at)))
            cursor.copy_expert(_IN, lines)
    return Batch(shops[-1], len(kept))


def _lines(card: rules.ShopCard, kept: list[tuple[int, str]], at: datetime) -> Iterator[str]:
    """Return lines of COPY's text format, one a shop."""
    facts = [json.loads(text) for _, text in kept]
    columns = {
        one.key: np.array([fact.get(one.key) for fact in facts], dtype=np.float64)
        for one in card.card.attributes
    }
    codes = many.codes_of(card.card, columns)
    totals = many.total_points(card.card, codes)
    points = many.clipped(totals)
    buyers = np.nan_to_num(columns["buyers"])
    contributions = _contributions(card.card)
    moment = at.isoformat()
    rows = zip(
        kept, codes.T, points.tolist(), (points - totals).tolist(), buyers.tolist(), strict=True
    )
    for (shop_id, text), code, score, limit, bought in rows:
        band = rules.UNKNOWN if bought < rules.THIN_BELOW else rules.band_of(score)
        bits = code.tobytes()
        told = contributions(bits, limit)
        yield (
            f"{shop_id}\t{score}\t{band}\t{card.hash}\t\\\\x{bits.hex()}\t{text}\t{told}\t[]"
            f"\t{CAUSE}\t{moment}\n"
        )


def _contributions(card: Card) -> Callable[[bytes, int], str]:
    """Return what writes the contributions of a line of rows as JSON."""
    place = {one.key: number for number, one in enumerate(card.attributes)}
    pairs: list[tuple[int, int, Any]] = [
        (place[pair.first], place[pair.second], pair) for pair in card.pairs
    ]
    keys = [one.key for one in card.attributes] + [pair.key for pair in card.pairs]
    # `%` in a template; what JSON escapes, COPY's text format would read as its own escape.
    names = ", ".join(f"{json.dumps(key, ensure_ascii=False)}: %d" for key in keys)
    template = f'{{"{BASE}": {card.base}, {names}, "{LIMIT}": %d}}'
    tables = [one.points for one in card.attributes]

    def written(rows: bytes, limit: int) -> str:
        own = [points[row] for points, row in zip(tables, rows, strict=True)]
        together = [
            pair.points[pair.first_groups[rows[first]]][pair.second_groups[rows[second]]]
            for first, second, pair in pairs
        ]
        return template % (*own, *together, limit)

    return written
