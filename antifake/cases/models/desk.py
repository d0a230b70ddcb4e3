"""What the review desk keeps of its own: settings, views, second looks, proposals, claims."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from antifake.cases.models.cases import Case, Verdict


class DeskSettings(models.Model):
    """How one member of staff works at the desk."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    keys_on = models.BooleanField(default=True)
    keys = models.JSONField(default=dict, blank=True, help_text="action: key, where not the usual")
    blur = models.BooleanField(default=True, help_text="pictures are blurred until looked at")

    class Meta:
        verbose_name_plural = "desk settings"

    def __str__(self) -> str:
        return f"desk settings of person {self.user_id}"


class SavedView(models.Model):
    """One person's filters of the queue, under a name."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    filters = models.CharField(max_length=300, help_text="as in the page's address")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="saved_view_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class SecondLook(models.Model):
    """A decided case shown to another person as if it waited: does he rule alike?

    It changes nothing for the seller. Whoever answers is not told which cases these are.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="second_looks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    known = models.CharField(max_length=8, choices=Verdict, help_text="what stands")
    drawn_at = models.DateTimeField()
    verdict = models.CharField(max_length=8, choices=Verdict, blank=True, default="")
    policy = models.CharField(max_length=20, blank=True, default="", help_text="trust.Policy")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "by"], name="second_look_once"),
            models.CheckConstraint(
                condition=Q(known__in=["allow", "remove"])
                & (
                    Q(verdict="", answered_at=None)
                    | Q(verdict__in=["allow", "remove"], answered_at__isnull=False)
                ),
                name="second_look_answered_with_a_verdict",
            ),
        ]
        indexes = [
            models.Index(fields=["by"], condition=Q(answered_at=None), name="second_look_open")
        ]
        # No right of all staff, as viewing is (accounts.backends): it is given to leads.
        permissions = [("lead_reviewers", "May see how far reviewers agree with known answers")]

    def __str__(self) -> str:
        return f"second look at case {self.case_id}"


class ProposalKind(models.TextChoices):
    """What takes two people."""

    MASS = "mass", _("Many listings at once")
    CLOSURE = "closure", _("A decision that suspends a shop at once")


class ProposalState(models.TextChoices):
    """What became of a proposal."""

    OPEN = "open", _("Waits for a second person")
    CARRIED = "carried", _("Carried out")
    REFUSED = "refused", _("Refused")


class Proposal(models.Model):
    """A decision that one person prepared and another must carry out."""

    kind = models.CharField(max_length=7, choices=ProposalKind)
    state = models.CharField(max_length=7, choices=ProposalState, default=ProposalState.OPEN)
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="proposals", help_text="where it began"
    )
    case_ids = ArrayField(models.BigIntegerField(), help_text="all it decides")
    verdict = models.CharField(max_length=8, choices=Verdict)
    policy = models.CharField(max_length=20, blank=True, default="")
    act = models.CharField(max_length=9, blank=True, default="")
    note = models.TextField(blank=True, default="")
    effects = models.JSONField(help_text="as previewed: queries.effects")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=ProposalKind.values) & Q(state__in=ProposalState.values),
                name="proposal_words_known",
            ),
            models.CheckConstraint(
                condition=Q(state="open", answered_by=None, answered_at=None)
                | (
                    ~Q(state="open")
                    & Q(answered_by__isnull=False)
                    & Q(answered_at__isnull=False)
                    # Whoever proposed may take it back, never carry it out.
                    & (Q(state="refused") | ~Q(answered_by=F("by")))
                ),
                name="proposal_carried_by_another",
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(state="open"), name="proposal_one_open_a_case"
            ),
        ]

    def __str__(self) -> str:
        return f"proposal {self.pk}"


class ItemClaim(models.Model):
    """Who works on something of the queue that is no case: report:7, question:3, document:5."""

    ref = models.CharField(max_length=40, unique=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField(help_text="free for others from then on")

    def __str__(self) -> str:
        return f"claim of {self.ref}"
