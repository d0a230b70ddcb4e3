"""The nightly comparison of our ledger with the payment provider's own book."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class DifferenceKind(models.TextChoices):
    """How the two books disagree about one movement of money."""

    MISSING_AT_PROVIDER = "missing_at_provider", _("In our ledger, not at the provider")
    MISSING_IN_LEDGER = "missing_in_ledger", _("At the provider, not in our ledger")
    AMOUNT = "amount", _("Both have it, with different amounts")
    TWICE = "twice", _("The provider moved it more than once")
    LATE = "late", _("Owed, and not made for too long")


class ReconciliationRun(models.Model):
    """One night's comparison; what it read, and how much it found."""

    day = models.DateField(unique=True, help_text="one comparison a day")
    at = models.DateTimeField()
    ledger_entries = models.PositiveBigIntegerField(help_text="entries of our provider accounts")
    provider_lines = models.PositiveBigIntegerField(help_text="lines of the provider's book")
    matched = models.PositiveBigIntegerField(help_text="movements on which both books agree")
    found = models.PositiveIntegerField(help_text="differences")

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day}: {self.found}"


class ReconciliationDifference(models.Model):
    """One movement of money about which the books disagree. Amounts in minor units.

    Signed as the provider's holdings: positive came in, negative went out.
    """

    run = models.ForeignKey(ReconciliationRun, on_delete=models.CASCADE, related_name="differences")
    kind = models.CharField(max_length=20, choices=DifferenceKind)
    subject = models.CharField(max_length=120, help_text="payment:7, refund:3, payout:2, case_…")
    currency = models.CharField(max_length=3, help_text="ISO 4217")
    ledger_minor = models.BigIntegerField()
    provider_minor = models.BigIntegerField()
    provider_refs = models.TextField(blank=True, default="", help_text="the provider's own names")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "subject", "currency", "kind"], name="difference_once_a_run"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=DifferenceKind.values), name="difference_kind_known"
            ),
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
