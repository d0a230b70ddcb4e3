"""Money sent to shops and to people with a share, and who has a standing claim on it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from marketplace.orders.models.states import PayoutState
from marketplace.shops.models import Shop


class Payout(models.Model):
    """Money sent from the platform to a shop, or to a person for shares in one (`member`)."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="payouts")
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="share_payouts",
        help_text="who is paid for shares; nobody: the shop itself",
    )
    key = models.CharField(max_length=80, unique=True, help_text="shop and period")
    currency = models.CharField(max_length=3, help_text="ISO 4217")
    amount_minor = models.PositiveBigIntegerField()
    state = models.CharField(max_length=8, choices=PayoutState, default=PayoutState.CREATED)
    provider_ref = models.CharField(max_length=80, blank=True, default="")
    created_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    carried_by = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="carries",
        help_text="which later payout carried the money of one that came back",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payout_positive"),
            models.CheckConstraint(
                condition=Q(state__in=PayoutState.values), name="payout_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"payout {self.key}"


class Claim(models.Model):
    """A standing share of a shop's payouts: paid first, at each payout, until its cap is reached.

    Registered by an upper room (a loan's instalments); the money goes to a ledger account.
    """

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="claims")
    key = models.CharField(max_length=80, unique=True, help_text="whose: loan:12")
    share_bp = models.PositiveIntegerField(help_text="ten-thousandths of each payout")
    cap_minor = models.PositiveBigIntegerField(help_text="no more than this in all")
    paid_minor = models.PositiveBigIntegerField(default=0)
    currency = models.CharField(max_length=3, help_text="ISO 4217")
    target_account = models.BigIntegerField(help_text="ledger account id")
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(share_bp__gt=0) & Q(share_bp__lte=10_000), name="claim_share_is_a_share"
            ),
            models.CheckConstraint(
                condition=Q(paid_minor__lte=F("cap_minor")), name="claim_at_most_its_cap"
            ),
        ]
        indexes = [models.Index(fields=["shop"], condition=Q(ended_at=None), name="claim_of_shop")]

    def __str__(self) -> str:
        return f"claim {self.key}"
