"""Double-entry accounts, transfers and entries. Only services.py of this room writes them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class AccountKind(models.TextChoices):
    """What the money in an account is for."""

    PROVIDER = "provider", _("Money at the payment provider")
    ESCROW = "escrow", _("Held for one order")
    SELLER_PAYABLE = "seller_payable", _("Owed to a shop")
    SELLER_DEBT = "seller_debt", _("Owed by a shop")
    PLATFORM_FEES = "platform_fees", _("Commission earned")
    PLATFORM_COST = "platform_cost", _("Borne by the platform")
    LENDER_POOL = "lender_pool", _("Money to lend")
    WALLET = "wallet", _("A person's or shop's own money")


class Account(models.Model):
    """One pot of money in one currency.

    Tracked accounts keep a stored balance (a trigger maintains it); platform accounts are
    untracked, so that no hot row is locked: their balance is the sum of their entries.
    """

    kind = models.CharField(max_length=20, choices=AccountKind)
    owner_ref = models.CharField(max_length=80, help_text="order:12, shop:3, or platform")
    currency = models.CharField(max_length=3, help_text="ISO 4217")
    floor_zero = models.BooleanField(default=False)
    tracked = models.BooleanField(default=False)
    balance_minor = models.BigIntegerField(
        db_default=0, editable=False, help_text="stored for tracked accounts only"
    )
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "owner_ref", "currency"], name="account_identity"
            ),
            models.CheckConstraint(
                condition=Q(floor_zero=False) | Q(balance_minor__gte=0), name="account_floor"
            ),
            models.CheckConstraint(
                condition=Q(floor_zero=False) | Q(tracked=True), name="account_floor_is_tracked"
            ),
            models.CheckConstraint(
                condition=Q(tracked=True) | Q(balance_minor=0), name="account_untracked_is_zero"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | (Q(balance_minor=0) & Q(tracked=True)),
                name="account_closed_is_zero",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.owner_ref}:{self.currency}"


class Transfer(models.Model):
    """One movement of money: two or more entries that sum to zero in each currency."""

    key = models.CharField(max_length=120, help_text="the idempotency key")
    kind = models.CharField(max_length=40)
    entry_count = models.PositiveSmallIntegerField()
    reverses = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reversals",
        db_index=False,
    )
    ref = models.CharField(max_length=80, help_text="what it was for: order:12")
    actor = models.CharField(max_length=80, help_text="user:12, or system")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            # Here and not `unique=True`, which would add a second index for LIKE to every insert.
            models.UniqueConstraint(fields=["key"], name="transfer_key"),
            # Partial: nearly all rows reverse nothing, and need no index entry.
            models.UniqueConstraint(
                fields=["reverses"],
                condition=Q(reverses__isnull=False),
                name="transfer_reversed_once",
            ),
            models.CheckConstraint(condition=Q(entry_count__gte=2), name="transfer_two_entries"),
        ]
        indexes = [models.Index(fields=["ref"], name="transfer_ref")]

    def __str__(self) -> str:
        return self.key


class Entry(models.Model):
    """One leg of a transfer: what one account gained (positive) or gave (negative)."""

    # No index of its own for either key: entry_once_per_account finds the entries of a transfer,
    # entry_of_account those of an account, and sums an untracked one without reading the table.
    # No foreign key in the database: the trigger on entries (migration 0002) reads both rows
    # anyway and refuses when one is missing, other triggers refuse to delete them, and the second
    # look would cost a seventh of the transfers per second.
    transfer = models.ForeignKey(
        Transfer,
        on_delete=models.PROTECT,
        related_name="entries",
        db_index=False,
        db_constraint=False,
    )
    account = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        related_name="entries",
        db_index=False,
        db_constraint=False,
    )
    amount_minor = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["account"], include=["amount_minor"], name="entry_of_account")
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="entry_not_zero"),
            models.UniqueConstraint(fields=["transfer", "account"], name="entry_once_per_account"),
        ]
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return f"{self.account} {self.amount_minor:+d}"
