"""The thinking of orders: legal moves, fee, totals, deadlines. Plain Python."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.money import basis_points

# The words in order: awaiting_payment → paid_held → shipped → delivered → completed → settled.
# `expired` may still become paid or cancelled, because a charge may succeed after the clock
# ran out: then the goods are taken again, or the money goes back with a reason.
ORDER_MOVES: frozenset[tuple[str, str]] = frozenset(
    {
        ("awaiting_payment", "paid_held"),
        ("awaiting_payment", "expired"),
        ("awaiting_payment", "cancelled"),
        ("expired", "paid_held"),
        ("expired", "cancelled"),
        ("paid_held", "shipped"),
        ("paid_held", "cancelled"),
        ("shipped", "delivered"),
        ("shipped", "completed"),
        ("delivered", "completed"),
        ("completed", "settled"),
    }
)
ESCROW_MOVES: frozenset[tuple[str, str]] = frozenset(
    {("open", "released"), ("open", "refunded"), ("open", "split")}
)

QUANTITY_MAX = 999  # of one variant in one cart: a typing slip, not a trade, lies above it


def order_may(old: str, new: str) -> bool:
    """Return whether an order may go from `old` to `new`.

    >>> order_may("shipped", "completed"), order_may("settled", "cancelled")
    (True, False)
    """
    return (old, new) in ORDER_MOVES


def commission(goods_minor: int, rate_bp: int) -> int:
    """Return the platform's fee in minor units, from the goods alone (not the shipping).

    `rate_bp` is the rulebook's orders.commission_bp at checkout; rounded half up once.

    >>> commission(2_500, 300)
    75
    """
    return basis_points(goods_minor, rate_bp)


@dataclass(frozen=True, slots=True)
class Priced:
    """One line to be bought: so many of a variant at a unit price in minor units."""

    variant_id: int
    title: str
    unit_price_minor: int
    quantity: int

    @property
    def total_minor(self) -> int:
        """Price times quantity."""
        return self.unit_price_minor * self.quantity


def merged(lines: Iterable[Priced]) -> list[Priced]:
    """Return one line per variant, quantities summed, in variant order.

    Two lines of one variant must never be checked against the stock one by one.

    >>> [line.quantity for line in merged([Priced(7, "Tea", 5, 1), Priced(7, "Tea", 5, 2)])]
    [3]
    """
    by_variant: dict[int, Priced] = {}
    for line in lines:
        before = by_variant.get(line.variant_id)
        quantity = line.quantity + (before.quantity if before else 0)
        by_variant[line.variant_id] = Priced(
            line.variant_id, line.title, line.unit_price_minor, quantity
        )
    return [by_variant[key] for key in sorted(by_variant)]


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """Whole days, hours and minutes until a deadline; all zero when it has passed."""

    days: int
    hours: int
    minutes: int


def time_left(due_at: datetime, at: datetime) -> TimeLeft:
    """Return the time from `at` to `due_at`.

    >>> from datetime import UTC
    >>> time_left(datetime(2026, 3, 4, 12, tzinfo=UTC), datetime(2026, 3, 1, 8, tzinfo=UTC))
    TimeLeft(days=3, hours=4, minutes=0)
    """
    left = max(due_at - at, timedelta(0))
    minutes = int(left.total_seconds()) // 60
    return TimeLeft(minutes // 1440, minutes // 60 % 24, minutes % 60)


def difference(ledger_minor: int, provider_minor: int, in_flight_minor: int) -> int:
    """Return what the two books disagree on, in minor units; 0 is agreement.

    `in_flight_minor` has left our ledger for a payout that the provider has not made yet.
    """
    return ledger_minor + in_flight_minor - provider_minor
