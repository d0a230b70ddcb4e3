"""The state machine of trade, with true disputes: offers, returns, silence, rulings, appeals.

A slice by default; `EWTP_MONEY_STEPS` sets the number of steps in all.
"""

from __future__ import annotations

from datetime import timedelta

import hypothesis.strategies as st
import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

from marketplace.care import queries
from marketplace.care.models import Appeal, Dispute, DisputeState, Offer, Ruling
from marketplace.care.services import clock, opening, returns, rulings, talk
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Entry, Transfer
from marketplace.orders.models import Escrow, Order, OrderState, Payout, PayoutState, Refund
from tests.factories.accounts import make_staff
from tests.factories.care import TEXT
from tests.marketplace.orders.books import balance_minor
from tests.marketplace.orders.shares_book import purses_minor
from tests.marketplace.orders.test_money_machine import STEPS, STEPS_A_RUN, Trade

SENT = (OrderState.SHIPPED, OrderState.DELIVERED, OrderState.SETTLED)
ACTIVE = ("open", "escalated", "returning")


class Care(Trade):
    """Buyers complain, shops answer or keep silent, staff rule and are overruled."""

    def disputes(self, *states: str) -> list[Dispute]:
        found = Dispute.objects.filter(state__in=states).order_by("pk")
        return list(found.select_related("order__shop"))

    def judge(self) -> int:
        return make_staff().pk

    @precondition(lambda self: self.orders(*SENT))
    @rule(data=st.data())
    def dispute(self, data) -> None:
        order = data.draw(st.sampled_from(self.orders(*SENT)))
        line = data.draw(st.sampled_from([None, *order.lines.all()]))
        self.try_to(
            opening.open_dispute,
            order_id=order.pk,
            by_id=order.buyer_id,
            key=f"open:{next(self.numbers)}",
            line_id=line and line.pk,
            reason=data.draw(st.sampled_from(["damaged", "not_arrived", "fake"])),
            wants=data.draw(st.sampled_from(["money", "return", "replace"])),
            amount_minor=data.draw(st.none() | st.integers(1, order.total_minor)),
            text=TEXT,
        )

    @precondition(lambda self: self.disputes("open", "escalated"))
    @rule(data=st.data(), accepted=st.booleans(), by_shop=st.booleans())
    def offer(self, data, accepted: bool, by_shop: bool) -> None:
        one = data.draw(st.sampled_from(self.disputes("open", "escalated")))
        shop_id, buyer_id = one.order.shop.owner_id, one.order.buyer_id
        made = self.try_to(
            talk.offer,
            dispute_id=one.pk,
            by_id=shop_id if by_shop else buyer_id,
            key=f"offer:{next(self.numbers)}",
            kind=data.draw(st.sampled_from(["money", "return", "replace"])),
            amount_minor=data.draw(st.none() | st.integers(1, one.order.total_minor)),
        )
        if isinstance(made, Offer):
            answer = talk.accept if accepted else talk.refuse
            for _time in range(2):
                self.try_to(answer, offer_id=made.pk, by_id=buyer_id if by_shop else shop_id)

    @precondition(lambda self: self.disputes("returning"))
    @rule(data=st.data(), back=st.booleans())
    def goods_travel(self, data, back: bool) -> None:
        one = data.draw(st.sampled_from(self.disputes("returning")))
        shop_id, buyer_id = one.order.shop.owner_id, one.order.buyer_id
        self.try_to(returns.say_where, dispute_id=one.pk, by_id=shop_id, address="1 Quay")
        self.try_to(returns.send_back, dispute_id=one.pk, by_id=buyer_id, carrier="", tracking="RR")
        if back:
            self.try_to(returns.confirm_arrival, dispute_id=one.pk, by_id=shop_id)
        else:
            self.try_to(talk.escalate, dispute_id=one.pk, by_id=shop_id, text=TEXT)

    @precondition(lambda self: self.disputes("open", "escalated"))
    @rule(data=st.data(), kind=st.sampled_from(["money", "return", "nothing"]))
    def staff_rule(self, data, kind: str) -> None:
        one = data.draw(st.sampled_from(self.disputes("open", "escalated")))
        self.try_to(talk.escalate, dispute_id=one.pk, by_id=one.order.shop.owner_id)
        self.try_to(
            rulings.rule,
            dispute_id=one.pk,
            by_id=self.judge(),
            kind=kind,
            amount_minor=data.draw(st.none() | st.integers(1, one.order.total_minor)),
            reasons=TEXT,
        )

    @precondition(lambda self: Ruling.objects.filter(overrides=None, appeal=None).exists())
    @rule(data=st.data(), kind=st.sampled_from(["money", "nothing"]), by_shop=st.booleans())
    def appeal(self, data, kind: str, by_shop: bool) -> None:
        found = Ruling.objects.filter(overrides=None, appeal=None).order_by("pk")
        ruling = data.draw(st.sampled_from(list(found)))
        order = ruling.dispute.order
        by_id = order.shop.owner_id if by_shop else order.buyer_id
        row = self.try_to(rulings.appeal, ruling_id=ruling.pk, by_id=by_id, text=TEXT)
        if isinstance(row, Appeal):
            named = {"appeal_id": row.pk, "by_id": self.judge(), "changed": True, "kind": kind}
            named["amount_minor"] = data.draw(st.none() | st.integers(1, order.total_minor))
            for _time in range(2):
                self.try_to(rulings.decide_appeal, answer=TEXT, **named)

    @precondition(lambda self: self.disputes(*ACTIVE))
    @rule(data=st.data())
    def withdraw(self, data) -> None:
        one = data.draw(st.sampled_from(self.disputes(*ACTIVE)))
        self.try_to(talk.withdraw, dispute_id=one.pk, by_id=one.order.buyer_id)

    @precondition(lambda self: self.disputes("open", "returning"))
    @rule()
    def days_pass(self) -> None:
        self.at += timedelta(days=15)
        clock.apply_due(at=self.at)
        assert not Dispute.objects.filter(
            state__in=["open", "returning"], due_at__lte=self.at
        ).exists()

    @invariant()
    def every_shop_has_what_it_earned(self) -> None:
        for shop in getattr(self, "shops", ()):
            settled = Order.objects.filter(shop=shop, state=OrderState.SETTLED)
            earned = sum(order.net_minor for order in settled)
            account = ledger.account_id(
                kind="seller_payable", owner_ref=shop.ref, currency=shop.currency
            )
            paid = Transfer.objects.filter(kind="compensation").values("pk")
            rows = Entry.objects.filter(account_id=account, transfer__in=paid)
            earned += rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0
            sent = Payout.objects.filter(shop=shop).exclude(state=PayoutState.FAILED)
            gone = sum(one.amount_minor for one in sent)
            has = balance_minor("seller_payable", shop.ref) + balance_minor("seller_debt", shop.ref)
            assert has + purses_minor(shop) == earned - gone

    @invariant()
    def frozen_money_has_an_active_dispute_and_an_ended_one_freezes_nothing(self) -> None:
        if not hasattr(self, "shops"):
            return
        frozen = set(
            Escrow.objects.filter(frozen_by__startswith="dispute:").values_list(
                "frozen_by", flat=True
            )
        )
        assert frozen <= {one.ref for one in self.disputes(*ACTIVE)}

    @invariant()
    def nobody_gets_more_through_a_dispute_than_a_ruling_or_an_offer_said(self) -> None:
        if not hasattr(self, "shops"):
            return
        for one in self.disputes(DisputeState.RULED, DisputeState.SETTLED, DisputeState.WITHDRAWN):
            given = queries.paid_back(one).amount_minor
            said = max([0, *(r.amount_minor for r in one.rulings.all())])
            agreed = one.offers.filter(state="accepted").order_by("pk").last()
            assert given <= max(said, agreed.amount_minor if agreed else 0)
            assert given == sum(
                row.amount_minor for row in Refund.objects.filter(key__startswith=f"{one.ref}:")
            )


@pytest.mark.django_db
def test_whatever_happens_in_disputes_the_books_are_right():
    run_state_machine_as_test(
        Care,
        settings=settings(
            max_examples=max(1, STEPS // STEPS_A_RUN),
            stateful_step_count=STEPS_A_RUN,
            deadline=None,
            derandomize=STEPS == 200,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )
