"""A shop's own numbers of its goods, and tables of goods on their way in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.listings.models.listing import Listing, Variant
from marketplace.shops.models import Shop


class ImportState(models.TextChoices):
    """Where an import stands; the legal moves are importing.rules.MOVES."""

    READING = "reading", _("Being read")
    MAPPING = "mapping", _("Waits for your columns")
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked, nothing changed yet")
    RUNNING = "running", _("At work")
    FINISHING = "finishing", _("Photos and sale")
    STOPPED = "stopped", _("Stopped")
    DONE = "done", _("Done")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")
    REFUSED = "refused", _("Refused")
    CANCELLED = "cancelled", _("Cancelled")


class RowStage(models.TextChoices):
    """How far one row has come; each step marks its rows in the transaction that did the work."""

    READ = "read"
    CHECKED = "checked"
    WRITTEN = "written"
    FINISHED = "finished"
    UNDONE = "undone"


class Verdict(models.TextChoices):
    """What a row would do, or did."""

    NONE = "", _("Not looked at")
    NEW = "new", _("New")
    CHANGED = "changed", _("Changed")
    UNCHANGED = "unchanged", _("Unchanged")
    WRONG = "wrong", _("Wrong")


_OPEN = ("reading", "mapping", "checking", "checked", "running", "finishing")


class SellerNumber(models.Model):
    """The shop's own number of one choice: how its tables name it."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    variant = models.OneToOneField(Variant, on_delete=models.CASCADE, related_name="seller_number")
    code = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "code"], name="seller_number_once"),
            models.CheckConstraint(condition=~Q(code=""), name="seller_number_said"),
        ]

    def __str__(self) -> str:
        return self.code


class GoodsNumber(models.Model):
    """The shop's own number of a listing: rows that share it are its choices."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    listing = models.OneToOneField(Listing, on_delete=models.CASCADE, related_name="goods_number")
    code = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "code"], name="goods_number_once"),
            models.CheckConstraint(condition=~Q(code=""), name="goods_number_said"),
        ]

    def __str__(self) -> str:
        return self.code


class GoodsImport(models.Model):
    """One uploaded table of goods and what became of it."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="goods_imports")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(unique=True, help_text="of the form: sent twice, one import")
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.READING)
    file_name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64, help_text="of table and ZIP together")
    stored_table = models.CharField(max_length=32, blank=True, default="")
    stored_zip = models.CharField(max_length=32, blank=True, default="")
    photo_names = models.JSONField(default=dict, help_text="in the ZIP: small letters → entry")
    headers = models.JSONField(default=list, help_text="texts above the columns")
    columns = models.JSONField(default=list, help_text="field of each column, empty: not used")
    put_on_sale = models.BooleanField(default=False)
    refusal = models.CharField(max_length=400, blank=True, default="", help_text="in words")
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0, help_text="of the present step")
    leg = models.PositiveIntegerField(default=0, help_text="numbers the jobs")
    created_at = models.DateTimeField()
    ran_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ImportState.values), name="goods_import_state_known"
            ),
            models.UniqueConstraint(
                fields=["shop", "sha256"],
                condition=Q(state__in=_OPEN),
                name="goods_import_file_open_once",
            ),
            models.CheckConstraint(
                condition=~Q(state=ImportState.REFUSED) | ~Q(refusal=""),
                name="goods_import_refused_in_words",
            ),
        ]
        indexes = [models.Index(fields=["shop", "-id"], name="goods_import_newest")]

    def __str__(self) -> str:
        return f"import {self.pk} of {self.file_name}"

    @property
    def ref(self) -> str:
        """How the audit names this import."""
        return f"goods_import:{self.pk}"


class ImportRow(models.Model):
    """One row of the table as it came, what is wrong with it, and what it did."""

    goods_import = models.ForeignKey(GoodsImport, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(help_text="as a spreadsheet counts; the heading is 1")
    cells = models.JSONField(default=list)
    group_no = models.PositiveIntegerField(default=0, help_text="rows of one listing share it")
    stage = models.CharField(max_length=8, choices=RowStage, default=RowStage.READ)
    verdict = models.CharField(max_length=9, choices=Verdict, default=Verdict.NONE, blank=True)
    errors = models.JSONField(default=list, help_text="[column, sentence] each")
    changes = models.JSONField(default=list, help_text="[column, before, after] each")
    note = models.CharField(max_length=400, blank=True, default="")
    listing = models.ForeignKey(
        Listing, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    variant = models.ForeignKey(
        Variant, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    undo: Any = models.JSONField(default=dict, help_text="what was before, what was written")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["goods_import", "number"], name="import_row_once"),
            models.CheckConstraint(
                condition=Q(stage__in=RowStage.values) & Q(verdict__in=Verdict.values),
                name="import_row_known",
            ),
        ]
        indexes = [
            models.Index(fields=["goods_import", "stage", "group_no"], name="import_row_next"),
            models.Index(fields=["goods_import", "verdict", "number"], name="import_row_verdict"),
        ]

    def __str__(self) -> str:
        return f"row {self.number} of import {self.goods_import_id}"
