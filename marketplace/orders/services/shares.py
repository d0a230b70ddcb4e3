"""Members' shares of what a shop's orders bring: frozen, split at release, taken back, made good.

The rule (docs/decisions/2026-11-22-shares.md): a share is a part of the goods that the buyer keeps,
after commission; the shipping is the shop's. The release splits in the transfer that closes the
escrow. What goes back to a buyer afterwards the shop's balance pays first. What it lacks, the
people with shares in that order give, pro rata, at most the part they had for goods that are now
gone and never below zero on what they were not paid yet; the rest is the shop's debt. What a shop
gives of its own will, it gives alone. Money that comes back fills up what was taken from people.
Everything happens under the lock of the shop (locks.shop), which the callers hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.errors import WrongState
from marketplace.ledger import queries as balances
from marketplace.ledger import services as ledger
from marketplace.orders import queries, rules
from marketplace.orders.models import Claim, Order, OrderShare
from marketplace.orders.services import accounts, locks
from marketplace.shops import queries as shops
from marketplace.shops import services as shop_services
from marketplace.shops.models import Share, Shop
from marketplace.shops.rules import in_force


def freeze(*, orders: Sequence[Order]) -> None:
    """Write down who has which share of each order that is being paid: one question for all.

    Here, because every order is paid in one place, from whatever it came (a cart, a quotation),
    and an unpaid order promises nobody anything. What counts is the moment it was placed.
    """
    agreed = shops.shares_ever_agreed({order.shop_id for order in orders})
    # One row a person, the share agreed last: money that was taken must find its order.
    frozen = {
        (order.pk, share.user_id): OrderShare(
            order=order, share=share, user_id=share.user_id, share_bp=share.share_bp
        )
        for order in orders
        for share in agreed
        if share.user_id is not None
        and share.shop_id == order.shop_id
        and in_force(since=share.since, ended_at=share.ended_at, at=order.placed_at)
    }
    OrderShare.objects.bulk_create(frozen.values())


def release(*, order: Order, shop: Shop, at: datetime) -> dict[int, int]:
    """Count what each person gets of an order that is released; return it by ledger account."""
    rows = _rows(order)
    return _give(order, rows, _parts(order, rows), shop, at) if rows else {}


def take_back(
    *, order: Order, shop: Shop, goods_minor: int, short_minor: int, at: datetime
) -> dict[int, int]:
    """Count what people give of what the shop lacks for a refund; return it by ledger account.

    `goods_minor` is what the refund takes of the goods, less the commission given up. The order
    counts the refund already. See the rule above.
    """
    rows = _rows(order) if short_minor > 0 else []
    if not rows:
        return {}
    refs = [queries.member_ref(shop_id=shop.pk, user_id=row.user_id) for row in rows]
    unpaid = balances.balances_of(kind=queries.MEMBER, owner_refs=refs, currency=order.currency)
    left, before = _parts(order, rows), _parts(order, rows, more_minor=goods_minor)
    room = [
        # At most: more than is due now; this refund's part; what was not paid out yet.
        max(0, min(row.got_minor - now, then - now, unpaid.get(ref, 0)))
        for row, now, then, ref in zip(rows, left, before, refs, strict=True)
    ]
    taken = rules.taken_back(short_minor, room)
    for row, amount in zip(rows, taken, strict=True):
        row.got_minor -= amount
    OrderShare.objects.bulk_update(rows, ["got_minor"])
    return _by_account(rows, taken, shop, order.currency, at)


def give_again(*, order: Order, shop: Shop, free_minor: int, at: datetime) -> dict[int, int]:
    """Count what people get of `free_minor` that a bank gave back; return it by ledger account.

    The order counts the money already. Nobody gets more than the share of what the buyer paid.
    """
    rows = _rows(order)
    if not rows:
        return {}
    parts = zip(rows, _parts(order, rows), strict=True)
    wanting = [part - row.got_minor for row, part in parts]
    return _give(order, rows, rules.given_again(free_minor, wanting), shop, at)


def make_good(*, order: Order, shop: Shop, goods_minor: int, key: str, at: datetime) -> int:
    """Pass on people's part of what the platform paid a shop for goods; return minor units.

    `goods_minor` is without commission and stands on the shop's balance. Nobody gets more than
    was lost. The caller sees to it that this happens once a key.
    """
    rows = _rows(order)
    if not rows:
        return 0
    bps = [row.share_bp for row in rows]
    whole = rules.shared(order.goods_minor - order.commission_minor, bps)
    lost = [
        max(0, full - row.got_minor - row.made_good_minor)
        for row, full in zip(rows, whole, strict=True)
    ]
    parts = [min(part) for part in zip(lost, rules.shared(goods_minor, bps), strict=True)]
    given = _by_account(rows, parts, shop, order.currency, at)
    if not given:
        return 0
    for row, amount in zip(rows, parts, strict=True):
        row.made_good_minor += amount
    OrderShare.objects.bulk_update(rows, ["made_good_minor"])
    owed = accounts.payable(shop=shop, currency=order.currency, at=at)
    ledger.post(
        key=f"{key}:shares",
        kind="compensation_shared",
        entries={owed: -sum(given.values()), **given},
        ref=order.ref,
        actor="system",
        at=at,
    )
    return sum(given.values())


@transaction.atomic
def propose(
    *,
    shop_id: int,
    by_id: int,
    contact: str,
    called: str,
    share_bp: int,
    since: datetime,
    key: UUID,
    at: datetime,
) -> Share:
    """Offer a person a share; as shops.services.propose_share, which says all the rest.

    Raises WrongState while the shop owes money or pays a loan from its payouts: what lenders and
    the platform wait for must not leave by another door.
    """
    shop = locks.shop(shop_id=shop_id)
    _refuse_owing(shop, at)
    return shop_services.propose_share(
        shop_id=shop_id,
        by_id=by_id,
        contact=contact,
        called=called,
        share_bp=share_bp,
        since=since,
        key=key,
        at=at,
    )


@transaction.atomic
def agree(*, share_id: int, user_id: int, at: datetime) -> Share:
    """Take a share that was offered; raises as shops.services.agree_share and `propose`."""
    share = Share.objects.select_related("shop").get(pk=share_id)
    if share.user_id == user_id and share.agreed_at is None:
        _refuse_owing(locks.shop(shop_id=share.shop_id), at)
    return shop_services.agree_share(share_id=share_id, user_id=user_id, at=at)


def _refuse_owing(shop: Shop, at: datetime) -> None:
    debt = accounts.debt(shop=shop, currency=shop.currency, at=at)
    claimed = Claim.objects.filter(shop=shop, ended_at=None).exists()
    if claimed or balances.balance_minor(account_id=debt):
        raise WrongState(
            _("While the shop pays back a loan or a debt from its sales, shares cannot grow.")
        )


def _give(
    order: Order, rows: Sequence[OrderShare], parts: Sequence[int], shop: Shop, at: datetime
) -> dict[int, int]:
    for row, amount in zip(rows, parts, strict=True):
        row.got_minor += amount
    OrderShare.objects.bulk_update(rows, ["got_minor"])
    return _by_account(rows, parts, shop, order.currency, at)


def _rows(order: Order) -> list[OrderShare]:
    return list(OrderShare.objects.filter(order=order).order_by("pk"))


def _parts(order: Order, rows: Sequence[OrderShare], more_minor: int = 0) -> list[int]:
    """Return what each row's share is of the goods that the buyer keeps now, after commission."""
    goods = order.goods_minor - order.refunded_goods_minor - order.fee_minor
    return rules.shared(goods + more_minor, [row.share_bp for row in rows])


def _by_account(
    rows: Sequence[OrderShare], parts: Sequence[int], shop: Shop, currency: str, at: datetime
) -> dict[int, int]:
    return {
        accounts.member(shop=shop, user_id=row.user_id, currency=currency, at=at): part
        for row, part in zip(rows, parts, strict=True)
        if part
    }
