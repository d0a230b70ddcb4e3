"""Messages in the admin: whether they went out, not what they say."""

from __future__ import annotations

from django.contrib import admin

from marketplace.admin_pages import ReadOnlyAdmin
from marketplace.inbox.models import Message


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """Without the body: it is the addressee's."""

    list_display = ("id", "user", "kind", "created_at", "delivered_at", "read_at")
    list_filter = ("kind",)
    list_select_related = ("user",)
    fields = ("user", "kind", "key", "created_at", "delivered_at", "read_at")
    ordering = ("-pk",)
