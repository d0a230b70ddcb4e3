"""Cases, decisions, appeals."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from antifake.cases.models.scans import Scan
from antifake.cases.rules.queue import Kind
from marketplace.listings.models import Listing
from marketplace.reasons.models import StatementOfReasons


class CaseState(models.TextChoices):
    """Where a case stands; the room's README tells the moves."""

    OPEN = "open", _("Open")
    CLAIMED = "claimed", _("Claimed")
    DECIDED = "decided", _("Decided")
    APPEALED = "appealed", _("Appealed")


class CaseKind(models.TextChoices):
    """What a case is about."""

    FAKE = Kind.FAKE.value, _("Fakes")
    PROHIBITED = Kind.PROHIBITED.value, _("Prohibited goods")
    PHOTO = Kind.PHOTO.value, _("Copied photos")


class Verdict(models.TextChoices):
    """What a decision says about a listing. Taken back: the case waits as before."""

    ALLOW = "allow", _("Allow")
    REMOVE = "remove", _("Remove")
    UNDO = "undo", _("Taken back")


# What an inspection may bind a case to.
BINDING = [(one.value, one.label) for one in (Verdict.ALLOW, Verdict.REMOVE)]


class AppealState(models.TextChoices):
    """What became of an appeal."""

    OPEN = "open", _("Waiting for a decision")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")


class Case(models.Model):
    """One listing under review."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    scan = models.OneToOneField(Scan, on_delete=models.PROTECT, related_name="case")
    state = models.CharField(max_length=8, choices=CaseState, default=CaseState.OPEN)
    kind = models.CharField(max_length=10, choices=CaseKind, default=CaseKind.FAKE)
    # The scan's risk. A blind audit's is drawn, so that it tells nothing.
    risk_permille = models.PositiveSmallIntegerField(help_text="for its place in the queue")
    stake_minor = models.PositiveBigIntegerField(
        default=0, help_text="stock and money held, when last counted"
    )
    stake_currency = models.CharField(max_length=3, blank=True, default="", help_text="ISO 4217")
    rank = models.FloatField(help_text="rules.queue.place: higher comes first")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="decide until then")
    reported_at = models.DateTimeField(
        null=True, blank=True, help_text="when somebody first reported the listing"
    )
    bound_verdict = models.CharField(
        max_length=8, choices=BINDING, blank=True, default="", help_text="an inspection decided so"
    )
    bound_by_ref = models.CharField(max_length=80, blank=True, default="")
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    claim_until = models.DateTimeField(
        null=True, blank=True, help_text="free for others from then on"
    )
    escalated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    desk_note = models.TextField(blank=True, default="", help_text="for staff alone")
    asked_at = models.DateTimeField(null=True, blank=True, help_text="the seller, for evidence")
    rests_until = models.DateTimeField(
        null=True, blank=True, help_text="waits for the seller's evidence until then"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CaseState.values), name="case_state_known"
            ),
            models.CheckConstraint(condition=Q(kind__in=CaseKind.values), name="case_kind_known"),
            models.CheckConstraint(
                condition=Q(rests_until=None) | Q(asked_at__isnull=False),
                name="case_rests_when_asked",
            ),
            models.CheckConstraint(
                condition=~Q(state=CaseState.CLAIMED) | Q(claimed_by__isnull=False),
                name="case_claimed_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(bound_verdict="", bound_by_ref="")
                | (Q(bound_verdict__in=[value for value, _name in BINDING]) & ~Q(bound_by_ref="")),
                name="case_bound_by_something",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-rank", "id"],
                condition=Q(state__in=["open", "claimed"]),
                name="case_queue",
            )
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"

    @property
    def ref(self) -> str:
        """How events, audit and kept uploads name this case."""
        return f"case:{self.pk}"


class DecisionQuerySet(models.QuerySet["Decision"]):
    """Reads of rulings that know what taking back means."""

    def first_rulings(self) -> DecisionQuerySet:
        """Return rulings at the desk that were not taken back at once; appeals may undo them."""
        made = Q(overrides=None) | Q(overrides__verdict=Verdict.UNDO)
        return (
            self.filter(made)
            .exclude(verdict=Verdict.UNDO)
            .exclude(overridden_by__verdict=Verdict.UNDO)
        )

    def standing(self) -> DecisionQuerySet:
        """Return what holds now: the last word on each case, unless it was taken back."""
        return self.filter(overridden_by=None).exclude(verdict=Verdict.UNDO)


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

    objects = DecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(verdict=Verdict.UNDO) | Q(overrides__isnull=False),
                name="decision_takes_back_another",
            ),
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

    @property
    def message_key(self) -> str:
        """How the message in which the seller is told is named."""
        return f"case.decided:{self.pk}"


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
