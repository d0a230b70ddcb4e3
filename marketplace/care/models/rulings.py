"""What staff decided, why, and the appeal against it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.care.models.disputes import Dispute
from marketplace.care.models.states import AppealState, Remedy
from marketplace.reasons.models import StatementOfReasons


class Ruling(models.Model):
    """A decision on a dispute. Append-only: a later one points to what it overrides.

    The amounts are what the buyer gets back in all through this dispute.
    """

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="rulings")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Remedy)
    goods_minor = models.PositiveBigIntegerField(default=0)
    shipping_minor = models.PositiveBigIntegerField(default=0)
    reasons = models.TextField(help_text="both sides read them")
    statement = models.ForeignKey(
        StatementOfReasons, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    overrides = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="overridden_by"
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dispute"], condition=Q(overrides=None), name="ruling_one_first_a_dispute"
            ),
            models.CheckConstraint(
                condition=Q(kind="nothing", goods_minor=0, shipping_minor=0)
                | (
                    Q(kind__in=["money", "return"])
                    & (Q(goods_minor__gt=0) | Q(shipping_minor__gt=0))
                ),
                name="ruling_kind_and_amount_agree",
            ),
            models.CheckConstraint(
                condition=Q(kind="nothing") | Q(statement__isnull=False),
                name="ruling_against_seller_has_statement",
            ),
            models.CheckConstraint(condition=~Q(reasons=""), name="ruling_has_reasons"),
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"ruling {self.pk} on dispute {self.dispute_id}"

    @property
    def amount_minor(self) -> int:
        """What the buyer gets back in all."""
        return self.goods_minor + self.shipping_minor


class Appeal(models.Model):
    """One side asks another person to look at a first ruling again; once."""

    ruling = models.OneToOneField(Ruling, on_delete=models.PROTECT, related_name="appeal")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=6)
    text = models.TextField()
    state = models.CharField(max_length=8, choices=AppealState, default=AppealState.OPEN)
    at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="answered by then")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=AppealState.values) & Q(side__in=["buyer", "seller"]),
                name="dispute_appeal_words_known",
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None, decided_by=None)
                | (
                    ~Q(state="open")
                    & Q(decided_at__isnull=False, decided_by__isnull=False)
                    & ~Q(answer="")
                ),
                name="dispute_appeal_decided_with_answer",
            ),
        ]

    def __str__(self) -> str:
        return f"appeal {self.pk} {self.state}"
