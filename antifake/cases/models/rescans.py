"""Looks at the whole catalogue for the sake of something new."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from antifake.cases.models.scans import Scan
from marketplace.listings.models import Listing


class RescanCause(models.TextChoices):
    """What became known, so that the catalogue is looked at again."""

    BRAND = "brand", _("A name was registered")
    REFERENCE = "reference", _("A rights holder's photo was added")
    FAKE = "fake", _("A fake was confirmed")
    DETECTORS = "detectors", _("The detectors changed")


class RescanState(models.TextChoices):
    """Whether a run goes on."""

    RUNNING = "running", _("Running")
    STOPPED = "stopped", _("Stopped")
    DONE = "done", _("Done")


class RescanRun(models.Model):
    """One look at the whole catalogue for the sake of something new."""

    cause = models.CharField(max_length=10, choices=RescanCause)
    subject = models.CharField(max_length=80, help_text="what is new: decision:7, brand:3")
    state = models.CharField(max_length=8, choices=RescanState, default=RescanState.RUNNING)
    since = models.DateTimeField(help_text="when it became known")
    due_at = models.DateTimeField(help_text="should be over by then")
    done_at = models.DateTimeField(null=True, blank=True)
    due = models.PositiveIntegerField(help_text="rows to go through, counted when it began")
    scanned = models.PositiveIntegerField(default=0, help_text="rows gone through")
    reached = models.BigIntegerField(default=0, help_text="the last row gone through")
    swept_at = models.DateTimeField(null=True, blank=True, help_text="every row was gone through")
    turns = models.PositiveSmallIntegerField(default=0, help_text="how often it was resumed")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cause", "subject"], name="rescan_once"),
            models.CheckConstraint(
                condition=Q(state__in=RescanState.values), name="rescan_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=RescanState.DONE)
                | (Q(done_at__isnull=False) & Q(swept_at__isnull=False)),
                name="rescan_done_was_swept",
            ),
        ]

    def __str__(self) -> str:
        return f"rescan {self.pk} for {self.subject}"

    @property
    def occasion(self) -> str:
        """How its scans are named."""
        return f"rescan:{self.pk}"


class RescanLook(models.Model):
    """A listing that a run's quick pass found worth a look."""

    run = models.ForeignKey(RescanRun, on_delete=models.PROTECT, related_name="looks")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField(help_text="taken no sooner: looks of one cause form one line")
    done_at = models.DateTimeField(null=True, blank=True)
    scan = models.ForeignKey(
        Scan, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "listing"], name="rescan_look_once")]
        indexes = [
            models.Index(
                fields=["run"], condition=Q(done_at__isnull=True), name="rescan_look_waiting"
            ),
            models.Index(
                fields=["due_at"], condition=Q(done_at__isnull=True), name="rescan_look_line"
            ),
        ]

    def __str__(self) -> str:
        return f"look at listing {self.listing_id} in rescan {self.run_id}"
