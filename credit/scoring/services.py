"""The one change of state of this room: looking again at a shop's facts."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from credit.scoring import queries, rules
from credit.scoring.models import Score
from marketplace.shops import services as shops
from marketplace.shops.models import Shop


@transaction.atomic
def rescore(*, shop_id: int, cause: str, at: datetime) -> Score:
    """Compute a shop's score from its facts and keep it when anything about it changed.

    Safe to repeat. The shop's row is locked before its facts are read, so that of two
    rescores the later one sees the newer facts; not its key, which every checkout needs. The
    public band follows the score.
    """
    Shop.objects.select_for_update(of=("self",), no_key=True).get(pk=shop_id)
    features = queries.features(shop_id, at)
    scored = rules.score(features)
    newest = queries.current(shop_id)
    if newest is None or not _same(newest, scored):
        newest = Score.objects.create(
            shop_id=shop_id,
            points=scored.points,
            band=scored.band,
            table_hash=rules.table_hash(),
            features=asdict(features),
            contributions=scored.contributions,
            cause=cause,
            at=at,
        )
    shops.set_credit_band(shop_id=shop_id, band=scored.band, at=at)
    return newest


def _same(kept: Score, scored: rules.Scored) -> bool:
    return (kept.points, kept.band, kept.contributions, kept.table_hash) == (
        scored.points,
        scored.band,
        scored.contributions,
        rules.table_hash(),
    )
