"""How people get in and stay in: sessions, known browsers, counters of tries, accepted terms."""

from __future__ import annotations

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q

from marketplace.accounts.sealing import SealedTextField


class Session(AbstractBaseSession):
    """One browser's session. Its key is stored hashed and its contents sealed (sessions.py)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    @classmethod
    def get_session_store_class(cls) -> type:
        """Django's hook; the engine in sessions.py imports this model, never the other way."""
        raise NotImplementedError("Use marketplace.accounts.sessions.SessionStore.")


class KnownDevice(models.Model):
    """A browser in which a person has signed in; its cookie's token is stored as a hash."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, help_text="SHA-256 of a random token")
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "token_hash"], name="known_device_once")
        ]
        indexes = [models.Index(fields=["token_hash"], name="known_device_token")]

    def __str__(self) -> str:
        return f"device {self.pk} of user {self.user_id}"


class Throttle(models.Model):
    """How often something was tried in the window that ends at `ends_at`. Names nobody."""

    key = models.CharField(max_length=64, primary_key=True, help_text="keyed hash")
    count = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.count} until {self.ends_at:%Y-%m-%d %H:%M}"


class TermsVersion(models.Model):
    """A later text of the terms. Version 1, the founding text, is a template."""

    version = models.PositiveIntegerField(unique=True)
    text = models.TextField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(version__gte=2), name="terms_after_the_founding"),
            models.CheckConstraint(condition=~Q(text=""), name="terms_say_something"),
        ]

    def __str__(self) -> str:
        return f"terms {self.version}"


class TermsAcceptance(models.Model):
    """A person agreed to one version of the terms at one moment. Append-only."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    accepted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "version"], name="terms_accepted_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="terms_version_exists"),
        ]

    def __str__(self) -> str:
        return f"user {self.user_id} accepted terms {self.version}"


class GuestLink(models.Model):
    """A link that opens a guest's orders in another browser. At most one is live.

    The token stands sealed beside its hash while the link lives, so that later messages can
    carry the same link: a copy of the database opens nothing.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256")
    token_sealed = SealedTextField(blank=True, default="")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(revoked_at=None), name="guest_link_one_live"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None) | Q(token_sealed=""),
                name="guest_link_revoked_is_forgotten",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="guest_link_expires_later"
            ),
        ]

    def __str__(self) -> str:
        return f"guest link {self.pk} of user {self.user_id}"
