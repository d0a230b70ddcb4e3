"""Parcels: what was sent when, and what carriers say of it."""

from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Upper

from marketplace.orders.models.orders import Order, OrderLine
from marketplace.orders.models.states import TrackingStatus


def plain_number(tracking: Combinable) -> Upper:
    """Return a tracking number as carriers read it: capitals, without spaces and strokes."""
    return Upper(Func(tracking, Value(" -./"), Value(""), function="TRANSLATE"))


class Shipment(models.Model):
    """One parcel of an order, with what is in it."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="shipments")
    key = models.CharField(max_length=80, unique=True, help_text="of the form: sent twice, one")
    carrier = models.CharField(max_length=40, blank=True, default="")
    tracking = models.CharField(max_length=60, blank=True, default="")
    shipped_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    ask_at = models.DateTimeField(
        null=True, blank=True, help_text="the carrier is asked then; none: not followed any more"
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["ask_at"], condition=Q(ask_at__isnull=False), name="shipment_to_ask"
            ),
            models.Index(
                plain_number(F("tracking")), condition=~Q(tracking=""), name="shipment_by_number"
            ),
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"shipment {self.pk} of order {self.order_id}"

    @property
    def ref(self) -> str:
        """How the carrier names it to us."""
        return f"shipment:{self.pk}"


class ShipmentLine(models.Model):
    """So many of one line in one parcel."""

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="shipped_in")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shipment", "line"], name="shipment_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="shipment_line_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.line_id}"


class TrackingEvent(models.Model):
    """What a carrier reported of a parcel; stored once by the carrier's own id."""

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="events")
    event_id = models.CharField(max_length=80, unique=True)
    status = models.CharField(max_length=12, choices=TrackingStatus)
    place = models.CharField(max_length=80, blank=True, default="")
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=TrackingStatus.values), name="tracking_status_known"
            )
        ]
        ordering = ["happened_at", "id"]

    def __str__(self) -> str:
        return f"{self.status} of shipment {self.shipment_id}"


class SandboxParcel(models.Model):
    """The practice carrier's own book of parcels; never read by our pages, only compared."""

    key = models.CharField(max_length=80, unique=True, help_text="as whoever follows it said")
    tracking = models.CharField(max_length=60)
    booked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"parcel {self.tracking} for {self.key}"


class SandboxScan(models.Model):
    """One scan in the practice carrier's book, and how often its event is still to be sent."""

    parcel = models.ForeignKey(SandboxParcel, on_delete=models.PROTECT, related_name="scans")
    event_id = models.CharField(max_length=80, unique=True)
    status = models.CharField(max_length=12, choices=TrackingStatus)
    place = models.CharField(max_length=80, blank=True, default="")
    happened_at = models.DateTimeField()
    tell_at = models.DateTimeField(help_text="not told before, though it happened")
    events_due = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=TrackingStatus.values), name="sandbox_scan_status_known"
            )
        ]
        indexes = [
            models.Index(
                fields=["tell_at"], condition=Q(events_due__gt=0), name="sandbox_scan_to_tell"
            )
        ]
        ordering = ["happened_at", "id"]

    def __str__(self) -> str:
        return f"{self.status} of {self.parcel_id}"
