"""Files that prove something: encrypted in private storage, for staff alone, for a time."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.accounts.sealing import SealedTextField

SUFFIX_KNOWN = Q(suffix__in=["webp", "pdf"])


class SealedRow(models.Model):
    """What is known of one file of a `services.files.Drawer`."""

    name = models.CharField(max_length=32, unique=True, help_text="random name of the stored file")
    key_sealed = SealedTextField(
        blank=True,
        default="",
        help_text="what the stored file is encrypted with; empty once erased",
    )
    suffix = models.CharField(max_length=4, help_text="webp or pdf")
    sha256 = models.CharField(max_length=64, help_text="of the file as it came")
    size_bytes = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    stored_at = models.DateTimeField()
    due_at = models.DateTimeField(db_index=True, help_text="the file is erased then")
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class SealedFile(SealedRow):
    """A proof of a right, or a seller's evidence against a notice."""

    class Meta:
        constraints = [
            models.CheckConstraint(condition=SUFFIX_KNOWN, name="sealed_file_suffix_known")
        ]

    def __str__(self) -> str:
        return f"file {self.pk}"
