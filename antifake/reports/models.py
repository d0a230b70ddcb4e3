"""Reports of goods by anybody."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from antifake.cases.models import Case
from marketplace.accounts.sealing import SealedTextField
from marketplace.listings.models import Listing


class Reason(models.TextChoices):
    """What somebody says is wrong with goods, in plain words."""

    FAKE = "fake", _("It is a fake")
    STOLEN_PHOTO = "stolen_photo", _("The photos belong to somebody else")
    UNSAFE = "unsafe", _("It is forbidden or dangerous")
    MISLEADING = "misleading", _("It is not what it says")
    SCAM = "scam", _("Somebody wants to cheat buyers")


class Report(models.Model):
    """What one person said about one version of a listing. Never changed; its case tells the rest.

    `by` nobody: a visitor, of whom nothing is kept but a keyed hash of the network, so that one
    network counts once.
    """

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    content_version = models.PositiveIntegerField()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=12, choices=Reason)
    text_sealed = SealedTextField(blank=True, default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    network_hash = models.CharField(max_length=53, blank=True, default="")
    key = models.UUIDField(unique=True, help_text="of the form: sent twice, it counts once")
    token = models.CharField(max_length=43, unique=True, help_text="opens the page of the outcome")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=Reason.values), name="report_reason_known"
            ),
            models.UniqueConstraint(
                fields=["listing", "content_version", "by"],
                condition=Q(by__isnull=False),
                name="report_once_a_person",
            ),
            models.CheckConstraint(
                condition=Q(by=None) | Q(network_hash=""), name="report_known_or_hashed"
            ),
        ]
        indexes = [models.Index(fields=["listing", "content_version"], name="report_of_version")]

    def __str__(self) -> str:
        return f"report {self.pk} about listing {self.listing_id}"

    @property
    def ref(self) -> str:
        """How events and audit name it."""
        return f"report:{self.pk}"
