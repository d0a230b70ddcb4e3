"""The books, to be read. Nothing here adds, changes or deletes."""

from __future__ import annotations

from django.contrib import admin

from marketplace.admin_pages import ReadOnly, ReadOnlyAdmin
from marketplace.ledger.models import Account, Entry, Transfer


class EntryInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """The legs of a transfer, on its page."""

    model = Entry
    fields = ("account", "amount_minor")


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    """Accounts by kind, owner and currency."""

    list_display = (
        "id", "kind", "owner_ref", "currency", "balance_minor", "tracked", "floor_zero",
        "opened_at", "closed_at",
    )  # fmt: skip
    list_filter = ("kind", "currency", "tracked")
    search_fields = ("=owner_ref",)
    ordering = ("-id",)


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    """Transfers with their entries, newest first."""

    list_display = ("id", "kind", "ref", "actor", "at", "entry_count", "reverses_id")
    search_fields = ("=key", "=ref")
    ordering = ("-id",)
    inlines = (EntryInline,)
