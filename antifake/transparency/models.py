"""The chain of seals, and who took evidence out of the house."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from antifake.cases.models import Case


class Block(models.Model):
    """One link of the chain: the keyed digests of some rows of one table. Append-only."""

    number = models.PositiveBigIntegerField(unique=True, help_text="1, 2, 3 … without a gap")
    table = models.CharField(max_length=63)
    from_id = models.BigIntegerField(help_text="rows above this id")
    to_id = models.BigIntegerField(help_text="up to this id")
    columns = ArrayField(models.CharField(max_length=63), help_text="what the digests cover")
    row_ids = ArrayField(models.BigIntegerField(), help_text="the rows that were there")
    digests = models.BinaryField(help_text="32 bytes a row, in the order of row_ids")
    previous = models.CharField(max_length=64, unique=True, help_text="digest of the block before")
    digest = models.CharField(max_length=64, unique=True)
    key_name = models.CharField(max_length=16, help_text="which key")
    sealed_at = models.DateTimeField()

    class Meta:
        verbose_name = "seal"
        constraints = [
            models.CheckConstraint(condition=Q(number__gte=1), name="block_counts_from_one"),
            models.CheckConstraint(condition=Q(to_id__gt=F("from_id")), name="block_goes_on"),
            models.UniqueConstraint(fields=["table", "from_id"], name="block_no_fork"),
            models.UniqueConstraint(fields=["table", "to_id"], name="block_no_second_end"),
        ]

    def __str__(self) -> str:
        return f"seal {self.number} of {self.table} to {self.to_id}"


class Line(models.Model):
    """How far a table's rows are final: a note of the sealer to itself, no evidence.

    Every id up to `up_to` had been drawn when the line was; once each transaction that was
    running then is over, no row can come below it any more, and `final_to` follows.
    """

    table = models.CharField(max_length=63, unique=True)
    final_to = models.BigIntegerField(default=0)
    up_to = models.BigIntegerField(default=0)
    running = ArrayField(models.CharField(max_length=40), default=list)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(up_to__gte=F("final_to")), name="line_not_behind")
        ]

    def __str__(self) -> str:
        return f"line of {self.table} at {self.up_to}"


class Bundle(models.Model):
    """Evidence about one case that was given to an authority. Append-only.

    The ZIP lies in the private storage, as it was given.
    """

    key = models.UUIDField(unique=True, help_text="of the form: sent twice, made once")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    authority = models.CharField(max_length=300, help_text="who asks")
    reference = models.CharField(max_length=300, help_text="their number for it")
    ground = models.CharField(max_length=300, help_text="the law or order it rests on")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    sha256 = models.CharField(max_length=64, help_text="of the ZIP")
    size_bytes = models.PositiveIntegerField()

    class Meta:
        verbose_name = "evidence bundle"
        constraints = [
            models.CheckConstraint(
                condition=Q(authority__regex=r"\S")
                & Q(reference__regex=r"\S")
                & Q(ground__regex=r"\S"),
                name="bundle_says_for_whom_and_why",
            )
        ]

    def __str__(self) -> str:
        return f"evidence bundle {self.pk}"

    @property
    def ref(self) -> str:
        """How the audit trail names it."""
        return f"bundle:{self.pk}"

    @property
    def file(self) -> str:
        """Where the ZIP lies in the private storage."""
        return f"bundles/{self.sha256}.zip"
