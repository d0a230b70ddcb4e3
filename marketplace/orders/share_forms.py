"""What an owner types who shares what the shop sells, and where a person is paid to."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.fields import LineField


class ProposeShareForm(forms.Form):
    """Who gets how much, from which day on. Hidden: `key`, so that the form counts once."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    called = LineField(
        label=_("Name of the person, family or plot"),
        help_text=_("As you call it. The person reads it too."),
        max_length=80,
    )
    contact = LineField(
        label=_("E-mail address or phone number"),
        help_text=_("Of this person's account here. Nothing holds before the person agrees."),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    percent = forms.DecimalField(
        label=_("Part in percent"),
        help_text=_(
            "Of what the goods of an order bring after commission. Shipping is the shop's."
        ),
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    from_day = forms.DateField(
        label=_("From"),
        help_text=_("Orders placed from this day on; never before the person agrees."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"key": uuid4(), "from_day": timezone.localdate().isoformat()})
        super().__init__(*args, **kwargs)

    def terms(self) -> dict[str, Any]:
        """Return the cleaned values under the names that the service takes."""
        typed = dict(self.cleaned_data)
        day, percent = typed.pop("from_day"), typed.pop("percent")
        return {
            **typed,
            "share_bp": int(percent * 100),
            "since": datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone()),
        }


class ShareAccountForm(forms.Form):
    """Where a person's shares are paid to from now on."""

    account = LineField(
        label=_("Account we pay your shares to"),
        help_text=_("IBAN, bank account or mobile money number. Stored encrypted."),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
