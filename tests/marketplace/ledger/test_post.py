"""What `post` and `open_account` promise their callers."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from marketplace.errors import InsufficientFunds, KeyReused, WrongState
from marketplace.ledger import queries, services
from marketplace.ledger.models import Account, Transfer

pytestmark = pytest.mark.django_db


def test_a_transfer_moves_money_between_accounts(wallet, move):
    giver, taker = wallet(1_000), wallet()

    posted = move("gift", {giver: -300, taker: 300})

    assert not posted.replayed
    assert Transfer.objects.get(pk=posted.transfer_id).entry_count == 2
    assert queries.balance_minor(account_id=giver) == 700
    assert queries.balance_minor(account_id=taker) == 300
    assert queries.trial_balance() == {"EUR": 0}
    assert queries.check() == []


def test_a_platform_account_is_the_sum_of_its_entries(wallet, now):
    wallet(1_000)
    wallet(500)

    provider = services.platform_account(kind="provider", currency="EUR", at=now)

    assert queries.balance_minor(account_id=provider) == -1_500
    assert Account.objects.get(pk=provider).balance_minor == 0


def test_accounts_of_several_kinds_open_together_and_are_found_again_in_their_order(now):
    wanted = [
        services.Wanted("wallet", "shop:1", floor_zero=True, tracked=True),
        services.Wanted("loan", "loan:1", tracked=True),
    ]
    (wallet_id, loan_id) = services.open_all(wanted=wanted, currency="EUR", at=now)
    more = services.Wanted("loan", "loan:2", tracked=True)

    again = services.open_all(wanted=[more, *wanted[::-1]], currency="EUR", at=now)

    assert again[1:] == [loan_id, wallet_id]
    assert Account.objects.get(pk=again[0]).owner_ref == "loan:2"
    assert Account.objects.get(pk=wallet_id).floor_zero
    other = services.Wanted("wallet", "shop:1", tracked=True)
    with pytest.raises(WrongState, match="other terms"):
        services.open_all(wanted=[more, other], currency="EUR", at=now)


def test_the_same_post_again_returns_the_first_transfer(wallet, move):
    giver, taker = wallet(1_000), wallet()
    first = move("gift", {giver: -300, taker: 300})

    again = move("gift", {taker: 300, giver: -300}, actor="user:7")

    assert again == services.Posted(first.transfer_id, replayed=True)
    assert queries.balance_minor(account_id=taker) == 300


def test_a_replay_is_told_even_when_the_account_has_closed_since(wallet, move):
    giver, taker = wallet(300), wallet()
    first = move("last", {giver: -300, taker: 300}, close=[giver])

    assert move("last", {giver: -300, taker: 300}, close=[giver]).transfer_id == first.transfer_id


@pytest.mark.parametrize(
    "change",
    [
        lambda giver, taker, other: {"entries": {giver: -301, taker: 301}},
        lambda giver, taker, other: {"entries": {giver: -300, other: 300}},
        lambda giver, taker, other: {"entries": {giver: -300, taker: 200, other: 100}},
        lambda giver, taker, other: {"entries": {giver: 300, taker: -300}},
        lambda giver, taker, other: {"kind": "another"},
        lambda giver, taker, other: {"ref": "order:2"},
    ],
    ids=["amount", "account", "another leg", "direction", "kind", "ref"],
)
def test_a_key_with_other_contents_is_refused(wallet, move, change):
    giver, taker, other = wallet(1_000), wallet(), wallet()
    move("gift", {giver: -300, taker: 300})
    facts = {"entries": {giver: -300, taker: 300}, **change(giver, taker, other)}

    with pytest.raises(KeyReused), transaction.atomic():
        move("gift", **facts)

    assert queries.balance_minor(account_id=giver) == 700


def test_a_floored_account_does_not_go_below_zero(wallet, move):
    giver, taker = wallet(100), wallet()

    with pytest.raises(InsufficientFunds) as refused, transaction.atomic():
        move("too much", {giver: -101, taker: 101})

    assert refused.value.reason
    assert queries.balance_minor(account_id=giver) == 100
    assert not Transfer.objects.filter(key="too much").exists()


def test_an_account_that_is_emptied_can_close_with_the_transfer(wallet, move, now):
    giver, taker = wallet(100), wallet()

    move("last", {giver: -100, taker: 100}, close=[giver])

    assert Account.objects.get(pk=giver).closed_at == now
    with pytest.raises(WrongState), transaction.atomic():
        move("after", {taker: -1, giver: 1})


def test_an_account_with_money_in_it_stays_open_and_nothing_moves(wallet, move):
    giver, taker = wallet(100), wallet()

    with pytest.raises(WrongState), transaction.atomic():
        move("not the last", {giver: -99, taker: 99}, close=[giver])

    assert Account.objects.get(pk=giver).closed_at is None
    assert queries.balance_minor(account_id=giver) == 100


def test_a_transfer_is_reversed_once(wallet, move):
    giver, taker = wallet(100), wallet()
    first = move("gift", {giver: -100, taker: 100})
    move("back", {giver: 100, taker: -100}, reverses=first.transfer_id)

    with pytest.raises(WrongState), transaction.atomic():
        move("back twice", {giver: 100, taker: -100}, reverses=first.transfer_id)

    assert queries.balance_minor(account_id=giver) == 100


@pytest.mark.parametrize(
    ("entries", "error"),
    [
        ({}, ValueError),
        ({1: 0}, ValueError),
        ({1: 5}, ValueError),
        ({1: 5, 2: -4}, ValueError),
        ({1: 0, 2: 0}, ValueError),
        ({1: 2**63, 2: -(2**63)}, ValueError),
        ({1: 1.5, 2: -1.5}, TypeError),
        ({1: True, 2: -1}, TypeError),
    ],
)
def test_entries_that_are_no_transfer_never_reach_the_database(move, entries, error):
    with pytest.raises(error):
        move("nonsense", entries)


def test_an_account_that_does_not_move_cannot_close(wallet, move):
    giver, taker, idle = wallet(100), wallet(), wallet()

    with pytest.raises(ValueError, match="move"):
        move("gift", {giver: -100, taker: 100}, close=[idle])


def test_two_currencies_each_sum_to_zero(wallet, move):
    euros, yen = wallet(100, "EUR"), wallet(100, "JPY")
    more_euros, more_yen = wallet(0, "EUR"), wallet(0, "JPY")

    with pytest.raises(IntegrityError, match="each currency"), transaction.atomic():
        move("mixed up", {euros: -100, yen: 100})
    move("exchange", {euros: -100, more_euros: 100, yen: -50, more_yen: 50})

    assert queries.trial_balance() == {"EUR": 0, "JPY": 0}


def test_money_for_an_account_that_is_not_there_is_refused(wallet, move):
    giver = wallet(100)

    with pytest.raises(WrongState), transaction.atomic():
        move("into the void", {giver: -1, 999_999_999: 1})


def test_opening_twice_gives_one_account(now):
    terms = {"kind": "escrow", "owner_ref": "order:12", "currency": "EUR", "at": now}

    first = services.open_account(**terms, floor_zero=True, tracked=True)

    assert services.open_account(**terms, floor_zero=True, tracked=True) == first
    assert queries.account_id(kind="escrow", owner_ref="order:12", currency="EUR") == first
    assert queries.account_id(kind="escrow", owner_ref="order:13", currency="EUR") is None
    with pytest.raises(WrongState):
        services.open_account(**terms)


def test_a_floor_needs_a_stored_balance(now):
    with pytest.raises(IntegrityError), transaction.atomic():
        services.open_account(
            kind="wallet", owner_ref="user:1", currency="EUR", floor_zero=True, at=now
        )


@pytest.mark.parametrize("currency", ["eur", "EURO", "E1R", ""])
def test_an_account_has_an_iso_currency(now, currency):
    with pytest.raises(ValueError, match="ISO 4217"):
        services.platform_account(kind="provider", currency=currency, at=now)


@pytest.mark.django_db(transaction=True)
def test_a_post_costs_one_round_trip(wallet, move, django_assert_num_queries):
    giver, taker = wallet(100), wallet()

    with django_assert_num_queries(1):
        move("gift", {giver: -100, taker: 100})
