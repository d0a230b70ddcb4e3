"""Charges and refunds; the provider's events and the sandbox's own book."""

from django.db import models
from django.db.models import F, Q

from marketplace.orders.models.groups import OrderGroup
from marketplace.orders.models.states import ChargebackState, PaymentState, SandboxOutcome


class Payment(models.Model):
    """One charge: what a group owes in one currency."""

    group = models.ForeignKey(OrderGroup, on_delete=models.PROTECT, related_name="payments")
    currency = models.CharField(max_length=3, help_text="ISO 4217")
    amount_minor = models.PositiveBigIntegerField()
    state = models.CharField(max_length=10, choices=PaymentState, default=PaymentState.STARTED)
    attempt = models.PositiveSmallIntegerField(
        default=0, help_text="charges begun; each has its own key at the provider"
    )
    provider_ref = models.CharField(max_length=80, blank=True, default="")
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "currency"], name="payment_per_currency"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payment_positive"),
            models.CheckConstraint(
                condition=Q(state__in=PaymentState.values), name="payment_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"payment {self.pk} {self.state}"

    @property
    def charge_key(self) -> str:
        """The idempotency key of the present attempt at the provider."""
        return f"payment:{self.pk}:{self.attempt}"


class Chargeback(models.Model):
    """A charge that the buyer's bank took back; the provider has the money until it is decided."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="chargebacks")
    provider_case = models.CharField(max_length=80, unique=True, help_text="the provider's id")
    amount_minor = models.PositiveBigIntegerField()
    loss_minor = models.PositiveBigIntegerField(
        default=0, help_text="borne by the platform: more was taken than was left to refund"
    )
    state = models.CharField(max_length=4, choices=ChargebackState, default=ChargebackState.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0) & Q(loss_minor__lte=F("amount_minor")),
                name="chargeback_amounts",
            ),
            models.CheckConstraint(
                condition=(Q(state=ChargebackState.OPEN) & Q(closed_at=None))
                | (Q(state__in=["won", "lost"]) & Q(closed_at__isnull=False)),
                name="chargeback_closed_at_iff_closed",
            ),
        ]

    def __str__(self) -> str:
        return f"chargeback {self.pk} {self.state}"

    @property
    def ref(self) -> str:
        """How the ledger names it."""
        return f"chargeback:{self.pk}"


class ProviderEvent(models.Model):
    """A webhook of the payment provider, stored once by its own id."""

    event_id = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=40)
    provider_ref = models.CharField(max_length=80)
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.provider_ref}"


class SandboxEntry(models.Model):
    """The sandbox payment provider's own book; never read by our ledger, only compared with it."""

    idempotency_key = models.CharField(max_length=120, unique=True)
    provider_ref = models.CharField(max_length=80, unique=True)
    kind = models.CharField(
        max_length=16, help_text="charge, refund, payout, chargeback, chargeback_won"
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.PositiveBigIntegerField()
    outcome = models.CharField(max_length=10, choices=SandboxOutcome)
    behaviour = models.CharField(
        max_length=80, blank=True, help_text="the card; for a refund the charge it belongs to"
    )
    events_due = models.PositiveSmallIntegerField(
        default=0, help_text="how often its event is still to be sent"
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=SandboxOutcome.values), name="sandbox_outcome_known"
            )
        ]
        verbose_name_plural = "sandbox entries"

    def __str__(self) -> str:
        return f"{self.kind} {self.provider_ref} {self.outcome}"
