"""Decisions and loans to read, for staff; what changes, changes at the risk desk."""

from __future__ import annotations

from django.contrib import admin

from credit.loans.models import Application, Loan, Review
from marketplace.admin_pages import StaffReadOnlyAdmin


@admin.register(Application)
class ApplicationAdmin(StaffReadOnlyAdmin):
    """Every decision with all that it was made of."""

    list_display = ("id", "at", "shop", "outcome", "amount_minor", "currency", "kind", "parts")
    list_filter = ("outcome", "currency", "kind")
    search_fields = ("=id", "shop__name")
    ordering = ("-pk",)
    exclude = ("identity", "account")


@admin.register(Loan)
class LoanAdmin(StaffReadOnlyAdmin):
    """Every loan."""

    list_display = ("id", "shop", "state", "principal_left_minor", "currency", "due_at")
    list_filter = ("state", "currency", "kind")
    search_fields = ("=id", "shop__name")
    ordering = ("-pk",)
    exclude = ("identity", "account")


@admin.register(Review)
class ReviewAdmin(StaffReadOnlyAdmin):
    """Refusals that a person looks at, the most urgent first."""

    list_display = ("application", "state", "asked_at", "due_at", "decided_by")
    list_filter = ("state",)
    ordering = ("decided_at", "due_at")
