"""What a person does with an import: send it, name its columns, run, stop and undo it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from marketplace.accounts.rules import one_line
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.listings.importing import rules, tables, uploads
from marketplace.listings.models import GoodsImport, ImportState, RowStage, Verdict
from marketplace.outbox import services as outbox
from marketplace.shops.queries import may, require
from marketplace.shops.rules import Act

WORK = "listings.import"
FORGET_BATCH = 20
_OPEN = sorted(rules.OPEN)


def upload(
    *,
    shop_id: int,
    by_id: int,
    key: uuid.UUID,
    table: File[bytes],
    photos: File[bytes] | None = None,
    at: datetime,
) -> GoodsImport:
    """Take a table of goods, and a ZIP with photos, to be read by a job.

    Safe to repeat: the same form, or the same files while their import is still open, give the
    import that is there. Raises NotAllowed, and BadInput for a file that is empty or too large.
    """
    require(user_id=by_id, shop_id=shop_id, act=Act.EDIT_LISTINGS)
    if table.size > rules.MAX_TABLE_BYTES:
        raise tables.too_large()
    if photos is not None and photos.size > rules.MAX_ZIP_BYTES:
        raise BadInput(_("The ZIP may have at most 100 MB; send it in parts."), field="photos")
    sha256 = uploads.digest(table, photos)
    there = _there(shop_id=shop_id, key=key, sha256=sha256)
    if there is not None:
        return there
    stored = [uploads.write(table), uploads.write(photos) if photos is not None else ""]
    try:
        with transaction.atomic():
            made = GoodsImport.objects.create(
                shop_id=shop_id,
                by_id=by_id,
                key=key,
                file_name=one_line(table.name or "")[:120],
                sha256=sha256,
                stored_table=stored[0],
                stored_zip=stored[1],
                created_at=at,
            )
            _record(made, "goods_import.sent", by_id=by_id, at=at)
            ask_for_work(goods_import=made, at=at)
    except IntegrityError:  # the same was quicker on another connection
        uploads.erase(*stored)
        there = _there(shop_id=shop_id, key=key, sha256=sha256)
        if there is None:
            raise
        return there
    return made


@transaction.atomic
def choose_columns(
    *, import_id: int, by_id: int, columns: Sequence[str], at: datetime
) -> GoodsImport:
    """Say which field each column holds ("" for none), and have every row checked.

    Nothing is written to the goods. Raises BadInput when the number is missing or a field is
    named twice, WrongState once the import runs.
    """
    goods_import = _locked(import_id, by_id)
    named = [name for name in columns if name]
    if len(columns) != len(goods_import.headers) or not set(named) <= set(rules.FIELDS):
        raise BadInput(_("Choose one of the fields for each column."))
    if len(set(named)) != len(named):
        raise BadInput(_("Two columns cannot hold the same; choose one of them."))
    if "sku" not in named:
        raise BadInput(
            _("Choose the column with your own number of each article; it tells rows apart.")
        )
    if goods_import.state == ImportState.CHECKING and goods_import.columns == list(columns):
        return goods_import
    goods_import.columns = list(columns)
    _begin(goods_import, ImportState.CHECKING, at=at)
    goods_import.rows.update(
        stage=RowStage.READ,
        verdict=Verdict.NONE,
        group_no=0,
        errors=[],
        changes=[],
        variant=None,
        undo={},
    )
    return goods_import


@transaction.atomic
def run(*, import_id: int, by_id: int, put_on_sale: bool, at: datetime) -> GoodsImport:
    """Write the checked rows to the goods, or go on where a stopped import stood.

    `put_on_sale`: new goods that have all they need go to the check for sale afterwards.
    Safe to repeat. Raises WrongState before the check or after the end.
    """
    goods_import = _locked(import_id, by_id)
    if goods_import.state in (ImportState.RUNNING, ImportState.FINISHING, ImportState.DONE):
        return goods_import
    goods_import.by_id, goods_import.put_on_sale = by_id, put_on_sale
    goods_import.refusal = ""
    goods_import.ran_at = goods_import.ran_at or at
    done = goods_import.rows.exclude(stage=RowStage.CHECKED).count()
    _begin(goods_import, ImportState.RUNNING, done=done, at=at)
    _record(goods_import, "goods_import.run", by_id=by_id, at=at)
    return goods_import


@transaction.atomic
def stop(*, import_id: int, by_id: int, at: datetime) -> GoodsImport:
    """Stop between two batches; what was written stays until it is undone. Safe to repeat.

    A check that is stopped goes back to its columns; what has not begun is called off.
    """
    goods_import = _locked(import_id, by_id)
    after = {
        ImportState.CHECKING: ImportState.MAPPING,
        ImportState.RUNNING: ImportState.STOPPED,
        ImportState.FINISHING: ImportState.STOPPED,
        ImportState.READING: ImportState.CANCELLED,
        ImportState.MAPPING: ImportState.CANCELLED,
        ImportState.CHECKED: ImportState.CANCELLED,
    }.get(ImportState(goods_import.state))
    if after is None:
        return goods_import
    move(goods_import=goods_import, state=after, at=at)
    _record(goods_import, "goods_import.stopped", by_id=by_id, at=at)
    return goods_import


@transaction.atomic
def undo(*, import_id: int, by_id: int, at: datetime) -> GoodsImport:
    """Take back what an import wrote: new drafts go, changed goods get their words back.

    What was bought or edited since stays, and its row says so. Safe to repeat.
    Raises WrongState while it runs.
    """
    goods_import = _locked(import_id, by_id)
    if goods_import.state in (ImportState.UNDOING, ImportState.UNDONE):
        return goods_import
    goods_import.by_id = by_id
    _begin(goods_import, ImportState.UNDOING, at=at)
    _record(goods_import, "goods_import.undo", by_id=by_id, at=at)
    return goods_import


def move(*, goods_import: GoodsImport, state: ImportState, at: datetime) -> None:
    """Move a locked import on. Raises WrongState for a move that does not exist."""
    if not rules.may_move(goods_import.state, state):
        raise WrongState(
            _("This import is “%(state)s”; that cannot be done now.")
            % {"state": goods_import.get_state_display()}
        )
    goods_import.state = state
    if state not in rules.OPEN:
        goods_import.ended_at = at
        # A stopped import may go on, so it keeps its photos.
        if state != ImportState.STOPPED:
            names = (goods_import.stored_table, goods_import.stored_zip)
            goods_import.stored_table = goods_import.stored_zip = ""
            transaction.on_commit(lambda: uploads.erase(*names))
    goods_import.save()


def ask_for_work(*, goods_import: GoodsImport, at: datetime) -> None:
    """Have a job take the next steps; needs the transaction that made them due."""
    goods_import.leg += 1
    goods_import.save(update_fields=["leg"])
    outbox.enqueue(
        kind=WORK,
        key=f"{WORK}:{goods_import.pk}:{goods_import.leg}",
        payload={"import_id": goods_import.pk},
        run_at=at,
    )


@transaction.atomic
def forget(*, at: datetime) -> int:
    """Delete imports nobody needs any more, a batch at most; return how many.

    The goods stay. Half-way ones go after a week, the others after thirty days. One that a job
    should be at goes once that must have failed for a week: all wait for a person before day 30.
    """
    week, month = timedelta(days=rules.KEEP_OPEN_DAYS), timedelta(days=rules.KEEP_DAYS)
    resting = ~Q(state__in=rules.BUSY)
    half = Q(state=ImportState.READING) | (resting & Q(state__in=_OPEN))
    due = (
        (half & Q(created_at__lte=at - week))
        | (resting & Q(created_at__lte=at - month))
        | Q(created_at__lte=at - month - week)
    )
    found = GoodsImport.objects.filter(due).order_by("pk").select_for_update(no_key=True)
    rows = {row.pk: row for row in found[:FORGET_BATCH]}
    for row in rows.values():
        transaction.on_commit(partial(uploads.erase, row.stored_table, row.stored_zip))
        row.delete()
    return len(rows)


def _begin(goods_import: GoodsImport, state: ImportState, *, done: int = 0, at: datetime) -> None:
    goods_import.rows_done = done
    move(goods_import=goods_import, state=state, at=at)
    ask_for_work(goods_import=goods_import, at=at)


def _there(*, shop_id: int, key: uuid.UUID, sha256: str) -> GoodsImport | None:
    mine = GoodsImport.objects.filter(shop_id=shop_id)
    same_form = GoodsImport.objects.filter(key=key).first()
    if same_form is not None:
        if same_form.shop_id != shop_id:
            raise NotAllowed(_("This form belongs to another shop."))
        return same_form
    return mine.filter(sha256=sha256, state__in=_OPEN).first()


def _locked(import_id: int, by_id: int) -> GoodsImport:
    goods_import = GoodsImport.objects.select_for_update(no_key=True, of=["self"]).get(pk=import_id)
    if not may(user_id=by_id, shop_id=goods_import.shop_id, act=Act.EDIT_LISTINGS):
        raise NotAllowed(_("Only people who work in this shop may do this."))
    return goods_import


def _record(goods_import: GoodsImport, action: str, *, by_id: int, at: datetime) -> None:
    data = {"shop_id": goods_import.shop_id, "sha256": goods_import.sha256}
    actor = f"user:{by_id}"
    outbox.record(action=action, actor=actor, subject=goods_import.ref, data=data, at=at)
