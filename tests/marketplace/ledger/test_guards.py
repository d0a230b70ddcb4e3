"""What the database refuses, to the application's role and to the tables' owner."""

from __future__ import annotations

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from marketplace.ledger import queries
from marketplace.ledger.models import Account, Entry, Transfer

NEW_TRANSFER = (
    "INSERT INTO ledger_transfer (key, kind, entry_count, ref, actor, at)"
    " VALUES ('forged', 'k', {count}, 'order:1', 'system', now()) RETURNING id"
)
LEGS = (
    "INSERT INTO ledger_entry (transfer_id, account_id, amount_minor)"
    " SELECT forged.id, leg.account, leg.amount"
    " FROM (SELECT id FROM public.ledger_transfer WHERE key = 'forged') AS forged,"
    " (VALUES {legs}) AS leg (account, amount)"
)
LATE = "INSERT INTO ledger_entry (transfer_id, account_id, amount_minor) VALUES {rows}"
POST = (
    "SELECT ledger_post('forged', 'k', 'order:1', 'system', now(), NULL,"
    " ARRAY[{accounts}]::bigint[], ARRAY[{amounts}]::bigint[], ARRAY[]::bigint[])"
)

# One transaction each. {old} is a committed transfer from {giver} to {taker}; {third} and
# {fourth} hold money and have no part in it.
FOR_BOTH_ROLES = {
    "update entry": ["UPDATE ledger_entry SET amount_minor = amount_minor * 2"],
    "update transfer": ["UPDATE ledger_transfer SET ref = 'order:2' WHERE id = {old}"],
    "update balance": ["UPDATE ledger_account SET balance_minor = 9 WHERE id = {giver}"],
    "update floor": ["UPDATE ledger_account SET floor_zero = false WHERE id = {giver}"],
    "update owner": ["UPDATE ledger_account SET owner_ref = 'user:0' WHERE id = {giver}"],
    "delete entry": ["DELETE FROM ledger_entry WHERE transfer_id = {old}"],
    "delete transfer": ["DELETE FROM ledger_transfer WHERE id = {old}"],
    "delete account": ["DELETE FROM ledger_account WHERE id = {giver}"],
    "truncate entry": ["TRUNCATE ledger_entry"],
    "truncate transfer": ["TRUNCATE ledger_transfer CASCADE"],
    "truncate account": ["TRUNCATE ledger_account CASCADE"],
    "account with a balance": [
        "INSERT INTO ledger_account (kind, owner_ref, currency, floor_zero, tracked, opened_at,"
        " balance_minor) VALUES ('wallet', 'user:0', 'EUR', true, true, now(), 1000)"
    ],
    "empty transfer": [NEW_TRANSFER.format(count=2)],
    "transfer of one": [NEW_TRANSFER.format(count=1), LEGS.format(legs="({third}, 0)")],
    "one leg": [NEW_TRANSFER.format(count=2), LEGS.format(legs="({third}, 5)")],
    "unbalanced": [NEW_TRANSFER.format(count=2), LEGS.format(legs="({third}, 5), ({fourth}, -4)")],
    "unbalanced currencies": [
        NEW_TRANSFER.format(count=2),
        LEGS.format(legs="({third}, -5), ({yen}, 5)"),
    ],
    "too many legs": [
        NEW_TRANSFER.format(count=2),
        LEGS.format(legs="({third}, 5), ({fourth}, -3), ({taker}, -2)"),
    ],
    "too few legs": [
        NEW_TRANSFER.format(count=3),
        LEGS.format(legs="({third}, 5), ({fourth}, -5)"),
    ],
    "an entry of nothing": [
        NEW_TRANSFER.format(count=3),
        LEGS.format(legs="({third}, 5), ({fourth}, -5), ({taker}, 0)"),
    ],
    "one account twice": [
        NEW_TRANSFER.format(count=2),
        LEGS.format(legs="({third}, 5), ({third}, -5)"),
    ],
    "two statements": [
        NEW_TRANSFER.format(count=2),
        LEGS.format(legs="({third}, 5)"),
        LEGS.format(legs="({fourth}, -5)"),
    ],
    "entries of no transfer": [LATE.format(rows="(0, {third}, 5), (0, {fourth}, -5)")],
    "two transfers that make up for each other": [
        NEW_TRANSFER.format(count=2),
        NEW_TRANSFER.format(count=2).replace("forged", "forged too"),
        "INSERT INTO ledger_entry (transfer_id, account_id, amount_minor)"
        " SELECT id, leg.account, leg.amount FROM ledger_transfer JOIN"
        " (VALUES ('forged', {third}, 5), ('forged', {fourth}, -4),"
        " ('forged too', {third}, -5), ('forged too', {fourth}, 4))"
        " AS leg (key, account, amount) USING (key)",
    ],
    "late pair": [LATE.format(rows="({old}, {third}, 5), ({old}, {fourth}, -5)")],
    "late pair in a savepoint": [
        "SAVEPOINT one",
        LATE.format(rows="({old}, {third}, 5), ({old}, {fourth}, -5)"),
        "RELEASE SAVEPOINT one",
    ],
    "late pair in the same transaction": [
        POST.format(accounts="{third}, {fourth}", amounts="5, -5"),
        "SAVEPOINT one",
        LEGS.format(legs="({giver}, -5), ({taker}, 5)"),
        "RELEASE SAVEPOINT one",
    ],
    "empty in a savepoint": ["SAVEPOINT one", NEW_TRANSFER.format(count=2), "RELEASE one"],
    "empty after constraints were met": [
        "SET CONSTRAINTS ALL IMMEDIATE",
        NEW_TRANSFER.format(count=2),
    ],
    "overdraft": [POST.format(accounts="{third}, {fourth}", amounts="-100001, 100001")],
    "unbalanced post": [POST.format(accounts="{third}, {fourth}", amounts="-5, 4")],
    "lopsided arrays": [POST.format(accounts="{third}, {fourth}", amounts="-5, 4, 1")],
    "borrowed trigger": [
        "CREATE TEMP TABLE forged (transfer_id bigint, account_id bigint, amount_minor bigint)",
        "CREATE TRIGGER forge AFTER INSERT ON forged REFERENCING NEW TABLE AS added"
        " FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_entries_added()",
        "INSERT INTO forged VALUES ({old}, {third}, -50), ({old}, {fourth}, 50)",
    ],
    "shadow table": [
        "CREATE TEMP TABLE ledger_entry"
        " (transfer_id bigint, account_id bigint, amount_minor bigint)",
        NEW_TRANSFER.format(count=2),
        LEGS.format(legs="({third}, 5), ({fourth}, -5)"),
    ],
}
# An owner may switch its own guards off; web and workers are not the owner.
FOR_THE_APPLICATION = {
    "close an account": ["UPDATE ledger_account SET closed_at = now() WHERE id = {taker}"],
    "closed when opened": [
        "INSERT INTO ledger_account (kind, owner_ref, currency, floor_zero, tracked, opened_at,"
        " closed_at) VALUES ('wallet', 'user:0', 'EUR', true, true, now(), now())"
    ],
    "disable triggers": ["ALTER TABLE ledger_entry DISABLE TRIGGER ALL"],
    "drop trigger": ["DROP TRIGGER entries_move_balances ON ledger_entry"],
    "replace function": [
        "CREATE OR REPLACE FUNCTION public.ledger_refuse() RETURNS trigger"
        " LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
    ],
    "add a rule": ["CREATE RULE mine AS ON INSERT TO ledger_entry DO INSTEAD NOTHING"],
    "replica role": ["SET session_replication_role = replica"],
    "become the owner": ["SET ROLE ewtp_owner"],
    "rewind the numbers": ["SELECT setval('ledger_transfer_id_seq', 1)"],
    "update by conflict": [
        "INSERT INTO ledger_transfer (id, key, kind, entry_count, ref, actor, at)"
        " VALUES ({old}, 'forged', 'k', 2, 'r', 'a', now())"
        " ON CONFLICT (id) DO UPDATE SET ref = 'order:2'"
    ],
}


# insufficient_privilege, check_, restrict_, unique_ and not_null_violation: refused for a reason,
# and not because the attempt was misspelt.
REFUSALS = {"42501", "23514", "23001", "23505", "23502"}


@pytest.fixture
def books(wallet, move):
    """Return the ids that the attempts name, and a way to see that nothing changed."""
    names = {"giver": wallet(1_000), "taker": wallet(), "third": wallet(100), "fourth": wallet(100)}
    names["yen"] = wallet(100, "JPY")
    entries = {names["giver"]: -10, names["taker"]: 10}
    names["old"] = move("old", entries).transfer_id
    return names


def _as_application(app_connection, statements, names):
    with app_connection, app_connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.format(**names))


@transaction.atomic
def _as_owner(statements, names):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.format(**names))


def _state():
    return [
        list(model.objects.order_by("pk").values_list()) for model in (Account, Transfer, Entry)
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", [*FOR_BOTH_ROLES, *FOR_THE_APPLICATION])
def test_the_application_cannot(attempt, books, app_connection):
    before = _state()
    app_connection.autocommit = False
    statements = {**FOR_BOTH_ROLES, **FOR_THE_APPLICATION}[attempt]

    with pytest.raises(psycopg2.Error) as refused:
        _as_application(app_connection, statements, books)

    assert refused.value.pgcode in REFUSALS
    assert _state() == before
    assert queries.check() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", FOR_BOTH_ROLES)
def test_the_owner_cannot(attempt, books):
    before = _state()

    with pytest.raises(DatabaseError) as refused:
        _as_owner(FOR_BOTH_ROLES[attempt], books)

    assert refused.value.__cause__.pgcode in REFUSALS
    assert _state() == before


@pytest.mark.django_db
@pytest.mark.parametrize("assignment", ["closed_at = NULL", "closed_at = now()"])
def test_a_closed_account_stays_as_it_is(wallet, move, assignment):
    giver, taker = wallet(100), wallet()
    move("last", {giver: -100, taker: 100}, close=[giver])

    with (
        pytest.raises(DatabaseError, match="only grows"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE ledger_account SET {assignment} WHERE id = %s", [giver])


@pytest.mark.django_db(transaction=True)
def test_the_application_can_post_and_close(books, app_connection):
    third, fourth = books["third"], books["fourth"]
    with app_connection.cursor() as cursor:
        cursor.execute(
            "SELECT replayed FROM ledger_post('app', 'k', 'order:1', 'system', now(), NULL,"
            " %s::bigint[], %s::bigint[], %s::bigint[])",
            ([third, fourth], [-100, 100], [third]),
        )
        assert cursor.fetchone() == (False,)

    assert Account.objects.get(pk=third).closed_at is not None
    assert queries.check() == []


@pytest.mark.django_db(transaction=True)
def test_the_audit_finds_what_was_forged_behind_the_guards(books, capsys):
    call_command("ledger_check")
    assert "problems 0" in capsys.readouterr().out
    move_ids = [books["third"], books["fourth"]]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE ledger_account SET balance_minor = 7 WHERE id = %s", move_ids[:1])
        cursor.execute(
            "UPDATE ledger_account SET balance_minor = 0, closed_at = now() WHERE id = %s",
            move_ids[1:],
        )
        cursor.execute(
            "DELETE FROM ledger_entry WHERE transfer_id = %s AND account_id = %s",
            [books["old"], books["taker"]],
        )

    problems = queries.check()

    assert f"account {move_ids[0]} stores 7, its entries sum to 100" in problems
    assert f"closed account {move_ids[1]} holds 100" in problems
    assert f"transfer {books['old']} has 1 entries and declared 2" in problems
    assert f"transfer {books['old']} does not sum to zero in each currency" in problems
    assert "EUR sums to -10, not to zero" in problems
    assert queries.trial_balance()["EUR"] != 0
    with pytest.raises(CommandError):
        call_command("ledger_check")
