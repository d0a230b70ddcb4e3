"""One shop's part of a checkout, its lines and the money held for it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from marketplace.listings.models import Variant
from marketplace.orders.models.groups import OrderGroup
from marketplace.orders.models.payments import Payment
from marketplace.orders.models.payouts import Payout
from marketplace.orders.models.states import CancelledBy, CompletedBy, EscrowState, OrderState
from marketplace.shops.models import ShippingMethod, Shop


class Order(models.Model):
    """One shop's part of a checkout. Totals and commission are frozen at checkout."""

    group = models.ForeignKey(OrderGroup, on_delete=models.PROTECT, related_name="orders")
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="orders")
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders"
    )
    currency = models.CharField(max_length=3, help_text="ISO 4217")
    goods_minor = models.PositiveBigIntegerField(help_text="after discount, tax included")
    shipping_minor = models.PositiveBigIntegerField(help_text="tax included")
    total_minor = models.PositiveBigIntegerField()
    discount_minor = models.PositiveBigIntegerField(
        default=0, help_text="given by the shop, already taken off the goods"
    )
    tax_rate_bp = models.PositiveIntegerField(
        default=0, help_text="domestic tax inside the prices, ten-thousandths of the net; frozen"
    )
    tax_minor = models.PositiveBigIntegerField(default=0, help_text="inside the total")
    shipping_tax_minor = models.PositiveBigIntegerField(default=0, help_text="inside the shipping")
    shipping_method = models.ForeignKey(
        ShippingMethod, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    shipping_name = models.CharField(max_length=80, blank=True, default="", help_text="as chosen")
    transit_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="longest time on the way that the shop promised"
    )
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
    refunded_goods_minor = models.PositiveBigIntegerField(default=0)
    refunded_shipping_minor = models.PositiveBigIntegerField(default=0)
    returned_commission_minor = models.PositiveBigIntegerField(
        default=0, help_text="given up by the platform with the refunds"
    )
    state = models.CharField(max_length=16, choices=OrderState, default=OrderState.AWAITING_PAYMENT)
    placed_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    completed_by = models.CharField(max_length=6, choices=CompletedBy, blank=True, default="")
    settled_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.CharField(max_length=8, choices=CancelledBy, blank=True, default="")
    cancel_reason = models.TextField(blank=True, default="")
    ship_by = models.DateTimeField(null=True, blank=True, help_text="promised when paid")
    due_at = models.DateTimeField(
        null=True, blank=True, help_text="the clock completes the order then"
    )
    look_until = models.DateTimeField(
        null=True, blank=True, help_text="promised in a dispute: no delivery ends the clock before"
    )
    extended_days = models.PositiveSmallIntegerField(
        default=0, help_text="how much longer the buyer's protection was made"
    )
    tracking = models.CharField(max_length=60, blank=True, default="")
    disputed_by = models.CharField(
        max_length=80, blank=True, default="", help_text="dispute:7; also after the release"
    )
    agreed_ref = models.CharField(
        max_length=80,
        blank=True,
        default="",
        db_default="",
        help_text="quote:12:3 when its price was agreed beforehand",
    )
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
            models.UniqueConstraint(
                fields=["agreed_ref"], condition=~Q(agreed_ref=""), name="order_agreed_once"
            ),
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
                condition=Q(refunded_goods_minor__lte=F("goods_minor"))
                & Q(refunded_shipping_minor__lte=F("shipping_minor")),
                name="order_refunds_at_most_paid",
            ),
            models.CheckConstraint(
                condition=Q(returned_commission_minor__lte=F("commission_minor")),
                name="order_returns_at_most_commission",
            ),
            models.CheckConstraint(
                condition=Q(tax_minor__lte=F("total_minor"))
                & Q(shipping_tax_minor__lte=F("shipping_minor")),
                name="order_tax_inside_total",
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
            models.Index(fields=["shop"], condition=Q(disputed_by__gt=""), name="order_disputed"),
        ]

    def __str__(self) -> str:
        return f"order {self.pk}"

    @property
    def ref(self) -> str:
        """How events, ledger, stock and audit name this order."""
        return f"order:{self.pk}"

    def open_units(self) -> int:
        """Units that are neither sent nor called off."""
        return sum(line.open_quantity for line in self.lines.all())

    @property
    def refunded_minor(self) -> int:
        """What went or goes back to the buyer so far."""
        return self.refunded_goods_minor + self.refunded_shipping_minor

    @property
    def kept_minor(self) -> int:
        """What the buyer has paid and did not get back."""
        return self.total_minor - self.refunded_minor

    @property
    def fee_minor(self) -> int:
        """The commission that the platform keeps after refunds."""
        return self.commission_minor - self.returned_commission_minor

    @property
    def net_minor(self) -> int:
        """What the seller gets: what the buyer paid and did not get back, less the commission."""
        return self.kept_minor - self.fee_minor


class OrderLine(models.Model):
    """What was bought, frozen as it was shown."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="order_lines")
    title = models.CharField(max_length=200)
    unit_price_minor = models.PositiveBigIntegerField()
    quantity = models.PositiveIntegerField()
    discount_minor = models.PositiveBigIntegerField(default=0)
    line_total_minor = models.PositiveBigIntegerField(help_text="what it costs, tax included")
    net_minor = models.PositiveBigIntegerField(default=0, help_text="without tax")
    tax_minor = models.PositiveBigIntegerField(default=0)
    listing_version = models.PositiveIntegerField(
        default=1, help_text="which version of the listing was shown"
    )
    shipped_quantity = models.PositiveIntegerField(default=0)
    refunded_quantity = models.PositiveIntegerField(
        default=0, help_text="units that were called off or sent back"
    )
    refunded_minor = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "variant"], name="order_line_once"),
            models.CheckConstraint(
                condition=Q(
                    line_total_minor=F("unit_price_minor") * F("quantity") - F("discount_minor")
                ),
                name="order_line_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(line_total_minor=F("net_minor") + F("tax_minor")),
                name="order_line_net_plus_tax",
            ),
            models.CheckConstraint(
                condition=Q(shipped_quantity__lte=F("quantity"))
                & Q(refunded_quantity__lte=F("quantity"))
                & Q(refunded_minor__lte=F("line_total_minor")),
                name="order_line_within_bought",
            ),
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"

    @property
    def open_quantity(self) -> int:
        """Units that are neither sent nor called off; sent ones may come back and count twice."""
        return max(0, self.quantity - self.shipped_quantity - self.refunded_quantity)


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


class Extension(models.Model):
    """More time for a buyer to look at the goods, asked once a form."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="extensions")
    key = models.CharField(max_length=80, unique=True)
    days = models.PositiveSmallIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.days} days for order {self.order_id}"
