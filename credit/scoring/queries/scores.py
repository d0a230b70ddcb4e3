"""The scores kept: the newest, earlier ones, why, and what would raise them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from credit.scoring import rules, words
from credit.scoring.models import (
    DisputeState,
    FactDispute,
    KeptCard,
    Score,
)
from credit.scoring.queries.sources import off_in
from credit.scoring.rules import Features
from credit.scoring.rules.card import Scored
from marketplace.prepared import Given, Prepared

MONTH = timedelta(days=30)
_CURRENT = Prepared(
    lambda: Score.objects.filter(shop_id=Given("shop_id")).order_by("-id")[:1],
)


def current(shop_id: int) -> Score | None:
    """Return the newest score of a shop."""
    return _CURRENT.first(shop_id=shop_id)


def history(shop_id: int, *, limit: int = 24) -> list[Score]:
    """Return the newest scores of a shop, oldest first."""
    return list(Score.objects.filter(shop_id=shop_id).order_by("-id")[:limit])[::-1]


def a_month_before(shop_id: int, at: datetime) -> Score | None:
    """Return the score that a shop had a month ago; None if it had none then."""
    earlier = Score.objects.filter(shop_id=shop_id, at__lte=at - MONTH)
    return earlier.order_by("-id").first()


def shops_to_refresh(*, after: int, limit: int) -> list[int]:
    """Return the shops above id `after` that have a score, `limit` at most."""
    scored = Score.objects.filter(shop_id__gt=after).order_by("shop_id")
    return list(scored.values_list("shop_id", flat=True).distinct()[:limit])


def scored_shops_of(user_id: int) -> list[int]:
    """Return the shops with a score for which a person answers, in the order of their numbers."""
    scored = Score.objects.filter(shop__owner_id=user_id).order_by("shop_id")
    return list(scored.values_list("shop_id", flat=True).distinct())


def features_of(score: Score) -> Features:
    """Return the facts that a score was made of, as they were read then."""
    known = {field.name for field in fields(Features)}
    return Features(**{key: value for key, value in score.features.items() if key in known})


def replay(score_id: int) -> Scored:
    """Score once more from what was kept: the same rows, the same card, the same bits.

    Raises KeptCard.DoesNotExist for a score of the time before cards were kept.
    """
    score = Score.objects.get(pk=score_id)
    kept = rules.shop_card_of(KeptCard.objects.get(hash=score.table_hash).card)
    return rules.replayed(kept, bytes(score.codes))


def card_of(score: Score) -> rules.ShopCard:
    """Return the card that a score was made with."""
    if score.table_hash == rules.shop_card().hash:
        return rules.shop_card()
    return rules.shop_card_of(KeptCard.objects.get(hash=score.table_hash).card)


def frozen_rows(shop_id: int) -> dict[str, int]:
    """Return the rows that stay as they are while a fact behind them is disputed."""
    open_ones = FactDispute.objects.filter(
        shop_id=shop_id, state=DisputeState.OPEN, table_hash=rules.shop_card().hash
    )
    return dict(open_ones.values_list("key", "row"))


def disputes_of(shop_id: int) -> list[FactDispute]:
    """Return the facts that a shop disputed, the newest first."""
    return list(FactDispute.objects.filter(shop_id=shop_id).order_by("-pk"))


@dataclass(frozen=True, slots=True)
class Said:
    """A true sentence about a score. `points`: lost here, or to be gained by doing it."""

    key: str
    sentence: str
    points: int


def costliest(score: Score, limit: int = 4) -> list[rules.Reason]:
    """Return the rows that cost most, by points lost against the most that each can give."""
    return rules.reasons_down(card_of(score).card, score.contributions, limit=limit)


def reasons(score: Score, limit: int = 4) -> list[Said]:
    """Return what cost most, in words."""
    facts, off = features_of(score), off_in(score)
    return [
        Said(one.key, words.down(one.key, facts, off), one.lost)
        for one in costliest(score, limit=limit)
    ]


def ways_up(score: Score, target_points: int, limit: int = 3) -> list[Said]:
    """Return the cheapest things to do that together reach `target_points`, with points each."""
    found = rules.ways_up(features_of(score), target=target_points, limit=limit)
    return [Said(way.key, words.way(way), way.points) for way in found]
