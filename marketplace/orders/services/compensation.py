"""Making a shop whole when an appeal shows that its money should never have gone back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.errors import BadInput
from marketplace.ledger import services as ledger
from marketplace.orders import rules
from marketplace.orders.models import Order
from marketplace.orders.services import accounts, locks, shares
from marketplace.outbox import services as outbox


@transaction.atomic
def compensate(
    *, order_id: int, key: str, goods_minor: int, shipping_minor: int, actor: str, at: datetime
) -> int:
    """Pay a shop what a refund took from it, out of the platform's own pocket; once per `key`.

    The buyer has the money by then and keeps it. The shop gets what it would have got of the
    sale: the goods less commission, and the shipping; people with shares in the order get theirs
    of it. Returns minor units paid.
    Raises BadInput for more than went back, KeyReused for a known key with other amounts.
    """
    order = locks.order_with_payment(order_id=order_id)
    if goods_minor < 0 or shipping_minor < 0 or not goods_minor + shipping_minor:
        raise BadInput(_("Say how much the shop is paid."), "amount")
    if goods_minor > order.refunded_goods_minor or shipping_minor > order.refunded_shipping_minor:
        raise BadInput(_("That is more than went back to the buyer."), "amount")
    amount_minor = goods_minor + shipping_minor - _fee(order, goods_minor)
    if amount_minor == 0:
        return 0
    shop = locks.shop(shop_id=order.shop_id)
    posted = ledger.post(
        key=key,
        kind="compensation",
        entries={
            accounts.payable(shop=shop, currency=order.currency, at=at): amount_minor,
            accounts.goodwill(currency=order.currency, at=at): -amount_minor,
        },
        ref=order.ref,
        actor=actor,
        at=at,
    )
    if not posted.replayed:
        own_goods_minor = amount_minor - shipping_minor
        shares.make_good(order=order, shop=shop, goods_minor=own_goods_minor, key=key, at=at)
        data = {"order_id": order.pk, "shop_id": order.shop_id, "amount_minor": amount_minor}
        outbox.record(action="shop.compensated", actor=actor, subject=order.ref, data=data, at=at)
        outbox.emit(name="shop.compensated", subject=order.ref, data=data, at=at)
    return amount_minor


def _fee(order: Order, goods_minor: int) -> int:
    """Return the commission that the shop would have paid on goods that went back."""
    return rules.commission_given_up(
        goods_minor=order.goods_minor,
        refunded_minor=order.refunded_goods_minor - goods_minor,
        more_minor=goods_minor,
        rate_bp=order.commission_bp,
    )
