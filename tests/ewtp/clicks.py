"""A planned purchase, played by the clicks of its people, the carrier, the bank, the clock."""

from __future__ import annotations

from datetime import timedelta

from ewtp.demo.crowd.lives import CLOCK, PROVIDER
from ewtp.demo.crowd.plan import Way
from marketplace.orders.models import Payout, Refund, RefundState
from marketplace.orders.providers.carriers import CarrierNews
from marketplace.orders.services import (
    cart,
    checkout,
    escrow,
    expiry,
    payment,
    payout,
    refund,
    shipment,
    tracking,
)


def by_services(purchase, shop, variants, buyer, now):
    """Play a purchase of one shop as far as `now`, and pay the shop."""
    part = purchase.parts[0]
    for line in part.lines:
        chosen = variants[line.listing]
        line_row = cart.add_to_cart(
            buyer_id=buyer.pk, variant_id=chosen.pk, quantity=line.quantity, at=purchase.at
        )
    group = checkout.place(
        buyer_id=buyer.pk,
        cart_id=line_row.cart_id,
        recipient="Ada Buyer",
        address="Market street 9\n10009 Demo Town",
        country="KE",
        at=purchase.at,
    )
    player = Player(purchase, part, shop, group, now)
    player.play()
    payout.pay_out(shop_id=shop.pk, period=now.date().isoformat(), at=now)
    for sent in Payout.objects.filter(state="created"):
        at = now + timedelta(minutes=1)
        payout.finish(payout_id=sent.pk, result=payout.send(payout_id=sent.pk, at=now), at=at)


class Player:
    """Brings one order through its life, a service call at a time."""

    def __init__(self, purchase, part, shop, group, now):
        self.way, self.part, self.shop, self.group, self.now = purchase.way, part, shop, group, now
        self.order = group.orders.get()
        self.paid_at = purchase.paid_at
        self.owner_id, self.buyer_id = shop.owner_id, group.buyer_id

    def fresh(self):
        self.order.refresh_from_db()
        return self.order

    def play(self):
        if self.paid_at is None:
            self.leave_unpaid()
            return
        payment.pay(group_id=self.group.pk, card="tok_ok", at=self.paid_at)
        payment.provider().send_due(at=self.paid_at)
        if self.part.off_at is not None:
            late = self.way == Way.LATE_OFF
            reason = "" if late else "We have run out of it; the next ones take some weeks."
            who = self.buyer_id if late else self.owner_id
            refund.cancel(order_id=self.order.pk, by_id=who, reason=reason, at=self.part.off_at)
            self.pay_back(self.part.off_at)
        elif self.way == Way.BANK_UNSENT:
            self.bank(self.paid_at + self.part.bank_after)
        else:
            self.send_and_end()

    def leave_unpaid(self):
        if self.part.off_at is not None:
            refund.cancel(order_id=self.order.pk, by_id=self.buyer_id, at=self.part.off_at)
        elif self.group.due_at + CLOCK <= self.now:
            expiry.expire_due(at=self.group.due_at + CLOCK)

    def send_and_end(self):
        for number, at in enumerate(self.part.sent_at, 1):
            if at <= self.now:
                self.send(at, last=number == len(self.part.sent_at))
        self.arrive(self.part.arrives_at)
        order = self.fresh()
        if order.due_at is None:
            return
        said = self.part.confirms_at
        end_at = said or order.due_at + CLOCK
        if self.way == Way.PART_BACK:
            self.give_back(order.shipped_at + (end_at - order.shipped_at) / 2)
        if end_at <= self.now:
            self.end(said, end_at)

    def arrive(self, at):
        if at is None or at > self.now:
            return
        for parcel in self.order.shipments.all():
            news = CarrierNews(f"scan_{parcel.pk}", parcel.ref, "delivered", "Door", at)
            tracking.receive(told=news, at=at)

    def end(self, said, end_at):
        if said:
            escrow.confirm(order_id=self.order.pk, by_id=self.buyer_id, at=said)
        else:
            escrow.complete_due(at=end_at)
        if self.way in (Way.PART_LATER, Way.ALL_LATER):
            self.give_back(end_at + self.part.back_after)
        if self.way in (Way.BANK_LOST, Way.BANK_WON):
            self.bank(end_at + self.part.bank_after)

    def send(self, at, *, last):
        number = f"SB-OK-{self.order.pk}" if self.part.arrives_at else ""
        first = self.order.lines.order_by("pk").first()
        one = {"quantities": {first.pk: 1}, "key": "first"}
        shipment.ship(
            order_id=self.order.pk,
            by_id=self.owner_id,
            tracking=number,
            at=at,
            **({} if last else one),
        )

    def give_back(self, at):
        order = self.fresh()
        goods = order.goods_minor * self.part.back_permille // 1_000
        refund.give_back(
            order_id=order.pk,
            by_id=self.owner_id,
            key="5d1c9f3e-7a52-4c1b-9a86-0f4f9a1d2e70",
            goods_minor=goods,
            shipping_minor=order.shipping_minor if self.part.back_permille == 1_000 else 0,
            reason="A part of it was damaged on the way. We are sorry.",
            at=at,
        )
        self.pay_back(at)

    def pay_back(self, at):
        for owed in Refund.objects.filter(state=RefundState.OWED):
            result = refund.send(refund_id=owed.pk, at=at + PROVIDER)
            refund.finish(refund_id=owed.pk, result=result, at=at + PROVIDER)

    def bank(self, at):
        bank, charge = payment.provider(), self.order.payment
        case = bank.charge_back(charge_key=charge.charge_key, at=at)
        bank.send_due(at=at)
        decided_at = at + self.part.bank_takes
        if decided_at <= self.now:
            bank.decide(case=case, won=self.way == Way.BANK_WON, at=decided_at)
            bank.send_due(at=decided_at)
