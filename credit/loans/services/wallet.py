"""A shop's wallet and the world: out to its own payout account, in from a card.

The provider is called outside any transaction, with the move's name as its key. Money on its way
out stands on an account of its own until the provider has made the payment, so that both books
agree at any moment.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from credit.loans.models import Direction, MoveState, WalletMove
from credit.loans.services import books, news
from marketplace.errors import BadInput, KeyReused, WrongState
from marketplace.ledger import services as ledger
from marketplace.orders.providers import payments as port
from marketplace.orders.services import accounts, locks
from marketplace.orders.services.payment import provider
from marketplace.outbox import services as outbox
from marketplace.shops.models import Shop
from marketplace.shops.queries import payout_account_at, require
from marketplace.shops.rules import Act

SEND = "loans.send"
# A call that never reached the provider is given up after this.
GIVEN_UP = timedelta(hours=1)


@transaction.atomic
def take_out(*, shop_id: int, by_id: int, key: UUID, amount_minor: int, at: datetime) -> WalletMove:
    """Send money from the wallet to the shop's own payout account. Once per `key`.

    Raises WrongState while there is none or it was changed lately, InsufficientFunds for more
    than the wallet holds, BadInput for nothing.
    """
    require(user_id=by_id, shop_id=shop_id, act=Act.BORROW)
    shop = locks.shop(shop_id=shop_id)
    move, made = _written(shop, key, Direction.OUT, amount_minor, by_id=by_id, at=at)
    if not made:
        return move
    paused = shop.payouts_paused_until is not None and at < shop.payouts_paused_until
    if not shop.payout_account_sealed or paused:
        raise WrongState(_("There is no account to pay to, or it was changed lately."))
    wallet = books.wallet(shop_ref=shop.ref, currency=shop.currency, at=at)
    _post(move, "wallet_out", {wallet: -amount_minor, _way(move, at): amount_minor}, at)
    outbox.enqueue(
        kind=SEND,
        key=f"{SEND}:{move.pk}",
        payload={"move_id": move.pk, "at": at.isoformat()},
        run_at=shop.applied_at,  # past, so at once, also on a simulated clock
        queue="checkout",
    )
    return move


def bring_in(
    *, shop_id: int, by_id: int, key: UUID, amount_minor: int, card: str, at: datetime
) -> WalletMove:
    """Charge a card for the wallet. Once per `key`. Raises BadInput for nothing."""
    require(user_id=by_id, shop_id=shop_id, act=Act.BORROW)
    with transaction.atomic():
        shop = locks.shop(shop_id=shop_id)
        move, _made = _written(shop, key, Direction.IN, amount_minor, by_id=by_id, at=at)
    if move.state != MoveState.SENT:
        return move
    result = provider().charge(
        key=move.ref, card=card, currency=move.currency, amount_minor=amount_minor, at=at
    )
    return finish(move_id=move.pk, result=result, at=at)


def _written(
    shop: Shop, key: UUID, direction: str, amount_minor: int, *, by_id: int, at: datetime
) -> tuple[WalletMove, bool]:
    if amount_minor <= 0:
        raise BadInput(_("Say how much."), field="amount")
    move, made = WalletMove.objects.get_or_create(
        key=key,
        defaults={
            "shop": shop,
            "by_id": by_id,
            "direction": direction,
            "currency": shop.currency,
            "amount_minor": amount_minor,
            "at": at,
        },
    )
    if (move.shop_id, move.direction, move.amount_minor) != (shop.pk, direction, amount_minor):
        raise KeyReused(_("This form was already sent with other answers."))
    return move, made


def send(*, move_id: int, at: datetime) -> port.Result | None:
    """Ask the provider to pay out, or what became of a charge; None when it never came there.

    Runs outside any transaction; the provider knows the key.
    """
    move = WalletMove.objects.get(pk=move_id)
    known = provider().look_up(key=move.ref)
    if known is not None or move.direction == Direction.IN:
        return known
    return provider().payout(
        key=move.ref,
        account=payout_account_at(shop_id=move.shop_id, at=move.at),
        currency=move.currency,
        amount_minor=move.amount_minor,
        at=at,
    )


@transaction.atomic
def finish(*, move_id: int, result: port.Result | None, at: datetime) -> WalletMove:
    """Store how a move ended; one still on its way is left open. Safe to repeat.

    None: the provider never heard of it.
    """
    move = (
        WalletMove.objects.select_for_update(no_key=True, of=("self",))
        .select_related("shop")
        .get(pk=move_id)
    )
    if move.state != MoveState.SENT or (result and result.outcome == port.PENDING):
        return move
    done = result is not None and result.outcome == port.SUCCEEDED
    move.state, move.ended_at = MoveState.DONE if done else MoveState.FAILED, at
    move.save(update_fields=["state", "ended_at"])
    _book(move, at, done=done)
    if not done:
        news.move_failed(user_id=move.by_id, ref=move.ref, at=at)
    data = {"shop_id": move.shop_id, "direction": move.direction, "amount_minor": move.amount_minor}
    outbox.record(
        action=f"wallet.{move.state}",
        actor=f"user:{move.by_id}",
        subject=move.ref,
        data=data,
        at=at,
    )
    return move


def _book(move: WalletMove, at: datetime, *, done: bool) -> None:
    wallet = books.wallet(shop_ref=move.shop.ref, currency=move.currency, at=at)
    outside = accounts.provider(currency=move.currency, at=at)
    if move.direction == Direction.IN:
        if done:
            _post(move, "wallet_in", {outside: -move.amount_minor, wallet: move.amount_minor}, at)
        return
    way = _way(move, at)
    to = outside if done else wallet
    kind = "wallet_paid" if done else "wallet_returned"
    _post(move, kind, {way: -move.amount_minor, to: move.amount_minor}, at, close=way)


def _way(move: WalletMove, at: datetime) -> int:
    return books.on_its_way(move_ref=move.ref, currency=move.currency, at=at)


def _post(
    move: WalletMove, kind: str, entries: dict[int, int], at: datetime, *, close: int | None = None
) -> None:
    # What touches the provider bears the name that the provider knows it by.
    outside = kind in ("wallet_in", "wallet_paid")
    ledger.post(
        key=move.ref if outside else f"{move.ref}:{kind}",
        kind=kind,
        entries=entries,
        ref=move.shop.ref,
        actor=f"user:{move.by_id}",
        at=at,
        close=[close] if close else [],
    )


def ask_again(*, at: datetime, limit: int) -> int:
    """Have the provider asked what became of open moves; return how many."""
    waiting = WalletMove.objects.filter(state=MoveState.SENT, at__lte=at - GIVEN_UP)
    ids = list(waiting.order_by("pk").values_list("pk", flat=True)[:limit])
    for move_id in ids:
        outbox.enqueue(
            kind=SEND,
            key=f"{SEND}:{move_id}:{at.isoformat()}",
            payload={"move_id": move_id, "at": at.isoformat()},
            run_at=at,
            queue="checkout",
        )
    return len(ids)
