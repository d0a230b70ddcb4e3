"""Reads of the ledger: balances, statements, the trial balance, and the full audit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import F, Sum, Window

from marketplace.ledger.models import Account, Entry

# One statement each, and therefore one snapshot: no transfer is seen half.
TRIAL_BALANCE = """
    SELECT currency, sum(amount)::bigint FROM (
        SELECT currency, balance_minor AS amount FROM ledger_account WHERE tracked
        UNION ALL
        SELECT account.currency, entry.amount_minor
        FROM ledger_account AS account
        JOIN ledger_entry AS entry ON entry.account_id = account.id
        WHERE NOT account.tracked
    ) AS every_balance
    GROUP BY currency ORDER BY currency
"""
AUDIT = """
    WITH by_account AS (
        SELECT account_id, sum(amount_minor) AS total FROM ledger_entry GROUP BY account_id
    ), by_transfer AS (
        SELECT transfer_id, sum(entries) AS entries, bool_or(total <> 0) AS unbalanced
        FROM (
            SELECT entry.transfer_id, count(*) AS entries, sum(entry.amount_minor) AS total
            FROM ledger_entry AS entry JOIN ledger_account ON ledger_account.id = entry.account_id
            GROUP BY entry.transfer_id, ledger_account.currency
        ) AS in_currency
        GROUP BY transfer_id
    )
    SELECT 'accounts' AS figure, '' AS subject, count(*)::numeric AS found, NULL::numeric AS should
        FROM ledger_account
    UNION ALL
    SELECT 'transfers', '', count(*), NULL FROM ledger_transfer
    UNION ALL
    SELECT 'entries', '', count(*), NULL FROM ledger_entry
    UNION ALL
    SELECT 'currency', account.currency, coalesce(sum(by_account.total), 0), 0
        FROM ledger_account AS account LEFT JOIN by_account ON by_account.account_id = account.id
        GROUP BY account.currency
    UNION ALL
    SELECT 'closed', account.id::text, coalesce(by_account.total, 0), 0
        FROM ledger_account AS account LEFT JOIN by_account ON by_account.account_id = account.id
        WHERE account.closed_at IS NOT NULL
          AND (account.balance_minor <> 0 OR coalesce(by_account.total, 0) <> 0)
    UNION ALL
    SELECT 'drifted', account.id::text, account.balance_minor, coalesce(by_account.total, 0)
        FROM ledger_account AS account LEFT JOIN by_account ON by_account.account_id = account.id
        WHERE account.tracked AND account.balance_minor <> coalesce(by_account.total, 0)
    UNION ALL
    SELECT 'count', transfer.id::text, coalesce(by_transfer.entries, 0), transfer.entry_count
        FROM ledger_transfer AS transfer
        LEFT JOIN by_transfer ON by_transfer.transfer_id = transfer.id
        WHERE coalesce(by_transfer.entries, 0) <> transfer.entry_count
    UNION ALL
    SELECT 'unbalanced', transfer_id::text, NULL, 0 FROM by_transfer WHERE unbalanced
"""
PROBLEMS = {
    "closed": "closed account {subject} holds {found}",
    "drifted": "account {subject} stores {found}, its entries sum to {should}",
    "count": "transfer {subject} has {found} entries and declared {should}",
    "unbalanced": "transfer {subject} does not sum to zero in each currency",
}


@dataclass(frozen=True, slots=True)
class Audit:
    """What one full reading of the books found, in one snapshot.

    `currencies` holds the sum of all entries per currency, in minor units; `problems` one
    sentence for everything that is not as it must be.
    """

    accounts: int
    transfers: int
    entries: int
    currencies: dict[str, int]
    problems: list[str]


def balance_minor(*, account_id: int) -> int:
    """Return what the account holds, in minor units of its currency.

    Raises Account.DoesNotExist.
    """
    account = Account.objects.only("tracked", "balance_minor").get(pk=account_id)
    if account.tracked:
        return account.balance_minor
    total = Entry.objects.filter(account_id=account_id).aggregate(total=Sum("amount_minor"))
    return int(total["total"] or 0)


def account_id(*, kind: str, owner_ref: str, currency: str) -> int | None:
    """Return the id of the owner's account of this kind and currency, or None."""
    found = Account.objects.filter(kind=kind, owner_ref=owner_ref, currency=currency)
    return found.values_list("pk", flat=True).first()


def owners_with_money(*, kind: str) -> list[str]:
    """Return the owners of accounts of one tracked kind that hold more than nothing."""
    holding = Account.objects.filter(kind=kind, tracked=True, balance_minor__gt=0)
    return list(holding.values_list("owner_ref", flat=True))


@dataclass(frozen=True, slots=True)
class StatementLine:
    """What one transfer did to one account; minor units, `balance_minor` is what it left there."""

    at: datetime
    account_id: int
    key: str
    kind: str
    ref: str
    amount_minor: int
    balance_minor: int


def balances_of(*, kind: str, owner_refs: Sequence[str], currency: str) -> dict[str, int]:
    """Return what each owner's tracked account of this kind holds; minor units.

    Owners without such an account are left out.
    """
    found = Account.objects.filter(
        kind=kind, owner_ref__in=owner_refs, currency=currency, tracked=True
    )
    return dict(found.values_list("owner_ref", "balance_minor"))


def account_ids(*, owner_ref: str, currency: str) -> dict[str, int]:
    """Return an owner's accounts in one currency: their ids by kind."""
    found = Account.objects.filter(owner_ref=owner_ref, currency=currency)
    return dict(found.values_list("kind", "pk"))


def moved(*, account_id: int, until: datetime | None = None) -> dict[str, int]:
    """Return what each kind of transfer did to an account in all; minor units.

    The sums add up to its balance, or to what it held at `until`.
    """
    entries = Entry.objects.filter(account_id=account_id)
    if until is not None:
        entries = entries.filter(transfer__at__lt=until)
    by_kind = entries.order_by().values_list("transfer__kind").annotate(sum=Sum("amount_minor"))
    return {kind: int(total) for kind, total in by_kind}


def held_at(*, account_ids: Sequence[int], at: datetime) -> dict[int, int]:
    """Return what each account held just before a moment; minor units, 0 for nothing yet."""
    entries = Entry.objects.filter(account_id__in=account_ids, transfer__at__lt=at).order_by()
    sums = dict(entries.values_list("account_id").annotate(sum=Sum("amount_minor")))
    return {account: int(sums.get(account, 0)) for account in account_ids}


_Row = tuple[datetime, int, str, str, str, int, int]


class Statement:
    """The entries of some accounts in [since, until), each with the balance it left.

    Can be counted and sliced for pages (newest first, as people look) and read through with
    `oldest_first` (as books are kept), which streams: no length of time fills the memory.
    """

    def __init__(self, account_ids: Sequence[int], since: datetime, until: datetime) -> None:
        self.opening_minor = held_at(account_ids=account_ids, at=since)
        self._entries = Entry.objects.filter(
            account_id__in=account_ids, transfer__at__gte=since, transfer__at__lt=until
        )
        self._lines = self._entries.annotate(
            ran=Window(
                Sum("amount_minor"),
                partition_by=[F("account_id")],
                order_by=["transfer__at", "pk"],
            )
        ).values_list(
            "transfer__at",
            "account_id",
            "transfer__key",
            "transfer__kind",
            "transfer__ref",
            "amount_minor",
            "ran",
        )

    def __len__(self) -> int:
        return self._entries.count()

    def __getitem__(self, asked: slice) -> list[StatementLine]:
        rows = self._lines.order_by("-transfer__at", "-pk")[asked]
        return [self._line(row) for row in rows]

    def oldest_first(self) -> Iterator[StatementLine]:
        """Read every line in the order in which the books grew."""
        rows = self._lines.order_by("transfer__at", "pk").iterator(chunk_size=1_000)
        return (self._line(row) for row in rows)

    def _line(self, row: _Row) -> StatementLine:
        at, account_id, key, kind, ref, amount, ran = row
        balance = self.opening_minor[account_id] + int(ran)
        return StatementLine(at, account_id, key, kind, ref, amount, balance)


def statement(*, account_ids: Sequence[int], since: datetime, until: datetime) -> Statement:
    """Return what happened to some accounts from `since` until just before `until`."""
    return Statement(account_ids, since, until)


@dataclass(frozen=True, slots=True)
class PlatformEntry:
    """What one transfer did to one of the platform's own accounts; minor units."""

    key: str
    kind: str
    ref: str
    currency: str
    amount_minor: int
    at: datetime


def platform_entries(*, kind: str) -> Iterator[PlatformEntry]:
    """Read every entry of the platform's accounts of one kind, in all currencies. Streams."""
    entries = Entry.objects.filter(account__kind=kind, account__owner_ref="platform")
    rows = entries.order_by().values_list(
        "transfer__key",
        "transfer__kind",
        "transfer__ref",
        "account__currency",
        "amount_minor",
        "transfer__at",
    )
    return (PlatformEntry(*row) for row in rows.iterator(chunk_size=2_000))


def trial_balance() -> dict[str, int]:
    """Return the sum of all balances per currency, in minor units: zero, or something is wrong.

    Cheap: tracked accounts by their stored balance, which `audit` compares with the entries.
    """
    with connection.cursor() as cursor:
        cursor.execute(TRIAL_BALANCE)
        return {currency: int(total) for currency, total in cursor.fetchall()}


def audit() -> Audit:
    """Read all the books. Takes time in proportion to the number of entries."""
    with connection.cursor() as cursor:
        cursor.execute(AUDIT)
        rows = cursor.fetchall()
    sizes = {figure: int(found) for figure, subject, found, _should in rows if not subject}
    currencies = {subject: int(found) for figure, subject, found, _ in rows if figure == "currency"}
    problems = [
        f"{currency} sums to {total}, not to zero"
        for currency, total in currencies.items()
        if total
    ]
    problems += [
        PROBLEMS[figure].format(subject=subject, found=found, should=should)
        for figure, subject, found, should in rows
        if figure in PROBLEMS
    ]
    return Audit(
        accounts=sizes["accounts"],
        transfers=sizes["transfers"],
        entries=sizes["entries"],
        currencies=dict(sorted(currencies.items())),
        problems=sorted(problems),
    )


def check() -> list[str]:
    """Return one sentence per problem in the books; an empty list when all is well."""
    return audit().problems
