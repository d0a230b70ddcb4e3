"""The job of an import: a batch of rows, its marks and the progress in each transaction.

A process that dies leaves whole batches behind; the next one goes on with the first unmarked row.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.errors import MarketplaceError
from marketplace.failpoints import reach
from marketplace.listings.importing import (
    archives,
    finishing,
    rules,
    tables,
    undoing,
    uploads,
    writing,
)
from marketplace.listings.importing.planning import Planner, RowPlan, grouped
from marketplace.listings.importing.queries import remembered, resource_of
from marketplace.listings.importing.services import ask_for_work, move
from marketplace.listings.models import GoodsImport, ImportRow, ImportState, RowStage, Verdict
from marketplace.outbox.registry import JobContext

# A batch is short, so that the stop button and a lost process cost little.
BATCH = 250
# Goods that are there are locked while their batch is written; a checkout of them waits as long.
CHANGED_BATCH = 100
# Batches of one job: with the slowest rows measured still far below its lease.
BATCHES = 24
LEASE_SECONDS = 240


def prepare(context: JobContext) -> None:
    """Take batch after batch, each in a transaction of its own, until this job's share is done."""
    import_id = context.payload["import_id"]
    for _batch in range(BATCHES):
        if not step(import_id=import_id, at=context.at):
            return
        reach("import.batched")
        context.renew()


def go_on(context: JobContext) -> None:
    """Ask for another job when the import is not at rest."""
    goods_import = (
        GoodsImport.objects.select_for_update(no_key=True, of=["self"])
        .filter(pk=context.payload["import_id"])
        .first()
    )
    if goods_import is not None and goods_import.state in rules.BUSY:
        ask_for_work(goods_import=goods_import, at=context.at)


def step(*, import_id: int, at: datetime) -> bool:
    """Do the next batch of an import; False when nothing is to be done now."""
    goods_import = GoodsImport.objects.select_related("shop", "by").filter(pk=import_id).first()
    if goods_import is None or goods_import.state not in rules.BUSY:
        return False
    with override(goods_import.by.language):
        if goods_import.state == ImportState.READING:
            _read(goods_import, at=at)
            return False
        if goods_import.state == ImportState.FINISHING:
            return finishing.step(import_id=import_id, at=at)
        return _batch(import_id=import_id, at=at)


def _read(goods_import: GoodsImport, *, at: datetime) -> None:
    """Turn the stored file into rows; whatever cannot be read is refused in words."""
    rows: list[tuple[int, list[str]]] = []
    photos: dict[str, str] = {}
    refusal = ""
    try:
        with uploads.opened(goods_import.stored_table) as table:
            rows = tables.read(table.read(rules.MAX_TABLE_BYTES + 1))
        if goods_import.stored_zip:
            with uploads.opened(goods_import.stored_zip) as file:
                photos = archives.photos_in(file)
    except MarketplaceError as error:
        refusal = error.reason
    except FileNotFoundError:
        refusal = _("The file was lost on its way; please send it again.")
    with transaction.atomic():
        locked = _locked(goods_import.pk)
        if locked.state != ImportState.READING:
            return
        if refusal:
            locked.refusal = refusal[:400]
            move(goods_import=locked, state=ImportState.REFUSED, at=at)
            return
        (_number, heads), *found = rows
        headers = [rules.plain_text(rules.unguarded(head))[:80] for head in heads]
        locked.headers, locked.photo_names = headers, photos
        locked.columns = rules.guess(headers, remembered(locked.shop_id))
        locked.rows_total = len(found)
        ImportRow.objects.bulk_create(
            (ImportRow(goods_import=locked, number=n, cells=cells) for n, cells in found),
            batch_size=2_000,
        )
        stored, locked.stored_table = locked.stored_table, ""
        move(goods_import=locked, state=ImportState.MAPPING, at=at)
        transaction.on_commit(lambda: uploads.erase(stored))


@transaction.atomic
def _batch(*, import_id: int, at: datetime) -> bool:
    goods_import = _locked(import_id)
    works = {
        ImportState.CHECKING: (_check, ImportState.CHECKED),
        ImportState.RUNNING: (_write, ImportState.FINISHING),
        ImportState.UNDOING: (_take_back, ImportState.UNDONE),
    }
    if goods_import.state not in works:
        return False
    work, after = works[ImportState(goods_import.state)]
    try:
        with transaction.atomic():
            done = work(goods_import, at)
    except MarketplaceError as error:
        if goods_import.state != ImportState.RUNNING:
            raise
        # Such as an importer who no longer works in the shop: said, and to be gone on with.
        goods_import.refusal = error.reason[:400]
        move(goods_import=goods_import, state=ImportState.STOPPED, at=at)
        return False
    if done:
        goods_import.rows_done += done
        goods_import.save(update_fields=["rows_done"])
        return True
    move(goods_import=goods_import, state=after, at=at)
    return after == ImportState.FINISHING


def _check(goods_import: GoodsImport, at: datetime) -> int:
    planner = _planner(goods_import, at)
    if goods_import.rows.filter(group_no=0).exists():
        _group(goods_import, planner)
    rows = _next(goods_import, RowStage.READ)
    for group in planner.plan(rows):
        for plan in group.rows:
            note_verdict(plan, planner)
            plan.row.stage = RowStage.CHECKED
    save(rows)
    return len(rows)


def _write(goods_import: GoodsImport, at: datetime) -> int:
    rows = _next(goods_import, RowStage.CHECKED)
    if rows:
        planner = _planner(goods_import, at)
        groups = planner.plan(rows)
        writing.write(goods_import=goods_import, groups=groups, planner=planner, at=at)
        for plan in (plan for group in groups for plan in group.rows):
            note_verdict(plan, planner)
            plan.row.stage = RowStage.WRITTEN
        reach("import.written")
        save(rows)
    return len(rows)


def _take_back(goods_import: GoodsImport, at: datetime) -> int:
    wrote = goods_import.rows.filter(
        stage__in=(RowStage.WRITTEN, RowStage.FINISHED),
        verdict__in=(Verdict.NEW, Verdict.CHANGED),
    )
    rows = _whole_groups(wrote)
    if rows:
        undoing.take_back(goods_import=goods_import, rows=rows, at=at)
        for row in rows:
            row.stage = RowStage.UNDONE
        reach("unimport.undone")
        save(rows)
        return len(rows)
    return goods_import.rows.exclude(stage=RowStage.UNDONE).update(stage=RowStage.UNDONE)


def note_verdict(plan: RowPlan, planner: Planner) -> None:
    """Write a plan's outcome into its row, under the seller's own headings."""
    row = plan.row
    row.verdict = plan.verdict()
    row.errors = [[planner.head(name), text] for name, text in plan.wrong]
    row.changes = [[planner.head(name), before, after] for name, before, after in plan.changes]
    if plan.takes_number and not plan.wrong:
        row.changes.insert(0, [planner.head("sku"), "", plan.said.sku])


def _group(goods_import: GoodsImport, planner: Planner) -> None:
    """Number the rows by the goods they belong to, and mark numbers that come twice."""
    rows = list(goods_import.rows.order_by("number").values_list("pk", "number", "cells"))
    found = grouped(planner, ((number, cells) for _pk, number, cells in rows))
    values = [
        {"id": pk, "group_no": group, "undo": {"twin": [twin]} if twin else {}}
        for (pk, _number, _cells), (group, twin) in zip(rows, found, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE listings_importrow r SET group_no = v.group_no, undo = v.undo"
            " FROM jsonb_to_recordset(%s::jsonb) AS v(id bigint, group_no integer, undo jsonb)"
            " WHERE r.id = v.id",
            [json.dumps(values)],
        )


def save(rows: Sequence[ImportRow]) -> None:
    """Write what a step changed in its rows, in one statement."""
    names = "stage", "verdict", "errors", "changes", "note", "listing_id", "variant_id", "undo"
    values = [{"id": row.pk, **{name: getattr(row, name) for name in names}} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE listings_importrow r SET stage = v.stage, verdict = v.verdict,"
            " errors = v.errors, changes = v.changes, note = v.note, listing_id = v.listing_id,"
            " variant_id = v.variant_id, undo = v.undo"
            " FROM jsonb_to_recordset(%s::jsonb) AS v(id bigint, stage text, verdict text,"
            " errors jsonb, changes jsonb, note text, listing_id bigint, variant_id bigint,"
            " undo jsonb) WHERE r.id = v.id",
            [json.dumps(values)],
        )


def _next(goods_import: GoodsImport, stage: RowStage) -> list[ImportRow]:
    return _whole_groups(goods_import.rows.filter(stage=stage))


def _whole_groups(rows: QuerySet[ImportRow]) -> list[ImportRow]:
    """Return the next rows, and all others of the last one's goods: a listing is never cut."""
    batch = list(rows.order_by("group_no", "number")[:BATCH])
    most = min(BATCH, CHANGED_BATCH)
    if any(row.verdict == Verdict.CHANGED for row in batch[:most]):
        batch = batch[:most]
    if len(batch) < most:
        return batch
    last = batch[-1]
    return batch + list(
        rows.filter(group_no=last.group_no, number__gt=last.number).order_by("number")
    )


def _planner(goods_import: GoodsImport, at: datetime) -> Planner:
    return Planner(goods_import, resource_of(goods_import, at=at))


def _locked(import_id: int) -> GoodsImport:
    return (
        GoodsImport.objects.select_for_update(no_key=True, of=["self"])
        .select_related("shop", "by")
        .get(pk=import_id)
    )
