"""The books, to be read. Nothing here adds, changes or deletes."""

from __future__ import annotations

from django.contrib import admin

from marketplace.ledger.models import Account, Entry, Transfer


class ReadOnly:
    """Refuse every change, whoever asks."""

    def _nobody(self, *_asked: object, **_named: object) -> bool:
        return False

    has_add_permission = has_change_permission = has_delete_permission = _nobody


class EntryInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """The legs of a transfer, on its page."""

    model = Entry
    fields = ("account", "amount_minor")


@admin.register(Account)
class AccountAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Accounts by kind, owner and currency."""

    list_display = (
        "id", "kind", "owner_ref", "currency", "balance_minor", "tracked", "floor_zero",
        "opened_at", "closed_at",
    )  # fmt: skip
    list_filter = ("kind", "currency", "tracked")
    search_fields = ("=owner_ref",)
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(Transfer)
class TransferAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Transfers with their entries, newest first."""

    list_display = ("id", "kind", "ref", "actor", "at", "entry_count", "reverses_id")
    search_fields = ("=key", "=ref")
    ordering = ("-id",)
    inlines = (EntryInline,)
    show_full_result_count = False
