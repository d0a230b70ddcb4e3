"""Scans, findings, cases, decisions, appeals."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.listings.models import Listing
from marketplace.reasons.models import StatementOfReasons


class ScanState(models.TextChoices):
    """Whether a look at a listing has ended."""

    STARTED = "started"
    DONE = "done"


class CaseState(models.TextChoices):
    """Where a case stands; the room's README tells the moves."""

    OPEN = "open", _("Open")
    CLAIMED = "claimed", _("Claimed")
    DECIDED = "decided", _("Decided")
    APPEALED = "appealed", _("Appealed")


class Verdict(models.TextChoices):
    """What a decision says about a listing."""

    ALLOW = "allow", _("Allow")
    REMOVE = "remove", _("Remove")


class AppealState(models.TextChoices):
    """What became of an appeal."""

    OPEN = "open", _("Waiting for a decision")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")


class Scan(models.Model):
    """One look at one version of a listing by one set of detectors."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    content_version = models.PositiveIntegerField()
    detector_set = models.CharField(max_length=64, help_text="hash of detector names and versions")
    state = models.CharField(max_length=8, choices=ScanState, default=ScanState.STARTED)
    risk_permille = models.PositiveSmallIntegerField(null=True, blank=True)
    started_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["listing", "content_version", "detector_set"], name="scan_once"
            ),
            models.CheckConstraint(
                condition=Q(state=ScanState.STARTED)
                | (Q(done_at__isnull=False) & Q(risk_permille__isnull=False)),
                name="scan_done_has_risk",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ScanState.values), name="scan_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"scan {self.pk} of listing {self.listing_id}"


class Finding(models.Model):
    """One detector's evidence."""

    scan = models.ForeignKey(Scan, on_delete=models.PROTECT, related_name="findings")
    detector = models.CharField(max_length=40)
    version = models.CharField(max_length=20)
    kind = models.CharField(max_length=40)
    key = models.CharField(
        max_length=240, help_text="names the evidence; once cleared for a shop it is no news"
    )
    distance = models.FloatField()
    threshold = models.FloatField()
    evidence = models.JSONField()
    sentence = models.TextField(help_text="in words a seller understands")
    log_odds = models.FloatField(help_text="what it adds to the risk")

    def __str__(self) -> str:
        return f"{self.kind} in scan {self.scan_id}"


class Case(models.Model):
    """One listing under review."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    scan = models.OneToOneField(Scan, on_delete=models.PROTECT, related_name="case")
    state = models.CharField(max_length=8, choices=CaseState, default=CaseState.OPEN)
    risk_permille = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="decide until then")
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CaseState.values), name="case_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=CaseState.CLAIMED) | Q(claimed_by__isnull=False),
                name="case_claimed_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"

    @property
    def ref(self) -> str:
        """How events, audit and kept uploads name this case."""
        return f"case:{self.pk}"


class Decision(models.Model):
    """An append-only ruling on a case. A later one overrides by pointing to it.

    Written by services.decide and services.decide_appeal alone. `by` None: no person decided.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    verdict = models.CharField(max_length=8, choices=Verdict)
    policy = models.CharField(max_length=20, blank=True, default="", help_text="trust.Policy")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField(blank=True, default="")
    statement = models.ForeignKey(
        StatementOfReasons, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    overrides = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="overridden_by"
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(verdict=Verdict.REMOVE) | (Q(statement__isnull=False) & ~Q(policy="")),
                name="decision_removal_has_reasons",
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values), name="decision_verdict_known"
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(overrides=None), name="decision_one_first"
            ),
        ]

    def __str__(self) -> str:
        return f"decision {self.pk} {self.verdict}"

    @property
    def ref(self) -> str:
        """How strikes, withholdings and audit name this decision."""
        return f"decision:{self.pk}"


class Appeal(models.Model):
    """The seller's answer to a decision; another person decides it."""

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="appeal")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    state = models.CharField(max_length=4, choices=AppealState, default=AppealState.OPEN)
    at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="answer until then")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=AppealState.values), name="appeal_state_known"
            ),
            models.CheckConstraint(
                condition=(Q(state=AppealState.OPEN) & Q(decided_by=None))
                | (~Q(state=AppealState.OPEN) & Q(decided_by__isnull=False) & ~Q(answer="")),
                name="appeal_decided_by_someone_with_words",
            ),
        ]

    def __str__(self) -> str:
        return f"appeal of decision {self.decision_id}"
