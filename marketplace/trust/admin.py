"""Strikes and sanctions in the admin: to read; they follow from decisions."""

from __future__ import annotations

from typing import cast

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from marketplace.admin_pages import StaffReadOnlyAdmin
from marketplace.errors import MarketplaceError
from marketplace.trust import rules, services
from marketplace.trust.models import Recall, Sanction, Strike


@admin.register(Strike)
class StrikeAdmin(StaffReadOnlyAdmin):
    """Adjudicated breaches, of shops and of people who reported in bad faith."""

    list_display = [
        "id",
        "shop",
        "user",
        "policy",
        "act",
        "severity",
        "decision_ref",
        "at",
        "due_at",
        "voided_at",
    ]
    list_filter = ["policy", "act", "severity"]
    list_select_related = ["shop", "user"]
    search_fields = ["=decision_ref", "shop__name"]
    ordering = ["-id"]


@admin.register(Recall)
class RecallAdmin(StaffReadOnlyAdmin):
    """Orders whose buyers got money back for fakes, and who bears it."""

    list_display = ["id", "decision_ref", "order", "state", "at", "due_at", "ended_at"]
    list_filter = ["state"]
    list_select_related = ["order"]
    search_fields = ["=decision_ref"]
    ordering = ["-id"]


@admin.register(Sanction)
class SanctionAdmin(StaffReadOnlyAdmin):
    """What strikes added up to."""

    list_display = [
        "id",
        "shop",
        "user",
        "level",
        "repeat",
        "cause",
        "since",
        "due_at",
        "lifted_at",
    ]
    list_filter = ["level", "repeat"]
    list_select_related = ["shop", "user", "cause"]
    search_fields = ["shop__name"]
    ordering = ["-id"]
    change_form_template = "admin/trust/sanction.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the button."""
        confirm = self.admin_site.admin_view(require_POST(self.confirm_identity))
        own = [path("<int:sanction_id>/confirm/", confirm, name="trust_confirm_identity")]
        return own + super().get_urls()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        """Show the sanction, with the button while it asks for something."""
        sanction = self.get_object(request, object_id)
        waits = (
            sanction is not None
            and sanction.shop_id is not None
            and sanction.lifted_at is None
            and sanction.identity_confirmed_at is None
            and rules.FRICTION[sanction.level].identity_asked
        )
        context = {**(extra_context or {}), "identity_waits": waits}
        return super().change_view(request, object_id, form_url, context)

    def confirm_identity(self, request: HttpRequest, sanction_id: int) -> HttpResponse:
        """Note that staff made sure anew who the seller is."""
        get_object_or_404(Sanction, pk=sanction_id)
        by_id = cast(int, request.user.pk)
        try:
            services.confirm_identity(sanction_id=sanction_id, by_id=by_id, at=timezone.now())
        except MarketplaceError as error:
            messages.error(request, error.reason)
        else:
            messages.success(request, _("Written down. Payouts go on."))
        return redirect("admin:trust_sanction_change", sanction_id)
