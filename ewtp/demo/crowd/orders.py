"""The crowd's purchases as rows: what the services of orders would have left by now.

tests/ewtp/test_demo_crowd.py plays one purchase of each way through the services, and compares.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ewtp.demo.crowd.lives import Life
from ewtp.demo.crowd.names import provider_ref
from ewtp.demo.crowd.plan import Part, Purchase
from ewtp.demo.crowd.rows import Batch
from ewtp.demo.crowd.stalls import Choice, DayRules, House, Stall
from marketplace.orders import rules
from marketplace.orders.models import (
    Cart,
    CartLine,
    Order,
    OrderGroup,
    OrderLine,
    Payment,
    PaymentState,
    ProviderEvent,
)


def write(purchases: Sequence[Purchase], house: House, now: datetime) -> int:
    """Write purchases as they stand at `now`; return how many orders. Needs a transaction."""
    batch = Batch()
    for purchase in purchases:
        _Checkout(batch, purchase, house, now).write()
    batch.store()
    return sum(len(purchase.parts) for purchase in purchases)


@dataclass(frozen=True, slots=True)
class _Checkout:
    """One checkout with its orders."""

    batch: Batch
    purchase: Purchase
    house: House
    now: datetime

    def write(self) -> None:
        purchase, day = self.purchase, self.house.rules(self.purchase.at)
        group = self._group(day)
        drafts = [
            self._order(group, self.house.stalls[part.shop], part, day) for part in purchase.parts
        ]
        paid_at = purchase.paid_at if purchase.paid_at and purchase.paid_at <= self.now else None
        payments = self._payments(group, [order for order, _ in drafts], paid_at)
        for (order, lines), part in zip(drafts, purchase.parts, strict=True):
            order.payment = payments[order.currency]
            stall = self.house.stalls[part.shop]
            life = Life(self.batch, order, lines, stall, day, purchase.way, part, self.now)
            life.live(group.due_at, paid_at)
            self.batch.add(order)
            for line in lines:
                self.batch.add(line)

    def _group(self, day: DayRules) -> OrderGroup:
        at, batch = self.purchase.at, self.batch
        buyer = self.house.buyers[self.purchase.buyer]
        cart = batch.add(Cart(buyer_id=buyer.user_id, created_at=at, checked_out_at=at))
        for part in self.purchase.parts:
            for line in part.lines:
                choice = self._choice(part, line.listing, line.choice)
                batch.add(CartLine(cart=cart, variant_id=choice.variant_id, quantity=line.quantity))
        number = len(buyer.name) + self.purchase.buyer
        return batch.add(
            OrderGroup(
                buyer_id=buyer.user_id,
                cart=cart,
                recipient_sealed=buyer.name,
                address_sealed=f"Market street {number}\n10{number % 1000:03d} Demo Town",
                country=buyer.country,
                placed_at=at,
                due_at=at + day.to_pay,
            )
        )

    def _choice(self, part: Part, listing: int, choice: int) -> Choice:
        return self.house.stalls[part.shop].shelf[listing][choice]

    def _order(
        self, group: OrderGroup, stall: Stall, part: Part, day: DayRules
    ) -> tuple[Order, list[OrderLine]]:
        tax_bp = day.tax_bp.get(stall.country, 0) if stall.country == group.country else 0
        bought = sorted(
            ((self._choice(part, one.listing, one.choice), one.quantity) for one in part.lines),
            key=lambda pair: pair[0].variant_id,
        )
        goods = sum(choice.price_minor * quantity for choice, quantity in bought)
        taxes = [rules.tax_inside(choice.price_minor * n, tax_bp) for choice, n in bought]
        shipping_tax = rules.tax_inside(stall.shipping_minor, tax_bp)
        order = Order(
            group=group,
            shop_id=stall.shop_id,
            buyer_id=group.buyer_id,
            currency=stall.currency,
            goods_minor=goods,
            shipping_minor=stall.shipping_minor,
            total_minor=goods + stall.shipping_minor,
            tax_rate_bp=tax_bp,
            tax_minor=sum(taxes) + shipping_tax,
            shipping_tax_minor=shipping_tax,
            commission_bp=day.commission_bp,
            commission_minor=rules.commission(goods, day.commission_bp),
            placed_at=group.placed_at,
        )
        self.batch.number(order)
        lines = [
            OrderLine(
                order=order,
                variant_id=choice.variant_id,
                title=choice.title,
                unit_price_minor=choice.price_minor,
                quantity=quantity,
                line_total_minor=choice.price_minor * quantity,
                net_minor=choice.price_minor * quantity - tax,
                tax_minor=tax,
            )
            for (choice, quantity), tax in zip(bought, taxes, strict=True)
        ]
        for line in lines:
            self.batch.number(line)
        return order, lines

    def _payments(
        self, group: OrderGroup, orders: Sequence[Order], paid_at: datetime | None
    ) -> dict[str, Payment]:
        totals: dict[str, int] = defaultdict(int)
        for order in orders:
            totals[order.currency] += order.total_minor
        found = {}
        for currency, total in sorted(totals.items()):
            payment = self.batch.add(Payment(group=group, currency=currency, amount_minor=total))
            if paid_at is not None:
                _book(self.batch, payment, paid_at)
            found[currency] = payment
        return found


def _book(batch: Batch, payment: Payment, at: datetime) -> None:
    payment.attempt, payment.state, payment.paid_at = 1, PaymentState.SUCCEEDED, at
    payment.provider_ref = provider_ref(payment.charge_key)
    batch.add(
        ProviderEvent(
            event_id=f"evt_{payment.provider_ref}_succeeded",
            kind="charge.succeeded",
            provider_ref=payment.provider_ref,
            received_at=at,
        )
    )
