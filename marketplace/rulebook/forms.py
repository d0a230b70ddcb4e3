"""The form with which staff publish a rule."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.rulebook.models import RuleValue
from marketplace.rulebook.rules import CATALOGUE, allowed


def rule_choices() -> list[tuple[str, str]]:
    """Return (key, what it means and its bounds) of every rule."""
    return [
        (rule.key, f"{rule.title}: {rule.minimum} to {rule.maximum} {rule.unit}")
        for rule in CATALOGUE.values()
    ]


class RuleValueForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new value of a rule; without a moment it holds at once."""

    key = forms.ChoiceField(choices=rule_choices)
    value = forms.IntegerField()
    valid_from = forms.SplitDateTimeField(
        required=False,
        help_text=gettext_lazy("empty: at once"),
        widget=forms.SplitDateTimeWidget(
            date_attrs={"aria-label": gettext_lazy("Date, as 2026-12-31")},  # type: ignore[dict-item]
            time_attrs={"aria-label": gettext_lazy("Time, as 23:59")},  # type: ignore[dict-item]
        ),
    )
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}))

    class Meta:
        model = RuleValue
        fields = ["key", "value", "valid_from", "reason"]

    def clean(self) -> dict[str, Any]:
        """Check bounds and moment while the form can still be mended."""
        cleaned = super().clean() or {}
        rule, value = CATALOGUE.get(cleaned.get("key", "")), cleaned.get("value")
        if rule and value is not None and not allowed(rule, value):
            self.add_error("value", _("The value lies outside the rule's bounds."))
        now = timezone.now()
        cleaned["valid_from"] = cleaned.get("valid_from") or now
        if cleaned["valid_from"] < now:
            self.add_error("valid_from", _("A rule cannot change the past."))
        return cleaned
