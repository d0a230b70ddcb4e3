"""Where money moves: accounts are opened and transfers posted here, and nowhere else."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, IntegrityError, OperationalError, connection
from django.utils.translation import gettext as _

from marketplace.errors import InsufficientFunds, KeyReused, MarketplaceError, WrongState
from marketplace.ledger import rules

# serialization_failure, deadlock_detected, lock_not_available (PostgreSQL manual, appendix A).
RETRIED_SQLSTATES = frozenset({"40001", "40P01", "55P03"})
RETRIES = 5
# The n-th pause is a random part of n times this: long enough for a commit to reach the disk.
PAUSE_SECONDS = 0.02
PLATFORM = "platform"

_jitter = random.SystemRandom()

OPEN = """
    INSERT INTO ledger_account (kind, owner_ref, currency, floor_zero, tracked, opened_at)
    SELECT %s, owner_ref, %s, %s, %s, %s FROM unnest(%s::varchar[]) AS asked (owner_ref)
    ORDER BY owner_ref
    ON CONFLICT (kind, owner_ref, currency) DO NOTHING
    RETURNING owner_ref, id
"""
FIND = """
    SELECT owner_ref, id FROM ledger_account
    WHERE kind = %s AND currency = %s AND floor_zero = %s AND tracked = %s
        AND owner_ref = ANY(%s)
"""
POST = """
    SELECT posted_id, replayed FROM ledger_post(
        %s, %s, %s, %s, %s, %s, %s::bigint[], %s::bigint[], %s::bigint[])
"""


@dataclass(frozen=True, slots=True)
class Posted:
    """A transfer in the books; `replayed` when it already stood there before this call."""

    transfer_id: int
    replayed: bool


def open_account(
    *,
    kind: str,
    owner_ref: str,
    currency: str,
    floor_zero: bool = False,
    tracked: bool = False,
    at: datetime,
) -> int:
    """Return the id of the owner's account of this kind and currency, opening it if need be.

    `tracked` keeps a stored balance; `floor_zero` (which needs `tracked`) forbids it to go below
    zero. Written as SQL because the application's role may insert these columns only.
    Raises WrongState if the account was opened with another floor or tracking.
    """
    (account_id,) = open_accounts(
        kind=kind,
        owner_refs=[owner_ref],
        currency=currency,
        floor_zero=floor_zero,
        tracked=tracked,
        at=at,
    )
    return account_id


def open_accounts(
    *,
    kind: str,
    owner_refs: Sequence[str],
    currency: str,
    floor_zero: bool = False,
    tracked: bool = False,
    at: datetime,
) -> list[int]:
    """Return the ids of several owners' accounts, in the owners' order; else as `open_account`."""
    rules.checked_currency(currency)
    what, asked = (kind, currency, floor_zero, tracked), list(owner_refs)
    with connection.cursor() as cursor:
        cursor.execute(OPEN, (*what, at, asked))
        found = dict(cursor.fetchall())
        if len(found) < len(asked):
            cursor.execute(FIND, (*what, asked))
            found |= dict(cursor.fetchall())
    if not all(ref in found for ref in asked):
        raise WrongState(_("This account was opened under other terms."))
    return [int(found[ref]) for ref in asked]


def platform_account(*, kind: str, currency: str, at: datetime) -> int:
    """Return the id of the platform's own account of this kind.

    It is untracked: everybody's transfers touch it, and a stored balance would make them queue.
    """
    # Looked for first: it is nearly always there, and asking to write it costs a number each time.
    with connection.cursor() as cursor:
        cursor.execute(FIND, (kind, currency, False, False, [PLATFORM]))
        row = cursor.fetchone()
    if row is not None:
        return int(row[1])
    return open_account(kind=kind, owner_ref=PLATFORM, currency=currency, at=at)


def post(
    *,
    key: str,
    kind: str,
    entries: Mapping[int, int],
    ref: str,
    actor: str,
    at: datetime,
    reverses: int | None = None,
    close: Sequence[int] = (),
) -> Posted:
    """Move money: each account id in `entries` gains (+) or gives (-) that many minor units.

    One statement, atomic in itself. `close` closes these accounts, which must move in this
    transfer and be left empty. The same key with the same kind, ref, entries and `reverses`
    returns the first transfer with `replayed`.

    Raises InsufficientFunds below a floor, KeyReused for a key with other contents, WrongState
    for an account that is closed or would be closed with money in it and for a second reversal,
    ValueError or TypeError for entries that are no transfer. Inside a caller's transaction any
    of these leaves it aborted, as every database error does: the caller gives up, or wraps the
    call in a savepoint of its own. An account that does not exist is "closed"; entries that balance
    over all currencies but not in each raise IntegrityError.
    Outside a transaction a collision with another one is tried again up to five times.
    """
    account_ids, amounts = rules.checked_entries(entries, close)
    closing = sorted(set(close))

    def once() -> Posted:
        with connection.cursor() as cursor:
            cursor.execute(
                POST, (key, kind, ref, actor, at, reverses, account_ids, amounts, closing)
            )
            transfer_id, replayed = cursor.fetchone()
        return Posted(transfer_id, replayed)

    try:
        return _tried_again(once)
    except IntegrityError as error:
        refusal = _refusal(error)
        if refusal is None:
            raise
        raise refusal from error


def _tried_again(attempt: Callable[[], Posted]) -> Posted:
    """Run `attempt`; after a collision run it again, unless a caller's transaction is open.

    There the whole transaction has failed, and only its owner can run it again.
    """
    for pauses in range(1, RETRIES + 1):
        try:
            return attempt()
        except OperationalError as error:
            if connection.in_atomic_block or _sqlstate(error) not in RETRIED_SQLSTATES:
                raise
        time.sleep(_jitter.uniform(0, PAUSE_SECONDS * pauses))
    return attempt()


def _sqlstate(error: DatabaseError) -> str | None:
    """Return PostgreSQL's five-letter code of the driver's error behind Django's."""
    return getattr(error.__cause__, "pgcode", None)


def _refusal(error: IntegrityError) -> MarketplaceError | None:
    """Return the sentence for a broken rule that a caller may meet; None for a programming error.

    The names are those of constraints (models.py) and triggers (migration 0002).
    """
    diagnosis = getattr(error.__cause__, "diag", None)
    match getattr(diagnosis, "constraint_name", None):
        case "account_floor":
            return InsufficientFunds(_("There is not enough money in the account."))
        case "transfer_key_reused":
            return KeyReused(_("This request was already used for a different payment."))
        case "account_is_open":
            return WrongState(_("The account is closed."))
        case "account_closed_is_zero":
            return WrongState(_("The account still holds money and stays open."))
        case "transfer_reversed_once":
            return WrongState(_("This payment was already reversed."))
        case _:
            return None
