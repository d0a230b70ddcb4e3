"""What sellers send with an appeal."""

from django.db import models

from antifake.cases.models.asking import SellerDocument
from antifake.cases.models.cases import Appeal


class AppealEvidence(models.Model):
    """A file that came with an appeal. Added with it, never changed."""

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="evidence")
    document = models.OneToOneField(SellerDocument, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name_plural = "evidence of appeals"

    def __str__(self) -> str:
        return f"evidence {self.document_id} of appeal {self.appeal_id}"
