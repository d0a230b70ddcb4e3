"""Strikes and sanctions: what follows from an adjudicated breach, and the way back."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.listings.models import Listing
from marketplace.orders.models import Order, Refund
from marketplace.reasons.models import StatementOfReasons
from marketplace.shops.models import SanctionLevel, Shop


class Policy(models.TextChoices):
    """The rules a listing can breach; rules.POLICY_TEXTS holds their words."""

    COUNTERFEIT = "counterfeit", _("Counterfeit goods")
    STOLEN_PHOTO = "stolen_photo", _("Someone else's photos")
    MISLEADING = "misleading", _("Misleading listing")
    PROHIBITED = "prohibited", _("Prohibited goods")


class PersonPolicy(models.TextChoices):
    """The rules a person can breach, apart from any shop; the mirror of the above."""

    BAD_FAITH_NOTICE = "bad_faith_notice", _("Notice in bad faith")


class Act(models.TextChoices):
    """How a breach came about: with the policy, it gives the step of the ladder."""

    SLIP = "slip", _("An honest mistake")
    CARELESS = "careless", _("Carelessness")
    KNOWING = "knowing", _("Knowingly")
    ORGANISED = "organised", _("Organised, or by many hands")


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
    policy = models.CharField(max_length=20, choices=[*Policy.choices, *PersonPolicy.choices])
    act = models.CharField(
        max_length=9, choices=Act, blank=True, default="", help_text="empty: severity by hand"
    )
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
                condition=Q(policy__in=Policy.values, user=None)
                | Q(policy__in=PersonPolicy.values, shop=None),
                name="strike_policy_known",
            ),
            models.CheckConstraint(condition=Q(act__in=["", *Act.values]), name="strike_act_known"),
            models.CheckConstraint(condition=Q(due_at__gt=F("at")), name="strike_counts_a_while"),
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
    """A restriction of a shop, or of a person's notices, that follows from live strikes.

    At most one of a subject is active. When strikes come, end or are voided, it is lifted and
    the one that now holds, if any, takes its place with a statement of its own.
    """

    shop = models.ForeignKey(
        Shop, on_delete=models.PROTECT, null=True, blank=True, related_name="sanctions"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="notice_sanctions",
    )
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
    repeat = models.BooleanField(default=False, help_text="suspended for repeating")
    payouts_rest_until = models.DateTimeField(null=True, blank=True)
    deposit_bp = models.PositiveSmallIntegerField(
        default=0, help_text="share of lately released money that stays in the balance"
    )
    identity_confirmed_at = models.DateTimeField(null=True, blank=True)
    identity_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(shop=None, user__isnull=False) | Q(shop__isnull=False, user=None),
                name="sanction_one_subject",
            ),
            models.CheckConstraint(condition=Q(level__gt=0), name="sanction_restricts"),
            models.CheckConstraint(
                condition=Q(level__in=SanctionLevel.values), name="sanction_level_known"
            ),
            models.UniqueConstraint(
                fields=["shop"], condition=Q(lifted_at=None), name="sanction_one_active_a_shop"
            ),
            models.UniqueConstraint(
                fields=["user"], condition=Q(lifted_at=None), name="sanction_one_active_a_person"
            ),
            models.CheckConstraint(
                condition=Q(repeat=False) | Q(level=SanctionLevel.SUSPENDED),
                name="sanction_repeat_suspends",
            ),
            models.CheckConstraint(
                condition=Q(identity_confirmed_at=None, identity_confirmed_by=None)
                | Q(identity_confirmed_at__isnull=False, identity_confirmed_by__isnull=False),
                name="sanction_confirmed_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"sanction {self.pk} level {self.level}"


class RecallState(models.TextChoices):
    """Whose money the buyer of a fake got back; the moves stand in rules.RECALL_MOVES."""

    HELD = "held", _("From the money that was held")
    ADVANCED = "advanced", _("Paid by the platform for now")
    RECOVERED = "recovered", _("Taken from the shop")
    MADE_GOOD = "made_good", _("Borne by the platform: the decision was undone")


class Recall(models.Model):
    """One order whose buyer got money back because goods in it were found to be fakes."""

    decision_ref = models.CharField(max_length=80, help_text="decision:7")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="recalls")
    refund = models.OneToOneField(Refund, on_delete=models.PROTECT, related_name="recall")
    statement = models.ForeignKey(
        StatementOfReasons, on_delete=models.PROTECT, related_name="recalls"
    )
    state = models.CharField(max_length=9, choices=RecallState)
    at = models.DateTimeField()
    due_at = models.DateTimeField(
        null=True, blank=True, help_text="the shop pays then; nothing while an appeal is open"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision_ref", "order"], name="recall_once_an_order"),
            models.CheckConstraint(
                condition=Q(state__in=RecallState.values), name="recall_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=RecallState.ADVANCED) | Q(due_at=None), name="recall_due_advanced"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["held", "advanced"], ended_at=None)
                | Q(state__in=["recovered", "made_good"], ended_at__isnull=False),
                name="recall_ended_iff_over",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="recall_due"),
            models.Index(fields=["decision_ref"], name="recall_of_decision"),
        ]

    def __str__(self) -> str:
        return f"recall {self.pk} {self.state}"

    @property
    def ref(self) -> str:
        """How ledger, events and audit name this recall."""
        return f"recall:{self.pk}"
