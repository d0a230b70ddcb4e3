"""Any sequence of trade keeps the books right: a Hypothesis state machine over the services.

Split checkouts, discounts, partial sends, partial refunds, releases, payouts, chargebacks, rulings.
A second, plain Python set of books is kept from the amounts asked for alone; after every step it
must equal the ledger. `EWTP_MONEY_STEPS` sets the number of steps in all (a slice by default).
"""

from __future__ import annotations

import itertools
import os
from collections import Counter
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from marketplace.errors import MarketplaceError
from marketplace.ledger import queries as ledger
from marketplace.orders.models import (
    Chargeback,
    ChargebackState,
    Order,
    OrderState,
    Payout,
    PayoutState,
    SandboxEntry,
)
from marketplace.orders.services import (
    cart,
    checkout,
    escrow,
    owing,
    payment,
    payout,
    refund,
    shipment,
)
from marketplace.shops.models import Discount
from tests.factories.accounts import make_person
from tests.factories.orders import ADDRESS, NOON, make_goods
from tests.factories.outbox import drain
from tests.factories.shops import make_shop
from tests.marketplace.orders.books import balance_minor
from tests.marketplace.orders.shares_book import SOME_SHARES, Sharing, purses_minor

STEPS = int(os.environ.get("EWTP_MONEY_STEPS", "200"))
STEPS_A_RUN = 25
PAID = [OrderState.PAID_HELD, OrderState.SHIPPED, OrderState.DELIVERED]


class Trade(Sharing):
    """Two shops, one buyer after the other, a bank that changes its mind."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = itertools.count(1)
        self.at = NOON
        self.refused: Counter[str] = Counter()
        self.decided: set[int] = set()
        # Not `atomic`: paying insists on transactions of its own.
        self.savepoint = transaction.savepoint()

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.savepoint)

    @initialize(
        discount_bp=st.sampled_from([0, 700, 5_000]),
        shares_bp=SOME_SHARES,
    )
    def open_shops(self, discount_bp: int, shares_bp: list[int]) -> None:
        self.shops = [make_shop(payout_account_sealed="IBAN 1") for _ in range(2)]
        self.share(shares_bp)
        self.goods = [
            make_goods(shop=shop, price_minor=price, on_hand=10_000)
            for shop, price in zip(self.shops * 2, (333, 10_000, 1, 4_999), strict=True)
        ]
        if discount_bp:
            Discount.objects.create(
                shop=self.shops[0], percent_bp=discount_bp, from_minor=500, since=NOON
            )

    def tick(self) -> None:
        self.at += timedelta(minutes=3)

    def try_to(self, act, **named) -> object:
        self.tick()
        try:
            return act(at=self.at, **named)
        except MarketplaceError as error:
            self.refused[type(error).__name__] += 1
            return None

    def orders(self, *states: str) -> list[Order]:
        return list(
            Order.objects.filter(state__in=states).select_related("shop", "group").order_by("pk")
        )

    @rule(
        picks=st.lists(st.integers(0, 3), min_size=1, max_size=3),
        count=st.integers(1, 7),
        card=st.sampled_from(["tok_ok", "tok_ok", "tok_repeat", "tok_delayed", "tok_declined"]),
    )
    def buy(self, picks: list[int], count: int, card: str) -> None:
        buyer = make_person()
        for pick in picks:
            line = cart.add_to_cart(
                buyer_id=buyer.pk, variant_id=self.goods[pick].pk, quantity=count, at=self.at
            )
        group = checkout.place(buyer_id=buyer.pk, cart_id=line.cart_id, at=self.at, **ADDRESS)
        self.try_to(payment.pay, group_id=group.pk, card=card)

    @rule()
    def the_provider_reports(self) -> None:
        self.tick()
        payment.provider().settle(at=self.at)
        payment.provider().send_due(at=self.at)

    @rule()
    def jobs_run(self) -> None:
        self.tick()
        drain(at=self.at)

    @rule()
    def a_quiet_moment(self) -> None:
        """Nothing is under way any more: the provider's own book must agree with ours."""
        self.tick()
        payment.provider().settle(at=self.at)
        payment.provider().send_due(at=self.at)
        for _round in range(3):
            self.at += timedelta(hours=1)
            drain(at=self.at)
        assert payout.reconcile() == []

    @precondition(lambda self: self.orders(OrderState.PAID_HELD))
    @rule(data=st.data())
    def ship(self, data) -> None:
        order = data.draw(st.sampled_from(self.orders(OrderState.PAID_HELD)))
        self.try_to(shipment.ship, order_id=order.pk, by_id=order.shop.owner_id, tracking="X")

    @precondition(lambda self: self.orders(OrderState.PAID_HELD))
    @rule(data=st.data(), count=st.integers(1, 3), twice=st.booleans())
    def ship_a_part(self, data, count: int, twice: bool) -> None:
        order = data.draw(st.sampled_from(self.orders(OrderState.PAID_HELD)))
        line = data.draw(st.sampled_from(list(order.lines.all())))
        parcel = {"quantities": {line.pk: count}, "key": f"part:{next(self.numbers)}"}
        by_id = order.shop.owner_id
        for _time in range(1 + twice):
            self.try_to(shipment.ship, order_id=order.pk, by_id=by_id, tracking="X", **parcel)

    @precondition(lambda self: self.orders(OrderState.PAID_HELD))
    @rule(data=st.data())
    def cannot_send(self, data) -> None:
        order = data.draw(st.sampled_from(self.orders(OrderState.PAID_HELD)))
        line = data.draw(st.sampled_from(list(order.lines.all())))
        self.try_to(
            refund.cancel_lines,
            order_id=order.pk,
            by_id=order.shop.owner_id,
            key=f"off:{next(self.numbers)}",
            quantities={line.pk: data.draw(st.integers(1, line.quantity))},
            reason="None left.",
        )

    @precondition(lambda self: self.orders(OrderState.PAID_HELD))
    @rule(data=st.data())
    def call_off(self, data) -> None:
        order = data.draw(st.sampled_from(self.orders(OrderState.PAID_HELD)))
        self.try_to(refund.cancel, order_id=order.pk, by_id=order.shop.owner_id, reason="No.")

    @precondition(lambda self: self.orders(*PAID, OrderState.SETTLED))
    @rule(data=st.data(), twice=st.booleans())
    def give_back(self, data, twice: bool) -> None:
        order = data.draw(st.sampled_from(self.orders(*PAID, OrderState.SETTLED)))
        named = {
            "order_id": order.pk,
            "by_id": order.shop.owner_id,
            "key": f"back:{next(self.numbers)}",
            "goods_minor": data.draw(st.integers(0, order.goods_minor)),
            "shipping_minor": data.draw(st.integers(0, order.shipping_minor)),
            "reason": "Sorry.",
        }
        for _time in range(1 + twice):
            self.try_to(refund.give_back, **named)

    @precondition(lambda self: self.orders(OrderState.SHIPPED))
    @rule(data=st.data(), share=st.integers(0, 100))
    def dispute(self, data, share: int) -> None:
        """A buyer complains, gets a share of the goods back, the rest is released."""
        order = data.draw(st.sampled_from(self.orders(OrderState.SHIPPED)))
        if not escrow.freeze(order_id=order.pk, by_ref="dispute:1", at=self.at):
            return
        goods = (order.goods_minor - order.refunded_goods_minor) * share // 100
        self.try_to(
            transaction.atomic(owing.owe),
            order=Order.objects.get(pk=order.pk),
            key=f"dispute:{next(self.numbers)}",
            kind="dispute",
            goods_minor=goods,
            shipping_minor=0,
            actor="dispute:1",
        )
        escrow.unfreeze(order_id=order.pk, by_ref="dispute:1", due_at=None, at=self.at)
        self.try_to(escrow.complete_by_ruling, order_id=order.pk, actor="dispute:1")

    @precondition(lambda self: self.orders(OrderState.SHIPPED))
    @rule(data=st.data())
    def confirm(self, data) -> None:
        order = data.draw(st.sampled_from(self.orders(OrderState.SHIPPED)))
        self.try_to(escrow.confirm, order_id=order.pk, by_id=order.buyer_id)

    @rule(which=st.integers(0, 1), refuses=st.booleans())
    def pay_out(self, which: int, refuses: bool) -> None:
        shop = self.shops[which]
        shop.payout_account_sealed = "refuse" if refuses else "IBAN 1"
        shop.save()
        period = f"p{next(self.numbers)}"
        for _time in range(2):
            self.try_to(payout.pay_out, shop_id=shop.pk, period=period)

    @precondition(lambda self: self.charges())
    @rule(data=st.data())
    def charge_back(self, data) -> None:
        charge = data.draw(st.sampled_from(self.charges()))
        amount = data.draw(st.integers(1, charge.amount_minor))
        earlier = SandboxEntry.objects.filter(kind="refund", behaviour=charge.provider_ref)
        if not earlier.exists():
            self.tick()
            payment.provider().charge_back(
                charge_key=charge.idempotency_key, amount_minor=amount, at=self.at
            )

    def charges(self) -> list[SandboxEntry]:
        taken = SandboxEntry.objects.filter(kind="chargeback").values("behaviour")
        paid = SandboxEntry.objects.filter(kind="charge", outcome="succeeded")
        return list(paid.exclude(idempotency_key__in=taken).order_by("pk"))

    def undecided(self) -> list[Chargeback]:
        cases = Chargeback.objects.filter(state=ChargebackState.OPEN).order_by("pk")
        return [one for one in cases if one.pk not in self.decided]

    @precondition(lambda self: self.undecided())
    @rule(data=st.data(), won=st.booleans())
    def bank_decides(self, data, won: bool) -> None:
        case = data.draw(st.sampled_from(self.undecided()))
        self.decided.add(case.pk)
        self.tick()
        payment.provider().decide(case=case.provider_case, won=won, at=self.at)

    @invariant()
    def the_books_are_right(self) -> None:
        if not hasattr(self, "shops"):
            return
        assert ledger.check() == []
        assert set(ledger.trial_balance().values()) <= {0}
        for order in Order.objects.select_related("escrow").filter(escrow__isnull=False):
            held = order.kept_minor if order.escrow.state == "open" else 0
            assert balance_minor("escrow", order.ref) == held

    @invariant()
    def nothing_waits_of_which_all_is_sent(self) -> None:
        waiting = self.orders(OrderState.PAID_HELD)
        assert all(order.open_units() or not order.shipments.exists() for order in waiting)

    @invariant()
    def every_shop_has_what_it_earned(self) -> None:
        for shop in getattr(self, "shops", ()):
            settled = Order.objects.filter(shop=shop, state=OrderState.SETTLED)
            earned = sum(order.net_minor for order in settled)
            payouts = Payout.objects.filter(shop=shop).exclude(state=PayoutState.FAILED)
            sent = sum(one.amount_minor for one in payouts)
            has = balance_minor("seller_payable", shop.ref) + balance_minor("seller_debt", shop.ref)
            assert has + purses_minor(shop) == earned - sent
            assert balance_minor("seller_payable", shop.ref) >= 0
            assert balance_minor("seller_debt", shop.ref) <= 0


@pytest.mark.django_db
def test_whatever_happens_the_books_are_right():
    run_state_machine_as_test(
        Trade,
        settings=settings(
            max_examples=max(1, STEPS // STEPS_A_RUN),
            stateful_step_count=STEPS_A_RUN,
            deadline=None,
            derandomize=STEPS == 200,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )
