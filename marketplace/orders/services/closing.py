"""The last steps of a shop's planned closure: the last payout, then the closed door."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction

from marketplace.errors import MarketplaceError
from marketplace.ledger import queries as balances
from marketplace.orders import queries
from marketplace.orders.models import (
    Chargeback,
    ChargebackState,
    Order,
    OrderState,
    Payout,
    PayoutState,
)
from marketplace.orders.services import accounts, locks, payout
from marketplace.rulebook import queries as rulebook
from marketplace.shops import queries as shops
from marketplace.shops import services as shop_services
from marketplace.shops.models import Shop, ShopState

log = logging.getLogger(__name__)
_OPEN = (
    OrderState.AWAITING_PAYMENT,
    OrderState.PAID_HELD,
    OrderState.SHIPPED,
    OrderState.DELIVERED,
    OrderState.COMPLETED,
)


def close_due(*, at: datetime) -> int:
    """Bring every closing shop one step further; return how many were closed."""
    shop_ids = list(shops.closing().values_list("pk", flat=True))
    closed = 0
    for shop_id in shop_ids:
        try:
            closed += go_on(shop_id=shop_id, at=at)
        except MarketplaceError:
            log.exception("shop %s could not go on closing", shop_id)
    return closed


@transaction.atomic
def go_on(*, shop_id: int, at: datetime) -> bool:
    """Pay a closing shop's rest, or close it when nothing is left; return whether it is closed.

    It waits for open orders and disputes, until no further dispute can be opened, for a payout
    on its way, for a bank's ruling, for the reserve of new shops, and while the shop owes money.
    Safe to repeat: at most one last payout a day.
    """
    shop = locks.shop(shop_id=shop_id)
    if shop.state != ShopState.CLOSING or _has_open_business(shop, at):
        return shop.state == ShopState.CLOSED
    owed = accounts.payable(shop=shop, currency=shop.currency, at=at)
    if balances.balance_minor(account_id=owed) > 0:
        payout.pay_out(shop_id=shop_id, period=f"closing:{at.date().isoformat()}", at=at)
        return False
    debt = accounts.debt(shop=shop, currency=shop.currency, at=at)
    if balances.balance_minor(account_id=debt) != 0:
        return False
    shop_services.close(shop_id=shop_id, at=at)
    return True


def _has_open_business(shop: Shop, at: datetime) -> bool:
    days = rulebook.value("dispute.after_release_days", at=at)
    lately = at - timedelta(days=days)
    return (
        Order.objects.filter(shop=shop, state__in=_OPEN).exists()
        or queries.disputed(shop_id=shop.pk).exists()
        or Order.objects.filter(
            shop=shop, state=OrderState.SETTLED, completed_at__gte=lately
        ).exists()
        or Payout.objects.filter(shop=shop, state=PayoutState.CREATED).exists()
        or Chargeback.objects.filter(
            payment__orders__shop=shop, state=ChargebackState.OPEN
        ).exists()
    )
