"""What is at stake in a case: goods that could still be sold, and money that buyers paid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet, Sum

from antifake.cases.rules import queue
from marketplace.listings.models import Listing, Variant
from marketplace.money import Money, currency_digits
from marketplace.orders.models import EscrowState, Order, OrderLine

# Of one choice's stock no more counts: a full warehouse is no reason to come first.
UNITS_COUNTED = 20


@dataclass(frozen=True)
class HeldMoney:
    """Money of buyers that is still held for goods: how many buyers, and how much by currency."""

    buyers: int
    orders: int
    amounts: tuple[Money, ...]


def stake_of(*, listing_id: int) -> Money:
    """Return stock and held money of a listing, in its shop's currency, minor units."""
    return stakes_of(listing_ids=[listing_id])[listing_id]


def stakes_of(*, listing_ids: Collection[int]) -> dict[int, Money]:
    """Return the stakes of listings by their numbers, in three statements for any number."""
    goods = Listing.objects.filter(pk__in=listing_ids).values_list("pk", "shop__currency")
    variants = Variant.objects.filter(listing__in=listing_ids)
    amounts: Counter[int] = Counter()
    for pk, price, on_hand in variants.values_list("listing", "price_minor", "on_hand"):
        amounts[pk] += price * min(on_hand, UNITS_COUNTED)
    held = _lines_held(listing_ids).values_list("variant__listing")
    for pk, paid in held.annotate(paid=Sum("line_total_minor")).order_by():
        amounts[pk] += paid
    return {pk: Money(amounts[pk], currency) for pk, currency in goods}


def place_of(*, risk_permille: int, at_stake: Money, opened_at: datetime) -> float:
    """Return a case's place in the queue."""
    units = at_stake.amount_minor / 10 ** currency_digits(at_stake.currency)
    euro = queue.in_euro(units, at_stake.currency)
    return queue.place(risk_permille=risk_permille, euro=euro, opened_at=opened_at)


def held_for(listing_ids: Collection[int]) -> HeldMoney:
    """Return the buyers' money that is still held for these listings."""
    lines = _lines_held(listing_ids)
    orders = Order.objects.filter(pk__in=lines.values("order")).values("buyer_id")
    sums = lines.values(code=F("order__currency")).annotate(sum=Sum("line_total_minor"))
    return HeldMoney(
        buyers=orders.distinct().count(),
        orders=orders.count(),
        amounts=tuple(Money(row["sum"], row["code"]) for row in sums.order_by("code")),
    )


def sold(listing_id: int) -> int:
    """Return how many units of a listing were ever sold."""
    return Variant.objects.filter(listing=listing_id).aggregate(n=Sum("sold"))["n"] or 0


def _lines_held(listing_ids: Collection[int]) -> QuerySet[OrderLine]:
    held = Q(order__escrow__state=EscrowState.OPEN)
    return OrderLine.objects.filter(held, variant__listing__in=list(listing_ids))
