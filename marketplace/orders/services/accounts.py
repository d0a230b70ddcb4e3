"""The ledger accounts that orders move money between. Each function returns an account id."""

from __future__ import annotations

from datetime import datetime

from marketplace.ledger import services as ledger
from marketplace.orders.models import Order
from marketplace.shops.models import Shop


def provider(*, currency: str, at: datetime) -> int:
    """Money at the payment provider: negative by what the provider holds for us."""
    return ledger.platform_account(kind="provider", currency=currency, at=at)


def fees(*, currency: str, at: datetime) -> int:
    """Commission earned by the platform."""
    return ledger.platform_account(kind="platform_fees", currency=currency, at=at)


def escrow(*, order: Order, at: datetime) -> int:
    """Money held for one order; closed with it."""
    return ledger.open_account(
        kind="escrow",
        owner_ref=order.ref,
        currency=order.currency,
        floor_zero=True,
        tracked=True,
        at=at,
    )


def payable(*, shop: Shop, currency: str, at: datetime) -> int:
    """Money owed to a shop until its next payout; never below zero."""
    return ledger.open_account(
        kind="seller_payable",
        owner_ref=shop.ref,
        currency=currency,
        floor_zero=True,
        tracked=True,
        at=at,
    )
