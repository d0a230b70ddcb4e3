"""What a seal is: keyed digests of rows, and a chain of blocks of them. Plain Python.

A keyed digest (HMAC-SHA-256, RFC 2104) of each row lets the verifier name the row; whoever owns
the database, but not the key, can write no digest that fits a changed row.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

# The tables that are sealed: decisions, money, audit. Each only grows (ewtp/grants.py).
TABLES = ("cases_decision", "ledger_transfer", "ledger_entry", "outbox_logentry")
# One block is read into memory whole; one run is one transaction and must soon be over.
BLOCK_ROWS = 2_000
RUN_ROWS = 20_000
DIGEST_BYTES = 32
NOTHING_BEFORE = "0" * 64
FORMAT = 1

ALTERED, MISSING, INSERTED = "altered", "missing", "inserted"


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was sealed. `row_id` None: the whole table or file."""

    kind: str
    table: str
    row_id: int | None
    words: str

    def __str__(self) -> str:
        number = "" if self.row_id is None else f" {self.row_id}"
        return f"{self.kind} {self.table}{number}: {self.words}"


@dataclass(frozen=True)
class Contents:
    """All that the digest of a block covers. Rows with from_id < id <= to_id are in it."""

    number: int
    table: str
    from_id: int
    to_id: int
    columns: tuple[str, ...]
    row_ids: tuple[int, ...]
    digests: bytes
    previous: str
    key_name: str
    sealed_at: datetime


def key_name(key: str) -> str:
    """Return a name by which a key can be found again and not guessed."""
    return hashlib.sha256(b"ewtp-seal-key-name:" + key.encode()).hexdigest()[:16]


def row_digest(key: str, table: str, row_id: int, text: str) -> bytes:
    """Return the digest of one row, given as the text of its columns."""
    return hmac.digest(key.encode(), f"row\0{table}\0{row_id}\0{text}".encode(), "sha256")


def block_digest(key: str, block: Contents) -> str:
    """Return the digest of a block, in hexadecimal digits; it covers the block before it."""
    facts = [
        FORMAT,
        block.number,
        block.table,
        block.from_id,
        block.to_id,
        list(block.columns),
        list(block.row_ids),
        block.digests.hex(),
        block.previous,
        block.key_name,
        block.sealed_at.astimezone(UTC).isoformat(timespec="microseconds"),
    ]
    text = json.dumps(facts, separators=(",", ":"))
    return hmac.digest(key.encode(), b"block\0" + text.encode(), "sha256").hex()


def digests_by_id(row_ids: Sequence[int], digests: bytes) -> dict[int, bytes]:
    """Return the sealed digest of each row of a block. Too few bytes leave digests short."""
    return {
        row_id: digests[place * DIGEST_BYTES : (place + 1) * DIGEST_BYTES]
        for place, row_id in enumerate(row_ids)
    }


def compare(
    table: str, sealed: Mapping[int, bytes], found: Iterable[tuple[int, bytes]]
) -> list[Finding]:
    """Return what differs between the rows as sealed and the rows as they are, by id."""
    there: set[int] = set()
    findings = []
    for row_id, digest in found:
        there.add(row_id)
        if row_id not in sealed:
            words = "this row came after its place was sealed"
            findings.append(Finding(INSERTED, table, row_id, words))
        elif not hmac.compare_digest(sealed[row_id], digest):
            findings.append(Finding(ALTERED, table, row_id, "not what was sealed"))
    findings += [
        Finding(MISSING, table, row_id, "sealed, and gone")
        for row_id in sealed
        if row_id not in there
    ]
    return sorted(findings, key=lambda finding: finding.row_id or 0)


def chain_findings(
    previous: Contents | None, previous_digest: str, block: Contents
) -> list[Finding]:
    """Return what is wrong with a block's place in the chain; `previous` None for the first."""
    expected = previous.number + 1 if previous else 1
    findings = [
        Finding(MISSING, "seal", number, "a block of the chain is gone")
        for number in range(expected, block.number)
    ]
    if not findings and block.previous != previous_digest:
        words = "it does not follow the block before it"
        findings.append(Finding(ALTERED, "seal", block.number, words))
    return findings


def head_line(number: int, digest: str, at: datetime) -> str:
    """Return the line that is printed outside the database, without its line end."""
    return json.dumps({"number": number, "digest": digest, "at": at.isoformat()})


def read_heads(lines: Iterable[str]) -> list[tuple[int, str]]:
    """Return (number, digest) of each printed head, in file order; a torn line is number -1."""
    return [_read_head(line) for line in lines if line.strip()]


def _read_head(line: str) -> tuple[int, str]:
    try:
        facts = json.loads(line)
        return int(facts["number"]), str(facts["digest"])
    except (ValueError, KeyError, TypeError):
        return -1, ""
