"""Reads of orders: baskets, lists, countdowns, a seller's money, the two books compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.ledger import queries as ledger
from marketplace.listings.models import ListingState
from marketplace.money import basis_points
from marketplace.orders import rules
from marketplace.orders.models import (
    Advance,
    Order,
    OrderLine,
    OrderShare,
    OrderState,
    Payment,
    PaymentState,
    Payout,
    PayoutState,
    Refund,
    RefundState,
)
from marketplace.rulebook import queries as rulebook
from marketplace.shops.models import Shop, ShopState
from marketplace.shops.rules import Act

# A job that fails five times is dead after six minutes; what still stands after an hour is late.
LATE = timedelta(hours=1)
MEMBER = "member_payable"  # ledger accounts of people with shares: shop:3:user:12
PICTURES = "lines__variant__listing__photos"  # an order's lines with what a page shows of them
HELD_STATES = (OrderState.PAID_HELD, OrderState.SHIPPED, OrderState.DELIVERED)


def bought_by(user_id: int) -> QuerySet[Order]:
    """Return a buyer's orders, newest first, ready to be listed."""
    orders = Order.objects.filter(buyer_id=user_id)
    return orders.select_related("shop", "escrow").prefetch_related(PICTURES).order_by("-pk")


def visible_to(user_id: int) -> QuerySet[Order]:
    """Return the orders a person may open: bought or sold by them."""
    sold = Q(shop__in=Shop.objects.where_may(user_id, Act.SEE_ORDERS))
    mine = Q(buyer_id=user_id) | sold
    orders = Order.objects.filter(mine).select_related("shop", "buyer", "group", "payout")
    return orders.prefetch_related(PICTURES)


def unsellable(orders: Iterable[Order]) -> set[int]:
    """Return the ids of those orders that hold goods which may not be sold at this moment."""
    lines = OrderLine.objects.filter(order__in=[order.pk for order in orders])
    stopped = lines.exclude(
        variant__listing__state=ListingState.LIVE, variant__listing__shop__state=ShopState.APPROVED
    )
    return set(stopped.values_list("order_id", flat=True))


def countdown(order: Order, *, at: datetime) -> str:
    """Say when the money goes to the seller by itself; empty when no clock runs."""
    if order.state not in (OrderState.SHIPPED, OrderState.DELIVERED) or order.due_at is None:
        return ""
    left = rules.time_left(order.due_at, at)
    if left == rules.TimeLeft(0, 0, 0):
        return _("The money goes to the seller now.")
    return _("The money goes to the seller in %(time)s.") % {"time": _words(left)}


def _words(left: rules.TimeLeft) -> str:
    days = ngettext("%(n)s day", "%(n)s days", left.days) % {"n": left.days}
    hours = ngettext("%(n)s hour", "%(n)s hours", left.hours) % {"n": left.hours}
    minutes = ngettext("%(n)s minute", "%(n)s minutes", left.minutes) % {"n": left.minutes}
    if left.days:
        return f"{days} {hours}" if left.hours else days
    return hours if left.hours else minutes


@dataclass(frozen=True, slots=True)
class BookDifference:
    """One currency in which our ledger and the provider's book disagree. Minor units."""

    currency: str
    ledger_minor: int
    provider_minor: int
    in_flight_minor: int

    @property
    def difference_minor(self) -> int:
        """Positive: the ledger says more than the provider holds."""
        return rules.difference(self.ledger_minor, self.provider_minor, self.in_flight_minor)


def reconcile(
    *, provider_balances_minor: Mapping[str, int], in_flight_minor: Mapping[str, int]
) -> list[BookDifference]:
    """Compare the ledger's provider accounts with the provider's own book, per currency.

    Returns the differences; an empty list means that both books agree. Read at a quiet
    moment: a charge that is being booked right now shows as a difference.
    """
    known = set(Order.objects.values_list("currency", flat=True).distinct())
    found = []
    for currency in sorted(known | set(provider_balances_minor)):
        account = ledger.account_id(kind="provider", owner_ref="platform", currency=currency)
        ours = -ledger.balance_minor(account_id=account) if account else 0
        line = BookDifference(
            currency,
            ours,
            provider_balances_minor.get(currency, 0),
            in_flight_minor.get(currency, 0),
        )
        if line.difference_minor:
            found.append(line)
    return found


def waiting(shop_id: int, *, at: datetime) -> dict[str, int]:
    """Return how many orders of a shop wait to be sent, are late with it, or are on their way."""
    to_send = Q(state=OrderState.PAID_HELD)
    found: dict[str, int] = Order.objects.filter(shop_id=shop_id).aggregate(
        to_send=Count("pk", filter=to_send),
        late=Count("pk", filter=to_send & Q(ship_by__lt=at)),
        under_way=Count("pk", filter=Q(state__in=[OrderState.SHIPPED, OrderState.DELIVERED])),
    )
    return found


def member_ref(*, shop_id: int, user_id: int) -> str:
    """How the ledger names a person with a share in a shop."""
    return f"shop:{shop_id}:user:{user_id}"


def shops_owed(*, after: int = 0, limit: int | None = None) -> list[int]:
    """Return the shops above id `after` that have a balance or owe people shares, in id order."""
    refs = ledger.owners_with_money(kind="seller_payable")
    refs += ledger.owners_with_money(kind=MEMBER)
    shop_ids = sorted({int(ref.split(":")[1]) for ref in refs})
    return [shop_id for shop_id in shop_ids if shop_id > after][:limit]


def charges_under_way() -> QuerySet[Payment]:
    """Return the payments whose charge was begun and whose end we have not heard."""
    begun = Q(state=PaymentState.STARTED, attempt__gt=0) | Q(state=PaymentState.PENDING)
    return Payment.objects.filter(begun).order_by("pk")


def refunds_owed(*, at: datetime) -> QuerySet[Refund]:
    """Return the refunds that should have been with their buyers by now, oldest first."""
    owed = Refund.objects.filter(state=RefundState.OWED, created_at__lte=at - LATE)
    return owed.select_related("order").order_by("pk")


def reserve_minor(*, shop: Shop, at: datetime) -> int:
    """Return what a shop's payout leaves behind: what the platform paid first for it, and a
    share of what was lately released: a new shop's reserve or a limited shop's deposit.

    It pays refunds that come after the release; it follows by itself as the orders grow old.
    """
    share_minor = max(_reserve_of_new(shop, at), _deposit(shop, at))
    return advanced_minor(shop=shop) + share_minor


def advanced_minor(*, shop: Shop) -> int:
    """Return what the platform paid buyers of a shop first, and nobody has settled yet."""
    open_ones = Refund.objects.filter(
        order__shop=shop, order__currency=shop.currency, advance=Advance.OPEN
    )
    found = open_ones.aggregate(sum=Sum(F("amount_minor") - F("commission_minor")))
    return found["sum"] or 0


def _reserve_of_new(shop: Shop, at: datetime) -> int:
    new_days = rulebook.value("payouts.new_shop_days", at=at)
    if shop.decided_at is None or at - shop.decided_at >= timedelta(days=new_days):
        return 0
    ruled = rulebook.values(["payouts.reserve_days", "payouts.reserve_bp"], at=at)
    return _share(shop, ruled["payouts.reserve_bp"], days=ruled["payouts.reserve_days"], at=at)


def _deposit(shop: Shop, at: datetime) -> int:
    if not shop.deposit_bp:
        return 0
    days = rulebook.value("trust.deposit_days", at=at)
    return _share(shop, shop.deposit_bp, days=days, at=at)


def _share(shop: Shop, share_bp: int, *, days: int, at: datetime) -> int:
    """Return a share of what orders released to the shop itself in the last days."""
    since = at - timedelta(days=days)
    recent = Order.objects.filter(shop=shop, state=OrderState.SETTLED, settled_at__gt=since)
    total = recent.aggregate(
        sum=Sum(
            F("total_minor")
            - F("refunded_goods_minor")
            - F("refunded_shipping_minor")
            - F("commission_minor")
            + F("returned_commission_minor")
        )
    )
    shared = OrderShare.objects.filter(order__in=recent).aggregate(sum=Sum("got_minor"))
    own_minor = max(0, (total["sum"] or 0) - (shared["sum"] or 0))
    return basis_points(own_minor, share_bp)


def payouts_late(*, at: datetime) -> QuerySet[Payout]:
    """Return the payouts whose end we should have heard by now, oldest first."""
    return Payout.objects.filter(state=PayoutState.CREATED, created_at__lte=at - LATE).order_by(
        "pk"
    )


def disputed(*, shop_id: int) -> QuerySet[Order]:
    """Return a shop's orders with an open dispute, before and after the release."""
    return Order.objects.filter(shop_id=shop_id, disputed_by__gt="")


def refund_open(order: Order) -> bool:
    """Return whether money of an order is still on its way back."""
    return order.refunds.filter(state=RefundState.OWED).exists()


@dataclass(frozen=True, slots=True)
class Step:
    """One stop on an order's path; `at` is None while it lies ahead."""

    name: str
    at: datetime | None


def steps(order: Order) -> list[Step]:
    """Return the order's path: paid, held, shipped, delivered, released; or how it ended."""
    path = [Step(_("Ordered"), order.placed_at), Step(_("Paid, money held safe"), order.paid_at)]
    if order.state == OrderState.EXPIRED:
        return [path[0], Step(_("Ran out unpaid"), order.group.due_at)]
    if order.state == OrderState.CANCELLED:
        return [one for one in path if one.at] + [Step(_("Called off"), order.cancelled_at)]
    path.append(Step(_("Sent"), order.shipped_at))
    if order.delivered_at or not order.completed_at:
        path.append(Step(_("Delivered"), order.delivered_at))
    return [*path, Step(_("Money released to the seller"), order.settled_at)]


def may_cancel(order: Order, *, is_buyer: bool, late: bool) -> bool:
    """Return whether the page offers to call the order off; the service decides again."""
    if order.state == OrderState.AWAITING_PAYMENT:
        return is_buyer
    return order.state == OrderState.PAID_HELD and (late or not is_buyer)
