"""The facts that a score is made of, read anew every time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from django.db import connection
from django.db.models import (
    Avg,
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    Sum,
)
from django.db.models.functions import TruncMonth

from credit.scoring.models import (
    DisputeState,
    FactDispute,
    FadingSum,
    InstalmentNote,
    LostDispute,
    NoteKind,
)
from credit.scoring.rules import fading
from credit.scoring.rules import features as rules
from credit.scoring.rules.features import Features
from marketplace.accounts import queries as accounts
from marketplace.accounts.models import IdentityState
from marketplace.care.models import Review
from marketplace.orders.models import CancelledBy, Order, OrderState
from marketplace.shops import queries as shops
from marketplace.shops.models import Shop, ShopMember
from marketplace.trust.models import Policy, Recall, RecallState
from marketplace.trust.queries import live_strikes

YEAR = timedelta(days=360)
MONTHS_MOST = 12
STARS_TO_HUNDREDTHS = 100
# Up to this share of a shop's buyers may be neighbours who sell to its people as well; a ring
# lives on such buyers, an honest village has a few (tests/credit/scoring/test_rings.py).
CIRCLE_TOLERATED_PERCENT = 15

# Who works in a shop, and which shops they paid. SQL, because every loan asks: to have Django
# build it takes longer than to run it.
_OURS = """
    SELECT DISTINCT m.user_id, o.shop_id
      FROM shops_shopmember m
      LEFT JOIN orders_order o
        ON o.buyer_id = m.user_id AND o.paid_at IS NOT NULL AND o.state <> 'cancelled'
     WHERE m.shop_id = %s
"""
Row = dict[str, Any]
_PLAIN = (
    "buyer_id",
    "paid",
    "cancelled",
    "on_time",
    "late",
    "settled",
    "settled_minor",
    "first_settled",
)


@dataclass(frozen=True, slots=True)
class Buyer:
    """What one buyer's orders say about a shop.

    `circular`: the shop's people paid this buyer's shop, or one that paid it. What such a buyer
    shows may cost points and never earns any.
    """

    buyer_id: int
    paid: int
    cancelled: int
    on_time: int
    late: int
    settled: int
    settled_minor: int | None
    first_settled: datetime | None
    refunded: Fraction | None
    hours: Fraction | None
    circular: bool


def features(shop_id: int, at: datetime) -> Features:
    """Read what the score looks at.

    A voided strike is as if it had never been. Every buyer counts once (see rules).
    """
    shop = Shop.objects.get(pk=shop_id)
    left_out = _left_out(shop_id)
    rows = _by_buyer(shop_id, at, left_out)
    circular = _suspect(rows, circular_buyers(shop_id))
    buyers = [_buyer(row, circular) for row in rows]
    return Features(
        **_trade(buyers, at),
        **_rates(buyers, _lost(shop_id, at, left_out)),
        **_strikes(shop_id, at),
        **_loans(shop_id, at),
        active_months=_active_months(shop_id, at, circular, left_out) if _settled(buyers) else None,
        account_months=rules.months(at - shop.applied_at),
        stars_hundredths=_stars(shop_id, circular),
        identity_level=_identity_level(shop.owner_id),
        payout_months=_payout_months(shop, at),
    )


def circular_buyers(shop_id: int) -> frozenset[int]:
    """Return the buyers of a shop to whom its people's own money may have come back.

    Those who work in a shop that our people paid, or in one that was paid by people of such a
    shop, and the shop's own people. Circles of two and three trades are seen, longer ones not.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OURS, [shop_id])
        rows = cursor.fetchall()
    found, paid = {row[0] for row in rows}, {row[1] for row in rows if row[1] is not None}
    if paid:
        of_those = ShopMember.objects.filter(shop_id__in=paid)
        first = set(of_those.values_list("user_id", flat=True))
        buyers = Order.objects.filter(shop_id=shop_id).values("buyer_id")
        orders = Order.objects.filter(buyer_id__in=first, paid_at__isnull=False)
        second = ShopMember.objects.filter(
            shop__in=orders.exclude(state=OrderState.CANCELLED).values("shop_id"),
            user_id__in=buyers,
        )
        found |= first | set(second.values_list("user_id", flat=True))
    return frozenset(found)


def _left_out(shop_id: int) -> list[int]:
    """Return the orders that do not count: a seller was right about them, or fakes were sold."""
    upheld = FactDispute.objects.filter(shop_id=shop_id, state=DisputeState.UPHELD)
    # A fake's sale is no honest trade; one whose decision was undone is.
    recalled = Recall.objects.filter(order__shop_id=shop_id).exclude(state=RecallState.MADE_GOOD)
    upheld_ids = upheld.exclude(order=None).values_list("order_id", flat=True)
    return [*upheld_ids, *recalled.values_list("order_id", flat=True)]


def _suspect(rows: list[Row], circular: frozenset[int]) -> frozenset[int]:
    """Return the circular buyers unless they are few: neighbours buy from each other too."""
    settled = [row["buyer_id"] for row in rows if row["settled"]]
    inside = sum(1 for buyer_id in settled if buyer_id in circular)
    few = inside * 100 <= len(settled) * CIRCLE_TOLERATED_PERCENT
    return frozenset() if few else circular


def _by_buyer(shop_id: int, at: datetime, left_out: list[int]) -> list[Row]:
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
    kept = paid & ~Q(state=OrderState.CANCELLED)
    sent = Q(shipped_at__isnull=False, paid_at__isnull=False)
    took = ExpressionWrapper(F("shipped_at") - F("paid_at"), output_field=DurationField())
    back = F("refunded_goods_minor") + F("refunded_shipping_minor")
    # What the platform gave back for fakes that were none is no fault of the shop's.
    own_fault = kept & ~Q(Exists(Recall.objects.filter(order=OuterRef("pk"))))
    found = (
        Order.objects.filter(shop_id=shop_id)
        .exclude(pk__in=left_out)
        .values("buyer_id")
        .annotate(
            paid=Count("id", filter=paid),
            cancelled=Count("id", filter=cancelled),
            on_time=Count("id", filter=on_time),
            late=Count("id", filter=late),
            settled=Count("id", filter=settled),
            settled_minor=Sum("total_minor", filter=settled),
            first_settled=Min("settled_at", filter=settled),
            volume_minor=Sum("total_minor", filter=kept),
            back_minor=Sum(back, filter=own_fault),
            took=Avg(took, filter=sent),
        )
        .order_by("buyer_id")
    )
    return [dict(row) for row in found]


def _buyer(row: Row, circular: frozenset[int]) -> Buyer:
    kept, back, took = row["volume_minor"], row["back_minor"], row["took"]
    refunded = Fraction(back or 0, kept) if kept else None
    hours = Fraction(round(took.total_seconds()), 3600) if took is not None else None
    return Buyer(
        **{name: row[name] for name in _PLAIN},
        refunded=refunded,
        hours=hours,
        circular=row["buyer_id"] in circular,
    )


def _settled(buyers: list[Buyer]) -> list[Buyer]:
    return [buyer for buyer in buyers if buyer.settled and not buyer.circular]


def _trade(buyers: list[Buyer], at: datetime) -> dict[str, Any]:
    settled = _settled(buyers)
    volume = sum(buyer.settled_minor or 0 for buyer in settled)
    first = min((buyer.first_settled for buyer in settled if buyer.first_settled), default=None)
    enough = len(settled) >= rules.THIN_BELOW and volume > 0
    largest = max((buyer.settled_minor or 0 for buyer in settled), default=0)
    return {
        "buyers": len(settled) or None,
        "months_trading": None if first is None else rules.months(at - first),
        "repeat_permille": rules.shrunk_permille(
            [Fraction(int(buyer.settled > 1)) for buyer in settled], prior=rules.PRIOR_REPEAT
        ),
        "largest_buyer_permille": largest * 1000 // volume if enough else None,
        "shipped_buyers": sum(1 for b in buyers if b.on_time + b.late and not b.circular),
        "paid_buyers": sum(1 for b in buyers if b.paid and not b.circular),
    }


def _rates(buyers: list[Buyer], lost: dict[int, Fraction]) -> dict[str, Any]:
    sent = [
        (b.circular, Fraction(b.on_time, b.on_time + b.late)) for b in buyers if b.on_time + b.late
    ]
    paid = [b for b in buyers if b.paid]
    cancelled = [(b.circular, Fraction(b.cancelled, b.paid)) for b in paid]
    refunded = [(b.circular, b.refunded) for b in buyers if b.refunded is not None]
    lost_shares = [(b.circular, lost.get(b.buyer_id, Fraction(0))) for b in paid]
    hours = [(b.circular, b.hours) for b in buyers if b.hours is not None]
    slow = rules.pulled(
        [h for circular, h in hours if not circular or h > rules.PRIOR_SHIP_HOURS],
        prior=rules.PRIOR_SHIP_HOURS,
    )
    good = rules.PRIOR_ON_TIME
    return {
        "on_time_permille": rules.shrunk_permille(
            [share for circular, share in sent if not circular or share < good], prior=good
        ),
        "cancelled_permille": _at_most(cancelled, rules.PRIOR_CANCELLED),
        "refunded_permille": _at_most(refunded, rules.PRIOR_REFUNDED),
        "lost_permille": _at_most(lost_shares, rules.PRIOR_LOST),
        "ship_hours": None if slow is None else int(slow),
    }


def _at_most(shares: list[tuple[bool, Fraction]], prior: Fraction) -> int | None:
    """Shrink shares of something bad; a circular buyer counts only where it is worse."""
    counted = [share for circular, share in shares if not circular or share > prior]
    return rules.shrunk_permille(counted, prior=prior)


def _lost(shop_id: int, at: datetime, left_out: list[int]) -> dict[int, Fraction]:
    """Return for each buyer what the disputes that he won still weigh, one buyer at most 1."""
    sums = dict(FadingSum.objects.filter(shop_id=shop_id).values_list("buyer_id", "weight"))
    if sums and left_out:
        gone = LostDispute.objects.filter(shop_id=shop_id, dispute__order__in=left_out)
        for buyer_id, weight in gone.values_list("buyer_id", "weight"):
            sums[buyer_id] -= weight
    half_life = rules.HALF_LIFE_LOST_DAYS
    return {
        buyer_id: Fraction(
            min(fading.left_permille(int(weight), at, half_life_days=half_life), fading.WHOLE),
            fading.WHOLE,
        )
        for buyer_id, weight in sums.items()
    }


def _strikes(shop_id: int, at: datetime) -> dict[str, int]:
    live = live_strikes(shop_id, at).order_by()
    return live.aggregate(
        strike_points=Sum("severity", default=0),
        fakes_proven=Count("id", filter=Q(policy=Policy.COUNTERFEIT)),
    )


def _loans(shop_id: int, at: datetime) -> dict[str, Any]:
    notes = InstalmentNote.objects.filter(shop_id=shop_id, at__lte=at)
    recent = Q(at__gt=at - rules.LATE_COUNTS_FOR)
    found = notes.aggregate(
        any=Count("id"),
        paid=Count("id", filter=Q(kind=NoteKind.PAID)),
        late=Max("days_late", filter=recent, default=0),
    )
    if not found["any"]:
        return {"instalments_paid": None, "days_late": None}
    return {"instalments_paid": found["paid"], "days_late": found["late"]}


def _active_months(
    shop_id: int, at: datetime, circular: frozenset[int], left_out: list[int]
) -> int:
    settled = Order.objects.filter(
        shop_id=shop_id, state=OrderState.SETTLED, settled_at__gt=at - YEAR, settled_at__lte=at
    )
    counted = settled.exclude(pk__in=left_out).exclude(buyer_id__in=circular)
    months = counted.annotate(month=TruncMonth("settled_at", tzinfo=UTC)).values("month")
    return min(months.distinct().count(), MONTHS_MOST)


def _stars(shop_id: int, circular: frozenset[int]) -> int | None:
    """Mean of what each reviewer gave, pulled towards 4 stars; praise from a circle is left out."""
    rows = (
        Review.objects.filter(shop_id=shop_id, withdrawn_at=None)
        .values_list("by_id")
        .annotate(given=Avg("stars"))
    )
    given = [(by in circular, Fraction(stars).limit_denominator(1000)) for by, stars in rows]
    counted = [stars for inside, stars in given if not inside or stars < rules.PRIOR_STARS]
    mean = rules.pulled(counted, prior=rules.PRIOR_STARS)
    return None if mean is None else int(mean * STARS_TO_HUNDREDTHS)


def _identity_level(owner_id: int) -> int:
    """0: nobody verified who this is; 1: verified; 2: and entered in a trade or tax register."""
    identity = accounts.identity_of(owner_id)
    if identity is None or identity.state != IdentityState.VERIFIED:
        return 0
    return 2 if identity.register_hash or identity.vat_hash else 1


def _payout_months(shop: Shop, at: datetime) -> int | None:
    if not shop.payout_account_sealed:
        return None
    changed = shops.account_changes(shop.pk).filter(at__lte=at).first()
    return rules.months(at - (changed.at if changed else shop.applied_at))
