"""Requests for quotation, the quotes of several shops with their versions, and what was said."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.listings.models import Category, Listing, Variant
from marketplace.orders.models import Order
from marketplace.shops.models import Shop


class RequestState(models.TextChoices):
    """Where a request stands; the legal moves are rules.REQUEST_MOVES.

    An expired one takes no new quotes; those that are valid longer can still be accepted.
    """

    OPEN = "open", _("Open for quotes")
    ACCEPTED = "accepted", _("A quote was accepted")
    CLOSED = "closed", _("Closed by the buyer")
    EXPIRED = "expired", _("Takes no more quotes")


class QuoteState(models.TextChoices):
    """Where a quote stands; the legal moves are rules.QUOTE_MOVES."""

    SENT = "sent", _("Waits for the buyer")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Taken back by the shop")
    EXPIRED = "expired", _("Not valid any more")
    LAPSED = "lapsed", _("Accepted, but not paid")


class DeclinedFor(models.TextChoices):
    """Why a buyer said no."""

    PRICE = "price", _("Too expensive")
    TIME = "time", _("Takes too long")
    GOODS = "goods", _("Not what I look for")
    NO_NEED = "no_need", _("Not needed any more")
    OTHER_CHOSEN = "other_chosen", _("Another quote was chosen")


class Side(models.TextChoices):
    """Who says something."""

    BUYER = "buyer", _("Buyer")
    SELLER = "seller", _("Seller")


class QuoteRequest(models.Model):
    """What a buyer looks for. Shops see the country it goes to, not who asks."""

    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="quote_requests"
    )
    key = models.UUIDField(help_text="of the form: sent twice, one request")
    title = models.CharField(max_length=120)
    details = models.TextField()
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")
    listing = models.ForeignKey(
        Listing,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="the goods whose page it was asked from",
    )
    quantity = models.PositiveIntegerField()
    unit = models.CharField(max_length=20, help_text="pieces, metres, kg")
    target_price_minor = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="hoped for, each, in `currency`"
    )
    currency = models.CharField(max_length=3, help_text="ISO 4217")
    country = models.CharField(max_length=2, help_text="where it goes, ISO 3166-1")
    wanted_by = models.DateField(null=True, blank=True)
    to_market = models.BooleanField(default=True, help_text="or to the chosen shops alone")
    state = models.CharField(max_length=8, choices=RequestState, default=RequestState.OPEN)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="takes no quotes from then on")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["buyer", "key"], name="quote_request_once"),
            models.CheckConstraint(
                condition=Q(state__in=RequestState.values), name="quote_request_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="open", ended_at=None)
                | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="quote_request_ended_at_iff_ended",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="quote_request_quantity"),
        ]
        indexes = [
            models.Index(fields=["buyer", "-made_at"], name="quote_request_of_buyer"),
            models.Index(
                fields=["category", "-made_at"],
                condition=Q(state="open", to_market=True),
                name="quote_request_to_market",
            ),
            models.Index(fields=["due_at"], condition=Q(state="open"), name="quote_request_due"),
        ]

    def __str__(self) -> str:
        return f"request {self.pk}"

    @property
    def ref(self) -> str:
        """How events name this request."""
        return f"request:{self.pk}"


class AskedShop(models.Model):
    """A shop that a request was sent to."""

    request = models.ForeignKey(QuoteRequest, on_delete=models.PROTECT, related_name="asked")
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "shop"], name="quote_asked_shop_once")
        ]

    def __str__(self) -> str:
        return f"shop {self.shop_id} of request {self.request_id}"


class RequestPhoto(models.Model):
    """A picture of what is looked for; shown to those who see the request, never in public."""

    request = models.ForeignKey(QuoteRequest, on_delete=models.PROTECT, related_name="photos")
    name = models.CharField(max_length=32, unique=True, help_text="random name of the files")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"photo {self.pk} of request {self.request_id}"


class Quote(models.Model):
    """One shop's answer to a request. What it says stands in its versions; the last one counts."""

    request = models.ForeignKey(QuoteRequest, on_delete=models.PROTECT, related_name="quotes")
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="quotes")
    state = models.CharField(max_length=9, choices=QuoteState, default=QuoteState.SENT)
    current = models.PositiveIntegerField(default=1, help_text="number of the version that counts")
    due_at = models.DateTimeField(help_text="of that version: cannot be accepted from then on")
    declined_for = models.CharField(max_length=12, choices=DeclinedFor, blank=True, default="")
    reason = models.TextField(blank=True, default="", help_text="the buyer's words about it")
    order = models.OneToOneField(
        Order,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="the last order that an acceptance made; samples have none here",
    )
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "shop"], name="quote_one_a_shop"),
            models.UniqueConstraint(
                fields=["request"], condition=Q(state="accepted"), name="quote_one_accepted"
            ),
            models.CheckConstraint(
                condition=Q(state__in=QuoteState.values), name="quote_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "lapsed"]) | Q(order__isnull=False),
                name="quote_accepted_has_order",
            ),
            models.CheckConstraint(
                condition=Q(state="declined", declined_for__in=DeclinedFor.values)
                | (~Q(state="declined") & Q(declined_for="")),
                name="quote_declined_for_iff_declined",
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "-made_at"], name="quote_of_shop"),
            models.Index(fields=["due_at"], condition=Q(state="sent"), name="quote_due"),
        ]

    def __str__(self) -> str:
        return f"quote {self.pk}"

    @property
    def ref(self) -> str:
        """How events name this quote."""
        return f"quote:{self.pk}"

    def latest(self) -> QuoteVersion:
        """Return the version that counts."""
        return next(one for one in self.versions.all() if one.number == self.current)


class QuoteVersion(models.Model):
    """What a shop offered at one moment. Added, never changed."""

    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    key = models.UUIDField(help_text="of the form: sent twice, one version")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+")
    goods = models.CharField(max_length=200, help_text="as the goods were called then")
    transit_days = models.PositiveSmallIntegerField(help_text="longest time on the way")
    note = models.TextField(blank=True, default="")
    valid_until = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["quote", "number"], name="quote_version_once"),
            models.UniqueConstraint(fields=["quote", "key"], name="quote_version_form_once"),
        ]
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"version {self.number} of quote {self.quote_id}"

    @property
    def ref(self) -> str:
        """What an order at its price remembers: quote:12:3."""
        return f"quote:{self.quote_id}:{self.number}"

    @property
    def ladder(self) -> list[Deal]:
        """The quantities and prices offered, the smallest first."""
        return [one for one in self.deals.all() if not one.sample]

    @property
    def sample(self) -> Deal | None:
        """The few pieces to look at first, when the shop offers them."""
        return next((one for one in self.deals.all() if one.sample), None)


class Deal(models.Model):
    """What a buyer can say yes to: so many pieces, a price each, sending. Added, never changed."""

    version = models.ForeignKey(QuoteVersion, on_delete=models.PROTECT, related_name="deals")
    sample = models.BooleanField(default=False)
    quantity = models.PositiveIntegerField()
    unit_price_minor = models.PositiveBigIntegerField(help_text="in the shop's currency")
    shipping_minor = models.PositiveBigIntegerField(help_text="of all the pieces together")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "quantity"], condition=Q(sample=False), name="deal_rung_once"
            ),
            models.UniqueConstraint(
                fields=["version"], condition=Q(sample=True), name="deal_one_sample"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0) & Q(unit_price_minor__gt=0), name="deal_positive"
            ),
        ]
        ordering = ["sample", "quantity"]

    def __str__(self) -> str:
        return f"{self.quantity} at {self.unit_price_minor}"

    @property
    def goods_minor(self) -> int:
        """Price times quantity; tax included."""
        return self.unit_price_minor * self.quantity

    @property
    def total_minor(self) -> int:
        """Goods and shipping; duty and import tax are not in it."""
        return self.goods_minor + self.shipping_minor

    @property
    def ref(self) -> str:
        """What its order remembers. All rungs of a version share one: only one can be taken."""
        return self.version.ref + (":sample" if self.sample else "")


class QuoteWord(models.Model):
    """A question or an answer about one quote; the other shops do not see it. Never changed."""

    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="words")
    side = models.CharField(max_length=6, choices=Side)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField()
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["quote", "key"], name="quote_word_once"),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="quote_word_side_known"),
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"word {self.pk} about quote {self.quote_id}"
