"""Sums of lost disputes: kept event by event, and reckoned anew from the disputes themselves."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db import transaction
from django.db.models import F

from credit.scoring.models import FadingSum, LostDispute, Score
from credit.scoring.rules import fading
from credit.scoring.rules.features import HALF_LIFE_LOST_DAYS
from credit.scoring.services.scores import rescore
from marketplace.care.models import Dispute, Side
from marketplace.shops.models import Shop


@transaction.atomic
def dispute_ended(*, dispute_id: int, cause: str, at: datetime) -> Score:
    """Bring the sum of a dispute's buyer in line with how the dispute stands; score the shop anew.

    One step however long the history: what this dispute weighed is taken out and what it weighs
    now is added. Safe to repeat, and in any order with other disputes.
    """
    dispute = Dispute.objects.select_related("order").get(pk=dispute_id)
    shop_id = dispute.order.shop_id
    # Of two hands on one shop the later reads how the dispute stands now.
    Shop.objects.select_for_update(of=("self",), no_key=True).get(pk=shop_id)
    dispute.refresh_from_db(fields=["won_by", "ended_at"])
    counted = LostDispute.objects.filter(dispute_id=dispute_id).first()
    before, after = int(counted.weight) if counted else 0, _weight(dispute)
    if after != before:
        _keep(dispute, after)
        of_buyer, _made = FadingSum.objects.get_or_create(
            shop_id=shop_id, buyer_id=dispute.order.buyer_id, defaults={"weight": 0}
        )
        more = after - before
        FadingSum.objects.filter(pk=of_buyer.pk).update(weight=F("weight") + more)
    return rescore(shop_id=shop_id, cause=cause, at=at)


def _keep(dispute: Dispute, weight: int) -> None:
    if not weight:
        LostDispute.objects.filter(dispute=dispute).delete()
        return
    order = dispute.order
    facts = {"shop_id": order.shop_id, "buyer_id": order.buyer_id, "weight": weight}
    LostDispute.objects.update_or_create(dispute=dispute, defaults=facts)


@transaction.atomic
def recount(*, shop_id: int) -> bool:
    """Reckon a shop's sums anew from all its disputes; return whether they had been different.

    The daily look does so: it fills the sums of disputes that ended before there were any.
    """
    Shop.objects.select_for_update(of=("self",), no_key=True).get(pk=shop_id)
    ended = Dispute.objects.filter(order__shop_id=shop_id, won_by=Side.BUYER)
    wanted = {
        dispute.pk: (dispute.order.buyer_id, _weight(dispute))
        for dispute in ended.select_related("order")
    }
    sums: Counter[int] = Counter()
    for buyer_id, weight in wanted.values():
        sums[buyer_id] += weight
    rows = LostDispute.objects.filter(shop_id=shop_id)
    kept = FadingSum.objects.filter(shop_id=shop_id)
    counted = {row.dispute_id: (row.buyer_id, int(row.weight)) for row in rows}
    known = {row.buyer_id: int(row.weight) for row in kept.exclude(weight=0)}
    if (counted, known) == (wanted, dict(sums)):
        return False
    rows.delete()
    kept.delete()
    LostDispute.objects.bulk_create(
        LostDispute(dispute_id=dispute_id, shop_id=shop_id, buyer_id=buyer_id, weight=weight)
        for dispute_id, (buyer_id, weight) in wanted.items()
    )
    FadingSum.objects.bulk_create(
        FadingSum(shop_id=shop_id, buyer_id=buyer_id, weight=weight)
        for buyer_id, weight in sums.items()
    )
    return True


def _weight(dispute: Dispute) -> int:
    if dispute.won_by != Side.BUYER or dispute.ended_at is None:
        return 0
    return fading.weight(dispute.ended_at, half_life_days=HALF_LIFE_LOST_DAYS)
