"""The money of people with shares in shops, as the ledger has it: due, waiting, paid out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import overload

from django.db.models import F, Sum
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User
from marketplace.ledger import queries as ledger
from marketplace.money import basis_points
from marketplace.orders import queries, rules
from marketplace.orders.models import (
    EscrowState,
    Order,
    OrderShare,
    OrderState,
    Payout,
    PayoutState,
)
from marketplace.rulebook import queries as rulebook
from marketplace.shops import queries as shops
from marketplace.shops.models import Share, ShareState, Shop

EVER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
# What a transfer of each kind did to a person's balance, in words.
KINDS: dict[str, Promise] = {
    "release": _("Your share"),
    "clawback": _("Taken back: the buyer got money back"),
    "chargeback_won": _("Given back by the bank"),
    "compensation_shared": _("Made good by the platform"),
    "payout": _("Paid out"),
    "payout_returned": _("A payout came back"),
}


@dataclass(frozen=True, slots=True)
class Due:
    """What a person is owed for shares in one shop, and what of it may go out; minor units."""

    user_id: int
    balance_minor: int
    free_minor: int


def people_of(shop_id: int) -> list[int]:
    """Return whoever ever had a share in a shop, in id order."""
    agreed = Share.objects.filter(shop_id=shop_id, state=ShareState.AGREED, user__isnull=False)
    return sorted(user for user in set(agreed.values_list("user_id", flat=True)) if user)


def due(*, shop: Shop, at: datetime) -> list[Due]:
    """Return what each person's shares in a shop hold; one question for a shop without shares.

    Free is nothing for whoever has no account to be paid to, changed it lately or may not log in.
    """
    people = people_of(shop.pk)
    held = _balances(shop, people) if people else {}
    if not held:
        return []
    active = set(User.objects.filter(pk__in=held, is_active=True).values_list("pk", flat=True))
    kept = _reserves(shop, at)
    found = []
    for user_id, balance in sorted(held.items()):
        account = shops.share_account(user_id=user_id, at=at)
        may = account is not None and account.paused_until <= at and user_id in active
        free = max(0, balance - kept.get(user_id, 0)) if may else 0
        found.append(Due(user_id, balance, free))
    return found


def _balances(shop: Shop, people: Sequence[int]) -> dict[int, int]:
    refs = {queries.member_ref(shop_id=shop.pk, user_id=user_id): user_id for user_id in people}
    held = ledger.balances_of(kind=queries.MEMBER, owner_refs=list(refs), currency=shop.currency)
    return {refs[ref]: balance for ref, balance in held.items() if balance}


def _reserves(shop: Shop, at: datetime) -> dict[int, int]:
    """Return what a new shop's reserve keeps of each person's lately released shares."""
    ruled = rulebook.values(
        ["payouts.new_shop_days", "payouts.reserve_days", "payouts.reserve_bp"], at=at
    )
    new = timedelta(days=ruled["payouts.new_shop_days"])
    if shop.decided_at is None or at - shop.decided_at >= new:
        return {}
    since = at - timedelta(days=ruled["payouts.reserve_days"])
    recent = OrderShare.objects.filter(
        order__shop=shop, order__state=OrderState.SETTLED, order__settled_at__gt=since
    )
    sums = recent.order_by().values_list("user_id").annotate(sum=Sum("got_minor"))
    return {user: basis_points(total, ruled["payouts.reserve_bp"]) for user, total in sums}


@dataclass(frozen=True, slots=True)
class FarmGate:
    """Which part of what buyers paid for goods reached the people with shares; minor units."""

    goods_minor: int
    people_minor: int

    @property
    def percent(self) -> str:
        """As people read it, of the price that the buyer paid."""
        if not self.goods_minor:
            return "0"
        return f"{round(self.people_minor * 1_000 / self.goods_minor) / 10:g}"


def farm_gate(*, shop_id: int, at: datetime) -> FarmGate:
    """Return the farm-gate share of the last twelve months' released orders."""
    since = at - timedelta(days=365)
    sold = Order.objects.filter(shop_id=shop_id, state=OrderState.SETTLED, settled_at__gt=since)
    goods = sold.aggregate(sum=Sum(F("goods_minor") - F("refunded_goods_minor")))
    people = OrderShare.objects.filter(order__in=sold).aggregate(sum=Sum("got_minor"))
    return FarmGate(goods["sum"] or 0, people["sum"] or 0)


def brought(*, shop_id: int) -> dict[int, int]:
    """Return what each person's shares in a shop brought in all; minor units."""
    rows = OrderShare.objects.filter(order__shop_id=shop_id).order_by()
    sums = rows.values_list("user_id").annotate(sum=Sum(F("got_minor") + F("made_good_minor")))
    return dict(sums)


def held(*, shop_id: int) -> int:
    """Return what people's shares are of the money a shop's escrows hold now; minor units."""
    rows = OrderShare.objects.filter(
        order__shop_id=shop_id,
        order__state__in=queries.HELD_STATES,
        order__escrow__state=EscrowState.OPEN,
    )
    total = 0
    for _order_id, found in groupby(rows.select_related("order").order_by("order", "pk"), _of):
        shares = list(found)
        order = shares[0].order
        goods = order.goods_minor - order.refunded_goods_minor - order.fee_minor
        total += sum(rules.shared(goods, [share.share_bp for share in shares]))
    return total


def _of(share: OrderShare) -> int:
    return share.order_id


def in_orders(order_ids: Iterable[int]) -> dict[int, int]:
    """Return what people with shares got of each of these orders; minor units."""
    rows = OrderShare.objects.filter(order_id__in=list(order_ids)).order_by()
    return dict(rows.values_list("order_id").annotate(sum=Sum("got_minor")))


@dataclass(frozen=True, slots=True)
class Purse:
    """A person's money from one shop; minor units of the shop's currency."""

    shop: Shop
    due_minor: int
    on_its_way_minor: int
    paid_minor: int


def purses(*, user_id: int) -> list[Purse]:
    """Return a person's money from every shop there was a share in, in shop order."""
    had = Share.objects.filter(user_id=user_id, state=ShareState.AGREED).values("shop")
    found = list(Shop.objects.filter(pk__in=had).order_by("pk"))
    of_state: dict[str, int] = dict.fromkeys(PayoutState.values, 0)
    paid: dict[int, dict[str, int]] = {}
    sums = Payout.objects.filter(member_id=user_id).order_by()
    for shop_id, state, total in sums.values_list("shop_id", "state").annotate(
        sum=Coalesce(Sum("amount_minor"), 0)
    ):
        paid.setdefault(shop_id, {**of_state})[state] = total
    held: dict[str, int] = {}
    for currency in {shop.currency for shop in found}:
        refs = [queries.member_ref(shop_id=shop.pk, user_id=user_id) for shop in found]
        held |= ledger.balances_of(kind=queries.MEMBER, owner_refs=refs, currency=currency)
    return [
        Purse(
            shop=shop,
            due_minor=held.get(queries.member_ref(shop_id=shop.pk, user_id=user_id), 0),
            on_its_way_minor=paid.get(shop.pk, of_state)[PayoutState.CREATED],
            paid_minor=paid.get(shop.pk, of_state)[PayoutState.PAID],
        )
        for shop in found
    ]


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One line of a person's statement, traced to its order; minor units."""

    at: datetime
    what: str
    shop: Shop
    order_id: int | None
    payout_id: int | None
    key: str
    amount_minor: int
    balance_minor: int


class MemberStatement(Sequence[MemberLine]):
    """All that ever moved for a person in some shops: newest first as a sequence, for pages."""

    def __init__(self, *, user_id: int, shops_had: Iterable[Shop]) -> None:
        self._shops: dict[int, Shop] = {}
        for shop in shops_had:
            account = ledger.account_id(
                kind=queries.MEMBER,
                owner_ref=queries.member_ref(shop_id=shop.pk, user_id=user_id),
                currency=shop.currency,
            )
            if account is not None:
                self._shops[account] = shop
        since, until = EVER
        self._statement = ledger.statement(account_ids=list(self._shops), since=since, until=until)

    def __len__(self) -> int:
        return len(self._statement)

    @overload
    def __getitem__(self, asked: int) -> MemberLine: ...
    @overload
    def __getitem__(self, asked: slice) -> list[MemberLine]: ...
    def __getitem__(self, asked: int | slice) -> MemberLine | list[MemberLine]:
        if isinstance(asked, int):
            return self[asked : asked + 1][0]
        return list(self._in_words(self._statement[asked]))

    def oldest_first(self) -> Iterator[MemberLine]:
        """Read every line as the books grew. Streams."""
        return self._in_words(self._statement.oldest_first())

    def _in_words(self, lines: Iterable[ledger.StatementLine]) -> Iterator[MemberLine]:
        for line in lines:
            yield MemberLine(
                at=line.at,
                what=str(KINDS.get(line.kind, line.kind)),
                shop=self._shops[line.account_id],
                order_id=_number(line.ref, "order:"),
                payout_id=_number(line.key, "payout:"),
                key=line.key,
                amount_minor=line.amount_minor,
                balance_minor=line.balance_minor,
            )


def _number(text: str, prefix: str) -> int | None:
    """Return the number that follows a prefix, up to the next colon."""
    number = text.removeprefix(prefix).partition(":")[0]
    return int(number) if text.startswith(prefix) and number.isdecimal() else None
