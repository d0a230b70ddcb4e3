"""Inspections: what is looked at, whose hands it went through, what was found."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from antifake.cases.models import Case
from marketplace.listings.models import Listing
from marketplace.orders.models import Order


class Kind(models.TextChoices):
    """Who asked for it."""

    ORDERED = "ordered", _("Ordered by the platform")
    VOLUNTARY = "voluntary", _("Asked for by the seller")


class State(models.TextChoices):
    """How far it has come; the moves stand in rules.MOVES."""

    OPEN = "open", _("Waits for an inspector")
    ACCEPTED = "accepted", _("With an inspector")
    DONE = "done", _("Done")
    LAPSED = "lapsed", _("Not done in time")


class Holder(models.TextChoices):
    """Who has the goods in hand."""

    SELLER = "seller", _("The seller")
    BUYER = "buyer", _("The buyer")
    CARRIER = "carrier", _("A carrier")
    PLATFORM = "platform", _("The platform")
    INSPECTOR = "inspector", _("The inspector")


class Outcome(models.TextChoices):
    """What an inspector found."""

    GENUINE = "genuine", _("Genuine, and as shown")
    NOT_GENUINE = "not_genuine", _("Not genuine, or not as shown")
    UNCLEAR = "unclear", _("It cannot be told")


class Inspection(models.Model):
    """One version of goods, sent to somebody independent."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    content_version = models.PositiveIntegerField()
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(max_length=9, choices=Kind)
    question = models.TextField(help_text="what the inspector shall find out")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    inspector = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    key = models.UUIDField(unique=True, help_text="of the form: sent twice, it counts once")
    at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="it lapses then")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=Kind.values) & Q(state__in=State.values),
                name="inspection_words_known",
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.ORDERED) | Q(case=None), name="inspection_sellers_bind_none"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[State.OPEN, State.LAPSED]) | Q(inspector__isnull=False),
                name="inspection_done_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[State.OPEN, State.ACCEPTED], ended_at=None)
                | Q(state__in=[State.DONE, State.LAPSED], ended_at__isnull=False),
                name="inspection_ended_iff_over",
            ),
            models.CheckConstraint(
                condition=Q(inspector=None) | ~Q(inspector=F("by")),
                name="inspection_by_another",
            ),
            models.UniqueConstraint(
                fields=["listing", "content_version", "kind"],
                condition=Q(state__in=[State.OPEN, State.ACCEPTED]),
                name="inspection_one_at_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=[State.OPEN, State.ACCEPTED]),
                name="inspection_due",
            )
        ]

    def __str__(self) -> str:
        return f"inspection {self.pk} of listing {self.listing_id}"

    @property
    def ref(self) -> str:
        """How cases, events and audit name it."""
        return f"inspection:{self.pk}"


class HandOver(models.Model):
    """One link of the chain of custody: from whom to whom, under which seal. Append-only."""

    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="hand_overs")
    number = models.PositiveSmallIntegerField(help_text="1 is the first; none is missing")
    giver = models.CharField(max_length=9, choices=Holder)
    taker = models.CharField(max_length=9, choices=Holder)
    seal_number = models.CharField(max_length=40, help_text="of the seal or parcel, as it was then")
    words = models.CharField(max_length=300, blank=True, default="", help_text="state, place, name")
    happened_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(unique=True)
    at = models.DateTimeField(help_text="written down then")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inspection", "number"], name="hand_over_in_line"),
            models.CheckConstraint(
                condition=Q(giver__in=Holder.values) & Q(taker__in=Holder.values),
                name="hand_over_holders_known",
            ),
            models.CheckConstraint(condition=~Q(giver=F("taker")), name="hand_over_moves"),
            models.CheckConstraint(condition=~Q(seal_number=""), name="hand_over_sealed"),
            models.CheckConstraint(
                condition=Q(happened_at__lte=F("at")), name="hand_over_not_ahead"
            ),
        ]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"hand-over {self.number} of inspection {self.inspection_id}"


class InspectionPhoto(models.Model):
    """What the inspector saw. Append-only; its SHA-256 is part of the signed result."""

    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="photos")
    name = models.CharField(max_length=32, unique=True, help_text="random name of the stored file")
    sha256 = models.CharField(max_length=64, help_text="of the stored picture")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"photo {self.pk} of inspection {self.inspection_id}"


class Result(models.Model):
    """What was found, signed (Ed25519). Append-only: `signed` is the very text that was signed."""

    inspection = models.OneToOneField(Inspection, on_delete=models.PROTECT, related_name="result")
    outcome = models.CharField(max_length=11, choices=Outcome)
    words = models.TextField()
    signed = models.TextField(help_text="JSON, keys in order")
    signature = models.CharField(max_length=128, help_text="hexadecimal")
    public_key = models.CharField(max_length=64, help_text="hexadecimal")
    code = models.CharField(max_length=43, unique=True, help_text="opens the public page")
    at = models.DateTimeField()
    until = models.DateTimeField(help_text="a mark ends then")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=Outcome.values) & ~Q(words=""), name="result_known"
            )
        ]

    def __str__(self) -> str:
        return f"result of inspection {self.inspection_id}: {self.outcome}"
