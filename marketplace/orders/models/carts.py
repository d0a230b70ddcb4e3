"""What a person means to buy."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.listings.models import Variant


class Cart(models.Model):
    """One person's cart over many shops; a checkout freezes it into an order group.

    A visitor's cart hangs on a cookie and joins the person's own at log-in.
    """

    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="carts",
    )
    token_hash = models.CharField(
        max_length=64,
        null=True,
        blank=True,
        unique=True,
        help_text="of the cookie of a visitor who has not signed in",
    )
    created_at = models.DateTimeField()
    checked_out_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["buyer"], condition=Q(checked_out_at=None), name="cart_one_open"
            ),
            models.CheckConstraint(
                condition=Q(buyer__isnull=False) | Q(token_hash__isnull=False),
                name="cart_is_somebodys",
            ),
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
