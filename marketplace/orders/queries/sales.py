"""How a shop sells: the last twelve weeks, one grouped query for each table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count, F, Max, Sum
from django.db.models.functions import TruncWeek

from marketplace.orders.models import Order, OrderLine, Refund

WEEKS = 12
TOP = 10
# The drawing: as wide as its twelve columns, as high as the line charts elsewhere.
STEP, HEIGHT, FLOOR = 48, 126, 138


@dataclass(frozen=True, slots=True)
class Week:
    """What was paid for in one week (Monday to Sunday, UTC), and what was given back in it.

    `revenue_minor` is what buyers paid, tax and shipping included, before commission.
    """

    starts: datetime
    orders: int
    revenue_minor: int
    refunds: int
    refunded_minor: int


@dataclass(frozen=True, slots=True)
class TopGood:
    """One listing and what it brought in; called-off and returned units left out."""

    listing_id: int
    title: str
    units: int
    revenue_minor: int


@dataclass(frozen=True, slots=True)
class Sales:
    """Twelve weeks of one shop, the oldest first; the last one is not over yet."""

    weeks: list[Week]
    top: list[TopGood]

    @property
    def orders(self) -> int:
        """Orders in all weeks."""
        return sum(week.orders for week in self.weeks)

    @property
    def revenue_minor(self) -> int:
        """Revenue of all weeks."""
        return sum(week.revenue_minor for week in self.weeks)

    @property
    def refunded_minor(self) -> int:
        """Given back in all weeks."""
        return sum(week.refunded_minor for week in self.weeks)


def sales(shop_id: int, *, at: datetime) -> Sales:
    """Return a shop's last twelve weeks, this one included."""
    monday = _monday(at) - timedelta(weeks=WEEKS - 1)
    orders = Order.objects.filter(shop_id=shop_id, paid_at__gte=monday, paid_at__lte=at)
    paid = orders.order_by().annotate(week=TruncWeek("paid_at", tzinfo=UTC)).values_list("week")
    sold = {
        week: (count, int(total))
        for week, count, total in paid.annotate(Count("pk"), Sum("total_minor"))
    }
    refunds = Refund.objects.filter(
        order__shop_id=shop_id, created_at__gte=monday, created_at__lte=at
    ).exclude(state="reversed")
    back = refunds.order_by().annotate(week=TruncWeek("created_at", tzinfo=UTC))
    gave = {
        week: (count, int(total))
        for week, count, total in back.values_list("week").annotate(
            Count("pk"), Sum("amount_minor")
        )
    }
    starts = [monday + timedelta(weeks=number) for number in range(WEEKS)]
    weeks = [Week(week, *sold.get(week, (0, 0)), *gave.get(week, (0, 0))) for week in starts]
    return Sales(weeks, _top(shop_id, monday, at))


def bars(values: Sequence[int]) -> list[tuple[int, int]]:
    """Return where the bars of a drawing stand and end: (x, y) of each top.

    The highest value fills the height; anything above nothing is at least a pixel high.

    >>> bars([0, 50, 100])
    [(36, 138), (84, 75), (132, 12)]
    """
    most = max(values, default=0) or 1
    return [
        (36 + number * STEP, FLOOR - (max(1, value * HEIGHT // most) if value > 0 else 0))
        for number, value in enumerate(values)
    ]


def _top(shop_id: int, since: datetime, at: datetime) -> list[TopGood]:
    lines = OrderLine.objects.filter(
        order__shop_id=shop_id, order__paid_at__gte=since, order__paid_at__lte=at
    )
    by_listing = (
        lines.order_by()
        .values_list("variant__listing_id")
        .annotate(
            Max("title"),
            units=Sum(F("quantity") - F("refunded_quantity")),
            revenue=Sum(F("line_total_minor") - F("refunded_minor")),
        )
    )
    found = by_listing.filter(units__gt=0).order_by("-revenue", "variant__listing_id")[:TOP]
    return [TopGood(listing, title, int(units), int(sum_)) for listing, title, units, sum_ in found]


def _monday(at: datetime) -> datetime:
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())
