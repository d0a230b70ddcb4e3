"""The ledger accounts that orders move money between. Each function returns an account id."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from marketplace.ledger import services as ledger
from marketplace.orders import queries
from marketplace.orders.models import Order, Refund
from marketplace.shops.models import Shop


def provider(*, currency: str, at: datetime) -> int:
    """Money at the payment provider: negative by what the provider holds for us."""
    return ledger.platform_account(kind="provider", currency=currency, at=at)


def fees(*, currency: str, at: datetime) -> int:
    """Commission earned by the platform."""
    return ledger.platform_account(kind="platform_fees", currency=currency, at=at)


def escrow(*, order: Order, at: datetime) -> int:
    """Money held for one order; closed with it."""
    return escrows(orders=[order], at=at)[0]


def escrows(*, orders: Sequence[Order], at: datetime) -> list[int]:
    """Money held for each of some orders of one currency, in their order."""
    return ledger.open_accounts(
        kind="escrow",
        owner_refs=[order.ref for order in orders],
        currency=orders[0].currency,
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


def member(*, shop: Shop, user_id: int, currency: str, at: datetime) -> int:
    """Money owed to a person for shares in one shop until the next payout; never below zero.

    One account for each shop: what a shop's refunds take back touches no other shop's money.
    """
    return ledger.open_account(
        kind=queries.MEMBER,
        owner_ref=queries.member_ref(shop_id=shop.pk, user_id=user_id),
        currency=currency,
        floor_zero=True,
        tracked=True,
        at=at,
    )


def debt(*, shop: Shop, currency: str, at: datetime) -> int:
    """What the platform paid for a shop that had no balance left: negative while it is owed.

    Netted from the shop's next payouts. Its own account, so that the balance that a shop sees
    never falls below zero.
    """
    return ledger.open_account(
        kind="seller_debt", owner_ref=shop.ref, currency=currency, tracked=True, at=at
    )


def refund(*, refund: Refund, currency: str, at: datetime) -> int:
    """Money on its way back to a buyer; closed when the provider has made the refund."""
    return ledger.open_account(
        kind="refund",
        owner_ref=refund.ref,
        currency=currency,
        floor_zero=True,
        tracked=True,
        at=at,
    )


def advances(*, currency: str, at: datetime) -> int:
    """What the platform paid buyers of fakes before the shops did: negative while it is open."""
    return ledger.platform_account(kind="refund_advances", currency=currency, at=at)


def goodwill(*, currency: str, at: datetime) -> int:
    """What the platform bears because a decision of its own was wrong."""
    return ledger.platform_account(kind="goodwill_costs", currency=currency, at=at)


def losses(*, currency: str, at: datetime) -> int:
    """What chargebacks took beyond all that could be refunded; borne by the platform."""
    return ledger.platform_account(kind="chargeback_losses", currency=currency, at=at)
