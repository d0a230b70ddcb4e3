"""What sellers are asked and what they send: whose photo it is, and who allowed them to sell."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from antifake.cases.models.scans import Scan
from antifake.references.models import SUFFIX_KNOWN, Brand, SealedRow
from marketplace.listings.models import Listing, Photo
from marketplace.shops.models import Shop


class QuestionState(models.TextChoices):
    """Where a question about a photo stands."""

    OPEN = "open", _("Waits for your answer")
    OWN = "answered_own", _("Answered: our own photo")
    LICENSED = "answered_licensed", _("Answered: we may use it")
    REPLACED = "replaced", _("The photo was replaced")
    EXPIRED = "expired", _("Not answered")


class ClaimState(models.TextChoices):
    """Where a document about a brand stands."""

    SENT = "sent", _("Sent, waits for a person")
    GRANTED = "granted", _("Confirmed")
    REFUSED = "refused", _("Refused")


ANSWERED = (QuestionState.OWN, QuestionState.LICENSED)


class SellerDocument(SealedRow):
    """A file that a seller sent as proof: in private storage, for staff alone, for a time."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=SUFFIX_KNOWN, name="seller_document_suffix_known")
        ]

    def __str__(self) -> str:
        return f"document {self.pk} of shop {self.shop_id}"


class PhotoQuestion(models.Model):
    """ "Do you own this photo?" Asked once of a shop for one piece of evidence (`key`).

    Selling goes on meanwhile. An answer that staff accept clears the evidence for the shop.
    """

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    scan = models.ForeignKey(Scan, on_delete=models.PROTECT, related_name="+")
    photo = models.ForeignKey(
        Photo,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="empty once the seller took it off",
    )
    key = models.CharField(max_length=240, help_text="of the finding")
    kind = models.CharField(max_length=40)
    sentence = models.TextField(help_text="what the check says, in words a seller understands")
    known_days = models.PositiveIntegerField(
        default=0, help_text="how long the other photo was there before this one"
    )
    state = models.CharField(max_length=17, choices=QuestionState, default=QuestionState.OPEN)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="answer until then")
    words = models.TextField(blank=True, default="")
    document = models.OneToOneField(
        SellerDocument, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    accepted = models.BooleanField(default=False, help_text="by staff: no news for this shop")
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "key"], name="photo_question_once"),
            models.CheckConstraint(
                condition=Q(state__in=QuestionState.values), name="photo_question_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=ANSWERED)
                | (Q(answered_by__isnull=False) & Q(answered_at__isnull=False) & ~Q(words="")),
                name="photo_question_answered_with_words",
            ),
            models.CheckConstraint(
                condition=Q(accepted=False)
                | (Q(state__in=ANSWERED) & Q(reviewed_by__isnull=False)),
                name="photo_question_accepted_by_someone",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="photo_question_due")]

    def __str__(self) -> str:
        return f"question {self.pk} about listing {self.listing_id}"


class AuthorisationClaim(models.Model):
    """ "I may sell X": a shop's document about a brand, which staff confirm or refuse."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    document = models.OneToOneField(SellerDocument, on_delete=models.PROTECT, related_name="+")
    words = models.TextField(blank=True, default="")
    state = models.CharField(max_length=7, choices=ClaimState, default=ClaimState.SENT)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True, default="", help_text="the seller reads it")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ClaimState.values), name="authorisation_claim_state_known"
            ),
            models.UniqueConstraint(
                fields=["shop", "brand"],
                condition=Q(state=ClaimState.SENT),
                name="authorisation_claim_one_waits",
            ),
            models.CheckConstraint(
                condition=(Q(state=ClaimState.SENT) & Q(decided_by=None))
                | (~Q(state=ClaimState.SENT) & Q(decided_by__isnull=False)),
                name="authorisation_claim_decided_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(state=ClaimState.REFUSED) | ~Q(note=""),
                name="authorisation_claim_refused_with_words",
            ),
        ]

    def __str__(self) -> str:
        return f"claim {self.pk} of shop {self.shop_id} for brand {self.brand_id}"


class DraftCheck(models.Model):
    """What the photos of a draft showed, looked at by a worker before anything is posted.

    A cache of one set of photos (`photos_key`): it may be thrown away at any time.
    """

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="+")
    photos_key = models.CharField(max_length=64, help_text="SHA-256 of the photos' ids, in order")
    found = models.JSONField(help_text="kind of evidence and position of the photo, no figures")
    checked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "photos_key"], name="draft_check_once")
        ]

    def __str__(self) -> str:
        return f"check of draft {self.listing_id}"
