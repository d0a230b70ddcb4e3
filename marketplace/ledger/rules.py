"""What a transfer must be before the database is asked. Plain Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# PostgreSQL's bigint, in which amounts and balances are kept.
LARGEST_MINOR = 2**63 - 1


def checked_entries(
    entries: Mapping[int, int], close: Sequence[int] = ()
) -> tuple[list[int], list[int]]:
    """Return account ids in rising order, and what each gains (+) or gives (-) in minor units.

    >>> checked_entries({7: 500, 3: -500})
    ([3, 7], [-500, 500])

    Raises TypeError for an amount that is not an int, and ValueError for a transfer that no
    ledger could take: fewer than two entries, an entry of nothing, a sum other than zero (the
    database asks for zero in each currency), or an account to close that does not move.
    """
    if any(isinstance(amount, bool) or not isinstance(amount, int) for amount in entries.values()):
        raise TypeError("amounts are ints of minor units")
    if len(entries) < 2:
        raise ValueError("a transfer has at least two entries")
    if any(amount == 0 or abs(amount) > LARGEST_MINOR for amount in entries.values()):
        raise ValueError("an entry moves something, and no more than a bigint holds")
    if sum(entries.values()) != 0:
        raise ValueError("the entries of a transfer sum to zero")
    if not set(close) <= entries.keys():
        raise ValueError("only accounts that move in the transfer can close with it")
    account_ids = sorted(entries)
    return account_ids, [entries[account_id] for account_id in account_ids]


def checked_currency(currency: str) -> str:
    """Return the code if it has the form of ISO 4217.

    >>> checked_currency("EUR")
    'EUR'

    Raises ValueError if it has not.
    """
    if len(currency) != 3 or not (currency.isascii() and currency.isalpha() and currency.isupper()):
        raise ValueError(f"not an ISO 4217 code: {currency!r}")
    return currency
