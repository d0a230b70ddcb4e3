"""Is everything as it was sealed? Every altered, missing or inserted row by its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Max

from antifake.transparency.models import Block
from antifake.transparency.queries import rows as tables
from antifake.transparency.rules import seal as rules

# So many rows are compared in one look at the table.
LOOK_ROWS = 10_000


@dataclass
class Check:
    """What the verifier read and what it found."""

    blocks: int = 0
    rows: int = 0
    heads: int = 0
    head: str = ""
    findings: list[rules.Finding] = field(default_factory=list)


def contents(block: Block) -> rules.Contents:
    """Return what the digest of a stored block covers."""
    return rules.Contents(
        number=block.number,
        table=block.table,
        from_id=block.from_id,
        to_id=block.to_id,
        columns=tuple(block.columns),
        row_ids=tuple(block.row_ids),
        digests=bytes(block.digests),
        previous=block.previous,
        key_name=block.key_name,
        sealed_at=block.sealed_at,
    )


def newest() -> Block | None:
    """Return the head of the chain."""
    return Block.objects.order_by("-number").first()


def sealed_to(table: str) -> int:
    """Return the id up to which a table is sealed; 0 when nothing is."""
    highest = Block.objects.filter(table=table).aggregate(to=Max("to_id"))["to"]
    return int(highest or 0)


def waiting_rows() -> dict[str, int]:
    """Return for each sealed table how many ids were drawn since its last seal."""
    return {table: max(0, tables.last_drawn(table) - sealed_to(table)) for table in rules.TABLES}


@transaction.atomic
def verify(*, keys: Mapping[str, str], heads: Iterable[tuple[int, str]] | None) -> Check:
    """Compare chain, printed heads and rows with each other.

    `keys` are the keys by name, `heads` what was printed outside the database, None when the
    file is not there.
    """
    check = Check()
    digests = _check_chain(check, keys)
    _check_heads(check, digests, heads)
    for table in rules.TABLES:
        _check_table(check, table, keys)
    return check


def _check_chain(check: Check, keys: Mapping[str, str]) -> dict[int, str]:
    before: rules.Contents | None = None
    before_digest = rules.NOTHING_BEFORE
    digests: dict[int, str] = {}
    for row in Block.objects.order_by("number").iterator(chunk_size=200):
        block = contents(row)
        check.findings += rules.chain_findings(before, before_digest, block)
        key = keys.get(block.key_name)
        if key is None:
            words = f"no key is named {block.key_name}"
            check.findings.append(rules.Finding("unreadable", "seal", block.number, words))
        elif rules.block_digest(key, block) != row.digest:
            words = "the block's own digest does not fit it"
            check.findings.append(rules.Finding(rules.ALTERED, "seal", block.number, words))
        digests[block.number] = row.digest
        before, before_digest = block, row.digest
        check.blocks += 1
    check.head = before_digest
    return digests


def _check_heads(
    check: Check, digests: Mapping[int, str], heads: Iterable[tuple[int, str]] | None
) -> None:
    if heads is None:
        if digests:
            words = "the file with the printed heads is gone"
            check.findings.append(rules.Finding(rules.MISSING, "heads", None, words))
        return
    for number, digest in heads:
        check.heads += 1
        if number not in digests:
            words = "printed outside, and gone from the chain"
            check.findings.append(rules.Finding(rules.MISSING, "seal", number, words))
        elif digests[number] != digest:
            words = "the head printed outside is another"
            check.findings.append(rules.Finding(rules.ALTERED, "seal", number, words))


def _check_table(check: Check, table: str, keys: Mapping[str, str]) -> None:
    reached = 0
    there = set(tables.columns_of(table))
    for group in _groups(table):
        first, last = group[0], group[-1]
        if first.from_id != reached:
            words = f"no seal covers the rows from {reached + 1} to {first.from_id}"
            check.findings.append(rules.Finding("uncovered", table, None, words))
        reached = last.to_id
        gone = [name for name in first.columns if name not in there]
        if gone:
            words = f"the sealed column {gone[0]} is gone"
            check.findings.append(rules.Finding(rules.MISSING, table, None, words))
            continue
        check.findings += _compare(check, group, keys)
    check.findings += [
        rules.Finding(rules.INSERTED, table, row_id, "no counter ever drew this number")
        for row_id in tables.outside(table)
    ]


def _compare(check: Check, group: list[Block], keys: Mapping[str, str]) -> list[rules.Finding]:
    first, last = group[0], group[-1]
    key = keys.get(first.key_name)
    if key is None:
        return []  # said once, with the chain
    sealed: dict[int, bytes] = {}
    for block in group:
        sealed |= rules.digests_by_id(block.row_ids, bytes(block.digests))
    check.rows += len(sealed)
    found = (
        (row.row_id, rules.row_digest(key, first.table, row.row_id, row.text))
        for row in tables.rows(first.table, first.columns, above=first.from_id, to=last.to_id)
        if row.row_id > 0
    )
    return rules.compare(first.table, sealed, found)


def _groups(table: str) -> Iterator[list[Block]]:
    """Return the table's blocks in order, neighbours with one key and the same columns together."""
    group: list[Block] = []
    rows = 0
    for block in Block.objects.filter(table=table).order_by("from_id").iterator(chunk_size=200):
        if group and (rows >= LOOK_ROWS or not _neighbours(group[-1], block)):
            yield group
            group, rows = [], 0
        group.append(block)
        rows += len(block.row_ids)
    if group:
        yield group


def _neighbours(left: Block, right: Block) -> bool:
    return (left.to_id, left.key_name, left.columns) == (
        right.from_id,
        right.key_name,
        right.columns,
    )
