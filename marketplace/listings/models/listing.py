"""Goods on sale: categories, listings, variants with stock, photos, reservations, withholdings."""

from datetime import datetime
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.reasons.models import StatementOfReasons
from marketplace.shops.models import Shop, ShopState
from marketplace.shops.rules import Act


class ListingState(models.TextChoices):
    """Where a listing stands; the legal moves are rules.MOVES."""

    DRAFT = "draft", _("Draft")
    PENDING = "pending", _("Being checked")
    LIVE = "live", _("On sale")
    WITHHELD = "withheld", _("Withheld")
    ENDED = "ended", _("Ended")
    REMOVED = "removed", _("Removed")


class ListingKind(models.TextChoices):
    """What a listing offers."""

    GOODS = "goods", _("Goods")


class ReservationState(models.TextChoices):
    """Held for a checkout, then sold or given back."""

    HELD = "held"
    SOLD = "sold"
    RELEASED = "released"


def photo_path(name: str, size: str) -> str:
    """Return the address of a stored picture on this site; `size` is large or thumb."""
    return reverse("listings:photo", kwargs={"name": name, "size": size})


class Category(models.Model):
    """A shelf of the market."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)

    class Meta:
        verbose_name_plural = "categories"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ListingQuerySet(models.QuerySet["Listing"]):
    """Listings by who may see them."""

    def live(self) -> Self:
        """What buyers can see and buy: live listings of open shops."""
        return self.filter(state=ListingState.LIVE, shop__state=ShopState.APPROVED)

    def where_may(self, user_id: int | None, act: Act) -> Self:
        """Listings of the shops in which the person may do `act`."""
        return self.filter(shop__in=Shop.objects.where_may(user_id, act))


class Listing(models.Model):
    """Something a shop offers. Only a live listing of an open shop can be seen and sold."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="listings")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="listings")
    kind = models.CharField(max_length=10, choices=ListingKind, default=ListingKind.GOODS)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True, default="")
    state = models.CharField(max_length=10, choices=ListingState, default=ListingState.DRAFT)
    content_version = models.PositiveIntegerField(
        default=1, help_text="grows with every edit of title, description or photos"
    )
    inspected_version = models.PositiveIntegerField(
        null=True, blank=True, help_text="the content version that passed an inspection"
    )
    inspected_until = models.DateTimeField(null=True, blank=True, help_text="the mark ends then")
    inspected_code = models.CharField(
        max_length=43,
        blank=True,
        default="",
        db_default="",
        help_text="opens the result",
    )
    checked_version = models.PositiveIntegerField(
        null=True, blank=True, help_text="the content version that last passed the check"
    )
    draft_key = models.UUIDField(
        null=True, blank=True, unique=True, help_text="of the form: sent twice, one draft"
    )
    created_at = models.DateTimeField()
    posted_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(
        null=True, blank=True, help_text="first time on sale; an edit does not renew it"
    )

    objects = ListingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ListingState.values), name="listing_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=ListingState.LIVE) | Q(published_at__isnull=False),
                name="listing_live_was_published",
            ),
            models.CheckConstraint(
                condition=~Q(state=ListingState.LIVE)
                | Q(checked_version__isnull=False, checked_version=F("content_version")),
                name="listing_live_as_checked",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-published_at", "-id"],
                condition=Q(state="live"),
                name="listing_live_newest",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def is_marked(self, at: datetime) -> bool:
        """Say whether these goods, as they are now, carry the mark "inspected"."""
        return (
            self.inspected_version == self.content_version
            and self.inspected_until is not None
            and at < self.inspected_until
        )

    @property
    def thumb_url(self) -> str:
        """Address of the first photo, small; empty without one.

        Costs a query unless the row came from `queries.live()`.
        """
        name = self.__dict__.get("thumb_name")
        if "thumb_name" not in self.__dict__:
            first = self.photos.first()
            name = first.name if first else None
        return photo_path(name, "thumb") if name else ""

    @property
    def ref(self) -> str:
        """How events and audit name this listing."""
        return f"listing:{self.pk}"


class Variant(models.Model):
    """One buyable choice of a listing, with its price and stock.

    on_hand counts units in the shop, reserved those of them kept for open checkouts.
    """

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="variants")
    name = models.CharField(max_length=80, blank=True, default="", help_text="empty: the only one")
    price_minor = models.PositiveBigIntegerField(help_text="in the shop's currency")
    least_quantity = models.PositiveIntegerField(default=1, help_text="smallest order")
    low_stock_at = models.PositiveIntegerField(
        default=2, help_text="the desk warns when so few are left"
    )
    on_hand = models.PositiveIntegerField(default=0)
    reserved = models.PositiveIntegerField(default=0)
    sold = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "name"], name="variant_name_once"),
            models.CheckConstraint(condition=Q(price_minor__gt=0), name="variant_price_positive"),
            models.CheckConstraint(
                condition=Q(reserved__lte=F("on_hand")), name="variant_never_oversold"
            ),
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.listing_id} {self.name}"

    @property
    def free(self) -> int:
        """Units that are in the shop and not kept for an open checkout."""
        return self.on_hand - self.reserved


class PriceTier(models.Model):
    """A lower price for many at once: the tier with the largest quantity that is reached holds."""

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="tiers")
    from_quantity = models.PositiveIntegerField()
    price_minor = models.PositiveBigIntegerField(help_text="each, in the shop's currency")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["variant", "from_quantity"], name="price_tier_once"),
            models.CheckConstraint(
                condition=Q(from_quantity__gt=1) & Q(price_minor__gt=0), name="price_tier_sensible"
            ),
        ]
        ordering = ["from_quantity"]

    def __str__(self) -> str:
        return f"{self.price_minor} from {self.from_quantity}"


class ListingVersion(models.Model):
    """What a listing said at one content version: shown with orders, appeals and checks."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True, default="")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")
    photo_names = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    choice_names = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "version"], name="listing_version_once")
        ]
        ordering = ["-version"]

    def __str__(self) -> str:
        return f"version {self.version} of listing {self.listing_id}"


class Reservation(models.Model):
    """Stock kept for one checkout until it pays or time runs out."""

    ref = models.CharField(max_length=80, help_text="whose: order:12")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="reservations")
    quantity = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=ReservationState, default=ReservationState.HELD)
    due_at = models.DateTimeField(help_text="expires then, whether or not a sweeper runs")
    closed_at = models.DateTimeField(null=True, blank=True, help_text="sold or given back")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ref", "variant"], name="reservation_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_positive"),
            models.CheckConstraint(
                condition=Q(state__in=ReservationState.values), name="reservation_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=ReservationState.HELD, closed_at=None)
                | (~Q(state=ReservationState.HELD) & Q(closed_at__isnull=False)),
                name="reservation_closed_at_iff_closed",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="held"), name="reservation_due"),
            models.Index(
                fields=["variant", "due_at"], condition=Q(state="held"), name="reservation_held"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of variant {self.variant_id} for {self.ref}"


class Photo(models.Model):
    """One picture of a listing: re-encoded pixels, nothing else of the upload."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="photos")
    position = models.PositiveSmallIntegerField()
    sha256 = models.CharField(max_length=64, help_text="of the uploaded bytes", db_index=True)
    name = models.CharField(max_length=80, help_text="random stem of the stored files")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "position"], name="photo_position_once"),
            models.UniqueConstraint(fields=["name"], name="photo_name_once"),
        ]
        ordering = ["position"]

    def __str__(self) -> str:
        return f"photo {self.position} of listing {self.listing_id}"

    @property
    def thumb_url(self) -> str:
        """Address of the small picture (longest side 360 px)."""
        return photo_path(self.name, "thumb")

    @property
    def large_url(self) -> str:
        """Address of the large picture (longest side 1200 px)."""
        return photo_path(self.name, "large")


class PhotoOriginal(models.Model):
    """An upload as it came, in the private storage: nobody's to see but a case's.

    Erased at `due_at`, or when the last source that keeps it lets go, if that is later.
    """

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="originals")
    photo = models.OneToOneField(
        Photo,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="original",
        help_text="empty once the seller took the photo off",
    )
    name = models.CharField(max_length=32, unique=True, help_text="random name of the stored file")
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, help_text="of the file")
    stored_at = models.DateTimeField()
    due_at = models.DateTimeField(db_index=True, help_text="erased then, unless a source keeps it")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at__gte=F("stored_at")), name="original_due_after_stored"
            )
        ]

    def __str__(self) -> str:
        return f"original {self.pk} of listing {self.listing_id}"


class OriginalKeep(models.Model):
    """One source that keeps an original from being erased. One that let go never keeps again."""

    original = models.ForeignKey(PhotoOriginal, on_delete=models.CASCADE, related_name="keeps")
    source = models.CharField(max_length=80, help_text="who needs it: case:7")
    since = models.DateTimeField()
    let_go_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["original", "source"], name="original_keep_once")
        ]
        indexes = [
            models.Index(
                fields=["source"], condition=Q(let_go_at=None), name="original_keep_active"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} keeps original {self.original_id}"


class Withholding(models.Model):
    """One source that keeps a listing from view. The listing returns when the last is lifted."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="withholdings")
    source = models.CharField(max_length=80, help_text="who withholds: decision:7, scan:9")
    statement = models.ForeignKey(
        StatementOfReasons, on_delete=models.PROTECT, related_name="withholdings"
    )
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "source"], name="withholding_source_once")
        ]

    def __str__(self) -> str:
        return f"listing {self.listing_id} by {self.source}"
