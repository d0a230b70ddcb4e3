"""Webhooks in the admin: whether they work, not where they go nor what signs them."""

from __future__ import annotations

from django.contrib import admin

from marketplace.admin_pages import ReadOnlyAdmin
from marketplace.hooks.models import Delivery, Endpoint


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin):
    """Without address and secrets: they are the owner's."""

    list_display = ("id", "owner_ref", "host", "state", "failures_in_row", "created_at")
    list_filter = ("state",)
    fields = ("owner_ref", "host", "types", "state", "paused_why", "failures_in_row", "due_at")
    ordering = ("-pk",)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """What was sent where, and how often."""

    list_display = ("id", "endpoint", "type", "state", "tries", "due_at", "created_at")
    list_filter = ("state", "type")
    list_select_related = ("endpoint",)
    fields = ("endpoint", "type", "message_id", "body", "state", "tries", "due_at", "created_at")
    ordering = ("-pk",)
