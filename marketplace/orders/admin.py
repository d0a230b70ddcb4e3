"""Orders and their money, for staff to read; states change through services alone."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.admin_pages import ReadOnly, ReadOnlyAdmin, StaffReadOnlyAdmin
from marketplace.errors import MarketplaceError
from marketplace.orders.models import (
    Escrow,
    Order,
    OrderLine,
    Payment,
    Payout,
    ProviderEvent,
    ReconciliationDifference,
    ReconciliationRun,
    SandboxEntry,
)
from marketplace.orders.services import shipment


class LineInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """The lines of an order, as frozen."""

    model = OrderLine
    extra = 0


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Orders by state and shop."""

    list_display = ("id", "shop", "state", "total_minor", "currency", "placed_at", "due_at")
    list_filter = ("state", "currency")
    list_select_related = ("shop",)
    search_fields = ("=id", "shop__name")
    inlines = [LineInline]
    actions = ["mark_delivered"]

    @admin.action(
        description=gettext_lazy("Mark as delivered (carrier's proof seen)"), permissions=["view"]
    )
    def mark_delivered(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        """Note a delivery that a carrier has proved."""
        for order in queryset.order_by("pk"):
            try:
                shipment.prove_delivered(
                    order_id=order.pk, by_id=int(request.user.pk or 0), at=timezone.now()
                )
            except MarketplaceError as error:
                self.message_user(request, f"{order}: {error.reason}", messages.ERROR)
            else:
                self.message_user(request, _("%(order)s is delivered.") % {"order": order})


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    """Charges."""

    list_display = ("id", "group", "state", "amount_minor", "currency", "attempt", "paid_at")
    list_filter = ("state", "currency")


@admin.register(Escrow)
class EscrowAdmin(ReadOnlyAdmin):
    """Held money."""

    list_display = ("id", "order", "state", "amount_minor", "frozen_by", "opened_at", "closed_at")
    list_filter = ("state",)


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    """Money sent to shops, and to people with shares in them."""

    list_display = ("id", "shop", "member", "key", "state", "amount_minor", "currency", "paid_at")
    list_filter = ("state", "currency")
    list_select_related = ("shop", "member")


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnlyAdmin):
    """What the provider told us."""

    list_display = ("id", "event_id", "kind", "received_at")


@admin.register(SandboxEntry)
class SandboxEntryAdmin(ReadOnlyAdmin):
    """The sandbox provider's own book."""

    list_display = ("id", "idempotency_key", "kind", "outcome", "amount_minor", "currency", "at")
    list_filter = ("kind", "outcome")


class DifferenceInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """What one night's comparison found."""

    model = ReconciliationDifference
    extra = 0

    def has_view_permission(self, request: HttpRequest, *_asked: object, **_named: object) -> bool:
        """Let staff read."""
        return bool(request.user.is_active and request.user.is_staff)


@admin.register(ReconciliationRun)
class ReconciliationRunAdmin(StaffReadOnlyAdmin):
    """The nightly comparisons of our ledger with the provider's book."""

    list_display = ("day", "found", "matched", "ledger_entries", "provider_lines", "at")
    date_hierarchy = "day"
    inlines = [DifferenceInline]
