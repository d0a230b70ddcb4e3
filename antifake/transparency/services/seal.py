"""One sealer adds blocks to the chain; whoever comes meanwhile has nothing to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from antifake.transparency import heads
from antifake.transparency.models import Block, Line
from antifake.transparency.queries import rows as tables
from antifake.transparency.queries import seal as chain
from antifake.transparency.queries.seal import Check
from antifake.transparency.rules import seal as rules
from marketplace.accounts.models import User
from marketplace.inbox import services as inbox
from marketplace.outbox import services as outbox

# Ours among the database's advisory locks; the sweeper's stands in outbox/sweeper.py.
LOCK = 7_032_511
# A message each; the command names them all.
NAMED = 20


@dataclass(frozen=True)
class Sealed:
    """What one run did. `more`: final rows are left, run again at once."""

    blocks: int
    rows: int
    more: bool


@transaction.atomic
def seal(*, at: datetime) -> Sealed:
    """Seal every row that is final and not sealed yet, a run's worth at most.

    Final means: every transaction that could still add a row at or below its number is over.
    Safe to repeat and to run twice at once: the second does nothing. Once it is committed, the
    chain's head is printed outside the database.
    """
    if not _alone():
        return Sealed(0, 0, more=False)
    blocks = rows = 0
    for table in rules.TABLES:
        final_to = _final_to(table)
        while rows < rules.RUN_ROWS and chain.sealed_to(table) < final_to:
            rows += len(_add_block(table, final_to, at=at).row_ids)
            blocks += 1
        if chain.sealed_to(table) < final_to:
            break
    more = rows >= rules.RUN_ROWS
    transaction.on_commit(heads.print_new, robust=True)
    return Sealed(blocks, rows, more=more)


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _final_to(table: str) -> int:
    """Return the id up to which no row can come any more, and draw the next line."""
    line, _new = Line.objects.get_or_create(table=table)
    if line.up_to > line.final_to and set(line.running).isdisjoint(tables.running()):
        line.final_to = line.up_to
    if line.up_to == line.final_to:
        # In this order: whoever drew a number before we looked is over, or among the running.
        line.up_to = max(line.final_to, tables.last_drawn(table))
        line.running = tables.running()
        if not line.running:
            line.final_to = line.up_to
    line.save(update_fields=["final_to", "up_to", "running"])
    return line.final_to


def _add_block(table: str, final_to: int, *, at: datetime) -> Block:
    head = chain.newest()
    if head is None:
        heads.make_file()  # before the block: a verifier that sees blocks and no file is right
    above = chain.sealed_to(table)
    columns = tables.columns_of(table)
    found = list(tables.rows(table, columns, above=above, to=final_to, limit=rules.BLOCK_ROWS))
    full = len(found) == rules.BLOCK_ROWS
    key = settings.SEAL_KEY
    block = rules.Contents(
        number=head.number + 1 if head else 1,
        table=table,
        from_id=above,
        to_id=found[-1].row_id if full else final_to,
        columns=columns,
        row_ids=tuple(row.row_id for row in found),
        digests=b"".join(rules.row_digest(key, table, row.row_id, row.text) for row in found),
        previous=head.digest if head else rules.NOTHING_BEFORE,
        key_name=rules.key_name(key),
        sealed_at=at,
    )
    return Block.objects.create(
        number=block.number,
        table=table,
        from_id=block.from_id,
        to_id=block.to_id,
        columns=list(columns),
        row_ids=list(block.row_ids),
        digests=block.digests,
        previous=block.previous,
        digest=rules.block_digest(key, block),
        key_name=block.key_name,
        sealed_at=at,
    )


@transaction.atomic
def note_check(*, check: Check, at: datetime) -> None:
    """Write down that all rows were compared with their seals, and tell staff what was found."""
    data = {
        "blocks": check.blocks,
        "rows": check.rows,
        "heads": check.heads,
        "findings": len(check.findings),
    }
    outbox.record(action="seal.verified", actor="system", subject="seal:all", data=data, at=at)
    if not check.findings:
        return
    for user_id in User.objects.filter(is_staff=True, is_active=True).values_list("pk", flat=True):
        inbox.notify(
            user_id=user_id,
            kind="seal.broken",
            key=f"seal.broken:{at:%Y-%m-%d}",
            subject=_("Sealed rows were changed"),
            body="\n".join(str(finding) for finding in check.findings[:NAMED]),
            link="",
            at=at,
        )
