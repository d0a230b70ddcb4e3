"""Tokens that programs show, and the answers that were given to keyed requests."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.sealing import SealedTextField


class Scope(models.TextChoices):
    """What a token is for. It never allows more than its person may do at that moment."""

    CATALOGUE_READ = "catalogue:read", _("Read the catalogue, with more room than without a token")
    GOODS_READ = "goods:read", _("Read your own goods, drafts too")
    GOODS_WRITE = "goods:write", _("List and change goods, prices and stock")
    ORDERS_READ = "orders:read", _("Read your shop's orders")
    ORDERS_WRITE = "orders:write", _("Send parcels and call orders off")
    MONEY_READ = "money:read", _("Read balance, statement and payouts")
    BUY_READ = "buy:read", _("Read your cart and what you bought")
    BUY_WRITE = "buy:write", _("Buy and pay in your name")
    WEBHOOKS_WRITE = "webhooks:write", _("Set up webhooks")


class ApiToken(models.Model):
    """A program's key, of one person. Only a keyed hash of it is stored: it is shown once."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="api_tokens"
    )
    name = models.CharField(max_length=60)
    form_key = models.UUIDField(help_text="of the form: sent twice, one token")
    token_hash = models.CharField(max_length=60, unique=True, help_text="keyed hash")
    ending = models.CharField(max_length=4, help_text="its last characters, to tell tokens apart")
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope))
    shop_ref = models.CharField(
        max_length=30, blank=True, default="", help_text="bound to this shop alone: shop:12"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "form_key"], name="api_token_form_once"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="api_token_expires_later"
            ),
            models.CheckConstraint(
                condition=Q(scopes__contained_by=Scope.values) & ~Q(scopes=[]),
                name="api_token_scopes_known",
            ),
        ]
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"token {self.pk} of user {self.user_id}"


class KeptAnswer(models.Model):
    """What one person's request with one Idempotency-Key was answered: a repeat gets the same.

    `status` is empty while the first one is being worked on, until `lease_until` at most.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=128)
    request_hash = models.CharField(max_length=64, help_text="SHA-256 of method, path and body")
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    body_sealed = SealedTextField(blank=True, default="", help_text="JSON; may name people")
    begun_at = models.DateTimeField()
    lease_until = models.DateTimeField()
    due_at = models.DateTimeField(db_index=True, help_text="forgotten then")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="kept_answer_once"),
            models.CheckConstraint(
                condition=Q(status=None) | Q(status__gte=200, status__lt=500),
                name="kept_answer_is_final",
            ),
            models.CheckConstraint(
                condition=Q(due_at__gt=F("begun_at")), name="kept_answer_due_later"
            ),
        ]

    def __str__(self) -> str:
        return f"answer {self.status} kept for user {self.user_id}"
