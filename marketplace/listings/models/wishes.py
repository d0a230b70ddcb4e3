"""What a person keeps for later: goods, searches, and sold-out choices to hear of."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from marketplace.listings.models.listing import Listing, Variant


class WishedListing(models.Model):
    """Goods that a person put on the wish list."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="wished_listings"
    )
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "listing"], name="wished_listing_once")
        ]
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"listing {self.listing_id} for user {self.user_id}"


class SavedSearch(models.Model):
    """A search that a person wants to hear of: looked at once a day, told when there is more."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_searches"
    )
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=400, blank=True, help_text="as in the address of a search")
    alerts = models.BooleanField(default=True, help_text="tell when new goods are found")
    created_at = models.DateTimeField()
    looked_at = models.DateTimeField(help_text="goods put on sale since then are new")
    due_at = models.DateTimeField(help_text="the next look")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "query"], name="saved_search_once"),
            models.CheckConstraint(
                condition=Q(due_at__gt=F("looked_at")), name="saved_search_due_after_look"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(alerts=True), name="saved_search_due")
        ]
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name


class StockWatch(models.Model):
    """A sold-out choice of which a person wants to hear once, when it is back."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="stock_watches"
    )
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "variant"],
                condition=Q(told_at=None),
                name="stock_watch_open_once",
            )
        ]
        indexes = [
            models.Index(fields=["variant"], condition=Q(told_at=None), name="stock_watch_open")
        ]
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"variant {self.variant_id} for user {self.user_id}"
