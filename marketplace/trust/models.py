"""Strikes and sanctions: what follows from an adjudicated breach, and the way back."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.reasons.models import StatementOfReasons
from marketplace.shops.models import SanctionLevel, Shop


class Policy(models.TextChoices):
    """The rules a listing can breach; rules.POLICY_TEXTS holds their words."""

    COUNTERFEIT = "counterfeit", _("Counterfeit goods")
    STOLEN_PHOTO = "stolen_photo", _("Someone else's photos")
    MISLEADING = "misleading", _("Misleading listing")
    PROHIBITED = "prohibited", _("Prohibited goods")


class Strike(models.Model):
    """An adjudicated breach by a shop or a user. Voided, never deleted, when an appeal is won."""

    shop = models.ForeignKey(
        Shop, on_delete=models.PROTECT, null=True, blank=True, related_name="strikes"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="strikes",
    )
    policy = models.CharField(max_length=20, choices=Policy)
    severity = models.PositiveSmallIntegerField(help_text="1, 3, 9 or 27: severity ladder")
    decision_ref = models.CharField(max_length=80, unique=True, help_text="decision:7")
    statement = models.ForeignKey(
        StatementOfReasons, on_delete=models.PROTECT, related_name="strikes"
    )
    at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="counts for sanctions until then")
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by_ref = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(shop=None, user__isnull=False) | Q(shop__isnull=False, user=None),
                name="strike_one_subject",
            ),
            models.CheckConstraint(
                condition=Q(severity__in=[1, 3, 9, 27]), name="strike_severity_on_ladder"
            ),
            models.CheckConstraint(
                condition=Q(policy__in=Policy.values), name="strike_policy_known"
            ),
            models.CheckConstraint(
                condition=Q(voided_at=None, voided_by_ref="")
                | (Q(voided_at__isnull=False) & ~Q(voided_by_ref="")),
                name="strike_voided_by_something",
            ),
        ]

    def __str__(self) -> str:
        return f"strike {self.pk} {self.policy}"

    @property
    def decision_id(self) -> int | None:
        """The number of the decision behind it, for links by URL name; None if it is no case's."""
        kind, _, number = self.decision_ref.partition(":")
        return int(number) if kind == "decision" and number.isdigit() else None


class Sanction(models.Model):
    """A restriction of a shop that follows from its live strikes.

    At most one is active. When strikes come, end or are voided, it is lifted and the one
    that now holds, if any, takes its place with a statement of its own.
    """

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="sanctions")
    level = models.PositiveSmallIntegerField(choices=SanctionLevel)
    cause = models.ForeignKey(
        Strike,
        on_delete=models.PROTECT,
        related_name="sanctions",
        help_text="the newest strike that counted",
    )
    statement = models.ForeignKey(
        StatementOfReasons, on_delete=models.PROTECT, related_name="sanctions"
    )
    since = models.DateTimeField()
    due_at = models.DateTimeField(help_text="ends by itself then")
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(level__gt=0), name="sanction_restricts"),
            models.CheckConstraint(
                condition=Q(level__in=SanctionLevel.values), name="sanction_level_known"
            ),
            models.UniqueConstraint(
                fields=["shop"], condition=Q(lifted_at=None), name="sanction_one_active_a_shop"
            ),
        ]

    def __str__(self) -> str:
        return f"sanction {self.pk} level {self.level}"
