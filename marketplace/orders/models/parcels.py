"""Parcels: what was sent when, and what carriers say of it."""

from django.db import models
from django.db.models import Q

from marketplace.orders.models.orders import Order, OrderLine
from marketplace.orders.models.states import TrackingStatus


class Shipment(models.Model):
    """One parcel of an order, with what is in it."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="shipments")
    key = models.CharField(max_length=80, unique=True, help_text="of the form: sent twice, one")
    carrier = models.CharField(max_length=40, blank=True, default="")
    tracking = models.CharField(max_length=60, blank=True, default="")
    shipped_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"shipment {self.pk} of order {self.order_id}"


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
