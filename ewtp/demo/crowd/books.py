"""The money of the crowd's orders: each movement posted to the ledger in its own moment.

Read from the orders' rows alone, a span of time after the other: that order is what makes a
shop's balance, debt and payouts come out as they would have.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery

from ewtp.demo.crowd.names import case_key, provider_ref
from marketplace.ledger import queries as balances
from marketplace.ledger import services as ledger
from marketplace.money import Money
from marketplace.orders import rules
from marketplace.orders.models import (
    CancelledBy,
    Chargeback,
    ChargebackState,
    CompletedBy,
    Order,
    OrderState,
    Payment,
    Payout,
    PayoutState,
    Refund,
    RefundKind,
    SandboxEntry,
    SandboxOutcome,
)
from marketplace.orders.services import accounts
from marketplace.outbox.models import Event, LogEntry
from marketplace.shops.models import Shop

SYSTEM = "system"
_ARRIVES = timedelta(minutes=1)  # how long a payout takes


@dataclass(frozen=True, slots=True)
class _Movement:
    """One transfer to be: `entries` by account id, signed, minor units."""

    key: str
    kind: str
    entries: dict[int, int]
    ref: str
    actor: str
    close: tuple[int, ...] = ()


_Fact = Payment | Refund | Order | Chargeback


@dataclass(slots=True)
class Books:
    """Posts spans of the crowd's year. Each span once, oldest first, each in a transaction."""

    shop_ids: Collection[int]
    _lines: list[SandboxEntry] = field(default_factory=list)
    _known: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def post(self, *, since: datetime, until: datetime) -> int:
        """Post what happened in [since, until); return how many transfers."""
        facts = sorted(self._facts(since, until), key=lambda fact: (fact[0], fact[1], fact[2].pk))
        for at, step, fact in facts:
            _STEPS[step](self, fact, at)
        self._write_book()
        return len(facts)

    def _facts(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, int, _Fact]]:
        span = (since, until - timedelta(microseconds=1))
        paid = Payment.objects.filter(paid_at__range=span, orders__shop__in=self.shop_ids)
        paid = paid.select_related("group").prefetch_related("orders").distinct()
        refunds = Refund.objects.filter(order__shop__in=self.shop_ids)
        refunds = refunds.select_related("order__shop", "order__payment", "chargeback__payment")
        ended = Order.objects.filter(shop__in=self.shop_ids, state=OrderState.SETTLED)
        ended = ended.select_related("shop").prefetch_related("refunds")
        cases = Chargeback.objects.filter(payment__orders__shop__in=self.shop_ids)
        cases = cases.select_related("payment").prefetch_related(
            "refunds__order__shop", "refunds__chargeback__payment"
        )
        done = refunds.filter(done_at__range=span, chargeback=None)
        yield from ((_moment(one.paid_at), _PAID, one) for one in paid)
        yield from ((one.created_at, _OWED, one) for one in refunds.filter(created_at__range=span))
        yield from ((_moment(one.done_at), _DONE, one) for one in done)
        for order in ended.filter(settled_at__range=span):
            yield _moment(order.settled_at), _RELEASED, order
        for case in cases.filter(closed_at__range=span):
            yield _moment(case.closed_at), _DECIDED, case

    # Movements ----------------------------------------------------------------------------------

    def _paid(self, payment: Payment, at: datetime) -> None:
        entries = {self._provider(payment.currency, at): -payment.amount_minor}
        for order in payment.orders.all():
            entries[accounts.escrow(order=order, at=at)] = order.total_minor
        group, buyer = f"group:{payment.group_id}", f"user:{payment.group.buyer_id}"
        self._post(_Movement(f"payment:{payment.pk}", "payment", entries, group, buyer), at)
        paid = Money(payment.amount_minor, payment.currency)
        self._line("charge", payment.charge_key, paid, at, "tok_ok")

    def _owed(self, refund: Refund, at: datetime) -> None:
        order, amount = refund.order, refund.amount_minor
        if refund.chargeback is None:
            aside = accounts.refund(refund=refund, currency=order.currency, at=at)
        else:
            aside = self._provider(order.currency, at)
            self._case_line(refund, "chargeback", at)
        key, actor = f"{refund.ref}:owed", _decider(refund)
        if not refund.from_escrow:
            entries = {**self._from_shop(refund, at), aside: amount}
            self._post(_Movement(key, "clawback", entries, order.ref, actor), at)
            return
        held = accounts.escrow(order=order, at=at)
        emptied = amount == order.total_minor and refund.chargeback is None
        close = (held,) if emptied else ()
        entries = {held: -amount, aside: amount}
        self._post(_Movement(key, "refund_owed", entries, order.ref, actor, close), at)

    def _from_shop(self, refund: Refund, at: datetime) -> dict[int, int]:
        """The shop's balance first, the rest is its debt; the fee comes from the platform."""
        order = refund.order
        owed = accounts.payable(shop=order.shop, currency=order.currency, at=at)
        from_shop = refund.amount_minor - refund.commission_minor
        from_balance = min(balances.balance_minor(account_id=owed), from_shop)
        entries = {
            owed: -from_balance,
            accounts.debt(shop=order.shop, currency=order.currency, at=at): from_balance
            - from_shop,
            self._fees(order.currency, at): -refund.commission_minor,
        }
        return {account: amount for account, amount in entries.items() if amount}

    def _done(self, refund: Refund, at: datetime) -> None:
        order = refund.order
        aside = accounts.refund(refund=refund, currency=order.currency, at=at)
        entries = {aside: -refund.amount_minor}
        entries[self._provider(order.currency, at)] = refund.amount_minor
        self._post(_Movement(refund.ref, "refund", entries, order.ref, SYSTEM, (aside,)), at)
        about = order.payment.provider_ref if order.payment else ""
        back = Money(refund.amount_minor, order.currency)
        self._line("refund", refund.ref, back, at, about)

    def _released(self, order: Order, at: datetime) -> None:
        before = [one for one in order.refunds.all() if one.from_escrow and one.created_at <= at]
        kept = order.total_minor - sum(one.amount_minor for one in before)
        fee = order.commission_minor - sum(one.commission_minor for one in before)
        if not kept:
            return
        held = accounts.escrow(order=order, at=at)
        entries = {
            held: -kept,
            self._payable(order.shop, at): kept - fee,
            self._fees(order.currency, at): fee,
        }
        entries = {account: amount for account, amount in entries.items() if amount}
        said = order.completed_by == CompletedBy.BUYER
        actor = f"user:{order.buyer_id}" if said else SYSTEM
        movement = _Movement(f"release:{order.ref}", "release", entries, order.ref, actor, (held,))
        self._post(movement, at)

    def _decided(self, case: Chargeback, at: datetime) -> None:
        won = case.state == ChargebackState.WON
        for refund in case.refunds.all():
            order, amount = refund.order, refund.amount_minor
            kind = "chargeback_won" if won else "chargeback_lost"
            self._case_line(refund, kind, at)
            if won:
                entries = {
                    self._provider(order.currency, at): -amount,
                    self._payable(order.shop, at): amount - refund.commission_minor,
                    self._fees(order.currency, at): refund.commission_minor,
                }
                entries = {account: part for account, part in entries.items() if part}
                key = f"{refund.ref}:reversed"
                self._post(_Movement(key, "chargeback_won", entries, order.ref, SYSTEM), at)

    # Payouts --------------------------------------------------------------------------------------

    def pay_out(self, *, at: datetime) -> int:
        """Pay every shop of the crowd what it is owed at `at`; return how many were paid.

        As payout.pay_out does for shops that are past their first months: debts are netted, the
        rest goes out. Needs a transaction.
        """
        shops = {shop.ref: shop for shop in Shop.objects.filter(pk__in=self.shop_ids)}
        paid: list[Payout] = []
        for currency in sorted({shop.currency for shop in shops.values()}):
            owed, debts = (
                balances.balances_of(kind=kind, owner_refs=list(shops), currency=currency)
                for kind in ("seller_payable", "seller_debt")
            )
            for ref in sorted(owed):
                self._pay_shop(shops[ref], owed[ref], -debts.get(ref, 0), at, paid)
        self._write_book()
        latest = Payout.objects.filter(shop=OuterRef("shop"), created_at=at).values("pk")[:1]
        Order.objects.filter(
            shop__in=[payout.shop_id for payout in paid],
            state=OrderState.SETTLED,
            settled_at__lt=at,
            payout=None,
        ).update(payout=Subquery(latest))
        _tell_payouts(paid)
        return len(paid)

    def _pay_shop(
        self, shop: Shop, balance: int, debt: int, at: datetime, paid: list[Payout]
    ) -> None:
        parts = rules.netted(balance_minor=balance, debt_minor=debt, reserve_minor=0)
        key = f"{shop.ref}:{at.date().isoformat()}:{shop.currency}"
        owed = self._payable(shop, at)
        if parts.debt_minor:
            debts = accounts.debt(shop=shop, currency=shop.currency, at=at)
            entries = {owed: -parts.debt_minor, debts: parts.debt_minor}
            self._post(_Movement(f"debt:{key}", "debt_netted", entries, shop.ref, SYSTEM), at)
        if not parts.free_minor:
            return
        payout = Payout(
            shop=shop,
            key=key,
            currency=shop.currency,
            amount_minor=parts.free_minor,
            state=PayoutState.PAID,
            created_at=at,
            paid_at=at + _ARRIVES,
        )
        payout.save()
        name = f"payout:{payout.pk}"
        payout.provider_ref = provider_ref(name)
        payout.save(update_fields=["provider_ref"])
        entries = {owed: -parts.free_minor, self._provider(shop.currency, at): parts.free_minor}
        self._post(_Movement(name, "payout", entries, shop.ref, SYSTEM), at)
        self._line("payout", name, Money(parts.free_minor, shop.currency), at, "")
        paid.append(payout)

    # Accounts, and the provider's own book ----------------------------------------

    def _post(self, movement: _Movement, at: datetime) -> None:
        ledger.post(
            key=movement.key,
            kind=movement.kind,
            entries=movement.entries,
            ref=movement.ref,
            actor=movement.actor,
            at=at,
            close=movement.close,
        )

    def _provider(self, currency: str, at: datetime) -> int:
        key = ("provider", "", currency)
        if key not in self._known:
            self._known[key] = accounts.provider(currency=currency, at=at)
        return self._known[key]

    def _fees(self, currency: str, at: datetime) -> int:
        key = ("fees", "", currency)
        if key not in self._known:
            self._known[key] = accounts.fees(currency=currency, at=at)
        return self._known[key]

    def _payable(self, shop: Shop, at: datetime) -> int:
        key = ("payable", shop.ref, shop.currency)
        if key not in self._known:
            self._known[key] = accounts.payable(shop=shop, currency=shop.currency, at=at)
        return self._known[key]

    def _line(self, kind: str, key: str, money: Money, at: datetime, behaviour: str) -> None:
        # A case that was lost moves nothing: the money went when it was opened.
        lost = kind == "chargeback_lost"
        self._lines.append(
            SandboxEntry(
                idempotency_key=key,
                provider_ref=provider_ref(key),
                kind=kind,
                currency=money.currency,
                amount_minor=money.amount_minor,
                outcome=SandboxOutcome.FAILED if lost else SandboxOutcome.SUCCEEDED,
                behaviour=behaviour,
                events_due=0,  # its hooks came: orders.ProviderEvent has them
                at=at,
            )
        )

    def _case_line(self, refund: Refund, kind: str, at: datetime) -> None:
        case = refund.chargeback
        assert case is not None  # noqa: S101 (only refunds of a bank come here)
        taken = Money(refund.amount_minor, refund.order.currency)
        key = case_key(case, decided=kind != "chargeback")
        self._line(kind, key, taken, at, case.payment.charge_key)

    def _write_book(self) -> None:
        SandboxEntry.objects.bulk_create(self._lines, batch_size=1_000)
        self._lines.clear()


def _moment(at: datetime | None) -> datetime:
    """Return a moment that is known because rows were chosen by it."""
    assert at is not None  # noqa: S101
    return at


def _decider(refund: Refund) -> str:
    """Return who decided that money goes back."""
    order = refund.order
    if refund.kind == RefundKind.CHARGEBACK:
        return SYSTEM
    by_buyer = order.cancelled_by == CancelledBy.BUYER
    return f"user:{order.buyer_id if by_buyer else order.shop.owner_id}"


def _tell_payouts(paid: list[Payout]) -> None:
    events, lines = [], []
    for payout in paid:
        data = {"payout_id": payout.pk, "shop_id": payout.shop_id}
        said = {"subject": payout.shop.ref, "data": data, "at": payout.created_at + _ARRIVES}
        events.append(Event(name="payout.paid", **said))
        lines.append(LogEntry(action="payout.paid", actor=SYSTEM, **said))
    Event.objects.bulk_create(events)
    LogEntry.objects.bulk_create(lines)


# What happens at the same moment happens in this order.
_PAID, _OWED, _DONE, _RELEASED, _DECIDED = range(5)
_STEPS: dict[int, Callable[..., None]] = {
    _PAID: Books._paid,
    _OWED: Books._owed,
    _DONE: Books._done,
    _RELEASED: Books._released,
    _DECIDED: Books._decided,
}
