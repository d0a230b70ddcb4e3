"""People: the user, roles, addresses; and the sandbox carriers' own book of messages."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.columns import KeyedHashField, SealedEmailField, canonical_email
from marketplace.accounts.sealing import SealedTextField


class Channel(models.TextChoices):
    """How a carrier reaches a person."""

    EMAIL = "email"
    SMS = "sms"


class Role(models.TextChoices):
    """What a person may do here; everybody is a buyer. Granted and taken by services."""

    BUYER = "buyer", _("Buyer")
    SELLER = "seller", _("Seller")
    STAFF = "staff", _("Platform staff")
    RIGHTS_HOLDER = "rights_holder", _("Rights holder")
    INSPECTOR = "inspector", _("Inspector")
    RISK_OFFICER = "risk_officer", _("Risk officer")
    INTEGRATOR = "integrator", _("Integrator")


class UserManager(BaseUserManager["User"]):
    """Creates users with an e-mail address, a phone number, or both."""

    def create_user(
        self, email: str | None = None, password: str | None = None, **fields: object
    ) -> User:
        """Store a user; the services of this room grant roles and record the act."""
        user = self.model(email=canonical_email(email or "") or None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str, **fields: object) -> User:
        """For Django's createsuperuser command."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """Log-in is by e-mail address, whatever its case."""
        return self.get(email=username or "")


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. Addresses and phone numbers are sealed, and still findable."""

    # Sealed alike each time: the unique index and the look-ups work on what is sealed. Its
    # migration makes the database refuse whatever is not sealed.
    email = SealedEmailField(null=True, blank=True, unique=True)
    phone_sealed = SealedTextField(blank=True, default="")
    phone_hash = KeyedHashField(of="phone_sealed", purpose="phone", unique=True)
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    display_name = models.CharField(max_length=80, blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="", help_text="ISO 3166-1")
    language = models.CharField(max_length=10, default="en")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="may open the admin")
    guest = models.BooleanField(default=False, help_text="bought once, opened no account")
    guest_contact_sealed = SealedTextField(
        blank=True, default="", help_text="where a guest is told things; claimed as nobody's name"
    )
    date_joined = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(phone_sealed="") & Q(phone_hash=None))
                | (~Q(phone_sealed="") & Q(phone_hash__isnull=False)),
                name="user_phone_sealed_iff_hashed",
            ),
            models.CheckConstraint(
                condition=Q(email__isnull=False) | Q(phone_hash__isnull=False) | Q(guest=True),
                name="user_reachable",
            ),
            models.CheckConstraint(
                condition=(Q(guest=False) & Q(guest_contact_sealed=""))
                | (
                    Q(guest=True, is_staff=False, is_superuser=False)
                    & Q(email=None, phone_hash=None)
                    & ~Q(guest_contact_sealed="")
                ),
                name="user_guest_is_reached_and_no_more",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or f"user {self.pk}"

    @property
    def ref(self) -> str:
        """How events, ledger and audit name this person."""
        return f"user:{self.pk}"


class UserRole(models.Model):
    """One role of one person, with who granted it and when."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="roles"
    )
    role = models.CharField(max_length=20, choices=Role)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    granted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], name="user_role_once"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.role} of user {self.user_id}"


class Address(models.Model):
    """Where goods go. Everything but the country is sealed."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="addresses"
    )
    recipient_sealed = SealedTextField()
    lines_sealed = SealedTextField(help_text="street, town, postcode: one line each")
    country = models.CharField(max_length=2, help_text="ISO 3166-1")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "addresses"

    def __str__(self) -> str:
        return f"address {self.pk} in {self.country}"


class SandboxDelivery(models.Model):
    """The sandbox mail and SMS carriers' own book: what they were asked to deliver."""

    idempotency_key = models.CharField(max_length=160, unique=True)
    channel = models.CharField(max_length=5, choices=Channel)
    to_sealed = SealedTextField()
    body_sealed = SealedTextField()
    accepted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values), name="sandbox_delivery_channel_known"
            )
        ]
        verbose_name_plural = "sandbox deliveries"

    def __str__(self) -> str:
        return f"{self.channel} {self.pk}"
