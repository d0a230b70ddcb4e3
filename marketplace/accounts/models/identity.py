"""Who a trader is: the set that the EU Digital Services Act, article 30, asks of sellers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.columns import KeyedHashField
from marketplace.accounts.sealing import SealedTextField


class IdentityState(models.TextChoices):
    """Where a trader's identity stands; the legal moves are rules.IDENTITY_MOVES."""

    DRAFT = "draft", _("Not sent yet")
    SUBMITTED = "submitted", _("Waiting for verification")
    VERIFIED = "verified", _("Verified")
    REFUSED = "refused", _("Not accepted")


class DocumentKind(models.TextChoices):
    """What a person or a firm shows to prove who it is."""

    PASSPORT = "passport", _("Passport")
    IDENTITY_CARD = "identity_card", _("Identity card")
    RESIDENCE_PERMIT = "residence_permit", _("Residence permit")
    REGISTER_EXTRACT = "register_extract", _("Extract from a trade register")


class AccessReason(models.TextChoices):
    """Why a member of staff looks at an identity in clear; kept in the audit trail."""

    VERIFICATION = "verification", _("To verify it")
    DISPUTE = "dispute", _("For a dispute or a case")
    AUTHORITY = "authority", _("An authority asks for it")
    ASKED_BY_TRADER = "asked_by_trader", _("The trader asks for help")


class TraderIdentity(models.Model):
    """One trader: sealed facts, and keyed hashes of those that identify.

    Hashes let duplicates be found without reading anybody's facts. Numbers are stored without
    spaces and marks, in capitals (rules.plain_number), so that equal ones hash alike.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="trader_identity"
    )
    legal_name_sealed = SealedTextField(blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="", help_text="ISO 3166-1")
    street_sealed = SealedTextField(blank=True, default="", help_text="street, town, postcode")
    phone_sealed = SealedTextField(blank=True, default="")
    email_sealed = SealedTextField(blank=True, default="")
    register_name = models.CharField(max_length=120, blank=True, default="")
    register_number_sealed = SealedTextField(blank=True, default="")
    vat_number_sealed = SealedTextField(blank=True, default="")
    payment_holder_sealed = SealedTextField(blank=True, default="")
    payment_account_sealed = SealedTextField(blank=True, default="")
    document_kind = models.CharField(
        max_length=16, choices=DocumentKind, default=DocumentKind.PASSPORT
    )
    document_number_sealed = SealedTextField(blank=True, default="")

    # The purpose of the numbers people sign in with: a trader's number may be found among them.
    phone_hash = KeyedHashField(of="phone_sealed", purpose="phone", db_index=True)
    email_hash = KeyedHashField(of="email_sealed", purpose="trader-email", db_index=True)
    # A number means something in its country alone.
    register_hash = KeyedHashField(
        of="register_number_sealed", beside=["country"], purpose="trader-register", db_index=True
    )
    vat_hash = KeyedHashField(
        of="vat_number_sealed", beside=["country"], purpose="trader-vat", db_index=True
    )
    payment_hash = KeyedHashField(
        of="payment_account_sealed", purpose="trader-payment", db_index=True
    )
    document_hash = KeyedHashField(
        of="document_number_sealed",
        beside=["country", "document_kind"],
        purpose="trader-document",
        db_index=True,
    )

    state = models.CharField(max_length=9, choices=IdentityState, default=IdentityState.DRAFT)
    version = models.PositiveIntegerField(
        default=1, help_text="grows with every change: staff decide about what they have seen"
    )
    certified_version = models.CharField(
        max_length=20, blank=True, default="", help_text="of the text that the trader certified"
    )
    certified_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason_sealed = SealedTextField(blank=True, default="", help_text="why it was refused")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=IdentityState.values), name="trader_identity_state_known"
            ),
            models.CheckConstraint(
                condition=Q(document_kind__in=DocumentKind.values),
                name="trader_identity_document_known",
            ),
            models.CheckConstraint(
                condition=Q(state=IdentityState.DRAFT)
                | (
                    Q(certified_at__isnull=False, submitted_at__isnull=False)
                    & ~Q(certified_version="")
                    & ~Q(country="")
                    & ~Q(legal_name_sealed="")
                    & ~Q(street_sealed="")
                    & ~Q(payment_holder_sealed="")
                    & Q(payment_hash__isnull=False)
                    & Q(document_hash__isnull=False, phone_hash__isnull=False)
                    & Q(email_hash__isnull=False)
                ),
                name="trader_identity_whole_when_sent",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[IdentityState.VERIFIED, IdentityState.REFUSED],
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                )
                | Q(
                    state__in=[IdentityState.DRAFT, IdentityState.SUBMITTED],
                    decided_at=None,
                    decided_by=None,
                ),
                name="trader_identity_decided_iff_decided",
            ),
            models.CheckConstraint(
                condition=(Q(state=IdentityState.REFUSED) & ~Q(reason_sealed=""))
                | (~Q(state=IdentityState.REFUSED) & Q(reason_sealed="")),
                name="trader_identity_reason_iff_refused",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("user")),
                name="trader_identity_not_decided_by_oneself",
            ),
        ]
        verbose_name_plural = "trader identities"

    def __str__(self) -> str:
        return f"identity of user {self.user_id}"

    @property
    def ref(self) -> str:
        """How events and audit name this identity."""
        return f"identity:{self.pk}"
