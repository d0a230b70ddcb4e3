"""Money that goes back, by component."""

from django.db import models
from django.db.models import F, Q

from marketplace.orders.models.orders import Order, OrderLine
from marketplace.orders.models.payments import Chargeback
from marketplace.orders.models.states import Advance, RefundKind, RefundState


class Refund(models.Model):
    """Money that goes back to a buyer, by component. Counted against the order at once.

    The money waits on a ledger account of its own until the provider has taken it back.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds")
    key = models.CharField(max_length=120, unique=True, help_text="one refund a fact or form")
    kind = models.CharField(max_length=10, choices=RefundKind)
    goods_minor = models.PositiveBigIntegerField(default=0, help_text="tax included")
    shipping_minor = models.PositiveBigIntegerField(default=0, help_text="tax included")
    amount_minor = models.PositiveBigIntegerField()
    tax_minor = models.PositiveBigIntegerField(default=0, help_text="inside the amount")
    commission_minor = models.PositiveBigIntegerField(
        default=0, help_text="what the platform gives up of its fee"
    )
    from_escrow = models.BooleanField(help_text="else the shop pays: balance first, then debt")
    chargeback = models.ForeignKey(
        Chargeback, on_delete=models.PROTECT, null=True, blank=True, related_name="refunds"
    )
    state = models.CharField(max_length=8, choices=RefundState, default=RefundState.OWED)
    reason = models.TextField(blank=True, default="", help_text="both sides read it")
    advance = models.CharField(
        max_length=9,
        choices=Advance,
        blank=True,
        default="",
        db_default="",
        help_text="who bears what the platform paid first",
    )
    provider_ref = models.CharField(max_length=80, blank=True, default="")
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor=F("goods_minor") + F("shipping_minor"))
                & Q(amount_minor__gt=0),
                name="refund_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(tax_minor__lte=F("amount_minor"))
                & Q(commission_minor__lte=F("goods_minor")),
                name="refund_parts_inside",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=RefundKind.values) & Q(state__in=RefundState.values),
                name="refund_words_known",
            ),
            models.CheckConstraint(
                condition=(Q(state=RefundState.OWED) & Q(done_at=None))
                | (~Q(state=RefundState.OWED) & Q(done_at__isnull=False)),
                name="refund_done_at_iff_done",
            ),
            models.CheckConstraint(
                condition=Q(advance="") | (Q(advance__in=Advance.values) & Q(from_escrow=False)),
                name="refund_advance_known",
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(state="owed"), name="refund_owed"),
            models.Index(fields=["order"], condition=Q(advance="open"), name="refund_advance_open"),
        ]

    def __str__(self) -> str:
        return f"refund {self.pk} {self.state}"

    @property
    def ref(self) -> str:
        """How the ledger and the provider name this refund."""
        return f"refund:{self.pk}"

    @property
    def net_minor(self) -> int:
        """What it costs the shop: the platform gives up its commission."""
        return self.amount_minor - self.commission_minor


class RefundLine(models.Model):
    """Which goods a refund is for."""

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="refunds")
    quantity = models.PositiveIntegerField(default=0, help_text="units; 0 is a part of the price")
    amount_minor = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["refund", "line"], name="refund_line_once"),
            # Units whose price went back before are called off for nothing.
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0) | Q(quantity__gt=0), name="refund_line_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} for line {self.line_id}"
