"""A dispute, everything said in it, its offers and the parcel that goes back."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.accounts.sealing import SealedTextField
from marketplace.care.models.states import (
    DisputeState,
    EntryKind,
    OfferState,
    Reason,
    Remedy,
    Side,
)
from marketplace.orders.models import Order, OrderLine

_ENDED = Q(state__in=["ruled", "settled", "withdrawn", "closed"])


class Dispute(models.Model):
    """A buyer's complaint about an order or one of its lines.

    While it is active the order's money is frozen, if it was not released before.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="disputes")
    line = models.ForeignKey(
        OrderLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="disputes",
        help_text="none: the whole order",
    )
    key = models.CharField(max_length=80, unique=True, help_text="of the form: sent twice, one")
    reason = models.CharField(max_length=16, choices=Reason)
    wants = models.CharField(max_length=8, choices=Remedy)
    goods_minor = models.PositiveBigIntegerField(help_text="asked back, tax included")
    shipping_minor = models.PositiveBigIntegerField(default=0, help_text="asked back")
    state = models.CharField(max_length=10, choices=DisputeState, default=DisputeState.OPEN)
    awaits = models.CharField(max_length=6, choices=Side, default=Side.SELLER)
    answered = models.BooleanField(default=False, help_text="the seller has said something")
    after_release = models.BooleanField(help_text="the money was the seller's already")
    opened_at = models.DateTimeField()
    talk_until = models.DateTimeField(help_text="then the next word goes to staff")
    due_at = models.DateTimeField(null=True, blank=True, help_text="what then: rules.when_due")
    ended_at = models.DateTimeField(null=True, blank=True)
    won_by = models.CharField(
        max_length=6,
        choices=Side,
        default=Side.NOBODY,
        help_text="whom a ruling or a clock favours",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(state__in=["open", "escalated", "returning"]),
                name="dispute_one_active_an_order",
            ),
            models.CheckConstraint(
                condition=Q(state__in=DisputeState.values)
                & Q(reason__in=Reason.values)
                & Q(wants__in=Remedy.values)
                & Q(awaits__in=Side.values)
                & Q(won_by__in=Side.values),
                name="dispute_words_known",
            ),
            models.CheckConstraint(
                condition=(_ENDED & Q(ended_at__isnull=False, due_at=None, awaits="nobody"))
                | (~_ENDED & Q(ended_at=None, due_at__isnull=False) & ~Q(awaits="nobody")),
                name="dispute_clock_runs_until_its_end",
            ),
            models.CheckConstraint(
                condition=Q(goods_minor__gt=0) | Q(shipping_minor__gt=0),
                name="dispute_is_about_something",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["open", "escalated", "returning"]),
                name="dispute_due",
            )
        ]

    def __str__(self) -> str:
        return f"dispute {self.pk} {self.state}"

    @property
    def ref(self) -> str:
        """How escrow, refunds, events and audit name this dispute."""
        return f"dispute:{self.pk}"

    @property
    def amount_minor(self) -> int:
        """What is asked back."""
        return self.goods_minor + self.shipping_minor

    @property
    def is_active(self) -> bool:
        """Whether it still keeps the money."""
        return self.ended_at is None


class Entry(models.Model):
    """One thing that happened in a dispute. Append-only: together they are its timeline."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="entries")
    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=10, choices=EntryKind)
    side = models.CharField(max_length=6, choices=Side)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    text = models.TextField(blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=EntryKind.values) & Q(side__in=Side.values),
                name="dispute_entry_words_known",
            )
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.side} {self.kind}"


class EvidencePhoto(models.Model):
    """A cleaned picture that belongs to an entry. Both sides and staff see it, nobody else."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="photos")
    name = models.CharField(max_length=32, unique=True, help_text="random; names the files")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"evidence {self.pk}"


class Offer(models.Model):
    """What one side proposes; the other accepts or refuses it."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="offers")
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="offer")
    side = models.CharField(max_length=6, choices=Side)
    kind = models.CharField(max_length=8, choices=Remedy)
    goods_minor = models.PositiveBigIntegerField(default=0)
    shipping_minor = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=8, choices=OfferState, default=OfferState.OPEN)
    made_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dispute"], condition=Q(state="open"), name="dispute_offer_one_open"
            ),
            models.UniqueConstraint(  # a return can go wrong, so that both agree once more
                fields=["dispute"],
                condition=Q(state="accepted") & ~Q(kind="return"),
                name="dispute_offer_one_that_ends_it",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OfferState.values)
                & Q(side__in=["buyer", "seller"])
                & Q(kind__in=["return", "money", "replace"]),
                name="dispute_offer_words_known",
            ),
            models.CheckConstraint(
                condition=Q(kind="replace", goods_minor=0, shipping_minor=0)
                | (~Q(kind="replace") & (Q(goods_minor__gt=0) | Q(shipping_minor__gt=0))),
                name="dispute_offer_has_amount",
            ),
            models.CheckConstraint(
                condition=Q(state="open", answered_at=None)
                | (~Q(state="open") & Q(answered_at__isnull=False)),
                name="dispute_offer_answered_at_iff_answered",
            ),
        ]

    def __str__(self) -> str:
        return f"offer {self.pk} {self.state}"

    @property
    def amount_minor(self) -> int:
        """What would go back."""
        return self.goods_minor + self.shipping_minor


class ReturnParcel(models.Model):
    """Goods on their way back; the money waits for them. One a dispute."""

    dispute = models.OneToOneField(Dispute, on_delete=models.PROTECT, related_name="parcel")
    key = models.CharField(max_length=60, help_text="names the refund: offer:3, ruling:4")
    goods_minor = models.PositiveBigIntegerField()
    shipping_minor = models.PositiveBigIntegerField(default=0)
    address_sealed = SealedTextField(blank=True, default="", help_text="where the shop wants it")
    carrier = models.CharField(max_length=40, blank=True, default="")
    tracking = models.CharField(max_length=60, blank=True, default="")
    agreed_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True, help_text="as the carrier reports")
    arrived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(goods_minor__gt=0) | Q(shipping_minor__gt=0),
                name="return_parcel_has_amount",
            ),
            models.CheckConstraint(
                condition=Q(delivered_at=None) | Q(sent_at__isnull=False),
                name="return_parcel_sent_before_delivered",
            ),
        ]

    def __str__(self) -> str:
        return f"return parcel of dispute {self.dispute_id}"

    @property
    def amount_minor(self) -> int:
        """What goes back once the goods are there."""
        return self.goods_minor + self.shipping_minor
