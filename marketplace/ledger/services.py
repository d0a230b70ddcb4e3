"""Where money moves: accounts are opened and transfers posted here, and nowhere else."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

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
    SELECT kind, owner_ref, %s, floor_zero, tracked, %s
    FROM unnest(%s::varchar[], %s::varchar[], %s::bool[], %s::bool[])
        AS asked (kind, owner_ref, floor_zero, tracked)
    ORDER BY kind, owner_ref
    ON CONFLICT (kind, owner_ref, currency) DO NOTHING
    RETURNING kind, owner_ref, floor_zero, tracked, id
"""
FIND = """
    SELECT kind, owner_ref, floor_zero, tracked, id FROM ledger_account
    WHERE currency = %s AND kind = ANY(%s) AND owner_ref = ANY(%s)
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


class Wanted(NamedTuple):
    """An account that is asked for; floor and tracking as `open_account` says."""

    kind: str
    owner_ref: str
    floor_zero: bool = False
    tracked: bool = False


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
    wanted = [Wanted(kind, ref, floor_zero=floor_zero, tracked=tracked) for ref in owner_refs]
    return open_all(wanted=wanted, currency=currency, at=at)


def open_all(*, wanted: Sequence[Wanted], currency: str, at: datetime) -> list[int]:
    """Return the ids of accounts of any kinds, in their order; else as `open_account`.

    One statement when all are new, two when some were there.
    """
    rules.checked_currency(currency)
    with connection.cursor() as cursor:
        columns = list(zip(*wanted, strict=True)) or [(), (), (), ()]
        cursor.execute(OPEN, (currency, at, *map(list, columns)))
        found = {Wanted(*row[:4]): int(row[4]) for row in cursor.fetchall()}
        if len(found) < len(set(wanted)):
            cursor.execute(FIND, (currency, list(columns[0]), list(columns[1])))
            found |= {Wanted(*row[:4]): int(row[4]) for row in cursor.fetchall()}
    if not all(one in found for one in wanted):
        raise WrongState(_("This account was opened under other terms."))
    return [found[one] for one in wanted]


def platform_account(*, kind: str, currency: str, at: datetime) -> int:
    """Return the id of the platform's own account of this kind.

    It is untracked: everybody's transfers touch it, and a stored balance would make them queue.
    """
    # Looked for first: it is nearly always there, and asking to write it costs a number each time.
    with connection.cursor() as cursor:
        cursor.execute(FIND, (currency, [kind], [PLATFORM]))
        row = cursor.fetchone()
    if row is not None and row[2:4] == (False, False):
        return int(row[4])
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
