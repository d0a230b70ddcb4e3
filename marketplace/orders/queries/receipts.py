"""What a buyer paid, with the tax inside it, and what went back: for a receipt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from marketplace.orders.models import Order, Refund, RefundKind, RefundState


@dataclass(frozen=True, slots=True)
class TaxLine:
    """The tax inside a receipt at one rate; minor units. Refunds are not taken off."""

    currency: str
    rate_bp: int
    net_minor: int
    tax_minor: int

    @property
    def percent(self) -> str:
        """The rate in per cent, without idle zeros.

        >>> TaxLine("EUR", 1_900, 0, 0).percent, TaxLine("EUR", 550, 0, 0).percent
        ('19', '5.5')
        """
        return f"{self.rate_bp / 100:g}"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One order as it was paid; minor units."""

    order: Order
    refunds: list[Refund]
    tax: TaxLine | None
    abroad: bool

    @property
    def goods_tax_minor(self) -> int:
        """The tax inside the goods, without that of the shipping."""
        return self.order.tax_minor - self.order.shipping_tax_minor

    @property
    def given_back_minor(self) -> int:
        """What went back, or is on its way there."""
        return sum(refund.amount_minor for refund in self.refunds)


@dataclass(frozen=True, slots=True)
class Sum:
    """What the receipts of one page come to in one currency; minor units."""

    currency: str
    paid_minor: int
    given_back_minor: int

    @property
    def kept_minor(self) -> int:
        """What was paid and did not go back."""
        return self.paid_minor - self.given_back_minor


def paid_orders(buyer_id: int) -> QuerySet[Order]:
    """Return the orders a person has paid for, ready for receipts, oldest first."""
    refunds = Refund.objects.exclude(state=RefundState.REVERSED).order_by("pk")
    orders = Order.objects.filter(buyer_id=buyer_id, escrow__isnull=False)
    return (
        orders.select_related("shop", "group", "payment")
        .prefetch_related("lines__variant", Prefetch("refunds", queryset=refunds))
        .order_by("pk")
    )


def receipt(order: Order) -> Receipt:
    """Return the receipt of an order from `paid_orders`."""
    tax = None
    if order.tax_rate_bp:
        net = order.total_minor - order.tax_minor
        tax = TaxLine(order.currency, order.tax_rate_bp, net, order.tax_minor)
    # The bank's own taking back is between the buyer and the bank, and shows on its papers.
    refunds = [one for one in order.refunds.all() if one.kind != RefundKind.CHARGEBACK]
    return Receipt(order, refunds, tax, abroad=order.group.country != order.shop.country)


def sums(receipts: Iterable[Receipt]) -> list[Sum]:
    """Return what several receipts come to, by currency."""
    paid: Counter[str] = Counter()
    back: Counter[str] = Counter()
    for one in receipts:
        paid[one.order.currency] += one.order.total_minor
        back[one.order.currency] += one.given_back_minor
    return [Sum(currency, paid[currency], back[currency]) for currency in sorted(paid)]
