"""What a buyer and a shop write to each other about a listing or an order."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.sealing import SealedTextField
from marketplace.listings.models import Listing
from marketplace.orders.models import Order
from marketplace.shops.models import Shop


class Side(models.TextChoices):
    """Who wrote."""

    BUYER = "buyer", _("Buyer")
    SHOP = "shop", _("Shop")


class Found(models.TextChoices):
    """What a message holds that leads away from the market; the names of rules.leaks."""

    PHONE = "phone", _("a phone number")
    MAIL = "mail", _("an e-mail address")
    LINK = "link", _("a link to another site")
    MESSENGER = "messenger", _("another messenger")
    PAYMENT = "payment", _("a payment outside the market")


class Thread(models.Model):
    """All that one buyer and one shop write about one listing, or about one order.

    The counts of unread messages move with the messages, in the same transaction.
    """

    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="talk_threads"
    )
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="talk_threads")
    listing = models.ForeignKey(
        Listing, on_delete=models.PROTECT, null=True, blank=True, related_name="talk_threads"
    )
    order = models.OneToOneField(
        Order, on_delete=models.PROTECT, null=True, blank=True, related_name="talk_thread"
    )
    started_at = models.DateTimeField()
    last_at = models.DateTimeField()
    buyer_unread = models.PositiveIntegerField(default=0, help_text="what the buyer has not read")
    shop_unread = models.PositiveIntegerField(default=0, help_text="what the shop has not read")
    unanswered = models.PositiveIntegerField(
        default=0, help_text="messages of the buyer since the shop last wrote"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(listing=None, order__isnull=False)
                | Q(listing__isnull=False, order=None),
                name="talk_thread_about_one_thing",
            ),
            models.UniqueConstraint(fields=["buyer", "shop", "listing"], name="talk_thread_once"),
        ]
        indexes = [
            models.Index(fields=["buyer", "-last_at"], name="talk_thread_of_buyer"),
            models.Index(fields=["shop", "-last_at"], name="talk_thread_of_shop"),
            models.Index(
                fields=["buyer"], condition=Q(buyer_unread__gt=0), name="talk_unread_of_buyer"
            ),
            models.Index(
                fields=["shop"], condition=Q(shop_unread__gt=0), name="talk_unread_of_shop"
            ),
        ]

    def __str__(self) -> str:
        return f"thread {self.pk}"

    @property
    def ref(self) -> str:
        """How events and audit name this thread."""
        return f"thread:{self.pk}"


class Message(models.Model):
    """What one side wrote: a fact, sealed at rest, never changed."""

    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="messages")
    side = models.CharField(max_length=5, choices=Side)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="talk_messages"
    )
    key = models.CharField(max_length=60, help_text="of the form: sent twice, it counts once")
    text_sealed = SealedTextField(blank=True, default="")
    found = ArrayField(models.CharField(max_length=9), default=list, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["thread", "by", "key"], name="talk_message_once"),
            models.CheckConstraint(
                condition=Q(side__in=Side.values) & Q(found__contained_by=Found.values),
                name="talk_message_words_known",
            ),
        ]
        indexes = [models.Index(fields=["thread", "-id"], name="talk_message_of_thread")]

    def __str__(self) -> str:
        return f"message {self.pk}"

    @property
    def ref(self) -> str:
        """How events and audit name this message."""
        return f"message:{self.pk}"

    @property
    def found_words(self) -> list[str]:
        """What was found, in words."""
        return [str(Found(one).label) for one in self.found]


class MessagePhoto(models.Model):
    """A cleaned picture of a message. Both sides see it, and staff who look into the thread."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="photos")
    name = models.CharField(max_length=32, unique=True, help_text="random; names the files")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"photo {self.pk} of message {self.message_id}"
