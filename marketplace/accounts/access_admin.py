"""Staff's view of the terms; and second factors, which no desk shows."""

from __future__ import annotations

from typing import Any

from allauth.mfa import admin as _allauth_admin  # noqa: F401 - registers what we take away
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from marketplace.accounts import terms
from marketplace.accounts.models import TermsVersion
from marketplace.admin_pages import ReadOnlyAdmin

# Rows of secrets; a lost one is taken by the action on people, which is recorded.
admin.site.unregister(Authenticator)


@admin.register(TermsVersion)
class TermsVersionAdmin(ReadOnlyAdmin):
    """Add-only: a new version is published, an old one stays as people accepted it."""

    list_display = ("version", "published_at", "published_by")
    list_select_related = ("published_by",)
    fields = ("text",)
    ordering = ("-version",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers publish terms."""
        return bool(request.user.is_active and request.user.is_superuser)

    def save_model(
        self, request: HttpRequest, obj: TermsVersion, *_form: Any, **_named: Any
    ) -> None:
        """Publish through the service."""
        by_id = int(str(request.user.pk))
        obj.pk = terms.publish(text=obj.text, by_id=by_id, at=timezone.now()).pk
