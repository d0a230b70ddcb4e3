"""Admin pages to look at: rows that nobody types in, changes or deletes by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:  # generic for the type checker alone
    ModelAdmin = admin.ModelAdmin


class ReadOnly:
    """Refuse every change, whoever asks. Put it before an admin class or an inline."""

    def has_add_permission(self, *_asked: Any, **_named: Any) -> bool:
        return False

    def has_change_permission(self, *_asked: Any, **_named: Any) -> bool:
        return False

    def has_delete_permission(self, *_asked: Any, **_named: Any) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, ModelAdmin):
    """Rows to read for whoever has the permission to view them."""

    show_full_result_count = False


class StaffReadOnlyAdmin(ReadOnlyAdmin):
    """Rows that every member of staff may read; what changes, changes through services."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the room to staff."""
        return bool(request.user.is_active and request.user.is_staff)

    def has_view_permission(self, request: HttpRequest, *_asked: Any, **_named: Any) -> bool:
        """Let staff read."""
        return self.has_module_permission(request)
