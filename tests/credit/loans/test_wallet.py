"""Money between a shop's wallet and the world: once, and both books agree."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from credit.loans.models import MoveState, WalletMove
from credit.loans.services import wallet
from marketplace.errors import BadInput, InsufficientFunds, WrongState
from marketplace.ledger import queries as ledger
from marketplace.orders.services import payout
from tests.credit.loans.test_repaying import held
from tests.factories.loans import make_loan

pytestmark = pytest.mark.django_db


def take(shop, at, amount_minor=10_000, key=None):
    return wallet.take_out(
        shop_id=shop.pk,
        by_id=shop.owner_id,
        key=key or uuid.uuid4(),
        amount_minor=amount_minor,
        at=at,
    )


def bring(shop, at, card="tok_ok", key=None):
    return wallet.bring_in(
        shop_id=shop.pk,
        by_id=shop.owner_id,
        key=key or uuid.uuid4(),
        amount_minor=5_000,
        card=card,
        at=at,
    )


def test_money_leaves_for_the_payout_account_once_and_both_books_agree(now):
    shop, key = make_loan(at=now).shop, uuid.uuid4()

    move = take(shop, now, key=key)
    assert take(shop, now, key=key) == move
    assert (held("wallet", shop.ref), held("wallet_out", move.ref)) == (20_000, 10_000)
    for _ in range(2):
        result = wallet.send(move_id=move.pk, at=now)
        move = wallet.finish(move_id=move.pk, result=result, at=now)

    assert move.state == MoveState.DONE
    assert held("wallet_out", move.ref) == 0
    assert ledger.check() == []
    assert payout.reconcile() == []


def test_what_the_provider_never_took_comes_back_to_the_wallet(now):
    shop = make_loan(at=now).shop
    move = take(shop, now)

    move = wallet.finish(move_id=move.pk, result=None, at=now)

    assert move.state == MoveState.FAILED
    assert held("wallet", shop.ref) == 30_000
    assert ledger.check() == []


def test_more_than_the_wallet_holds_does_not_leave(now):
    loan = make_loan(at=now)
    with pytest.raises(InsufficientFunds):
        take(loan.shop, now, amount_minor=30_001)


def test_nothing_is_no_amount(now):
    with pytest.raises(BadInput):
        take(make_loan(at=now).shop, now, amount_minor=0)


def test_after_a_change_of_the_account_the_wallet_waits(now):
    shop = make_loan(at=now).shop
    shop.payouts_paused_until = now + timedelta(hours=1)
    shop.save()

    with pytest.raises(WrongState):
        take(shop, now)


@pytest.mark.django_db(transaction=True)
def test_a_card_is_charged_once_and_a_refused_one_not_at_all(now):
    shop, key = make_loan(at=now).shop, uuid.uuid4()

    assert bring(shop, now, key=key) == bring(shop, now, key=key)
    refused = bring(shop, now, card="tok_declined")

    assert refused.state == MoveState.FAILED
    assert held("wallet", shop.ref) == 35_000
    assert ledger.check() == []
    assert payout.reconcile() == []


@pytest.mark.django_db(transaction=True)
def test_eight_withdrawals_at_once_never_take_more_than_there_is(now):
    shop = make_loan(at=now).shop
    keys = [uuid.uuid4() for _ in range(4)] * 2

    def send(key):
        try:
            return take(shop, now, key=key).pk
        except InsufficientFunds:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(send, keys)) - {None}

    assert len(made) == WalletMove.objects.count() == 3
    assert held("wallet", shop.ref) == 0
    assert ledger.check() == []
