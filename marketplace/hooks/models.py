"""Where programs are called, what they are told, and how each call went."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.sealing import SealedTextField
from marketplace.outbox.models import Event


class EndpointState(models.TextChoices):
    """Whether an endpoint is called."""

    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    DELETED = "deleted", _("Deleted")


class PausedWhy(models.TextChoices):
    """What paused an endpoint."""

    NOT = "", ""
    OWNER = "owner", _("You paused it.")
    FAILING = "failing", _("It took nothing for five days.")
    GONE = "gone", _("It answered 410: it wants no more.")


class DeliveryState(models.TextChoices):
    """Where one message to one endpoint stands."""

    WAITING = "waiting", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    GIVEN_UP = "given_up", _("Not delivered")


class Endpoint(models.Model):
    """An address of somebody's program that is told what happens."""

    owner_ref = models.CharField(max_length=80, help_text="shop:12 or user:7")
    key = models.UUIDField(unique=True, help_text="of the form it was made with")
    # Addresses of programs often carry a password in their path.
    url_sealed = SealedTextField(blank=True, default="")
    host = models.CharField(max_length=253)
    note = models.CharField(max_length=80, blank=True, default="")
    types = models.JSONField(default=list, help_text="names from the catalogue")
    state = models.CharField(max_length=8, choices=EndpointState, default=EndpointState.ACTIVE)
    paused_why = models.CharField(
        max_length=8, choices=PausedWhy, blank=True, default=PausedWhy.NOT
    )
    secret_sealed = SealedTextField(blank=True, default="")
    previous_secret_sealed = SealedTextField(blank=True, default="")
    previous_until = models.DateTimeField(null=True, blank=True)
    secret_since = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    # How it behaves.
    failures_in_row = models.PositiveIntegerField(default=0)
    rest_until = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True, help_text="paused then, if still failing")
    # Who is calling it now: one place of work at a time, known by its turn.
    busy_until = models.DateTimeField(null=True, blank=True)
    turn = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=EndpointState.values), name="hook_endpoint_state_known"
            ),
            models.CheckConstraint(
                condition=Q(paused_why__in=PausedWhy.values)
                & (
                    (Q(state=EndpointState.PAUSED) & ~Q(paused_why=""))
                    | (~Q(state=EndpointState.PAUSED) & Q(paused_why=""))
                ),
                name="hook_endpoint_why_iff_paused",
            ),
            models.CheckConstraint(
                condition=~Q(state=EndpointState.DELETED)
                | Q(url_sealed="", secret_sealed="", previous_secret_sealed=""),
                name="hook_endpoint_deleted_keeps_no_secret",
            ),
            models.CheckConstraint(
                condition=Q(previous_secret_sealed="", previous_until=None)
                | (~Q(previous_secret_sealed="") & Q(previous_until__isnull=False)),
                name="hook_endpoint_previous_has_an_end",
            ),
        ]
        indexes = [
            models.Index(
                fields=["owner_ref"],
                condition=~Q(state=EndpointState.DELETED),
                name="hook_endpoint_owner",
            ),
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="hook_endpoint_due"
            ),
            models.Index(
                fields=["busy_until"],
                condition=Q(busy_until__isnull=False),
                name="hook_endpoint_busy",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.host}"

    @property
    def ref(self) -> str:
        """Return how logs name it."""
        return f"webhook:{self.pk}"


class Delivery(models.Model):
    """One message to one endpoint: the same words and the same id however often it is sent."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="deliveries")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.UUIDField(null=True, unique=True, help_text="of the form a test was sent with")
    message_id = models.CharField(max_length=40, unique=True)
    type = models.CharField(max_length=60)
    body = models.TextField(help_text="the very bytes that are signed; no personal data")
    state = models.CharField(max_length=9, choices=DeliveryState, default=DeliveryState.WAITING)
    due_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0, help_text="attempts in all")
    tries_before = models.PositiveIntegerField(default=0, help_text="those before the last replay")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "endpoint"], name="hook_delivery_once"),
            models.CheckConstraint(
                condition=Q(state__in=DeliveryState.values), name="hook_delivery_state_known"
            ),
            models.CheckConstraint(
                condition=(Q(state=DeliveryState.WAITING) & Q(due_at__isnull=False))
                | (~Q(state=DeliveryState.WAITING) & Q(due_at=None)),
                name="hook_delivery_due_iff_waiting",
            ),
            models.CheckConstraint(
                condition=Q(tries__gte=models.F("tries_before")), name="hook_delivery_tries_grow"
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "due_at"],
                condition=Q(state=DeliveryState.WAITING),
                name="hook_delivery_waiting",
            ),
            models.Index(fields=["endpoint", "-id"], name="hook_delivery_newest"),
        ]
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"{self.message_id} {self.type} {self.state}"


class Attempt(models.Model):
    """One call and what came of it. Append-only."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=20, blank=True, default="")
    answer = models.TextField(blank=True, default="", help_text="its first 500 bytes, as text")
    signature = models.CharField(max_length=200, help_text="the header as it was sent")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery", "number"], name="hook_attempt_once"),
            models.CheckConstraint(
                condition=Q(status=None) ^ Q(error=""), name="hook_attempt_status_or_error"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id}/{self.number} {self.status or self.error}"
