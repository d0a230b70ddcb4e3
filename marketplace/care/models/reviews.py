"""Reviews of goods that were bought here, and what they add up to."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from marketplace.care.rules import REVIEW_LETTERS_MAX
from marketplace.listings.models import Listing
from marketplace.orders.models import OrderLine
from marketplace.reasons.models import StatementOfReasons
from marketplace.shops.models import Shop


class Review(models.Model):
    """What a buyer says of one bought line: once. The shop answers once."""

    line = models.OneToOneField(OrderLine, on_delete=models.PROTECT, related_name="review")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="reviews")
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="reviews")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews"
    )
    stars = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=REVIEW_LETTERS_MAX, blank=True, default="")
    created_at = models.DateTimeField()
    answer = models.CharField(max_length=REVIEW_LETTERS_MAX, blank=True, default="")
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by_ref = models.CharField(max_length=80, blank=True, default="", help_text="ruling:7")
    statement = models.ForeignKey(
        StatementOfReasons,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="why it was withdrawn",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(stars__range=(1, 5)), name="review_stars_1_to_5"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None, answered_by=None)
                | (~Q(answer="") & Q(answered_at__isnull=False, answered_by__isnull=False)),
                name="review_answer_has_author",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by_ref="", statement=None)
                | (
                    Q(withdrawn_at__isnull=False, statement__isnull=False) & ~Q(withdrawn_by_ref="")
                ),
                name="review_withdrawn_with_statement",
            ),
        ]
        indexes = [
            models.Index(fields=["listing", "-id"], name="review_of_listing"),
            models.Index(fields=["shop", "-id"], name="review_of_shop"),
        ]

    def __str__(self) -> str:
        return f"review {self.pk}"


class ListingStars(models.Model):
    """How many reviews of a listing stand, and their stars summed; kept by the services."""

    listing = models.OneToOneField(Listing, on_delete=models.PROTECT, related_name="star_count")
    count = models.PositiveIntegerField(default=0)
    stars_sum = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(stars_sum__gte=F("count")) & Q(stars_sum__lte=F("count") * 5),
                name="listing_stars_possible",
            )
        ]

    def __str__(self) -> str:
        return f"{self.count} reviews of listing {self.listing_id}"


class ShopStars(models.Model):
    """How many reviews of a shop's goods stand, and their stars summed."""

    shop = models.OneToOneField(Shop, on_delete=models.PROTECT, related_name="star_count")
    count = models.PositiveIntegerField(default=0)
    stars_sum = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(stars_sum__gte=F("count")) & Q(stars_sum__lte=F("count") * 5),
                name="shop_stars_possible",
            )
        ]

    def __str__(self) -> str:
        return f"{self.count} reviews of shop {self.shop_id}"
