"""One order of the crowd from its placing until now, step by step as the services would go."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ewtp.demo.crowd.names import case_key, provider_ref
from ewtp.demo.crowd.plan import Part, Way
from ewtp.demo.crowd.rows import Batch
from ewtp.demo.crowd.stalls import DayRules, Stall
from marketplace.listings.models import Reservation, ReservationState
from marketplace.orders import rules
from marketplace.orders.models import (
    CancelledBy,
    Chargeback,
    ChargebackState,
    CompletedBy,
    Escrow,
    EscrowState,
    Order,
    OrderLine,
    OrderState,
    PaymentState,
    ProviderEvent,
    Refund,
    RefundKind,
    RefundLine,
    RefundState,
    Shipment,
    ShipmentLine,
    TrackingEvent,
    TrackingStatus,
)

CLOCK = timedelta(seconds=30)  # how late the clock comes, on average
PROVIDER = timedelta(minutes=1)  # how long the provider takes to give money back
SYSTEM = "system"
_NAMESPACE = uuid.UUID("5d1c9f3e-7a52-4c1b-9a86-0f4f9a1d2e70")
_UNPAID_OFF = "The buyer called the order off before paying."
_LATE_OFF = "The goods were not sent by the promised date. The money goes back."
_SHOP_OFF = "We have run out of it; the next ones take some weeks."
_GIFT = "A part of it was damaged on the way. We are sorry."
_BANK = "The buyer's bank took the payment back."
_BANK_OFF = "The buyer's bank took the payment back. Do not send anything."


@dataclass(slots=True)
class Life:
    """One order and what happens to it. Its own row and its lines are stored by the caller."""

    batch: Batch
    order: Order
    lines: Sequence[OrderLine]
    stall: Stall
    day: DayRules
    way: Way
    part: Part
    now: datetime

    def live(self, due_at: datetime, paid_at: datetime | None) -> None:
        """Go as far as time has come. `due_at` is when an unpaid order runs out."""
        order = self.order
        self.batch.tell("order.placed", order.ref, self._ids(), order.placed_at)
        if paid_at is None:
            self._wait(due_at)
            return
        self._reserve(due_at, ReservationState.SOLD, paid_at)
        escrow = self.batch.add(
            Escrow(order=order, amount_minor=order.total_minor, opened_at=paid_at)
        )
        order.paid_at, order.ship_by = paid_at, paid_at + self.day.to_send
        self._move(OrderState.PAID_HELD, f"user:{order.buyer_id}", paid_at)
        if self.way == Way.BANK_UNSENT:
            self._bank_before_sending(escrow, paid_at + self.part.bank_after)
        elif self.part.off_at is not None:
            self._call_off(escrow, self.part.off_at)
        elif self._send():
            self._end(escrow)

    # Unpaid -----------------------------------------------------------------------------------

    def _wait(self, due_at: datetime) -> None:
        off_at, out_at = self.part.off_at, due_at + CLOCK
        buyer = f"user:{self.order.buyer_id}"
        if off_at is not None and off_at <= self.now:
            self._reserve(due_at, ReservationState.RELEASED, off_at)
            self.order.payment = None
            self._cancel(CancelledBy.BUYER, _UNPAID_OFF, buyer, off_at)
        elif out_at <= self.now:
            self._reserve(due_at, ReservationState.RELEASED, out_at)
            self._move(OrderState.EXPIRED, SYSTEM, out_at)
        else:
            self._reserve(due_at, ReservationState.HELD, None)

    def _reserve(self, due_at: datetime, state: ReservationState, at: datetime | None) -> None:
        for line in self.lines:
            self.batch.add(
                Reservation(
                    ref=self.order.ref,
                    variant_id=line.variant_id,
                    quantity=line.quantity,
                    state=state,
                    due_at=due_at,
                    closed_at=at,
                )
            )
            if state == ReservationState.SOLD:
                self.batch.sold[line.variant_id] += line.quantity
            elif state == ReservationState.HELD:
                self.batch.kept[line.variant_id] += line.quantity

    # Called off -------------------------------------------------------------------------------

    def _call_off(self, escrow: Escrow, at: datetime) -> None:
        if at > self.now:
            return
        late = self.way == Way.LATE_OFF
        by = CancelledBy.BUYER if late else CancelledBy.SELLER
        why, who = (_LATE_OFF, self.order.buyer_id) if late else (_SHOP_OFF, self.stall.owner_id)
        refund = self._refund(RefundKind.CANCELLED, f"cancel:{self.order.ref}", 1_000, at, why)
        refund.from_escrow = True
        self._owe(refund, f"user:{who}", by_line=True)
        escrow.state, escrow.closed_at = EscrowState.REFUNDED, at
        self._cancel(by, why, f"user:{who}", at)

    def _bank_before_sending(self, escrow: Escrow, at: datetime) -> None:
        if at > self.now:
            return
        self._charge_back(at, from_escrow=True)
        self._cancel(CancelledBy.PLATFORM, _BANK_OFF, SYSTEM, at)
        escrow.state, escrow.closed_at = EscrowState.REFUNDED, at

    def _cancel(self, by: CancelledBy, why: str, actor: str, at: datetime) -> None:
        order = self.order
        order.cancelled_at, order.cancelled_by, order.cancel_reason = at, by, why
        self._move(OrderState.CANCELLED, actor, at, cancelled_by=str(by))

    # On its way -------------------------------------------------------------------------------

    def _send(self) -> bool:
        """Send what is due; return whether all of it is under way."""
        order = self.order
        for number, at in enumerate(self.part.sent_at, 1):
            if at > self.now:
                return False
            last = number == len(self.part.sent_at)
            self._parcel(at, last=last)
        order.shipped_at = self.part.sent_at[-1]
        order.due_at = order.shipped_at + self.day.to_confirm
        owner = f"user:{self.stall.owner_id}"
        self._move(OrderState.SHIPPED, owner, order.shipped_at)
        there_at = self.part.arrives_at
        if there_at is not None and there_at <= self.now:
            order.delivered_at = there_at
            order.due_at = there_at + self.day.to_confirm_delivered
            self._move(OrderState.DELIVERED, "carrier", there_at)
        return True

    def _parcel(self, at: datetime, *, last: bool) -> None:
        order, there_at = self.order, self.part.arrives_at
        arrived = there_at is not None and there_at <= self.now
        order.tracking = f"SB-OK-{order.pk}" if there_at is not None else ""
        parcel = self.batch.add(
            Shipment(
                order=order,
                key=f"{order.ref}:{'all' if last else 'first'}",
                tracking=order.tracking,
                shipped_at=at,
                delivered_at=there_at if arrived else None,
                ask_at=self.now if there_at is not None and not arrived else None,
            )
        )
        for line in self.lines:
            # The first of two parcels has one piece in it, the second has the rest.
            count = line.quantity - line.shipped_quantity if last else int(line is self.lines[0])
            if count:
                line.shipped_quantity += count
                self.batch.add(ShipmentLine(shipment=parcel, line=line, quantity=count))
        data = {"order_id": order.pk, "shipment_id": parcel.pk}
        owner = f"user:{self.stall.owner_id}"
        self.batch.tell("parcel.sent", order.ref, data, at, actor=owner, silent=True)
        if arrived and there_at is not None:
            self._scan(parcel, there_at)
        if not last:
            order.tracking = ""

    def _scan(self, parcel: Shipment, at: datetime) -> None:
        self.batch.add(
            TrackingEvent(
                shipment=parcel,
                event_id=f"scan_{uuid.uuid5(_NAMESPACE, parcel.ref).hex[:24]}",
                status=TrackingStatus.DELIVERED,
                place="Door",
                happened_at=at,
                received_at=at,
            )
        )

    # The end ----------------------------------------------------------------------------------

    def _end(self, escrow: Escrow) -> None:
        order, part = self.order, self.part
        assert order.due_at is not None  # noqa: S101 (it was sent)
        assert order.shipped_at is not None  # noqa: S101
        said = part.confirms_at is not None and part.confirms_at < order.due_at
        by = CompletedBy.BUYER if said else CompletedBy.CLOCK
        end_at = part.confirms_at if said and part.confirms_at else order.due_at + CLOCK
        if self.way == Way.PART_BACK:
            self._give_back(order.shipped_at + (end_at - order.shipped_at) / 2, from_escrow=True)
        if end_at > self.now:
            return
        order.completed_at, order.completed_by, order.settled_at = end_at, by, end_at
        actor = f"user:{order.buyer_id}" if said else SYSTEM
        self._move(OrderState.COMPLETED, actor, end_at)
        escrow.state = EscrowState.SPLIT if order.refunded_minor else EscrowState.RELEASED
        escrow.closed_at = end_at
        self._move(OrderState.SETTLED, actor, end_at)
        if self.way in (Way.PART_LATER, Way.ALL_LATER) and part.back_after is not None:
            self._give_back(end_at + part.back_after, from_escrow=False)
        elif self.way in (Way.BANK_LOST, Way.BANK_WON):
            self._charge_back(end_at + part.bank_after, from_escrow=False)

    def _give_back(self, at: datetime, *, from_escrow: bool) -> None:
        if at > self.now:
            return
        key = str(uuid.uuid5(_NAMESPACE, self.order.ref))
        refund = self._refund(RefundKind.GOODWILL, key, self.part.back_permille, at, _GIFT)
        refund.from_escrow = from_escrow
        self._owe(refund, f"user:{self.stall.owner_id}")

    # The bank ---------------------------------------------------------------------------------

    def _charge_back(self, at: datetime, *, from_escrow: bool) -> None:
        payment = self.order.payment
        if at > self.now or payment is None:
            return
        case = self.batch.add(
            Chargeback(
                payment=payment,
                provider_case=f"case_{payment.provider_ref}",
                amount_minor=payment.amount_minor,
                opened_at=at,
            )
        )
        refund = self._refund(
            RefundKind.CHARGEBACK, f"{case.ref}:{self.order.ref}", 1_000, at, _BANK
        )
        refund.from_escrow, refund.chargeback = from_escrow, case
        refund.state, refund.done_at = RefundState.DONE, at
        self._owe(refund, SYSTEM)
        subject = f"payment:{payment.pk}"
        data = {"chargeback_id": case.pk, "amount_minor": case.amount_minor}
        self.batch.tell("chargeback.opened", subject, data, at)
        self._hear(case, "opened", at)
        self._decide(case, refund, at + self.part.bank_takes)

    def _decide(self, case: Chargeback, refund: Refund, at: datetime) -> None:
        if at > self.now:
            return
        won = self.way == Way.BANK_WON
        case.state = ChargebackState.WON if won else ChargebackState.LOST
        case.closed_at = at
        data = {"chargeback_id": case.pk}
        name = f"chargeback.{case.state}"
        self.batch.tell(name, f"payment:{case.payment_id}", data, at, actor=SYSTEM)
        self._hear(case, str(case.state), at)
        if won:
            refund.state = RefundState.REVERSED
            self.order.refunded_goods_minor -= refund.goods_minor
            self.order.refunded_shipping_minor -= refund.shipping_minor
            self.order.returned_commission_minor -= refund.commission_minor

    def _hear(self, case: Chargeback, what: str, at: datetime) -> None:
        """The provider's hook came; books.py writes its side under the same name."""
        self.batch.add(
            ProviderEvent(
                event_id=f"evt_{provider_ref(case_key(case, decided=what != 'opened'))}",
                kind=f"chargeback.{what}",
                provider_ref=case.provider_case.removeprefix("case_"),
                received_at=at,
            )
        )

    # Money back -------------------------------------------------------------------------------

    def _refund(self, kind: RefundKind, key: str, permille: int, at: datetime, why: str) -> Refund:
        """Return a refund of a share of the goods; all of them take the shipping with them."""
        order = self.order
        goods = max(1, order.goods_minor * permille // 1_000)
        shipping = order.shipping_minor if permille == 1_000 else 0
        goods_tax = rules.part_of(
            order.tax_minor - order.shipping_tax_minor,
            before=0,
            more=goods,
            whole=order.goods_minor,
        )
        given_up = rules.commission_given_up(
            goods_minor=order.goods_minor,
            refunded_minor=0,
            more_minor=goods,
            rate_bp=order.commission_bp,
        )
        done = at + PROVIDER <= self.now
        return Refund(
            order=order,
            key=key,
            kind=kind,
            goods_minor=goods,
            shipping_minor=shipping,
            amount_minor=goods + shipping,
            tax_minor=goods_tax + (order.shipping_tax_minor if shipping else 0),
            commission_minor=given_up,
            state=RefundState.DONE if done else RefundState.OWED,
            reason=why,
            created_at=at,
            done_at=at + PROVIDER if done else None,
        )

    def _owe(self, refund: Refund, actor: str, *, by_line: bool = False) -> None:
        order, at = self.order, refund.created_at
        self.batch.add(refund)
        order.refunded_goods_minor += refund.goods_minor
        order.refunded_shipping_minor += refund.shipping_minor
        order.returned_commission_minor += refund.commission_minor
        for line in self.lines if by_line else ():
            line.refunded_minor, line.refunded_quantity = line.line_total_minor, line.quantity
            self.batch.add(
                RefundLine(
                    refund=refund,
                    line=line,
                    quantity=line.quantity,
                    amount_minor=line.line_total_minor,
                )
            )
        data = {**self._ids(), "refund_id": refund.pk}
        told = {**data, "amount_minor": refund.amount_minor}
        self.batch.tell("refund.owed", order.ref, told, at, actor=actor)
        if refund.chargeback is not None or refund.done_at is None:
            return
        refund.provider_ref = provider_ref(refund.ref)
        self.batch.tell("order.refunded", order.ref, data, refund.done_at)
        if order.payment is not None and refund.amount_minor == order.payment.amount_minor:
            order.payment.state = PaymentState.REFUNDED

    # Words ------------------------------------------------------------------------------------

    def _ids(self) -> dict[str, int]:
        return {"order_id": self.order.pk, "shop_id": self.order.shop_id}

    def _move(self, to: OrderState, actor: str, at: datetime, **more: str) -> None:
        self.order.state = to
        name = "order.paid" if to == OrderState.PAID_HELD else f"order.{to}"
        self.batch.tell(name, self.order.ref, {**self._ids(), **more}, at, actor=actor)
