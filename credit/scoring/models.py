"""The score of a shop, kept whenever it changes, with everything needed to replay it."""

from django.db import models
from django.db.models import Q

from marketplace.shops.models import CreditBand, Shop


class Score(models.Model):
    """One computed score. Append-only; the newest row of a shop is its score."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    points = models.PositiveSmallIntegerField(help_text="350 to 950")
    band = models.CharField(max_length=10, choices=CreditBand)
    table_hash = models.CharField(max_length=64, help_text="SHA-256 of the points table used")
    features = models.JSONField(help_text="inputs, as read from the facts")
    contributions = models.JSONField(help_text="points per row of the table; they sum to points")
    cause = models.CharField(max_length=80, help_text="the fact that made us look")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gte=350) & Q(points__lte=950), name="score_in_range"
            ),
            models.CheckConstraint(
                condition=Q(band__in=CreditBand.values), name="score_band_known"
            ),
        ]
        indexes = [models.Index(fields=["shop", "-id"], name="score_newest")]

    def __str__(self) -> str:
        return f"{self.points} of shop {self.shop_id}"
