"""Cart, checkout, escrow, shipment, payout. Money itself lives in the ledger."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.sealing import SealedTextField
from marketplace.listings.models import Variant
from marketplace.shops.models import Shop


class OrderState(models.TextChoices):
    """Where an order stands; the legal moves are rules.ORDER_MOVES."""

    AWAITING_PAYMENT = "awaiting_payment", _("Waiting for payment")
    PAID_HELD = "paid_held", _("Paid, money held safe")
    SHIPPED = "shipped", _("On its way")
    DELIVERED = "delivered", _("Delivered")
    COMPLETED = "completed", _("Completed")
    SETTLED = "settled", _("Settled")
    EXPIRED = "expired", _("Expired unpaid")
    CANCELLED = "cancelled", _("Cancelled")


class CompletedBy(models.TextChoices):
    """Who ended the buyer's time to complain."""

    BUYER = "buyer", _("the buyer")
    CLOCK = "clock", _("the clock")


class CancelledBy(models.TextChoices):
    """Who cancelled an order."""

    BUYER = "buyer", _("the buyer")
    SELLER = "seller", _("the seller")
    PLATFORM = "platform", _("the platform")


class EscrowState(models.TextChoices):
    """Where the money held for one order went."""

    OPEN = "open", _("Held")
    RELEASED = "released", _("Released to the seller")
    REFUNDED = "refunded", _("Refunded to the buyer")
    SPLIT = "split", _("Split")


class PaymentState(models.TextChoices):
    """How far a charge has come."""

    STARTED = "started"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REFUNDED = "refunded"


class SandboxOutcome(models.TextChoices):
    """What the sandbox bank answered."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    PENDING = "pending"


class PayoutState(models.TextChoices):
    """How far a payment to a shop has come."""

    CREATED = "created"
    PAID = "paid"
    FAILED = "failed"


class Cart(models.Model):
    """One person's cart over many shops; a checkout freezes it into an order group."""

    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="carts"
    )
    created_at = models.DateTimeField()
    checked_out_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["buyer"], condition=Q(checked_out_at=None), name="cart_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"cart {self.pk}"


class CartLine(models.Model):
    """So many of one variant."""

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="cart_line_positive")
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.quantity} of variant {self.variant_id}"


class OrderGroup(models.Model):
    """One checkout over many shops."""

    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="order_groups"
    )
    cart = models.OneToOneField(Cart, on_delete=models.PROTECT, related_name="group")
    recipient_sealed = SealedTextField()
    address_sealed = SealedTextField()
    country = models.CharField(max_length=2, help_text="ISO 3166-1")
    placed_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="unpaid until then: expires, stock goes back")

    def __str__(self) -> str:
        return f"order group {self.pk}"


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


class Payout(models.Model):
    """Money sent from the platform to a shop."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="payouts")
    key = models.CharField(max_length=80, unique=True, help_text="shop and period")
    currency = models.CharField(max_length=3, help_text="ISO 4217")
    amount_minor = models.PositiveBigIntegerField()
    state = models.CharField(max_length=8, choices=PayoutState, default=PayoutState.CREATED)
    provider_ref = models.CharField(max_length=80, blank=True, default="")
    created_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payout_positive"),
            models.CheckConstraint(
                condition=Q(state__in=PayoutState.values), name="payout_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"payout {self.key}"


class Order(models.Model):
    """One shop's part of a checkout. Totals and commission are frozen at checkout."""

    group = models.ForeignKey(OrderGroup, on_delete=models.PROTECT, related_name="orders")
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="orders")
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders"
    )
    currency = models.CharField(max_length=3, help_text="ISO 4217")
    goods_minor = models.PositiveBigIntegerField()
    shipping_minor = models.PositiveBigIntegerField()
    total_minor = models.PositiveBigIntegerField()
    payment = models.ForeignKey(
        Payment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        help_text="the charge that covers it; none when it was dropped before any charge",
    )
    commission_bp = models.PositiveIntegerField(help_text="ten-thousandths of the goods, frozen")
    commission_minor = models.PositiveBigIntegerField()
    state = models.CharField(max_length=16, choices=OrderState, default=OrderState.AWAITING_PAYMENT)
    placed_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    completed_by = models.CharField(max_length=5, choices=CompletedBy, blank=True, default="")
    settled_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.CharField(max_length=8, choices=CancelledBy, blank=True, default="")
    cancel_reason = models.TextField(blank=True, default="")
    ship_by = models.DateTimeField(null=True, blank=True, help_text="promised when paid")
    due_at = models.DateTimeField(
        null=True, blank=True, help_text="the clock completes the order then"
    )
    tracking = models.CharField(max_length=60, blank=True, default="")
    payout = models.ForeignKey(
        Payout,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        help_text="which payout carried this order's money",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "shop"], name="order_one_a_shop"),
            models.CheckConstraint(
                condition=Q(state__in=OrderState.values), name="order_state_known"
            ),
            models.CheckConstraint(
                condition=Q(total_minor=F("goods_minor") + F("shipping_minor")),
                name="order_total_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(commission_minor__lte=F("goods_minor")),
                name="order_commission_at_most_goods",
            ),
            models.CheckConstraint(
                condition=(Q(state="cancelled") & Q(cancelled_at__isnull=False))
                | (~Q(state="cancelled") & Q(cancelled_at=None)),
                name="order_cancelled_at_iff_cancelled",
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "-placed_at"], name="order_of_shop"),
            models.Index(fields=["buyer", "-placed_at"], name="order_of_buyer"),
            models.Index(
                fields=["due_at"], condition=Q(state__in=["shipped", "delivered"]), name="order_due"
            ),
        ]

    def __str__(self) -> str:
        return f"order {self.pk}"

    @property
    def ref(self) -> str:
        """How events, ledger, stock and audit name this order."""
        return f"order:{self.pk}"

    @property
    def net_minor(self) -> int:
        """What the seller gets: the total less the commission."""
        return self.total_minor - self.commission_minor


class OrderLine(models.Model):
    """What was bought, frozen as it was shown."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="order_lines")
    title = models.CharField(max_length=200)
    unit_price_minor = models.PositiveBigIntegerField()
    quantity = models.PositiveIntegerField()
    line_total_minor = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "variant"], name="order_line_once"),
            models.CheckConstraint(
                condition=Q(line_total_minor=F("unit_price_minor") * F("quantity")),
                name="order_line_adds_up",
            ),
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"


class Escrow(models.Model):
    """The money kept for one order; the amount is the balance of its ledger account."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="escrow")
    amount_minor = models.PositiveBigIntegerField(help_text="as paid in")
    state = models.CharField(max_length=8, choices=EscrowState, default=EscrowState.OPEN)
    frozen_by = models.CharField(max_length=80, blank=True, default="", help_text="dispute:7")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(state=EscrowState.OPEN) & Q(closed_at=None))
                | (~Q(state=EscrowState.OPEN) & Q(closed_at__isnull=False) & Q(frozen_by="")),
                name="escrow_closed_at_iff_closed",
            ),
            models.CheckConstraint(
                condition=Q(state__in=EscrowState.values), name="escrow_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"escrow of order {self.order_id} {self.state}"


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
    kind = models.CharField(max_length=10, help_text="charge, refund, payout")
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
