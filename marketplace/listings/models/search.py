"""What search keeps: one narrow row for each listing on sale, and the words they hold."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from marketplace.listings.models.listing import Category, Listing, photo_path
from marketplace.shops.models import Shop, ShopState


class SearchRowQuerySet(models.QuerySet["SearchRow"]):
    """Search rows by whether buyers may see them."""

    def seen(self) -> Self:
        """Rows of open shops. A row exists only while its listing is on sale."""
        return self.filter(shop__state=ShopState.APPROVED)


class SearchRow(models.Model):
    """A live listing as search sees it; narrow, so that 30,000 of them are ranked in a moment.

    Words are kept as 32-bit codes (`rules.code`): two words share one once in 4 thousand million.
    What belongs to the shop (name, country, standing, state) is never copied: a suspended shop
    is gone from search at once.
    """

    listing = models.OneToOneField(
        Listing, on_delete=models.CASCADE, primary_key=True, related_name="search_row"
    )
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="search_rows")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3, help_text="of the prices: the shop's")
    lowest_price_minor = models.PositiveBigIntegerField(help_text="of its choices")
    highest_price_minor = models.PositiveBigIntegerField()
    price_band = models.SmallIntegerField(help_text="of the lowest price: rules.price_band")
    in_stock = models.BooleanField(help_text="some choice has a piece that nobody keeps")
    thumb_name = models.CharField(max_length=80, blank=True, default="")
    published_at = models.DateTimeField()
    sold = models.PositiveIntegerField(default=0, help_text="pieces; as of the last refresh")
    stars_count = models.PositiveIntegerField(default=0, help_text="as SearchStars")
    stars_hundredths = models.PositiveSmallIntegerField(default=0)
    rank = models.PositiveIntegerField(help_text="trust × freshness × newcomer ×, in thousandths")
    title_codes = ArrayField(models.IntegerField(), default=list)
    codes = ArrayField(models.IntegerField(), default=list, help_text="title and description")

    objects = SearchRowQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(highest_price_minor__gte=F("lowest_price_minor")),
                name="search_row_prices_in_order",
            )
        ]
        indexes = [
            # No pending list: what was written last is found as fast as the rest.
            GinIndex(fields=["codes"], name="search_row_codes", fastupdate=False),
            models.Index(fields=["-rank", "-listing"], name="search_row_best"),
            models.Index(fields=["category", "-rank", "-listing"], name="search_row_best_of"),
            models.Index(fields=["-published_at", "-listing"], name="search_row_newest"),
            models.Index(
                fields=["category", "-published_at", "-listing"], name="search_row_newest_of"
            ),
            models.Index(fields=["currency", "lowest_price_minor"], name="search_row_price"),
        ]

    def __str__(self) -> str:
        return f"search row of listing {self.listing_id}"

    @property
    def title(self) -> str:
        """What the goods are called."""
        return self.listing.title

    @property
    def thumb_url(self) -> str:
        """Address of the first photo, small; empty without one."""
        return photo_path(self.thumb_name, "thumb") if self.thumb_name else ""


class SearchStars(models.Model):
    """The stars of a listing as care told them last; they stay while it is off sale."""

    listing = models.OneToOneField(
        Listing, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    count = models.PositiveIntegerField(help_text="reviews that count")
    hundredths = models.PositiveSmallIntegerField(help_text="weighed mean, of a star")

    def __str__(self) -> str:
        return f"{self.count} reviews of listing {self.listing_id}"


class SearchWord(models.Model):
    """A word that goods on sale hold: for words typed in part, or wrongly.

    `listings` is counted anew by the clock; a word no goods hold any more is forgotten then.
    """

    word = models.CharField(max_length=40, unique=True, help_text="folded: rules.fold")
    codes = ArrayField(models.IntegerField(), help_text="of the word and its stems")
    near = ArrayField(models.IntegerField(), help_text="codes of what it is without some letters")
    listings = models.PositiveIntegerField(default=1, help_text="about how many hold it")

    class Meta:
        indexes = [
            GinIndex(fields=["near"], name="search_word_near", fastupdate=False),
            GinIndex(fields=["codes"], name="search_word_codes", fastupdate=False),
        ]

    def __str__(self) -> str:
        return self.word


class SearchCount(models.Model):
    """How many rows stand in each corner of the market: facets of a page without words.

    Counted by the clock, once there are more rows than are counted at every look.
    """

    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="+")
    shop_country = models.CharField(max_length=2)
    standing = models.CharField(max_length=10)
    currency = models.CharField(max_length=3)
    price_band = models.SmallIntegerField()
    in_stock = models.BooleanField()
    listings = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "category",
                    "shop_country",
                    "standing",
                    "currency",
                    "price_band",
                    "in_stock",
                ],
                name="search_count_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.listings} in {self.category_id}"
