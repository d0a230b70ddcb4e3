"""Everybody at once on the same two shops: nobody sees a deadlock, and nothing is lost.

Buyers, the seller, an editor, staff, credit and the clocks work for a few seconds on connections
of their own, through the services alone. What a service may refuse, it may refuse here too.
Replays by setting SEED, as far as threads replay.
"""

import itertools
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Sum

from antifake.cases import services as cases
from antifake.cases.models import Appeal, Case, Decision
from antifake.references import services as references
from credit.scoring import queries as scores
from credit.scoring import rules as scorecard
from credit.scoring import services as scoring
from marketplace.errors import MarketplaceError
from marketplace.ledger import queries as ledger
from marketplace.listings.models import Reservation, Variant, Withholding
from marketplace.listings.services import listing as listings
from marketplace.listings.services import stock
from marketplace.orders.models import Escrow, Order, Payout
from marketplace.orders.services import (
    cart,
    checkout,
    escrow,
    expiry,
    followup,
    payment,
    payout,
    refund,
    shipment,
)
from marketplace.outbox.models import Job
from marketplace.trust import services as trust
from tests.factories.accounts import make_person, make_staff
from tests.factories.orders import ADDRESS, NOON, make_goods
from tests.factories.outbox import drain
from tests.factories.shops import make_shop
from tests.marketplace.orders.books import assert_books_agree

pytestmark = pytest.mark.django_db(transaction=True)
SEED = 7
SECONDS = 8
# So that deadlines pass while the test runs.
FASTER = 600
CARDS = ("tok_ok", "tok_ok", "tok_ok", "tok_delayed", "tok_declined", "tok_repeat")
WORDS = "The negatives show whose photo it is."
_numbers = itertools.count(1)


class Crowd:
    """The people, their shops, and what became of each thing they tried."""

    def __init__(self):
        self.start = time.monotonic()
        self.shops = [make_shop(payout_account_sealed="IBAN 1") for _ in range(2)]
        self.goods = [make_goods(shop=shop, on_hand=60) for shop in self.shops * 2]
        self.staff = [make_staff() for _ in range(3)]
        self.seen = Counter()
        references.register_brand(name="Nike", holder="Nike Inc.", at=NOON)

    def now(self):
        return NOON + timedelta(seconds=(time.monotonic() - self.start) * FASTER)

    def someone(self, dice, rows):
        return dice.choice(list(rows) or [None])

    def buy(self, dice):
        # Somebody new: a cart with goods that were taken down could never be checked out.
        buyer = make_person()
        for one in dice.sample(self.goods, dice.randint(1, 3)):
            line = cart.add_to_cart(buyer_id=buyer.pk, variant_id=one.pk, quantity=1, at=self.now())
        group = checkout.place(buyer_id=buyer.pk, cart_id=line.cart_id, at=self.now(), **ADDRESS)
        if dice.random() < 0.2:
            order = group.orders.first()
            refund.cancel(order_id=order.pk, by_id=buyer.pk, at=self.now())
        payment.pay(group_id=group.pk, card=dice.choice(CARDS), at=self.now())

    def sell(self, dice):
        order = self.someone(dice, Order.objects.filter(state__in=["paid_held", "shipped"]))
        if order is None:
            return
        if order.state == "shipped":
            escrow.confirm(order_id=order.pk, by_id=order.buyer_id, at=self.now())
        elif dice.random() < 0.2:
            owner_id = order.shop.owner_id
            refund.cancel(order_id=order.pk, by_id=owner_id, reason="It broke.", at=self.now())
        else:
            shipment.ship(
                order_id=order.pk, by_id=order.shop.owner_id, tracking="RW1", at=self.now()
            )

    def edit(self, dice):
        variant = Variant.objects.select_related("listing__shop").get(pk=dice.choice(self.goods).pk)
        owner_id = variant.listing.shop.owner_id
        row = listings.VariantRow("", dice.randint(900, 1100), 2, variant.pk, seen_on_hand=1)
        listings.set_variants(
            listing_id=variant.listing_id, by_id=owner_id, rows=[row], at=self.now()
        )
        if variant.listing.state != "live" or dice.random() < 0.5:
            return  # one that is being checked already
        name = dice.choice(["Basket", "Basket", "N1ke basket"])
        listings.edit(
            listing_id=variant.listing_id,
            by_id=owner_id,
            category_id=variant.listing.category_id,
            title=f"{name} {next(_numbers)}",
            description="",
            at=self.now(),
        )

    def strike(self, dice):
        ref = f"notice:{next(_numbers)}"
        trust.take_down(
            listing_id=dice.choice(self.goods).listing_id,
            decision_ref=ref,
            policy="counterfeit",
            severity=dice.choice([1, 3, 9, 27]),
            facts="The title says “N1ke”.",
            explanation="Goods must not carry a disguised name.",
            by_id=self.staff[2].pk,
            automated_detection=False,
            at=self.now(),
        )
        time.sleep(dice.random() / 50)
        trust.restore(decision_ref=ref, voided_by_ref=f"{ref}:undone", by_id=None, at=self.now())

    def judge(self, dice):
        case = self.someone(dice, Case.objects.filter(state="open"))
        if case is not None:
            cases.decide(
                case_id=case.pk,
                verdict="remove",
                policy="counterfeit",
                severity=1,
                note=WORDS,
                by_id=self.staff[0].pk,
                at=self.now(),
            )
        removal = self.someone(dice, Decision.objects.filter(verdict="remove", appeal=None))
        if removal is not None:
            owner_id = removal.case.listing.shop.owner_id
            cases.appeal(decision_id=removal.pk, by_id=owner_id, text=WORDS, at=self.now())

    def hear(self, dice):
        appeal = self.someone(dice, Appeal.objects.filter(state="open"))
        if appeal is not None:
            cases.decide_appeal(
                appeal_id=appeal.pk, by_id=self.staff[1].pk, won=True, answer=WORDS, at=self.now()
            )

    def rate(self, dice):
        shop = dice.choice(self.shops)
        scoring.rescore(shop_id=shop.pk, cause="test", at=self.now())

    def clocks(self, _dice):
        at = self.now()
        expiry.expire_due(at=at)
        stock.release_expired(at=at)
        escrow.complete_due(at=at)
        payout.pay_out_due(at=at)
        followup.follow_up(at=at)
        trust.expire(at=at)
        payment.provider().settle(at=at)
        payment.provider().send_due(at=at)

    def jobs(self, _dice):
        drain(at=self.now(), rounds=1)


# Whoever takes goods off sale must leave the buyers something to buy.
PAUSES = {
    "buy": 0.02,
    "edit": 0.4,
    "strike": 0.4,
    "judge": 0.1,
    "hear": 0.1,
    "sell": 0.05,
    "rate": 0.05,
}


def work(crowd, name, number, until):
    """Do one thing again and again; a service's refusal is an answer, all else is raised."""
    dice = random.Random(SEED * 1000 + number)
    try:
        while time.monotonic() < until:
            try:
                getattr(crowd, name)(dice)
            except MarketplaceError as error:
                crowd.seen[name, type(error).__name__] += 1
            else:
                crowd.seen[name, "done"] += 1
            time.sleep(dice.random() * 2 * PAUSES.get(name, 0))
    finally:
        connection.close()


def come_to_rest(crowd):
    """Undo what is still under way, as days of clocks would."""
    Job.objects.filter(state="pending").update(run_at=NOON)
    for days in (1, 40):
        crowd.start -= days * 86_400 / FASTER
        for _ in range(3):
            crowd.clocks(None)
            drain(at=crowd.now())


def test_everybody_at_once_on_two_shops():
    crowd = Crowd()
    hands = ["buy"] * 3 + [
        "sell",
        "edit",
        "edit",
        "strike",
        "strike",
        "judge",
        "hear",
        "rate",
        "clocks",
        "jobs",
        "jobs",
    ]
    until = time.monotonic() + SECONDS
    together = threading.Barrier(len(hands))

    def one(pair):
        together.wait(20)
        work(crowd, pair[1], pair[0], until)

    with ThreadPoolExecutor(len(hands)) as pool:
        list(pool.map(one, enumerate(hands)))
    late = Job.objects.exclude(last_error="").values_list("kind", "last_error")
    assert [error for _, error in late if "Refused" not in error] == []
    come_to_rest(crowd)

    assert all(crowd.seen[name, "done"] for name in hands), crowd.seen
    assert ledger.check() == []
    assert_books_agree()
    for variant in Variant.objects.all():
        kept = Reservation.objects.filter(variant=variant)
        units = dict(kept.values_list("state").annotate(sum=Sum("quantity")).order_by())
        assert variant.reserved == units.get("held", 0) == 0
        assert variant.sold == units.get("sold", 0)
        assert variant.on_hand >= 0
    ended = Counter(Order.objects.values_list("state", flat=True))
    assert set(ended) <= {"paid_held", "settled", "expired", "cancelled"}
    assert ended["settled"] > 0
    for order in Order.objects.exclude(payment__state__in=["succeeded", "refunded"]):
        assert order.state in {"expired", "cancelled"}
        assert not Escrow.objects.filter(order=order).exists()
    assert not Escrow.objects.filter(order__state="cancelled").exclude(state="refunded").exists()
    assert not Payout.objects.exclude(state="paid").exists()
    for shop in crowd.shops:
        last = scoring.rescore(shop_id=shop.pk, cause="test", at=crowd.now())
        again = scorecard.score(scores.features(shop.pk, crowd.now()))
        assert last.contributions == again.contributions
    assert not Withholding.objects.filter(lifted_at=None, listing__state="live").exists()
