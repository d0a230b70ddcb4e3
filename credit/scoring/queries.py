"""Reads: the facts a score is made of, and the scores kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from django.db.models import Count, F, Min, Q, Sum

from credit.scoring import rules
from credit.scoring.models import Score
from marketplace.orders.models import CancelledBy, Order, OrderState
from marketplace.shops.models import Shop, ShopState
from marketplace.trust.models import Strike

# A month of trading is counted as 30 days, so that every shop is measured alike.
DAYS_A_MONTH = 30


def current(shop_id: int) -> Score | None:
    """Return the newest score of a shop."""
    return Score.objects.filter(shop_id=shop_id).order_by("-id").first()


def history(shop_id: int, *, limit: int = 24) -> list[Score]:
    """Return the newest scores of a shop, oldest first."""
    return list(Score.objects.filter(shop_id=shop_id).order_by("-id")[:limit])[::-1]


def features(shop_id: int, at: datetime) -> rules.Features:
    """Read what the score looks at from orders, strikes and the shop itself, in three queries.

    A voided strike is as if it had never been. Every buyer counts once (see rules).
    """
    shop = Shop.objects.only("state").get(pk=shop_id)
    buyers = _by_buyer(shop_id, at)
    settled = [buyer for buyer in buyers if buyer.settled]
    volume = sum(buyer.settled_minor or 0 for buyer in settled)
    first = min((buyer.first_settled for buyer in settled if buyer.first_settled), default=None)
    enough = len(settled) >= rules.THIN_BELOW and volume > 0
    return rules.Features(
        buyers=len(settled) or None,
        months_trading=None if first is None else max((at - first).days, 0) // DAYS_A_MONTH,
        on_time_permille=rules.shrunk_permille(
            (Fraction(b.on_time, b.on_time + b.late) for b in buyers if b.on_time + b.late),
            prior=rules.PRIOR_ON_TIME,
        ),
        cancelled_permille=rules.shrunk_permille(
            (Fraction(b.cancelled, b.paid) for b in buyers if b.paid),
            prior=rules.PRIOR_CANCELLED,
        ),
        largest_buyer_permille=(
            max(buyer.settled_minor or 0 for buyer in settled) * 1000 // volume if enough else None
        ),
        strike_points=_strike_points(shop_id, at),
        approved=int(shop.state in (ShopState.APPROVED, ShopState.SUSPENDED)),
    )


@dataclass(frozen=True, slots=True)
class _Buyer:
    """What one buyer's orders say about a shop."""

    buyer_id: int
    paid: int
    cancelled: int
    on_time: int
    late: int
    settled: int
    settled_minor: int | None
    first_settled: datetime | None


def _by_buyer(shop_id: int, at: datetime) -> list[_Buyer]:
    # What the platform cancelled (goods taken down before they were paid) is nobody's record.
    paid = Q(paid_at__isnull=False) & ~Q(cancelled_by=CancelledBy.PLATFORM)
    # The shop cancels, or the buyer does, who may only once the ship date has passed.
    cancelled = paid & Q(state=OrderState.CANCELLED)
    on_time = Q(shipped_at__isnull=False) & (Q(ship_by=None) | Q(shipped_at__lte=F("ship_by")))
    # Late: sent after the promised day, or paid, not sent, and the day has passed.
    late = Q(shipped_at__gt=F("ship_by")) | Q(
        state=OrderState.PAID_HELD, shipped_at=None, ship_by__lt=at
    )
    settled = Q(state=OrderState.SETTLED)
    rows = (
        Order.objects.filter(shop_id=shop_id)
        .values("buyer_id")
        .annotate(
            paid=Count("id", filter=paid),
            cancelled=Count("id", filter=cancelled),
            on_time=Count("id", filter=on_time),
            late=Count("id", filter=late),
            settled=Count("id", filter=settled),
            settled_minor=Sum("total_minor", filter=settled),
            first_settled=Min("settled_at", filter=settled),
        )
        .order_by("buyer_id")
    )
    return [_Buyer(**row) for row in rows]


def _strike_points(shop_id: int, at: datetime) -> int:
    live = Strike.objects.filter(shop_id=shop_id, voided_at=None, due_at__gt=at)
    return int(live.aggregate(points=Sum("severity", default=0))["points"])


def shops_to_refresh(*, after: int, limit: int) -> list[int]:
    """Return the shops above id `after` that have a score, `limit` at most."""
    scored = Score.objects.filter(shop_id__gt=after).order_by("shop_id")
    return list(scored.values_list("shop_id", flat=True).distinct()[:limit])
