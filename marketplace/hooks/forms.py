"""Where a program is called, and what it is told."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from marketplace.accounts.fields import LineField
from marketplace.hooks import catalogue
from marketplace.hooks.addresses import URL_LENGTH_MAX

_CHOICE = '<span>{}<br><span class="code-name muted">{}</span></span>'


class EndpointForm(forms.Form):
    """An address and the kinds of messages it gets."""

    url = forms.CharField(
        label=gettext_lazy("Address of your program"),
        help_text=gettext_lazy("Begins with https:// and is reachable from the internet."),
        max_length=URL_LENGTH_MAX,
        widget=forms.URLInput(attrs={"autocomplete": "off", "inputmode": "url"}),
    )
    note = LineField(label=gettext_lazy("Name for yourself"), max_length=80, required=False)
    types = forms.MultipleChoiceField(
        label=gettext_lazy("Tell it when"), widget=forms.CheckboxSelectMultiple
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, kind: str, **options: Any) -> None:
        options["initial"] = {"key": uuid4(), **(options.get("initial") or {})}
        super().__init__(*args, **options)
        offered = [
            (one.name, format_html(_CHOICE, one.words, one.name))
            for one in catalogue.for_owner(kind)
        ]
        field = self.fields["types"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - made above
        field.choices = offered


class KeyForm(forms.Form):
    """A button that does its work once."""

    key = forms.UUIDField(widget=forms.HiddenInput)


class RotateForm(forms.Form):
    """A new secret in place of the one that was made then."""

    since = forms.DateTimeField(widget=forms.HiddenInput)


class ReplayForm(forms.Form):
    """A message again, which was tried so often."""

    tries = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)


class ReplayFailedForm(forms.Form):
    """All that was not delivered in the last days."""

    days = forms.TypedChoiceField(
        label=gettext_lazy("Not delivered in the last"),
        coerce=int,
        choices=[
            (1, gettext_lazy("24 hours")),
            (7, gettext_lazy("7 days")),
            (30, gettext_lazy("30 days")),
        ],
    )
