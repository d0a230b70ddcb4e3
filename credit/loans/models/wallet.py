"""Money between a shop's wallet and the world."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from credit.loans.models.states import Direction, MoveState
from marketplace.shops.models import Shop


class WalletMove(models.Model):
    """Money between a shop's wallet and the world: out to its payout account, in from a card."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(unique=True, help_text="of the form: sent twice, one")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    direction = models.CharField(max_length=3, choices=Direction)
    currency = models.CharField(max_length=3, help_text="ISO 4217")
    amount_minor = models.PositiveBigIntegerField()
    state = models.CharField(max_length=6, choices=MoveState, default=MoveState.SENT)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=MoveState.values) & Q(direction__in=Direction.values),
                name="wallet_move_words_known",
            ),
            models.CheckConstraint(
                condition=Q(state=MoveState.SENT, ended_at=None)
                | (~Q(state=MoveState.SENT) & Q(ended_at__isnull=False)),
                name="wallet_move_ended_iff_ended",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="wallet_move_positive"),
        ]
        indexes = [
            models.Index(fields=["at"], condition=Q(state=MoveState.SENT), name="wallet_move_open")
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """How the ledger and the provider name this move."""
        return f"wallet:{self.pk}"
