"""The thinking of orders: legal moves, fee, totals, deadlines. Plain Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from marketplace.money import basis_points, spread

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

# A refund is decided (owed), made by the provider (done), and undone only by a bank's ruling.
REFUND_MOVES: frozenset[tuple[str, str]] = frozenset({("owed", "done"), ("done", "reversed")})
# The platform pays a buyer first; then the shop does, or, after a won appeal, nobody else.
ADVANCE_MOVES: frozenset[tuple[str, str]] = frozenset({("open", "recovered"), ("open", "borne")})
CHARGEBACK_MOVES: frozenset[tuple[str, str]] = frozenset({("open", "won"), ("open", "lost")})

QUANTITY_MAX = 999  # of one variant in one cart: a typing slip, not a trade, lies above it
CART_LINES_MAX = 1_000  # a visitor's cart must not become a store of anything else


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


def commission_given_up(
    *, goods_minor: int, refunded_minor: int, more_minor: int, rate_bp: int
) -> int:
    """Return what the platform gives up of its fee when `more_minor` of the goods goes back.

    The fee of what is left is computed anew, so that however many parts a refund comes in,
    the fee left is that of the goods left.

    >>> commission_given_up(goods_minor=2_500, refunded_minor=0, more_minor=2_500, rate_bp=300)
    75
    >>> commission_given_up(goods_minor=2_500, refunded_minor=0, more_minor=10, rate_bp=300)
    0
    """
    before = commission(goods_minor - refunded_minor, rate_bp)
    return before - commission(goods_minor - refunded_minor - more_minor, rate_bp)


def tax_inside(gross_minor: int, rate_bp: int) -> int:
    """Return the tax contained in a price that includes it, rounded half up once.

    `rate_bp` is the rate in ten-thousandths of the net price: net = gross / (1 + rate).

    >>> tax_inside(11_900, 1_900), tax_inside(100, 0)
    (1900, 0)
    """
    whole = 10_000 + rate_bp
    return (gross_minor * rate_bp * 2 + whole) // (2 * whole)


def part_of(amount_minor: int, *, before: int, more: int, whole: int) -> int:
    """Return the share of `amount_minor` that falls on `more` of `whole` after `before` of it.

    Shares of consecutive parts sum to the amount exactly: each is the difference of two
    running shares rounded half up.

    >>> [part_of(10, before=done, more=1, whole=3) for done in (0, 1, 2)]
    [3, 4, 3]
    """
    if whole == 0:
        return 0

    def upto(count: int) -> int:
        return (amount_minor * count * 2 + whole) // (2 * whole)

    return upto(before + more) - upto(before)


@dataclass(frozen=True, slots=True)
class Netting:
    """How a shop's balance is used at a payout; minor units. The parts sum to the balance."""

    debt_minor: int
    reserve_minor: int
    free_minor: int


def netted(*, balance_minor: int, debt_minor: int, reserve_minor: int) -> Netting:
    """Split a balance: the shop's debt first, then the reserve, the rest is free to go out.

    >>> netted(balance_minor=100, debt_minor=30, reserve_minor=20)
    Netting(debt_minor=30, reserve_minor=20, free_minor=50)
    >>> netted(balance_minor=40, debt_minor=30, reserve_minor=20)
    Netting(debt_minor=30, reserve_minor=10, free_minor=0)
    """
    debt = min(balance_minor, debt_minor)
    reserve = min(balance_minor - debt, reserve_minor)
    return Netting(debt, reserve, balance_minor - debt - reserve)


def unit_price(price_minor: int, quantity: int, tiers: Iterable[tuple[int, int]] = ()) -> int:
    """Return what each unit costs when so many are bought at once, in minor units.

    `tiers` are pairs of a quantity and the price from that quantity on.

    >>> [unit_price(100, n, [(10, 90), (50, 80)]) for n in (9, 10, 99)]
    [100, 90, 80]
    """
    reached = [(start, price) for start, price in tiers if quantity >= start]
    return max(reached)[1] if reached else price_minor


@dataclass(frozen=True, slots=True)
class NextTier:
    """The next step of a price ladder: so many pieces more, and each costs so many minor units."""

    missing: int
    price_minor: int


def next_tier(
    price_minor: int, quantity: int, tiers: Iterable[tuple[int, int]] = ()
) -> NextTier | None:
    """Return the nearest step of the ladder that is not reached and costs less than now.

    >>> next_tier(100, 7, [(10, 90), (50, 80)])
    NextTier(missing=3, price_minor=90)
    """
    now = unit_price(price_minor, quantity, tiers)
    ahead = [(start, price) for start, price in tiers if start > quantity and price < now]
    if not ahead:
        return None
    start, price = min(ahead)
    return NextTier(start - quantity, price)


def shipping_price(
    *, pieces: int, goods_minor: int, first_minor: int, further_minor: int, free_from: int | None
) -> int:
    """Return what one way of sending costs; minor units.

    >>> shipping_price(pieces=3, goods_minor=10, first_minor=5, further_minor=2, free_from=None)
    9
    >>> shipping_price(pieces=3, goods_minor=10, first_minor=5, further_minor=2, free_from=10)
    0
    """
    if free_from is not None and goods_minor >= free_from:
        return 0
    return first_minor + max(0, pieces - 1) * further_minor


@dataclass(frozen=True, slots=True)
class Priced:
    """One line to be bought: so many of a variant at a unit price in minor units."""

    variant_id: int
    title: str
    unit_price_minor: int
    quantity: int
    discount_minor: int = 0
    next_tier: NextTier | None = None

    @property
    def full_minor(self) -> int:
        """Price times quantity, before any discount."""
        return self.unit_price_minor * self.quantity

    @property
    def total_minor(self) -> int:
        """Price times quantity, less the discount; tax included."""
        return self.full_minor - self.discount_minor


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


def discounted(lines: Sequence[Priced], percent_bp: int) -> list[Priced]:
    """Return the lines with a discount on their sum, spread so that no minor unit is lost.

    >>> lines = [Priced(1, "a", 100, 1), Priced(2, "b", 50, 1)]
    >>> [line.total_minor for line in discounted(lines, 1_000)]
    [90, 45]
    """
    weights = [line.total_minor for line in lines]
    if not percent_bp or not sum(weights):
        return list(lines)
    parts = spread(basis_points(sum(weights), percent_bp), weights)
    return [replace(line, discount_minor=part) for line, part in zip(lines, parts, strict=True)]


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


# Shops press "sent" when they find the time: a parcel may have been handed over the day before.
CLOCK_SLACK = timedelta(days=1)


def delivered_at(
    told: Iterable[tuple[str, datetime]], *, shipped_at: datetime, paid_at: datetime | None = None
) -> datetime | None:
    """Return when a parcel came to its receiver, from all its scans; None while it has not.

    The earliest delivery counts, in whatever order the scans came. A delivery long before the
    parcel was sent, or before the order was paid, is that of another parcel whose number was
    used again: it does not count.

    >>> from datetime import UTC
    >>> sent = datetime(2026, 3, 4, tzinfo=UTC)
    >>> delivered_at([("delivered", sent), ("out", sent)], shipped_at=sent) == sent
    True
    >>> delivered_at([("delivered", sent - timedelta(days=9))], shipped_at=sent) is None
    True
    >>> early = [("delivered", sent - timedelta(hours=2))]
    >>> delivered_at(early, shipped_at=sent, paid_at=sent - timedelta(hours=1)) is None
    True
    """
    since = shipped_at - CLOCK_SLACK
    if paid_at is not None:
        since = max(since, paid_at)
    moments = [moment for status, moment in told if status == "delivered" and moment >= since]
    return min(moments, default=None)


def shared(amount_minor: int, shares_bp: Sequence[int]) -> list[int]:
    """Return what each share is of an amount, in minor units; the shop keeps what is left.

    Largest remainder over the shares and the shop's own part, so that all parts together are the
    amount exactly.

    >>> shared(1_000, [3_333, 3_333]), shared(0, [10_000])
    ([333, 333], [0])

    Raises ValueError for shares that are more than the whole.
    """
    return spread(amount_minor, [*shares_bp, 10_000 - sum(shares_bp)])[:-1]


def taken_back(short_minor: int, room_minor: Sequence[int]) -> list[int]:
    """Return what each person gives of what a shop lacks for a refund; minor units.

    `room_minor` is the most each can give. Pro rata to it, never more than is lacking.

    >>> taken_back(30, [40, 20]), taken_back(100, [40, 20]), taken_back(5, [0, 0])
    ([20, 10], [40, 20], [0, 0])
    """
    whole = sum(room_minor)
    if short_minor <= 0 or not whole:
        return [0] * len(room_minor)
    return spread(min(short_minor, whole), room_minor)


def given_again(free_minor: int, wanting_minor: Sequence[int]) -> list[int]:
    """Return what each person gets of money that came back; minor units, the earlier first.

    >>> given_again(30, [20, 20, 5])
    [20, 10, 0]
    """
    parts = []
    for wanting in wanting_minor:
        parts.append(max(0, min(wanting, free_minor)))
        free_minor -= parts[-1]
    return parts
