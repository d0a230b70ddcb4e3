"""Ways to break the ledger's books, tried by bench/ledger.py as the application's role."""

from __future__ import annotations

import psycopg2

NEW_TRANSFER = (
    "INSERT INTO ledger_transfer (key, kind, entry_count, ref, actor, at)"
    " VALUES ('{key}', 'forged', {count}, 'bench:1', 'system', now()) RETURNING id"
)
ADD = "INSERT INTO ledger_entry (transfer_id, account_id, amount_minor) VALUES {rows}"
# Each is one attempt: statements of one transaction. {first}, {second}: two wallets; {old}: a
# committed transfer.
ATTEMPTS: dict[str, list[str]] = {
    "update entry": ["UPDATE ledger_entry SET amount_minor = amount_minor * 2"],
    "update transfer": ["UPDATE ledger_transfer SET ref = 'bench:2' WHERE id = {old}"],
    "update balance": ["UPDATE ledger_account SET balance_minor = 1000000 WHERE id = {first}"],
    "lift floor": ["UPDATE ledger_account SET floor_zero = false WHERE id = {first}"],
    "close account": ["UPDATE ledger_account SET closed_at = now() WHERE id = {first}"],
    "delete entry": ["DELETE FROM ledger_entry WHERE transfer_id = {old}"],
    "delete transfer": ["DELETE FROM ledger_transfer WHERE id = {old}"],
    "delete account": ["DELETE FROM ledger_account WHERE id = {first}"],
    "truncate entry": ["TRUNCATE ledger_entry"],
    "truncate transfer": ["TRUNCATE ledger_transfer CASCADE"],
    "truncate account": ["TRUNCATE ledger_account CASCADE"],
    "disable trigger": ["ALTER TABLE ledger_entry DISABLE TRIGGER ALL"],
    "drop trigger": ["DROP TRIGGER entries_move_balances ON ledger_entry"],
    "replica role": ["SET session_replication_role = replica"],
    "born rich": [
        "INSERT INTO ledger_account (kind, owner_ref, currency, floor_zero, tracked, opened_at,"
        " balance_minor) VALUES ('wallet', 'user:forger', 'EUR', true, true, now(), 1000)"
    ],
    "empty transfer": [NEW_TRANSFER.format(key="forged-empty", count=2)],
    "one leg": [
        "WITH made AS (" + NEW_TRANSFER.format(key="forged-leg", count=2) + ")"
        " INSERT INTO ledger_entry (transfer_id, account_id, amount_minor)"
        " SELECT id, {first}, 5 FROM made"
    ],
    "unbalanced": [
        "WITH made AS (" + NEW_TRANSFER.format(key="forged-sum", count=2) + ")"
        " INSERT INTO ledger_entry (transfer_id, account_id, amount_minor)"
        " SELECT id, leg.account, leg.amount FROM made,"
        " (VALUES ({first}, 5), ({second}, -4)) AS leg (account, amount)"
    ],
    "unbalanced post": [
        "SELECT ledger_post('forged-post', 'k', 'r', 'system', now(), NULL,"
        " ARRAY[{first}, {second}]::bigint[], ARRAY[5, -4]::bigint[], '{{}}')"
    ],
    "late pair": [ADD.format(rows="({old}, {third}, 5), ({old}, {fourth}, -5)")],
    "late pair in a savepoint": [
        "SAVEPOINT inner_one",
        ADD.format(rows="({old}, {third}, 5), ({old}, {fourth}, -5)"),
        "RELEASE SAVEPOINT inner_one",
    ],
    "overdraft": [
        "SELECT ledger_post('forged-overdraft', 'k', 'r', 'system', now(), NULL,"
        " ARRAY[{first}, {second}]::bigint[], ARRAY[-99999999, 99999999]::bigint[], '{{}}')"
    ],
    "borrowed trigger": [
        "CREATE TEMP TABLE forged (transfer_id bigint, account_id bigint, amount_minor bigint)",
        "CREATE TRIGGER forge AFTER INSERT ON forged REFERENCING NEW TABLE AS added"
        " FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_entries_added()",
        "INSERT INTO forged VALUES ({old}, {first}, -50), ({old}, {second}, 50)",
    ],
    "shadow table": [
        "CREATE TEMP TABLE ledger_entry (transfer_id bigint, account_id bigint,"
        " amount_minor bigint)",
        NEW_TRANSFER.format(key="forged-shadow", count=2),
        "INSERT INTO pg_temp.ledger_entry SELECT id, {first}, 5 FROM public.ledger_transfer"
        " WHERE key = 'forged-shadow'",
        "INSERT INTO pg_temp.ledger_entry SELECT id, {second}, -5 FROM public.ledger_transfer"
        " WHERE key = 'forged-shadow'",
    ],
}


# insufficient_privilege, check_, restrict_, unique_ and not_null_violation; any other error would
# only say that the attempt was misspelt.
REFUSALS = {"42501", "23514", "23001", "23505", "23502"}


def attack(url: str, wallets: list[int]) -> list[str]:
    """Try each attempt in a transaction of its own; return those the database let through."""
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM ledger_transfer WHERE kind = 'bench' LIMIT 1")
        (old,) = cursor.fetchone()
        cursor.execute("SELECT account_id FROM ledger_entry WHERE transfer_id = %s", (old,))
        touched = {account for (account,) in cursor.fetchall()}
    third, fourth = [wallet for wallet in wallets if wallet not in touched][:2]
    names = {"old": old, "first": wallets[0], "second": wallets[1]}
    names |= {"third": third, "fourth": fourth}
    accepted = []
    for attempt, statements in ATTEMPTS.items():
        try:
            with connection, connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement.format(**names))
        except psycopg2.Error as error:
            if error.pgcode in REFUSALS:
                continue
        accepted.append(attempt)
    connection.close()
    return accepted
