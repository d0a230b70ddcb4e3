"""Many orders at once, written straight into the tables, with the ledger's own transfers."""

from datetime import timedelta

from marketplace.ledger import services as ledger
from marketplace.orders.models import Cart, Escrow, Order, OrderGroup, OrderLine, Payout, Refund
from tests.factories.orders import NOON

PRICE, FEE = 1_250, 38
STATES = ("paid_held", "shipped", "settled", "cancelled")


def make_many(count, *, variant, buyer, at=NOON):
    """So many one-line orders of a shop, a quarter each to send, on the way, settled, cancelled."""
    shop = variant.listing.shop
    carts = Cart.objects.bulk_create(
        Cart(buyer=buyer, created_at=at, checked_out_at=at) for _ in range(count)
    )
    groups = OrderGroup.objects.bulk_create(
        OrderGroup(
            buyer=buyer,
            cart=cart,
            recipient_sealed="Ada",
            address_sealed="1 High St",
            country="RW",
            placed_at=at,
            due_at=at + timedelta(minutes=30),
        )
        for cart in carts
    )
    orders = Order.objects.bulk_create(
        _order(group, shop, STATES[number % 4], at) for number, group in enumerate(groups)
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            variant=variant,
            title="Basket",
            unit_price_minor=PRICE,
            quantity=1,
            line_total_minor=PRICE,
            net_minor=PRICE,
        )
        for order in orders
    )
    Refund.objects.bulk_create(
        Refund(
            order=order,
            key=f"made:{order.pk}",
            kind="cancelled",
            goods_minor=PRICE,
            amount_minor=PRICE,
            commission_minor=FEE,
            from_escrow=True,
            state="done",
            created_at=at,
            done_at=at,
        )
        for order in orders
        if order.state == "cancelled"
    )
    for order in orders:
        _book(order, at)
    _pay_out(orders, shop, at)
    return orders


def _order(group, shop, state, at):
    called_off = state == "cancelled"
    return Order(
        group=group,
        shop=shop,
        buyer=group.buyer,
        currency="EUR",
        goods_minor=PRICE,
        shipping_minor=0,
        total_minor=PRICE,
        commission_bp=300,
        commission_minor=FEE,
        state=state,
        placed_at=at,
        paid_at=at,
        ship_by=at,
        cancelled_at=at if called_off else None,
        cancelled_by="seller" if called_off else "",
        refunded_goods_minor=PRICE if called_off else 0,
        returned_commission_minor=FEE if called_off else 0,
    )


def _account(kind, owner, at, **more):
    return ledger.open_account(kind=kind, owner_ref=owner, currency="EUR", at=at, **more)


def _book(order, at):
    """The buyer's money: into the escrow while it is held, else to the shop."""
    kept = {"floor_zero": True, "tracked": True}
    shop = order.shop.ref
    held = order.state in ("paid_held", "shipped")
    target = ("escrow", order.ref) if held else ("seller_payable", shop)
    if held:
        Escrow.objects.create(order=order, amount_minor=PRICE, opened_at=at)
    if order.state != "cancelled":
        ledger.post(
            key=f"made:{order.pk}",
            kind="payment" if held else "release",
            entries={
                _account("provider", "platform", at): -PRICE,
                _account(*target, at, **kept): PRICE,
            },
            ref=order.ref,
            actor="system",
            at=at,
        )


def _pay_out(orders, shop, at):
    """Half of the settled orders went out, one payout each."""
    for order in [one for one in orders if one.state == "settled"][::2]:
        payout = Payout.objects.create(
            shop=shop,
            key=f"made:{order.pk}",
            currency="EUR",
            amount_minor=PRICE,
            state="paid",
            created_at=at,
            paid_at=at,
        )
        Order.objects.filter(pk=order.pk).update(payout=payout)
        ledger.post(
            key=f"payout:{payout.pk}",
            kind="payout",
            entries={
                _account("seller_payable", shop.ref, at, floor_zero=True, tracked=True): -PRICE,
                _account("provider", "platform", at): PRICE,
            },
            ref=shop.ref,
            actor="system",
            at=at,
        )
