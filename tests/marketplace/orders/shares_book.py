"""A plain second set of books for people with shares: what each order must have brought them."""

from fractions import Fraction

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from marketplace.orders.models import Order, OrderShare, OrderState, Payout, PayoutState, Refund
from marketplace.shops import services
from tests.factories.shares import make_share
from tests.marketplace.orders.books import balance_minor

SOME_SHARES = st.sampled_from([[], [4_000, 3_000], [3_333, 3_333, 1], [9_999]])


class Sharing(RuleBasedStateMachine):
    """People share what a shop sells: what each has, from orders' amounts and fractions alone."""

    def share(self, shares_bp):
        """Give people shares in the first shop, before anything is sold."""
        self.seen = set()
        for share_bp in shares_bp:
            make_share(shop=self.shops[0], share_bp=share_bp)

    @rule(share_bp=st.integers(1, 9_999), replaces=st.booleans())
    def share_anew(self, share_bp, replaces):
        """In the second shop a share ends or another begins; what was placed keeps its own."""
        self.tick()
        running = self.shops[1].shares.filter(agreed_at__isnull=False, ended_at=None).first()
        if running is not None and not replaces:
            services.end_share(share_id=running.pk, by_id=running.user_id, at=self.at)
        else:
            user = running.user if running else None
            make_share(shop=self.shops[1], user=user, share_bp=share_bp, at=self.at)

    @invariant()
    def everybody_has_the_share_of_each_order(self):
        """Compare with the ledger and with the shares' own rows."""
        shops = getattr(self, "shops", ())
        rows = OrderShare.objects.filter(order__state=OrderState.SETTLED, order__shop__in=shops)
        by_order = {}
        for row in rows.select_related("order").order_by("pk"):
            by_order.setdefault(row.order, []).append(row)
        for order, of_order in by_order.items():
            self._check_order(order, of_order)
        for shop in shops:
            _check_people(shop)

    @invariant()
    def every_paid_order_carries_its_shares(self):
        for order in Order.objects.filter(paid_at__isnull=False).select_related("shop"):
            wanted = {
                (share.user_id, share.share_bp)
                for share in order.shop.shares.filter(agreed_at__isnull=False)
                if share.since <= order.placed_at
                and (share.ended_at is None or order.placed_at < share.ended_at)
            }
            assert {(row.user_id, row.share_bp) for row in order.shares.all()} == wanted

    def _check_order(self, order, rows):
        kept = order.goods_minor - order.refunded_goods_minor
        fee = order.commission_minor - order.returned_commission_minor
        due = _parts(kept - fee, [row.share_bp for row in rows])
        for row, part in zip(rows, due, strict=True):
            # Nobody is left with less than the part of what the buyer keeps (a unit's rounding).
            assert row.got_minor >= part - 1
        untouched = not Refund.objects.filter(order=order, from_escrow=False).exists()
        if order.pk not in self.seen and untouched:
            assert [row.got_minor for row in rows] == due
        self.seen.add(order.pk)


def _check_people(shop):
    for user_id in set(shop.shares.values_list("user_id", flat=True)):
        got = sum(
            row.got_minor + row.made_good_minor
            for row in OrderShare.objects.filter(order__shop=shop, user_id=user_id)
        )
        sent = sum(
            one.amount_minor
            for one in Payout.objects.filter(shop=shop, member_id=user_id).exclude(
                state=PayoutState.FAILED
            )
        )
        has = purse(shop, user_id)
        assert has == got - sent
        assert has >= 0


def purse(shop, user_id):
    return balance_minor("member_payable", f"shop:{shop.pk}:user:{user_id}", shop.currency)


def purses_minor(shop):
    """What all people with shares in a shop are owed."""
    people = set(shop.shares.values_list("user_id", flat=True))
    return sum(purse(shop, user_id) for user_id in people)


def _parts(amount, shares_bp):
    """Largest remainder, written another way: whole units first, then by what each lacks most."""
    weights = [*shares_bp, 10_000 - sum(shares_bp)]
    exact = [Fraction(amount * weight, 10_000) for weight in weights]
    parts = [int(one) for one in exact]
    while sum(parts) < amount:
        lacks = [one - part for one, part in zip(exact, parts, strict=True)]
        parts[lacks.index(max(lacks))] += 1
    return parts[:-1]
