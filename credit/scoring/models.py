"""The score of a shop with everything needed to replay it; what its people do about it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.sealing import SealedTextField
from marketplace.care.models import Dispute
from marketplace.orders.models import Order
from marketplace.shops.models import CreditBand, Shop


class NoteKind(models.TextChoices):
    """What a loan says about its borrower."""

    PAID = "paid", _("Paid")
    LATE = "late", _("Late")


class DisputeState(models.TextChoices):
    """Where a disputed fact stands; open → upheld | refused."""

    OPEN = "open", _("We are looking at it")
    UPHELD = "upheld", _("You were right")
    REFUSED = "refused", _("The fact stands")


class Purpose(models.TextChoices):
    """What a score may be shown for: trade, and nothing else."""

    PREMISES = "premises", _("Renting a shop, a workshop or a store")
    VEHICLE = "vehicle", _("Hiring a car, a van or machines")
    SUPPLIER = "supplier", _("Buying from a supplier on account")
    LENDER = "lender", _("A loan or a guarantee")
    PARTNER = "partner", _("Working together")


class Scope(models.TextChoices):
    """How much a link shows."""

    BAND = "band", _("The band alone")
    SCORE = "score", _("Band and score")
    FULL = "full", _("Band, score, the five parts and proven breaches")


class KeptCard(models.Model):
    """A card that scores were made with. Append-only: any old score can be replayed."""

    hash = models.CharField(max_length=64, unique=True, help_text="SHA-256 of what decides a score")
    card = models.JSONField(help_text="the table and what is known about it")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"card {self.hash[:12]}"


class Score(models.Model):
    """One computed score. Append-only; the newest row of a shop is its score."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    points = models.PositiveSmallIntegerField(help_text="350 to 950")
    band = models.CharField(max_length=10, choices=CreditBand)
    table_hash = models.CharField(max_length=64, help_text="SHA-256 of the points table used")
    codes = models.BinaryField(default=b"", help_text="the row of each attribute, one byte each")
    features = models.JSONField(help_text="inputs, as read from the facts")
    contributions = models.JSONField(help_text="points per row of the table; they sum to points")
    frozen = models.JSONField(default=list, help_text="attributes whose facts were disputed then")
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


class InstalmentNote(models.Model):
    """What a loan said about a shop: an instalment paid, or late. Append-only."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=80, unique=True, help_text="names the fact: said twice, one")
    kind = models.CharField(max_length=4, choices=NoteKind)
    days_late = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=NoteKind.values), name="instalment_note_kind_known"
            ),
        ]
        indexes = [models.Index(fields=["shop", "-at"], name="instalment_note_of_shop")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class LostDispute(models.Model):
    """A dispute that a buyer won, as it stands in the sum of its buyer (`FadingSum`)."""

    dispute = models.OneToOneField(Dispute, on_delete=models.PROTECT, related_name="+")
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_index=False)
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    weight = models.DecimalField(max_digits=60, decimal_places=0, help_text="rules.fading")

    class Meta:
        indexes = [models.Index(fields=["shop", "buyer"], name="lost_dispute_of_shop")]

    def __str__(self) -> str:
        return f"lost dispute {self.dispute_id}"


class FadingSum(models.Model):
    """What the disputes that one buyer won against a shop weigh together.

    Kept by `services.counting`: each event adds or takes out one weight; reading divides by what
    the day weighs. Equal to the sum over `LostDispute`, always.
    """

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+", db_index=False)
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    weight = models.DecimalField(max_digits=60, decimal_places=0, help_text="rules.fading")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "buyer"], name="fading_sum_once"),
            models.CheckConstraint(condition=Q(weight__gte=0), name="fading_sum_not_below_zero"),
        ]

    def __str__(self) -> str:
        return f"fading sum of shop {self.shop_id} and buyer {self.buyer_id}"


class FactDispute(models.Model):
    """A seller says that a fact behind a row is wrong; until decided the row stays as it is."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=40, help_text="attribute of the card")
    row = models.PositiveSmallIntegerField(help_text="where it stays meanwhile")
    table_hash = models.CharField(max_length=64, help_text="the card that the row belongs to")
    order = models.ForeignKey(
        Order,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="left out of the score when the seller is right",
    )
    text = models.TextField(help_text="what is wrong, in the seller's words")
    state = models.CharField(max_length=7, choices=DisputeState, default=DisputeState.OPEN)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="decided by then")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "key"], condition=Q(state="open"), name="fact_dispute_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state__in=DisputeState.values), name="fact_dispute_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None, decided_by=None, answer="")
                | (
                    ~Q(state="open")
                    & Q(decided_at__isnull=False, decided_by__isnull=False)
                    & ~Q(answer="")
                ),
                name="fact_dispute_decided_with_answer",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("by")),
                name="fact_dispute_not_decided_by_oneself",
            ),
        ]

    def __str__(self) -> str:
        return f"dispute {self.pk} of {self.key}"

    @property
    def ref(self) -> str:
        """How events and audit name it."""
        return f"factdispute:{self.pk}"


class ShareLink(models.Model):
    """A link by which somebody outside may check a shop's score: one purpose, for a time."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(unique=True, help_text="of the form: sent twice, one")
    purpose = models.CharField(max_length=8, choices=Purpose)
    scope = models.CharField(max_length=5, choices=Scope)
    token_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256")
    token_sealed = SealedTextField(help_text="so that its maker can show it again")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(purpose__in=Purpose.values) & Q(scope__in=Scope.values),
                name="share_link_words_known",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")), name="share_link_ends_later"
            ),
        ]

    def __str__(self) -> str:
        return f"share link {self.pk} of shop {self.shop_id}"

    @property
    def ref(self) -> str:
        """How the audit names it."""
        return f"sharelink:{self.pk}"


class ShareView(models.Model):
    """Somebody opened a link. Append-only; who it was is not known and not asked."""

    link = models.ForeignKey(ShareLink, on_delete=models.PROTECT, related_name="views")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"view of share link {self.link_id}"


class Challenger(models.Model):
    """A card that scores in shadow beside the one in force: it decides nothing. One at a time."""

    card = models.ForeignKey(KeptCard, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(ended_at=None), name="challenger_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"challenger {self.pk}"


class LoanOutcome(models.Model):
    """A loan that has run its course, against the score that gave it. Append-only.

    Repaid, lost, or a year old; `bad`: written off or ninety days late by then. What the bands
    promise is held against these.
    """

    key = models.CharField(max_length=80, unique=True, help_text="names the loan")
    points = models.PositiveSmallIntegerField(help_text="350 to 950")
    band = models.CharField(max_length=10, choices=CreditBand)
    bad = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(band__in=CreditBand.values), name="loan_outcome_band_known"
            ),
        ]

    def __str__(self) -> str:
        return f"outcome of {self.key}"


class SourceChoice(models.Model):
    """A shop's people allowed or refused one of the optional sources. Append-only; newest holds."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=20, help_text="rules.sources")
    on = models.BooleanField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["shop", "source", "-id"], name="source_choice_newest")]

    def __str__(self) -> str:
        return f"{self.source} {'on' if self.on else 'off'} for shop {self.shop_id}"
