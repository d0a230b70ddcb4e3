"""Shops that may borrow, and loans in any state, brought there by the services themselves."""

import re
import uuid
from datetime import timedelta

from credit.loans.models import LimitCut, Loan
from credit.loans.services import applying, cutting, reviewing
from credit.loans.services.applying import Wish
from credit.scoring import services as scoring
from credit.scoring.models import Score
from marketplace.orders.models import CancelledBy, Order, OrderState
from tests.factories.accounts import make_person, make_user
from tests.factories.identity import make_verified
from tests.factories.listings import make_listing
from tests.factories.scoring import make_settled_order
from tests.factories.shops import LONG_AGO, make_member, make_shop
from tests.factories.trust import strike_listing

BUYERS = 6


def make_borrower(*, at, owner=None, points=None, sales_minor=120_000, **fields):
    """An open shop of a verified person, with sales in the last month and a score.

    `points` writes the score down; else it is worked out from the orders.
    """
    owner = owner or make_person()
    fields.setdefault("currency", "EUR")
    fields.setdefault("payout_account_sealed", f"IBAN {owner.pk:06d}")
    shop = make_shop(owner=owner, **fields)
    if not hasattr(owner, "trader_identity"):
        make_verified(
            user=owner, at=LONG_AGO, document_number=f"P{owner.pk:08d}", payment_account="GH99 1234"
        )
    buyers = [make_person() for _ in range(BUYERS)] if sales_minor else []
    for buyer in buyers:
        when = at - timedelta(days=3)
        make_settled_order(shop=shop, at=when, buyer=buyer, goods_minor=sales_minor // BUYERS)
    score = scoring.rescore(shop_id=shop.pk, cause="test", at=at)
    if points is not None:
        Score.objects.create(
            shop=shop,
            points=points,
            band="good",
            table_hash=score.table_hash,
            features=score.features,
            contributions=score.contributions,
            cause="test",
            at=at,
        )
    return shop


def make_refused_borrower(*, at, late=0, called_off=0, **fields):
    """A borrower whose score lies well below the line.

    `late` of its parcels left late, and it called `called_off` paid orders off.
    """
    shop = make_borrower(at=at, **fields)
    orders = list(Order.objects.filter(shop=shop).order_by("pk"))
    for order in orders[:late]:
        Order.objects.filter(pk=order.pk).update(shipped_at=order.ship_by + timedelta(days=2))
    for _ in range(called_off):
        make_settled_order(
            shop=shop,
            at=at,
            state=OrderState.CANCELLED,
            cancelled_at=at,
            cancelled_by=CancelledBy.SELLER,
            **dict.fromkeys(("shipped_at", "completed_at", "settled_at")),
        )
    scoring.rescore(shop_id=shop.pk, cause="test", at=at)
    return shop


def follow_ways(shop, ways, *, at):
    """Do what a refusal says leads to yes, and no more: serve new buyers, have old ones back."""
    counts = {way.key: int(re.search(r"\d+", way.sentence)[0]) for way in ways}
    back = counts.pop("repeat_permille", 0)
    once = Order.objects.filter(shop=shop, state=OrderState.SETTLED).order_by("pk")[:back]
    buyers = [order.buyer for order in once]
    assert counts.keys() <= {"buyers", "on_time_permille", "cancelled_permille"}, counts
    buyers += [make_person() for _ in range(max(counts.values(), default=0))]
    for buyer in buyers:
        make_settled_order(shop=shop, at=at, goods_minor=5_000, buyer=buyer)


def ask_for(shop, *, at, amount_minor=30_000, parts=3, kind="even", key=None):
    """The owner's application."""
    return applying.apply(
        shop_id=shop.pk,
        by_id=shop.owner_id,
        key=key or uuid.uuid4(),
        wish=Wish(amount_minor, parts, kind),
        at=at,
    )


def make_loan(*, at, shop=None, **wish):
    """A running loan."""
    application = ask_for(shop or make_borrower(at=at, points=680), at=at, **wish)
    return Loan.objects.get(application=application)


def one_of_each(owner, at):
    """A running loan, a refusal and its review, all of one shop that a person owns with another."""
    shop = make_borrower(at=at, points=680)
    make_member(shop=shop, user=owner, role="owner")
    loan = make_loan(at=at, shop=shop)
    low = make_borrower(at=at, points=500)
    make_member(shop=low, user=owner, role="owner")
    refused = ask_for(low, at=at)
    review = reviewing.ask(application_id=refused.pk, by_id=owner.pk, said="Please.", at=at)
    cut = make_cut(at=at, shop=low)
    return {
        "limit_cut": cut.pk,
        "loan_shop": shop.pk,
        "loan": loan.pk,
        "loan_application": refused.pk,
        "loan_review": review.pk,
    }


def make_cut(*, at, shop):
    """A limit cut for standing: a strike warns the shop."""
    strike_listing(make_listing(shop=shop), severity=1, at=at)
    cutting.look_at_standing(shop_id=shop.pk, at=at)
    return LimitCut.objects.get(shop=shop, ended_at=None)


def make_officer(at):
    """Somebody who decides about loans."""
    return make_user(role="risk_officer", at=at)
