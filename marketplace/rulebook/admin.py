"""The rulebook in the admin: its history is visible, a change is a new row."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from marketplace.admin_pages import ReadOnlyAdmin
from marketplace.rulebook import services
from marketplace.rulebook.forms import RuleValueForm
from marketplace.rulebook.models import RuleValue
from marketplace.rulebook.rules import CATALOGUE


@admin.register(RuleValue)
class RuleValueAdmin(ReadOnlyAdmin):
    """Add-only: what was in force stays as it was."""

    form = RuleValueForm
    list_display = ("key", "title", "value", "unit", "valid_from", "published_by", "reason")
    list_filter = ("key",)
    ordering = ("key", "-valid_from")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever works for the platform may publish a rule; it is recorded."""
        return request.user.has_perm("rulebook.add_rulevalue")

    def save_model(
        self, request: HttpRequest, obj: RuleValue, *_form: object, **_named: object
    ) -> None:
        """Publish through the service."""
        at = timezone.now()
        published = services.publish(
            key=obj.key,
            value=obj.value,
            valid_from=max(obj.valid_from, at),
            reason=obj.reason,
            by_id=request.user.pk,
            at=at,
        )
        obj.pk = published.pk

    @admin.display
    def title(self, row: RuleValue) -> str:
        """Say what the rule means."""
        return CATALOGUE[row.key].title if row.key in CATALOGUE else ""

    @admin.display
    def unit(self, row: RuleValue) -> str:
        """Say what the value counts."""
        return CATALOGUE[row.key].unit if row.key in CATALOGUE else ""
