"""Payouts: what the platform owes a shop goes to the shop's own account.

What it owes people with shares in the shop goes to theirs (`share_payouts`), as the same rows,
through the same provider and books: `Payout.member` tells them apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from marketplace.failpoints import reach
from marketplace.ledger import queries as balances
from marketplace.ledger import services as ledger
from marketplace.orders import queries, rules
from marketplace.orders.models import Order, OrderState, Payout, PayoutState
from marketplace.orders.providers import payments as port
from marketplace.orders.queries import member_money
from marketplace.orders.services import accounts, claims, locks, news
from marketplace.orders.services.payment import SYSTEM, provider
from marketplace.outbox import services as outbox
from marketplace.shops import queries as shops
from marketplace.shops.models import Shop, ShopState

SEND_JOB = "orders.payout_send"


@transaction.atomic
def pay_out(*, shop_id: int, period: str, at: datetime) -> Payout | None:
    """Send a shop what it is owed; once per shop, period and currency.

    In this order: the shop's debt is netted, a new shop's reserve stays behind, standing
    claims take their shares, the rest goes out. Safe to repeat: the period's payout is
    returned. None when nothing goes out: nothing is owed, there is no payout account, the
    account was changed lately, the shop is suspended, or it is closing with a dispute open.
    People with shares are paid in the same run. The provider is called by a job after the commit.
    """
    shop = locks.shop(shop_id=shop_id)
    if not stopped(shop=shop):
        _pay_members(shop, period, at)
    key = f"{shop.ref}:{period}:{shop.currency}"
    repeated = Payout.objects.filter(key=key).first()
    if repeated is not None or not may_be_paid(shop=shop, at=at):
        return repeated
    owed = accounts.payable(shop=shop, currency=shop.currency, at=at)
    free_minor = _net(shop, owed, key, at)
    failed = Payout.objects.filter(
        shop=shop, member=None, currency=shop.currency, state=PayoutState.FAILED, carried_by=None
    )
    came_back_minor = failed.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    # Claims had their shares of what came back when it went out the first time.
    of_minor = max(0, free_minor - came_back_minor)
    claimed_minor = claims.pay(shop=shop, source=owed, of_minor=of_minor, key=key, at=at)
    amount_minor = free_minor - claimed_minor
    if amount_minor <= 0:
        return None
    payout = Payout.objects.create(
        shop=shop, key=key, currency=shop.currency, amount_minor=amount_minor, created_at=at
    )
    Order.objects.filter(shop=shop, state=OrderState.SETTLED, payout=None).update(payout=payout)
    failed.update(carried_by=payout)
    reach("payout.created")
    _start(payout, at)
    return payout


def _start(payout: Payout, at: datetime) -> None:
    """Take the money off the books of whom it is for, and have the provider asked."""
    _post(payout, at=at)
    reach("payout.posted")
    outbox.enqueue(
        kind=SEND_JOB,
        key=f"{SEND_JOB}:{payout.pk}",
        payload={"payout_id": payout.pk, "at": at.isoformat()},
        run_at=payout.shop.applied_at,  # past, so at once: `at` may lie ahead on a simulated clock
        queue="checkout",
    )
    reach("payout.queued")


def _pay_members(shop: Shop, period: str, at: datetime) -> None:
    """Send people what their shares in a locked shop brought; once for each, period and currency.

    Left behind: what a new shop's reserve keeps of it. Who has no account to be paid to, changed
    it lately or may not log in, waits.
    """
    for due in member_money.due(shop=shop, at=at):
        key = f"{shop.ref}:user:{due.user_id}:{period}:{shop.currency}"
        if due.free_minor <= 0 or Payout.objects.filter(key=key).exists():
            continue
        payout = Payout.objects.create(
            shop=shop,
            member_id=due.user_id,
            key=key,
            currency=shop.currency,
            amount_minor=due.free_minor,
            created_at=at,
        )
        _start(payout, at)


def stopped(*, shop: Shop) -> bool:
    """Say whether nobody is paid for this shop now: not the shop, nor anybody with a share."""
    return shop.state == ShopState.SUSPENDED or (
        shop.state == ShopState.CLOSING and queries.disputed(shop_id=shop.pk).exists()
    )


def may_be_paid(*, shop: Shop, at: datetime) -> bool:
    """Return whether money may leave for this shop now; held money is never lost, it waits."""
    paused = shop.payouts_paused_until is not None and at < shop.payouts_paused_until
    return bool(shop.payout_account_sealed) and not paused and not stopped(shop=shop)


def _net(shop: Shop, owed: int, key: str, at: datetime) -> int:
    """Pay the shop's debt from its balance; return what is free to go out, in minor units."""
    debt = accounts.debt(shop=shop, currency=shop.currency, at=at)
    parts = rules.netted(
        balance_minor=balances.balance_minor(account_id=owed),
        debt_minor=-balances.balance_minor(account_id=debt),
        reserve_minor=queries.reserve_minor(shop=shop, at=at),
    )
    if parts.debt_minor:
        ledger.post(
            # One period may look twice: what was netted so far tells the looks apart.
            key=f"debt:{key}:{_netted_minor(debt)}",
            kind="debt_netted",
            entries={owed: -parts.debt_minor, debt: parts.debt_minor},
            ref=shop.ref,
            actor=SYSTEM,
            at=at,
        )
    return parts.free_minor


def _netted_minor(debt: int) -> int:
    """Return how much of a debt was ever netted; it only grows."""
    return balances.moved(account_id=debt).get("debt_netted", 0)


def pay_out_due(*, at: datetime) -> int:
    """Pay out every shop that is owed money, each in its own transaction; return how many."""
    period = at.date().isoformat()
    return sum(
        pay_out(shop_id=shop_id, period=period, at=at) is not None
        for shop_id in queries.shops_owed()
    )


def send(*, payout_id: int, at: datetime) -> port.Result:
    """Ask the provider to pay. Runs outside any transaction; the provider knows the key."""
    payout = Payout.objects.select_related("shop").get(pk=payout_id)
    key = payout_key(payout=payout)
    # Where it was paid to when it left our books: a change since then must not redirect it.
    account = _account(payout)
    # Asked first: a repeated call is given its first answer, which may have been "pending".
    result = provider().look_up(key=key) or provider().payout(
        key=key,
        account=account,
        currency=payout.currency,
        amount_minor=payout.amount_minor,
        at=at,
    )
    reach("payout.asked")
    return result


@transaction.atomic
def finish(*, payout_id: int, result: port.Result, at: datetime) -> Payout:
    """Store how a payout ended. Safe to repeat.

    One that is still on its way is left open; `followup` asks again. A failed one comes back
    to the shop's balance, and its orders wait for the next payout.
    """
    shop_id = Payout.objects.values_list("shop_id", flat=True).get(pk=payout_id)
    shop = locks.shop(shop_id=shop_id)
    payout = (
        Payout.objects.select_for_update(no_key=True, of=("self",))
        .select_related("shop")
        .get(pk=payout_id)
    )
    if payout.state != PayoutState.CREATED or result.outcome == port.PENDING:
        return payout
    paid = result.outcome == port.SUCCEEDED
    payout.state = PayoutState.PAID if paid else PayoutState.FAILED
    payout.provider_ref, payout.paid_at = result.provider_ref, at if paid else None
    payout.save(update_fields=["state", "provider_ref", "paid_at"])
    reach("payout.noted")
    if not paid:
        _take_back(payout, at=at)
        payout.orders.update(payout=None)
        news.payout_failed(payout=payout, owner=shop.owner, at=at)
    _tell(payout, at)
    return payout


def _tell(payout: Payout, at: datetime) -> None:
    """A shop's systems hear of its own payouts alone; people's have another name."""
    data = {"payout_id": payout.pk, "shop_id": payout.shop_id}
    name, subject = f"payout.{payout.state}", payout.shop.ref
    if payout.member_id is not None:
        data["user_id"] = payout.member_id
        name, subject = f"share_{name}", f"user:{payout.member_id}"
    outbox.record(action=name, actor=SYSTEM, subject=subject, data=data, at=at)
    outbox.emit(name=name, subject=subject, data=data, at=at)


def _account(payout: Payout) -> str:
    if payout.member_id is None:
        return shops.payout_account_at(shop_id=payout.shop_id, at=payout.created_at)
    known = shops.share_account(user_id=payout.member_id, at=payout.created_at)
    return str(known.account_sealed) if known else ""


def _owed(payout: Payout, at: datetime) -> int:
    """Return the ledger account that a payout is taken from."""
    shop, currency = payout.shop, payout.currency
    if payout.member_id is None:
        return accounts.payable(shop=shop, currency=currency, at=at)
    return accounts.member(shop=shop, user_id=payout.member_id, currency=currency, at=at)


def reconcile() -> list[queries.BookDifference]:
    """Compare our ledger with the provider's book; an empty list means that they agree."""
    return queries.reconcile(
        provider_balances_minor=provider().balances_minor(), in_flight_minor=_in_flight_minor()
    )


def payout_key(*, payout: Payout) -> str:
    """Return a payout's idempotency key, in our ledger and at the provider."""
    return f"payout:{payout.pk}"


def _in_flight_minor() -> Mapping[str, int]:
    """Payouts that left our ledger and that the provider has not made yet, by currency."""
    sums: Counter[str] = Counter()
    for payout in Payout.objects.filter(state=PayoutState.CREATED):
        if not provider().done(key=payout_key(payout=payout)):
            sums[payout.currency] += payout.amount_minor
    return sums


def _post(payout: Payout, *, at: datetime) -> int:
    """Payable → provider. Returns the transfer's id; a repeat returns the first one's."""
    owed = _owed(payout, at)
    posted = ledger.post(
        key=payout_key(payout=payout),
        kind="payout",
        entries={
            owed: -payout.amount_minor,
            accounts.provider(currency=payout.currency, at=at): payout.amount_minor,
        },
        ref=payout.shop.ref,
        actor=SYSTEM,
        at=at,
    )
    return posted.transfer_id


def _take_back(payout: Payout, *, at: datetime) -> None:
    """Provider → payable: the payout did not arrive."""
    owed = _owed(payout, at)
    ledger.post(
        key=f"{payout_key(payout=payout)}:returned",
        kind="payout_returned",
        entries={
            owed: payout.amount_minor,
            accounts.provider(currency=payout.currency, at=at): -payout.amount_minor,
        },
        ref=payout.shop.ref,
        actor=SYSTEM,
        at=at,
        reverses=_post(payout, at=at),
    )
