"""A shop's money as the ledger has it: what is held, due, kept back, owed, claimed, paid out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import overload

from django.db.models import Count, F, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from marketplace.ledger import queries as ledger
from marketplace.orders import queries, rules
from marketplace.orders.models import Claim, Order, Payout, PayoutState
from marketplace.orders.queries import member_money
from marketplace.shops.models import Shop

PAYABLE, DEBT = "seller_payable", "seller_debt"
# What a transfer of each kind did to a shop's balance, in words.
KINDS: dict[str, Promise] = {
    "release": _("Released to you"),
    "chargeback_won": _("Given back by the bank"),
    "clawback": _("Given back to the buyer"),
    "claim": _("Claim paid"),
    "debt_netted": _("Debt paid from your balance"),
    "payout": _("Paid out"),
    "payout_returned": _("A payout came back"),
}


@dataclass(frozen=True, slots=True)
class Moved:
    """What came into (+) and left (−) a shop's balance since it opened; minor units.

    The parts sum to the balance.
    """

    earned_minor: int
    given_back_minor: int
    claims_minor: int
    debt_minor: int
    paid_out_minor: int
    other_minor: int


@dataclass(frozen=True, slots=True)
class ShopBook:
    """A seller's money; minor units of the shop's currency.

    `held_minor` is what the escrows hold, less the `fee_minor` the platform keeps of it;
    `frozen_minor` of it waits for a ruling. `due_minor` is the shop's balance, `debt_minor` of
    which pays what it owes and `reserve_minor` stays behind at the next payout.
    """

    shop: Shop
    held_minor: int
    fee_minor: int
    frozen_minor: int
    due_minor: int
    debt_minor: int
    reserve_minor: int
    on_its_way_minor: int
    moved: Moved
    shares_minor: int = 0  # of what is held, for people with shares

    @property
    def paid_out_minor(self) -> int:
        """What was sent to the shop and did not come back."""
        return -self.moved.paid_out_minor

    @property
    def next_minor(self) -> int:
        """What the next payout can carry, before claims."""
        return self._netted().free_minor

    @property
    def kept_back_minor(self) -> int:
        """What of the balance stays behind at the next payout."""
        return self._netted().reserve_minor

    def _netted(self) -> rules.Netting:
        return rules.netted(
            balance_minor=self.due_minor,
            debt_minor=self.debt_minor,
            reserve_minor=self.reserve_minor,
        )


def book(shop: Shop, *, at: datetime) -> ShopBook:
    """Return a shop's money. Every sum is the ledger's; orders only say whose it is."""
    accounts = ledger.account_ids(owner_ref=shop.ref, currency=shop.currency)
    moved = ledger.moved(account_id=accounts[PAYABLE]) if PAYABLE in accounts else {}
    owed = ledger.balances_of(kind=DEBT, owner_refs=[shop.ref], currency=shop.currency)
    held, fee, frozen = _held(shop)
    on_its_way = shop.payouts.filter(state=PayoutState.CREATED, member=None).aggregate(
        sum=Sum("amount_minor")
    )
    return ShopBook(
        shop=shop,
        held_minor=held - fee,
        fee_minor=fee,
        frozen_minor=frozen,
        due_minor=sum(moved.values()),
        debt_minor=-owed.get(shop.ref, 0),
        reserve_minor=queries.reserve_minor(shop=shop, at=at),
        on_its_way_minor=on_its_way["sum"] or 0,
        moved=_moved(moved),
        shares_minor=member_money.held(shop_id=shop.pk),
    )


def _held(shop: Shop) -> tuple[int, int, int]:
    """Return what the shop's escrows hold, the fee inside it, and how much of it is frozen."""
    held = held_orders(shop).annotate(fee=F("commission_minor") - F("returned_commission_minor"))
    rows = {
        f"order:{order_id}": (fee, bool(frozen_by))
        for order_id, fee, frozen_by in held.values_list("pk", "fee", "escrow__frozen_by")
    }
    balances = ledger.balances_of(kind="escrow", owner_refs=list(rows), currency=shop.currency)
    frozen = sum(balance for ref, balance in balances.items() if rows[ref][1])
    # An escrow that a bank has emptied holds no fee either.
    fees = sum(rows[ref][0] for ref, balance in balances.items() if balance)
    return sum(balances.values()), fees, frozen


def _moved(by_kind: dict[str, int]) -> Moved:
    def of(*kinds: str) -> int:
        return sum(by_kind.get(kind, 0) for kind in kinds)

    return Moved(
        earned_minor=of("release", "chargeback_won"),
        given_back_minor=of("clawback"),
        claims_minor=of("claim"),
        debt_minor=of("debt_netted"),
        paid_out_minor=of("payout", "payout_returned"),
        other_minor=sum(by_kind.values()) - of(*KINDS),
    )


def held_orders(shop: Shop) -> QuerySet[Order]:
    """Return the orders whose money is held now, newest first."""
    held = Order.objects.filter(shop=shop, state__in=queries.HELD_STATES)
    return held.select_related("escrow").order_by("-pk")


def payouts_of(shop: Shop) -> QuerySet[Payout]:
    """Return a shop's payouts, newest first, each with how many `carried` orders it is for."""
    return shop.payouts.filter(member=None).annotate(carried=Count("orders")).order_by("-pk")


def claims_of(shop: Shop) -> QuerySet[Claim]:
    """Return the claims on a shop's payouts, the running ones first."""
    return shop.claims.order_by(F("ended_at").asc(nulls_first=True), "pk")


@dataclass(frozen=True, slots=True)
class Month:
    """One calendar month in UTC."""

    year: int
    number: int

    @property
    def since(self) -> datetime:
        """The first moment of it."""
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def until(self) -> datetime:
        """The first moment after it."""
        return self.after().since

    def after(self) -> Month:
        """Return the next one."""
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    def before(self) -> Month:
        """Return the one before."""
        return Month(self.year - (self.number == 1), (self.number - 2) % 12 + 1)


def month_of(at: datetime) -> Month:
    """Return the month of a moment."""
    return Month(at.astimezone(UTC).year, at.astimezone(UTC).month)


@dataclass(frozen=True, slots=True)
class MoneyLine:
    """One line of a shop's statement, in words, with what it is about; minor units."""

    at: datetime
    what: str
    of_debt: bool
    order_id: int | None
    payout_id: int | None
    key: str
    amount_minor: int
    balance_minor: int
    shares_minor: int = 0  # what people with shares got of the order it releases

    @property
    def in_minor(self) -> int:
        """What came in."""
        return max(0, self.amount_minor)

    @property
    def out_minor(self) -> int:
        """What went out."""
        return max(0, -self.amount_minor)


class ShopStatement(Sequence[MoneyLine]):
    """A month of a shop's balance and debt: newest first as a sequence, for pages.

    A debt's balance is negative while it is owed, as in the ledger.
    """

    def __init__(self, shop: Shop, month: Month) -> None:
        self.shop, self.month = shop, month
        accounts = ledger.account_ids(owner_ref=shop.ref, currency=shop.currency)
        self._debt = accounts.get(DEBT)
        self._payable = accounts.get(PAYABLE)
        mine = [account for account in (self._payable, self._debt) if account is not None]
        self._statement = ledger.statement(account_ids=mine, since=month.since, until=month.until)

    @property
    def opening_minor(self) -> int:
        """The balance when the month began."""
        return self._statement.opening_minor.get(self._payable or 0, 0)

    @property
    def opening_debt_minor(self) -> int:
        """The debt when the month began, negative while it is owed."""
        return self._statement.opening_minor.get(self._debt or 0, 0)

    def __len__(self) -> int:
        return len(self._statement)

    @overload
    def __getitem__(self, asked: int) -> MoneyLine: ...
    @overload
    def __getitem__(self, asked: slice) -> list[MoneyLine]: ...
    def __getitem__(self, asked: int | slice) -> MoneyLine | list[MoneyLine]:
        if isinstance(asked, int):
            return self[asked : asked + 1][0]
        lines = list(self._in_words(self._statement[asked]))
        released = [line.order_id for line in lines if line.order_id and _releases(line)]
        shared = member_money.in_orders(released) if released else {}
        return [
            replace(line, shares_minor=shared.get(line.order_id or 0, 0))
            if _releases(line)
            else line
            for line in lines
        ]

    def oldest_first(self) -> Iterator[MoneyLine]:
        """Read every line as the books grew. Streams."""
        return self._in_words(self._statement.oldest_first())

    def _in_words(self, lines: Iterable[ledger.StatementLine]) -> Iterator[MoneyLine]:
        for line in lines:
            yield MoneyLine(
                at=line.at,
                what=str(KINDS.get(line.kind, line.kind)),
                of_debt=line.account_id == self._debt,
                order_id=_number(line.ref, "order:"),
                payout_id=_number(line.key, "payout:"),
                key=line.key,
                amount_minor=line.amount_minor,
                balance_minor=line.balance_minor,
            )


def _releases(line: MoneyLine) -> bool:
    return line.key.startswith("release:")


def _number(text: str, prefix: str) -> int | None:
    """Return the number that follows a prefix, up to the next colon."""
    number = text.removeprefix(prefix).partition(":")[0]
    return int(number) if text.startswith(prefix) and number.isdecimal() else None
