"""Finished orders and strikes, written straight into the tables: history for a score."""

from datetime import timedelta
from uuid import uuid4

from credit.scoring import services
from marketplace.orders.models import Cart, Order, OrderGroup, OrderState
from marketplace.trust.models import Policy, Strike
from tests.factories.accounts import make_person
from tests.factories.listings import make_listing, make_statement


def make_settled_order(*, shop, at, buyer=None, late=False, **fields):
    """An order that was paid, sent (in time unless `late`), received and settled at `at`."""
    buyer = buyer or make_person()
    paid = at - timedelta(days=12)
    fields.setdefault("state", OrderState.SETTLED)
    fields.setdefault("goods_minor", 1000)
    fields.setdefault("shipped_at", paid + timedelta(days=9 if late else 2))
    fields.setdefault("completed_at", at)
    fields.setdefault("settled_at", at)
    cart = Cart.objects.create(buyer=buyer, created_at=paid, checked_out_at=paid)
    group = OrderGroup.objects.create(
        buyer=buyer,
        cart=cart,
        recipient_sealed="A",
        address_sealed="B",
        country="DE",
        placed_at=paid,
        due_at=paid,
    )
    return Order.objects.create(
        group=group,
        shop=shop,
        buyer=buyer,
        currency=shop.currency,
        shipping_minor=0,
        total_minor=fields["goods_minor"],
        commission_bp=300,
        commission_minor=0,
        placed_at=paid,
        paid_at=paid,
        ship_by=paid + timedelta(days=7),
        **fields,
    )


def make_strike(*, shop, at, severity=9, **fields):
    """A strike against a shop that counts for a year."""
    listing = make_listing(shop=shop)
    fields.setdefault("decision_ref", f"decision:{listing.pk}")
    return Strike.objects.create(
        shop=shop,
        policy=Policy.COUNTERFEIT,
        severity=severity,
        statement=make_statement(listing=listing),
        at=at,
        due_at=at + timedelta(days=365),
        **fields,
    )


def one_of_each(shop, at):
    """A score, a link that shows it and a disputed fact of one shop: their ids by name."""
    services.rescore(shop_id=shop.pk, cause="shop.approved", at=at)
    link = services.make_link(
        shop_id=shop.pk,
        purpose="vehicle",
        scope="full",
        hours=72,
        key=uuid4(),
        by_id=shop.owner_id,
        at=at,
    )
    dispute = services.dispute_fact(
        shop_id=shop.pk,
        key="buyers",
        text="One is missing.",
        order_id=None,
        by_id=shop.owner_id,
        at=at,
    )
    return {
        "share_link": link.pk,
        "share_token": link.token_sealed,
        "score_row": "account_months",
        "fact_dispute": dispute.pk,
    }
