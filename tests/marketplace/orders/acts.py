"""What tests of refunds and payouts do again and again, in few words."""

from datetime import timedelta

from marketplace.orders.models import Order
from marketplace.orders.services import owing, payout, refund
from tests.factories.orders import NOON, make_goods, make_order
from tests.factories.outbox import drain

LATER = NOON + timedelta(hours=2)


def sold(state="settled", *, price=10_000, quantity=1, shipping=500, shop=None):
    goods = make_goods(price_minor=price, shipping_minor=shipping, on_hand=50, shop=shop)
    return make_order(goods, state=state, quantity=quantity)


def give_back(order, *, goods=0, shipping=0, key="form-1"):
    return refund.give_back(
        order_id=order.pk,
        by_id=order.shop.owner_id,
        key=key,
        goods_minor=goods,
        shipping_minor=shipping,
        reason="A crack in the glaze.",
        at=LATER,
    )


def rule(order, **back):
    """Money back by a ruling, as a dispute owes it."""
    order = Order.objects.get(pk=order.pk)
    words = {"key": "dispute:1:ruling", "kind": "dispute", "actor": "dispute:1", "at": LATER}
    owing.owe(order=order, **back, **words)


def pay_out(order, period):
    made = payout.pay_out(shop_id=order.shop_id, period=period, at=LATER)
    drain(at=LATER)
    return made
