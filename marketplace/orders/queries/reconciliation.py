"""Our ledger against the payment provider's own book, movement by movement.

A *movement* is one thing both books should tell the same about: a charge, a refund, a payout,
a bank's case. Its name in our ledger is the key of the transfer; at the provider it is the
idempotency key of the call. Amounts are signed as the provider's holdings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from marketplace.ledger import queries as ledger
from marketplace.orders import queries
from marketplace.orders.models import Chargeback, DifferenceKind, ReconciliationRun, Refund
from marketplace.orders.providers.payments import BookLine

# The ledger's and the provider's names of one movement: payment:7 and payment:7:2 (its attempt),
# payout:3 and payout:3:returned (it came back), refund:4.
_MOVEMENT = re.compile(r"(payment:\d+)(?::\d+)?|(payout:\d+)(?::returned)?|(refund:\d+)")
_CASE = re.compile(r"chargeback:(\d+):")
_REFUND = re.compile(r"(refund:\d+):(?:owed|reversed)")


@dataclass(frozen=True, slots=True)
class Difference:
    """One movement on which the books disagree; minor units."""

    kind: DifferenceKind
    subject: str
    currency: str
    ledger_minor: int
    provider_minor: int
    provider_refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What one reading of both books came to."""

    ledger_entries: int
    provider_lines: int
    matched: int
    differences: list[Difference]


@dataclass(slots=True)
class _Side:
    """One movement as one book has it."""

    latest: datetime
    amounts: list[int] = field(default_factory=list)
    refs: list[str] = field(default_factory=list)

    @property
    def sum_minor(self) -> int:
        return sum(self.amounts)

    def add(self, amount_minor: int, ref: str, at: datetime) -> None:
        self.amounts.append(amount_minor)
        self.refs.append(ref)
        self.latest = max(self.latest, at)


_Book = dict[tuple[str, str], _Side]


def compare(*, lines: Iterable[BookLine], at: datetime) -> Comparison:
    """Compare the provider's book, as it answered, with our ledger.

    What is younger than `queries.LATE` and stands in one book alone is on its way, and no
    difference. Reads everything: its time grows with the number of movements.
    """
    ours, entries = _our_book()
    theirs, read = _their_book(lines)
    young = at - queries.LATE
    found, matched = [], 0
    for name in sorted(ours.keys() | theirs.keys()):
        mine, other = ours.get(name), theirs.get(name)
        kind = _judge(mine, other, young)
        if kind is None:
            matched += mine is not None and other is not None
            continue
        found.append(
            Difference(
                kind,
                *name,
                ledger_minor=mine.sum_minor if mine else 0,
                provider_minor=other.sum_minor if other else 0,
                provider_refs=tuple(other.refs) if other else (),
            )
        )
    known = {difference.subject for difference in found}
    late = [one for one in _late(at) if one.subject not in known]
    return Comparison(entries, read, matched, [*found, *late])


def _judge(mine: _Side | None, other: _Side | None, young: datetime) -> DifferenceKind | None:
    """Say how one movement differs; None when it does not, or is still on its way."""
    ours = mine.sum_minor if mine else 0
    theirs = other.sum_minor if other else 0
    if ours == theirs:
        return None
    if other is not None and len(other.amounts) > 1 and ours in other.amounts:
        return DifferenceKind.TWICE
    if any(side is not None and side.latest > young for side in (mine, other)):
        return None
    if mine is None:
        return DifferenceKind.MISSING_IN_LEDGER
    return DifferenceKind.MISSING_AT_PROVIDER if other is None else DifferenceKind.AMOUNT


def _our_book() -> tuple[_Book, int]:
    cases = _cases_of_refunds()
    book: _Book = {}
    entries = 0
    for entry in ledger.platform_entries(kind="provider"):
        subject = _subject_of_transfer(entry.key, cases)
        side = book.setdefault((subject, entry.currency), _Side(entry.at))
        side.add(-entry.amount_minor, entry.key, entry.at)
        entries += 1
    return book, entries


def _subject_of_transfer(key: str, cases: Mapping[str, str]) -> str:
    """Return the movement a transfer belongs to; one of no known form is its own."""
    known = _MOVEMENT.fullmatch(key)
    if known:
        return next(group for group in known.groups() if group)
    part = _REFUND.fullmatch(key)
    if part and part[1] in cases:
        return cases[part[1]]
    loss = _CASE.match(key)
    return cases.get(f"chargeback:{loss[1]}", key) if loss else key


def _cases_of_refunds() -> dict[str, str]:
    """Return the bank's case that each refund or chargeback of ours belongs to."""
    cases: dict[str, str] = {}
    for case_id, name in Chargeback.objects.values_list("pk", "provider_case"):
        cases[f"chargeback:{case_id}"] = name
    of_cases = Refund.objects.filter(chargeback__isnull=False) | Refund.objects.filter(
        key__startswith="chargeback:"
    )
    for refund_id, case_id, key in of_cases.values_list("pk", "chargeback_id", "key"):
        number = case_id or key.split(":")[1]
        cases[f"refund:{refund_id}"] = cases[f"chargeback:{number}"]
    return cases


def _their_book(lines: Iterable[BookLine]) -> tuple[_Book, int]:
    book: _Book = {}
    strangers: list[BookLine] = []
    refunded: dict[tuple[str, str, int], str] = {}
    read = 0
    for line in lines:
        read += 1
        known = _MOVEMENT.fullmatch(line.key)
        if line.kind == "refund" and not known:
            strangers.append(line)
            continue
        subject = next(group for group in known.groups() if group) if known else line.key
        _enter(book, subject, line)
        if line.kind == "refund":
            refunded[line.about, line.currency, line.amount_minor] = subject
    for line in strangers:
        # The same sum of the same charge under a name that is not ours: sent a second time.
        same = refunded.get((line.about, line.currency, line.amount_minor), line.key)
        _enter(book, same, line)
    return book, read


def _enter(book: _Book, subject: str, line: BookLine) -> None:
    side = book.setdefault((subject, line.currency), _Side(line.at))
    side.add(line.amount_minor, line.provider_ref, line.at)


def _late(at: datetime) -> list[Difference]:
    """Return the refunds that are owed for too long and that neither book has."""
    return [
        Difference(DifferenceKind.LATE, refund.ref, refund.order.currency, -refund.amount_minor, 0)
        for refund in queries.refunds_owed(at=at)
    ]


def runs() -> QuerySet[ReconciliationRun]:
    """Return the nightly comparisons, the newest first."""
    return ReconciliationRun.objects.prefetch_related("differences").order_by("-day")
