"""Looks at listings and what they found."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from antifake.cases.rules.policy import Outcome
from marketplace.listings.models import Listing


class ScanState(models.TextChoices):
    """Whether a look at a listing has ended."""

    STARTED = "started"
    DONE = "done"


class Scan(models.Model):
    """One look at one version of a listing by one set of detectors."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    content_version = models.PositiveIntegerField()
    detector_set = models.CharField(max_length=64, help_text="hash of detector names and versions")
    occasion = models.CharField(
        max_length=40, blank=True, default="", help_text="empty: the listing changed; rescan:7"
    )
    state = models.CharField(max_length=8, choices=ScanState, default=ScanState.STARTED)
    outcome = models.CharField(
        max_length=9, blank=True, default="", help_text="what the policy said; rules.policy.Outcome"
    )
    ground = models.CharField(
        max_length=16, blank=True, default="", help_text="hard evidence of this kind was there"
    )
    risk_permille = models.PositiveSmallIntegerField(null=True, blank=True)
    started_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["listing", "content_version", "detector_set", "occasion"],
                name="scan_once",
            ),
            models.CheckConstraint(
                condition=Q(state=ScanState.STARTED)
                | (Q(done_at__isnull=False) & Q(risk_permille__isnull=False)),
                name="scan_done_has_risk",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ScanState.values), name="scan_state_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["", *map(str, Outcome)]), name="scan_outcome_known"
            ),
        ]

    def __str__(self) -> str:
        return f"scan {self.pk} of listing {self.listing_id}"


class Finding(models.Model):
    """One detector's evidence."""

    scan = models.ForeignKey(Scan, on_delete=models.PROTECT, related_name="findings")
    detector = models.CharField(max_length=40)
    version = models.CharField(max_length=80)
    kind = models.CharField(max_length=40)
    key = models.CharField(
        max_length=240, help_text="names the evidence; once cleared for a shop it is no news"
    )
    distance = models.FloatField()
    threshold = models.FloatField()
    evidence = models.JSONField()
    sentence = models.TextField(help_text="in words a seller understands")
    log_odds = models.FloatField(help_text="what its detector says it adds to the logit")
    contribution = models.FloatField(
        default=0.0, help_text="what it added to the logit beside the others, by the model then"
    )

    def __str__(self) -> str:
        return f"{self.kind} in scan {self.scan_id}"


class PackPart(models.Model):
    """A part that many evidence packs share, such as the list of brands, named by its content."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    data = models.BinaryField(help_text="JSON, compressed with zlib")

    def __str__(self) -> str:
        return self.sha256


class EvidencePack(models.Model):
    """All that a scan decided on, frozen: it replays to the same finding values."""

    scan = models.OneToOneField(Scan, on_delete=models.PROTECT, related_name="pack")
    sha256 = models.CharField(max_length=64, help_text="of the JSON before compression")
    data = models.BinaryField(help_text="JSON, compressed with zlib")

    def __str__(self) -> str:
        return f"evidence of scan {self.scan_id}"


class PictureText(models.Model):
    """What one reader's version read in one picture: read once, by content."""

    sha256 = models.CharField(max_length=64, help_text="of the uploaded picture")
    version = models.CharField(max_length=40, help_text="of the reader")
    lines = ArrayField(models.TextField())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sha256", "version"], name="picture_text_once")
        ]

    def __str__(self) -> str:
        return f"text in picture {self.sha256[:12]}"


class Unscanned(models.Model):
    """A version that went on sale before its check, because the checks stood still."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    content_version = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "content_version"], name="unscanned_once")
        ]

    def __str__(self) -> str:
        return f"version {self.content_version} of listing {self.listing_id}, unscanned"
