"""Who has which share of one order, frozen when it is paid."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.orders.models.orders import Order
from marketplace.shops.models import Share


class OrderShare(models.Model):
    """A person's part of one order's goods, as it was in force when the order was placed.

    `got_minor` is what the order brought so far, less what was taken back; `made_good_minor` what
    the platform paid on top when an appeal showed that money should never have gone back.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="shares")
    share = models.ForeignKey(Share, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="order_shares"
    )
    share_bp = models.PositiveIntegerField(help_text="ten-thousandths of the goods after the fee")
    got_minor = models.PositiveBigIntegerField(default=0)
    made_good_minor = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "user"], name="order_share_once"),
            models.CheckConstraint(
                condition=Q(share_bp__gte=1) & Q(share_bp__lte=10_000), name="order_share_is_a_part"
            ),
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.share_bp} bp of order {self.order_id}"
