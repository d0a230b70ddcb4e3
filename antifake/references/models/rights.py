"""Rights as their holders register them: kind, territory, proofs, agents, and until when."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from antifake.references.models.bank import Brand
from antifake.references.models.files import SealedFile


class RightKind(models.TextChoices):
    """What kind of right it is."""

    TRADEMARK = "trademark", _("Trademark")
    COPYRIGHT = "copyright", _("Copyright")
    DESIGN = "design", _("Design")
    PATENT = "patent", _("Patent")


class RightState(models.TextChoices):
    """Where a right stands; the room's README tells the moves."""

    CLAIMED = "claimed", _("Waits for a person to look at the proofs")
    VERIFIED = "verified", _("Verified")
    REFUSED = "refused", _("Not accepted")
    EXPIRED = "expired", _("Expired")


# A notice may rest on these; at once it acts on a verified one alone.
LIVING = (RightState.CLAIMED, RightState.VERIFIED)


class Right(models.Model):
    """One right, stored once with its proofs; notices name it.

    `brand` comes with the verification: it is what detectors protect. `due_at` is the next
    moment at which the clock looks at it: a reminder, then the end.
    """

    key = models.UUIDField(unique=True, help_text="of the form that registered it")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=9, choices=RightKind)
    name = models.CharField(max_length=80, help_text="the protected name, or the work's title")
    holder = models.CharField(max_length=120, help_text="as the register names them")
    number = models.CharField(max_length=60, blank=True, default="", help_text="in the register")
    territory = ArrayField(
        models.CharField(max_length=2), default=list, blank=True, help_text="empty: everywhere"
    )
    words = models.TextField(blank=True, default="", help_text="what it covers")
    expires_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=RightState, default=RightState.CLAIMED)
    brand = models.ForeignKey(
        Brand, on_delete=models.PROTECT, null=True, blank=True, related_name="rights"
    )
    registered_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True, default="", help_text="the holder reads it")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=RightState.values), name="right_state_known"
            ),
            models.CheckConstraint(condition=Q(kind__in=RightKind.values), name="right_kind_known"),
            models.CheckConstraint(
                condition=~Q(state=RightState.VERIFIED)
                | (Q(brand__isnull=False) & Q(decided_by__isnull=False)),
                name="right_verified_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(state=RightState.REFUSED)
                | (~Q(note="") & Q(decided_by__isnull=False)),
                name="right_refused_with_words",
            ),
            # Works are protected without a register; all else has a number there and an end.
            models.CheckConstraint(
                condition=Q(kind=RightKind.COPYRIGHT)
                | (~Q(number="") & Q(expires_at__isnull=False)),
                name="right_in_a_register",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="right_due")]

    def __str__(self) -> str:
        return self.name


class RightProof(models.Model):
    """A certificate or other proof of a right."""

    right = models.ForeignKey(Right, on_delete=models.PROTECT, related_name="proofs")
    file = models.OneToOneField(SealedFile, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"proof of right {self.right_id}"


class Wording(models.Model):
    """Words that goods which breach a right tend to carry; its holder searches by them."""

    right = models.ForeignKey(Right, on_delete=models.CASCADE, related_name="wordings")
    text = models.CharField(max_length=80)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["right", "text"], name="wording_once")]

    def __str__(self) -> str:
        return self.text


class Agency(models.Model):
    """A person who may file notices for a holder, until either ends it."""

    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "agencies"
        constraints = [
            models.UniqueConstraint(
                fields=["holder", "agent"], condition=Q(ended_at=None), name="agency_once"
            ),
            models.CheckConstraint(condition=~Q(holder=F("agent")), name="agency_of_another"),
        ]

    def __str__(self) -> str:
        return f"agent {self.agent_id} of {self.holder_id}"
