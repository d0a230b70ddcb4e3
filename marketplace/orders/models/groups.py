"""One checkout over many shops."""

from django.conf import settings
from django.db import models

from marketplace.accounts.sealing import SealedTextField
from marketplace.orders.models.carts import Cart


class OrderGroup(models.Model):
    """One checkout over many shops."""

    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="order_groups"
    )
    cart = models.OneToOneField(Cart, on_delete=models.PROTECT, related_name="group")
    recipient_sealed = SealedTextField()
    address_sealed = SealedTextField()
    country = models.CharField(max_length=2, help_text="ISO 3166-1")
    contact_sealed = SealedTextField(
        blank=True, default="", help_text="where a guest is told about the order"
    )
    placed_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="unpaid until then: expires, stock goes back")

    def __str__(self) -> str:
        return f"order group {self.pk}"
